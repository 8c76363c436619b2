/// One thing that a channel can be told: its name, and what it may be.
public struct ChannelSetting: Sendable, Hashable {
  public enum Shape: Sendable, Hashable {
    case string
    /// A list of strings.
    case list
    /// Name → string.
    case table
    /// Any table, whatever is in it.
    case anyTable
    /// One of these words.
    case choice([String])

    /// What a person calls it.
    var phrase: String {
      switch self {
      case .string: "a string"
      case .list: "a list of strings"
      case .table: "a table of strings"
      case .anyTable: "a table"
      case .choice(let words): Names.either(words)
      }
    }
  }

  public var name: String
  /// Any of these.
  public var shapes: [Shape]

  public init(_ name: String, _ shapes: Shape...) {
    self.name = name
    self.shapes = shapes
  }

  /// The certificates of those who sign the receiver's, where the machine does not know them: a PEM file.
  public static let ca = ChannelSetting("ca", .string)

  /// What is wrong with a value, as far as it is known; nil where nothing is.
  public func mistake(in value: Value, of kind: String) -> ChannelMistake? {
    func wrong(_ message: String) -> ChannelMistake { ChannelMistake(message: message) }
    switch value {
    case .string(let text):
      if shapes.contains(.string) { return nil }
      guard let words = choices else { break }
      if words.contains(text) || words.contains(text.uppercased()) { return nil }
      return ChannelMistake(
        message: "\(name) of \(kind) must be \(wanted), not \"\(text)\"", cure: Names.proposal(for: text, in: words))
    // In Lua an empty list and an empty table are the same.
    case .list(let items) where items.isEmpty && takesTables: return nil
    case .map(let fields) where fields.isEmpty && takesTables: return nil
    case .list(let items) where shapes.contains(.list):
      guard let (number, item) = items.enumerated().first(where: { $0.element.string == nil }) else { return nil }
      return wrong("item \(number + 1) of \(name) of \(kind) must be a string, not \(item.kindWithArticle)")
    case .list where shapes.contains(.anyTable), .map where shapes.contains(.anyTable): return nil
    case .map(let fields) where shapes.contains(.table):
      let odd = fields.sorted { $0.key < $1.key }.first { !$0.value.isPlain }
      return odd.map { wrong("\($0.key) in \(name) of \(kind) must be a string, not \($0.value.kindWithArticle)") }
    default: break
    }
    return wrong("\(name) of \(kind) must be \(wanted), not \(value.kindWithArticle)")
  }

  /// The words that it may be, where it is one of some.
  public var choices: [String]? {
    for case .choice(let words) in shapes { return words }
    return nil
  }

  private var takesTables: Bool { shapes.contains { $0 == .list || $0 == .table || $0 == .anyTable } }

  /// What the shapes are called in a message: `a string or a list of strings`.
  public var wanted: String { shapes.map(\.phrase).joined(separator: " or ") }
}

extension Value {
  /// Whether it is one word to a program: a string, a number or a boolean.
  public var isPlain: Bool {
    switch self {
    case .string, .integer, .number, .bool: true
    case .null, .list, .map: false
    }
  }

  /// `a string`, `an integer`, `null`, …
  public var kindWithArticle: String { self == .null ? kind : kind == "integer" ? "an integer" : "a \(kind)" }
}
