import BatonModel

/// One thing that a channel can be told: its name, what it may be, and whether it must be there.
public struct ChannelSetting: Sendable {
  public enum Shape: String, Sendable {
    case string
    case list = "list of strings"
    case table = "table of strings"
    case anyTable = "table"
  }

  public var name: String
  /// Any of these.
  public var shapes: [Shape]
  public var isRequired: Bool

  public init(_ name: String, _ shapes: Shape..., required: Bool = false) {
    self.name = name
    self.shapes = shapes
    isRequired = required
  }

  /// What is wrong with a value, as far as it is known; nil where nothing is.
  func mistake(in value: Value, of kind: String) -> String? {
    switch value {
    case .string where shapes.contains(.string): return nil
    // In Lua an empty list and an empty table are the same.
    case .list(let items) where items.isEmpty && shapes != [.string]: return nil
    case .map(let fields) where fields.isEmpty && shapes != [.string]: return nil
    case .list(let items) where shapes.contains(.list):
      guard let (number, item) = items.enumerated().first(where: { $0.element.string == nil }) else { return nil }
      return "item \(number + 1) of \(name) of \(kind) must be a string, not \(item.kindWithArticle)"
    case .list where shapes.contains(.anyTable), .map where shapes.contains(.anyTable): return nil
    case .map(let fields) where shapes.contains(.table):
      let wrong = fields.sorted { $0.key < $1.key }.first { !$0.value.isPlain }
      return wrong.map { "\($0.key) in \(name) of \(kind) must be a string, not \($0.value.kindWithArticle)" }
    default: return "\(name) of \(kind) must be \(wanted), not \(value.kindWithArticle)"
    }
  }

  /// What the shapes are called in a message: `a string or a list of strings`.
  var wanted: String { shapes.map { "a \($0.rawValue)" }.joined(separator: " or ") }
}

/// Something that is wrong with the settings of a channel.
public struct ChannelMistake: Sendable, Hashable {
  /// Without a full stop.
  public var message: String
  /// How to mend it.
  public var cure: String?

  public var text: String { cure.map { "\(message); \($0)" } ?? message }
}

extension Channel {
  /// What is wrong with the settings, in the order of their names; empty where nothing is.
  ///
  /// - Parameter settings: name → value; nil for one that is known only later.
  func mistakes(in settings: [String: Value?]) -> [ChannelMistake] {
    var mistakes: [ChannelMistake] = []
    let known = self.settings
    for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
      guard let setting = known.first(where: { $0.name == name }) else {
        mistakes.append(
          ChannelMistake(
            message: "\(kind) has no setting \"\(name)\"",
            cure: Names.proposal(for: name, in: known.map(\.name))
              ?? "it has \(known.map(\.name).joined(separator: ", "))"))
        continue
      }
      guard let value, value != .null else { continue }
      if let message = setting.mistake(in: value, of: kind) {
        mistakes.append(ChannelMistake(message: message, cure: nil))
      }
    }
    for setting in known where setting.isRequired {
      let isGiven = settings[setting.name].map { $0 != .some(.null) } ?? false
      if !isGiven { mistakes.append(ChannelMistake(message: "\(kind) needs \(setting.name)", cure: nil)) }
    }
    return mistakes
  }
}

extension Value {
  /// Whether it is one word to a program: a string, a number or a boolean.
  var isPlain: Bool {
    switch self {
    case .string, .integer, .number, .bool: true
    case .null, .list, .map: false
    }
  }

  var kindWithArticle: String { self == .null ? kind : kind == "integer" ? "an integer" : "a \(kind)" }
}
