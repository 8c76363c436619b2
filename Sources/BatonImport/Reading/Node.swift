import BatonModel

/// A value of a document that others wrote, with the place where it stands.
public struct Node: Sendable {
  public enum Content: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case list([Node])
    case map([Entry])
  }

  public struct Entry: Sendable {
    public var key: String
    public var keyPlace: Mark
    public var value: Node
  }

  public var content: Content
  public var mark: Mark
  /// What stands in the document, of a scalar: `3.10` is the number 3.1.
  public var written: String
  /// How many nodes it is made of, with what aliases repeat.
  public var size: Int

  init(_ content: Content, at mark: Mark, written: String = "", size: Int = 1) {
    self.content = content
    self.mark = mark
    self.written = written
    self.size = size
  }

  /// The value below a key; nil where there is none, or no map.
  public subscript(key: String) -> Node? { entries?.first { $0.key == key }?.value }

  public var entries: [Entry]? { if case .map(let entries) = content { entries } else { nil } }
  public var items: [Node]? { if case .list(let items) = content { items } else { nil } }
  public var string: String? { if case .string(let text) = content { text } else { nil } }
  public var bool: Bool? { if case .bool(let flag) = content { flag } else { nil } }
  public var isNull: Bool { if case .null = content { true } else { false } }

  /// A scalar as a word: strings as they are, numbers and booleans as they are written.
  public var text: String? {
    switch content {
    case .string(let text): text
    case .integer(let value): String(value)
    case .number(let value): Self.text(of: value)
    case .bool(let flag): flag ? "true" : "false"
    case .null, .list, .map: nil
    }
  }

  static func text(of number: Double) -> String {
    Int64(exactly: number).map(String.init) ?? "\(number)"
  }

  public var value: Value {
    switch content {
    case .null: .null
    case .bool(let flag): .bool(flag)
    case .integer(let value): .integer(value)
    case .number(let value): .number(value)
    case .string(let text): .string(text)
    case .list(let items): .list(items.map(\.value))
    case .map(let entries):
      .map(Dictionary(entries.map { ($0.key, $0.value.value) }, uniquingKeysWith: { _, new in new }))
    }
  }

  /// `a list`, `a map`, `"text"`: for messages.
  var phrase: String {
    switch content {
    case .null: "nothing"
    case .bool(let flag): "\(flag)"
    case .integer, .number: text ?? ""
    case .string(let text): "\"\(text.count > 40 ? String(text.prefix(40)) + "…" : text)\""
    case .list: "a list"
    case .map: "a map"
    }
  }
}

/// A place in a document, both counted from 1.
public struct Mark: Sendable, Hashable {
  public var line: Int
  public var column: Int

  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  func place(in file: String) -> SourcePlace {
    SourcePlace(file: file, line: Int32(clamping: line), column: Int32(clamping: column))
  }
}
