import BatonModel

/// What a mistake is told about: a declaration, its name and its place.
struct Subject {
  /// `step`, `matrix`, `workflow`, …
  var kind: String
  /// As the script wrote it.
  var name: String
  var place: SourcePlace
  /// The name that stands before the braces in the source, where it is another.
  var written: String?
  /// Where in those braces the fields are.
  var within: [PathKey] = []

  init(kind: String, name: String, place: SourcePlace, written: String? = nil, within: [PathKey] = []) {
    self.kind = kind
    self.name = name
    self.place = place
    self.written = written
    self.within = within
  }

  var label: String { "\(kind) \"\(name)\"" }
}

/// Reads the fields of one declaration. What is wrong is reported with the field's place, and nil comes back.
struct FieldReader {
  let definition: Definition
  let subject: Subject

  /// `retry.attempts`, `failover[1].run`.
  static func text(of path: [PathKey]) -> String {
    var text = ""
    for key in path {
      switch key {
      case .name(let name): text += text.isEmpty ? name : ".\(name)"
      case .index(let index): text += "[\(index)]"
      }
    }
    return text
  }

  func place(of path: [PathKey]) -> SourcePlace {
    definition.mistakes.sources.place(
      of: subject.within + path, named: subject.written ?? subject.name, at: subject.place)
  }

  func error(_ message: String, _ path: [PathKey] = [], cure: String? = nil, code: String = "B005") {
    let place = definition.mistakes.isFull ? subject.place : place(of: path)
    definition.mistakes.error("\(subject.label): \(message)", at: place, cure: cure, code: code)
  }

  /// `"timeout" must be a duration such as "90s", not a boolean`.
  func wrong(_ path: [PathKey], expected: String, got item: LuaItem, cure: String? = nil) {
    let field = path.isEmpty ? "this" : "\"\(Self.text(of: path))\""
    error("\(field) must be \(expected), not \(item.shown)", path, cure: cure)
  }

  func unknown(_ path: [PathKey], _ name: String, among known: some Sequence<String>, what: String = "field") {
    let known = Array(known)
    let alias = StepField.aliases[name].flatMap { known.contains($0) ? "did you mean \"\($0)\"?" : nil }
    let within = path.isEmpty ? "" : " in \"\(Self.text(of: path))\""
    error(
      "there is no \(what) \"\(name)\"\(within)", path + [.name(name)],
      cure: alias ?? Names.proposal(for: name, in: known) ?? "known: \(known.sorted().joined(separator: ", "))",
      code: "B004")
  }

  // MARK: Plain values

  func string(_ item: LuaItem, _ path: [PathKey], expected: String = "a string") -> String? {
    if case .string(let text) = item { return text }
    wrong(path, expected: expected, got: item)
    return nil
  }

  func flag(_ item: LuaItem, _ path: [PathKey]) -> Bool? {
    if case .bool(let flag) = item { return flag }
    wrong(path, expected: "true or false", got: item)
    return nil
  }

  func integer(_ item: LuaItem, _ path: [PathKey], in range: ClosedRange<Int64>, expected: String) -> Int64? {
    if let number = item.integer, range.contains(number) { return number }
    wrong(path, expected: expected, got: item)
    return nil
  }

  func number(_ item: LuaItem, _ path: [PathKey], in range: ClosedRange<Double>, expected: String) -> Double? {
    if let number = item.double, range.contains(number) { return number }
    wrong(path, expected: expected, got: item)
    return nil
  }

  /// A duration: `"90s"`, or a number of seconds.
  func span(_ item: LuaItem, _ path: [PathKey]) -> Span? {
    if case .string(let text) = item, let span = Span(text) { return span }
    if let seconds = item.double, let span = Span(fractionalSeconds: seconds) { return span }
    wrong(path, expected: "a duration such as \"90s\" or \"1h30m\"", got: item)
    return nil
  }

  func choice<Choice: RawRepresentable & CaseIterable>(
    _ item: LuaItem, _ path: [PathKey], _ type: Choice.Type
  ) -> Choice? where Choice.RawValue == String {
    let names = Choice.allCases.map(\.rawValue)
    if case .string(let text) = item {
      if let choice = Choice(rawValue: text) { return choice }
      wrong(path, expected: Self.either(names), got: item, cure: Names.proposal(for: text, in: names))
    } else {
      wrong(path, expected: Self.either(names), got: item)
    }
    return nil
  }

  /// `"a", "b" or "c"`.
  static func either(_ names: [String]) -> String { Names.either(names) }

  /// The items of a list, or the one item that stands without a list.
  func list(_ item: LuaItem, _ path: [PathKey], expected: String) -> [(LuaItem, [PathKey])]? {
    guard case .table(let table) = item else { return [(item, path)] }
    guard table.fields.isEmpty, table.strays.isEmpty else {
      wrong(path, expected: expected, got: .table(LuaTable(items: [], fields: table.fields, strays: [])))
      return nil
    }
    return table.items.enumerated().map { ($0.element, path + [.index(Int64($0.offset + 1))]) }
  }

  /// A string, or a list of strings.
  func strings(_ item: LuaItem, _ path: [PathKey]) -> [String]? {
    let expected = "a string or a list of strings"
    guard let items = list(item, path, expected: expected) else { return nil }
    var texts: [String] = []
    for (item, path) in items {
      guard let text = string(item, path) else { return nil }
      texts.append(text)
    }
    return texts
  }

  /// The named fields of a table; nil, and a report, for everything else.
  func fields(_ item: LuaItem, _ path: [PathKey], expected: String) -> [LuaTable.Field]? {
    guard case .table(let table) = item, table.items.isEmpty, table.strays.isEmpty else {
      wrong(path, expected: expected, got: item)
      return nil
    }
    return table.fields
  }

  // MARK: Functions

  func callback(_ item: LuaItem, _ path: [PathKey], expected: String = "a function") -> Callback? {
    if case .function(let number) = item { return definition.callback(number) }
    wrong(path, expected: expected, got: item)
    return nil
  }
}
