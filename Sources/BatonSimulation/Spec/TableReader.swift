import BatonLua
import BatonModel

/// Reads the fields of a table that a spec gave, and says what is wrong with them.
struct TableReader {
  let table: LuaTable
  /// What the table is called in messages: `simulate`, `steps.build`.
  let subject: String

  /// - Parameter known: the fields that there may be; nil: any.
  init(_ item: LuaItem, _ subject: String, known: [String]?) throws(MockProblem) {
    guard let table = item.table else { throw MockProblem("\(subject) must be a table, not \(item.phrase)") }
    self.table = table
    self.subject = subject
    guard let known else { return }
    for field in table.fields where !known.contains(field.key) {
      let cure = Names.proposal(for: field.key, in: known) ?? "known are \(known.sorted().joined(separator: ", "))"
      throw MockProblem("\(subject) has an unknown field \"\(field.key)\": \(cure)")
    }
    guard table.items.isEmpty, let stray = table.strays.first else {
      if table.items.isEmpty { return }
      throw MockProblem("\(subject) must be a table with names, not a list")
    }
    throw MockProblem("\(subject) has an unknown field \(stray)")
  }

  func name(_ field: String) -> String { "\(subject).\(field)" }

  private func wrong(_ field: String, _ expected: String, _ item: LuaItem) -> MockProblem {
    MockProblem("\(name(field)) must be \(expected), not \(item.phrase)")
  }

  func string(_ field: String) throws(MockProblem) -> String? {
    guard let item = table[field] else { return nil }
    guard let text = item.string else { throw wrong(field, "a string", item) }
    return text
  }

  func flag(_ field: String) throws(MockProblem) -> Bool? {
    guard let item = table[field] else { return nil }
    guard case .bool(let flag) = item else { throw wrong(field, "true or false", item) }
    return flag
  }

  func integer(_ field: String, atLeast least: Int64) throws(MockProblem) -> Int64? {
    guard let item = table[field] else { return nil }
    guard let number = item.integer, number >= least else {
      throw wrong(field, "a whole number of at least \(least)", item)
    }
    return number
  }

  func duration(_ field: String) throws(MockProblem) -> Span? {
    guard let item = table[field] else { return nil }
    return try Self.span(item, name(field))
  }

  static func span(_ item: LuaItem, _ name: String) throws(MockProblem) -> Span {
    if let span = item.string.flatMap(Span.init) ?? item.double.flatMap(Span.init(fractionalSeconds:)) { return span }
    let shown = item.string.map { "\"\($0)\"" } ?? item.phrase
    throw MockProblem("\(name) must be a duration such as \"1h30m\" or a number of seconds, not \(shown)")
  }

  func values(_ field: String) throws(MockProblem) -> [String: Value] {
    guard let item = table[field] else { return [:] }
    if item.table?.isEmpty == true { return [:] }
    guard let values = item.value?.map else { throw wrong(field, "a table of plain values", item) }
    return values
  }

  func numbers(_ field: String) throws(MockProblem) -> [String: Double] {
    var numbers: [String: Double] = [:]
    for (key, value) in try values(field).sorted(by: { $0.key < $1.key }) {
      guard let number = value.number else { throw MockProblem("\(name(field)).\(key) must be a number") }
      numbers[key] = number
    }
    return numbers
  }

  func strings(_ field: String) throws(MockProblem) -> [String: String] {
    var strings: [String: String] = [:]
    for (key, value) in try values(field).sorted(by: { $0.key < $1.key }) { strings[key] = value.text }
    return strings
  }

  /// A string or a list of them.
  func list(_ field: String) throws(MockProblem) -> [String] {
    guard let item = table[field] else { return [] }
    if let text = item.string { return [text] }
    let strings = item.table?.items.compactMap(\.string) ?? []
    guard let list = item.table, list.fields.isEmpty, list.strays.isEmpty, strings.count == list.items.count else {
      throw wrong(field, "a list of names", item)
    }
    return strings
  }
}
