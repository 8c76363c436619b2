import BatonModel

/// `results`: where a step's results are read from.
extension FieldReader {
  private static let expected = "a source such as junit \"reports/*.xml\", a list of them or a function"
  private static let sourceFields = ["optional", "read"]

  /// A source, a list of sources, or a function that reads the attempt's output.
  func results(_ item: LuaItem, _ path: [PathKey]) -> [ResultSource]? {
    if case .table(let table) = item, table.fields.isEmpty, table.strays.isEmpty, !Self.areGlobs(table) {
      var sources: [ResultSource] = []
      for (index, item) in table.items.enumerated() {
        if let source = source(item, path + [.index(Int64(index + 1))]) { sources.append(source) }
      }
      return sources
    }
    return source(item, path).map { [$0] }
  }

  /// Whether a table is one source without a format: globs and a function.
  private static func areGlobs(_ table: LuaTable) -> Bool {
    guard let first = table.items.first else { return false }
    if case .string = first { return true }
    if case .object("expr", _) = first { return true }
    return false
  }

  private func source(_ item: LuaItem, _ path: [PathKey]) -> ResultSource? {
    switch item {
    case .function(let number):
      return ResultSource(reader: .callback(definition.callback(number)), patterns: [])
    case .object("source", .table(let payload)):
      guard let name = payload.items.first?.string, let format = ResultFormat(rawValue: name) else { return nil }
      return source(of: format, payload.items.count > 1 ? payload.items[1] : .null, path)
    case .table(let table): return source(of: nil, .table(table), path)
    case .string(let text):
      wrong(path, expected: Self.expected, got: item, cure: "say how it is read: junit \"\(text)\"")
      return nil
    case .null, .bool, .integer, .number, .object:
      wrong(path, expected: Self.expected, got: item)
      return nil
    }
  }

  /// `junit "a.xml"`, `junit { "a.xml", "b.xml", optional = true }`, `{ "out/*.txt", read = function(text, path) … end }`.
  private func source(of format: ResultFormat?, _ item: LuaItem, _ path: [PathKey]) -> ResultSource? {
    let name = format?.rawValue ?? "a source"
    var globs = LuaItem.table(LuaTable())
    var isOptional = false
    var base: String?
    let isCoverage = format == .lcov || format == .cobertura || format == .llvmcov
    var reader: ResultSource.Reader? = format.map { .format($0) }
    switch item {
    case .table(let table) where table.strays.isEmpty:
      globs = .table(LuaTable(items: table.items))
      for field in table.fields {
        let place = path + [.name(field.key)]
        switch field.key {
        case "optional": isOptional = flag(field.value, place) ?? false
        case "read" where format == nil:
          guard let function = callback(field.value, place, expected: "a function(text, path)") else { return nil }
          reader = .callback(function)
        case "base" where isCoverage:
          base = string(field.value, place, expected: "a revision such as \"origin/main\"")
          if base == "" || base?.hasPrefix("-") == true { wrong(place, expected: "a revision", got: field.value) }
        default:
          let known = format == nil ? Self.sourceFields : isCoverage ? ["optional", "base"] : ["optional"]
          error(
            "\(name) has no setting \"\(field.key)\"", path,
            cure: Names.proposal(for: field.key, in: known) ?? "known: \(known.joined(separator: ", "))")
          return nil
        }
      }
    case .string, .object("expr", _): globs = item
    case .null, .bool, .integer, .number, .table, .function, .object:
      error(
        "\(name) takes files, such as \(format?.rawValue ?? "junit") \"reports/*.xml\", not \(item.phrase)", path)
      return nil
    }
    guard let reader else {
      let files = JSON.encode(.string((item.table?.items.first?.string) ?? "reports/*.xml"))
      error(
        "\"\(Self.text(of: path))\" does not say how its files are read", path,
        cure: "such as junit { \(files) }, or read = function(text, path) … end")
      return nil
    }
    guard let patterns = self.globs(globs, path) else { return nil }
    if patterns.isEmpty || patterns.contains(.plain("")) {
      error("\(name) names no files", path, cure: "such as \(format?.rawValue ?? "junit") \"reports/*.xml\"")
      return nil
    }
    return ResultSource(reader: reader, patterns: patterns, isOptional: isOptional, base: base)
  }
}
