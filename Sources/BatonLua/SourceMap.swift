import BatonModel

/// The source texts that were read, and where in them a field of a declaration stands.
final class SourceMap {
  private var known: [String: [UInt8]] = [:]
  private var tokens: [String: [LuaToken]] = [:]

  func add(_ source: [UInt8], file: String) {
    known[file] = source
    tokens[file] = nil
  }

  /// Every file, in the order of the names.
  var files: [String] { known.keys.sorted() }

  /// What was read of every file, in the order of the names.
  var texts: [(file: String, text: [UInt8])] { files.map { ($0, known[$0] ?? []) } }

  /// Whether the bytes of the word stand anywhere in the file.
  func mentions(_ word: String, in file: String) -> Bool {
    guard let text = known[file], let initial = word.utf8.first else { return false }
    var rest = text[...]
    while let start = rest.firstIndex(of: initial) {
      rest = rest[start...]
      if rest.starts(with: word.utf8) { return true }
      rest = rest.dropFirst()
    }
    return false
  }

  func tokens(of file: String) -> [LuaToken] {
    if let known = tokens[file] { return known }
    let made = known[file].map(LuaLexer.tokens) ?? []
    tokens[file] = made
    return made
  }

  /// The place of the field at the end of `path` in the table that follows the name at `declaration`; of the deepest part of the
  /// path that is written there; of the declaration itself where its table is not.
  func place(of path: [PathKey], named name: String, at declaration: SourcePlace) -> SourcePlace {
    let tokens = tokens(of: declaration.file)
    guard !path.isEmpty,
      var brace = returnedTable(in: tokens, of: declaration)
        ?? openingBrace(in: tokens, named: name, line: declaration.line)
    else { return declaration }
    var place = declaration
    for key in path {
      guard let entry = entry(key, after: brace, in: tokens) else { break }
      place = SourcePlace(file: declaration.file, line: tokens[entry.key].line, column: tokens[entry.key].column)
      guard let next = table(at: entry.value, in: tokens) else { break }
      brace = next
    }
    return place
  }

  /// Where the table opens that a value is, or that it hands to a function alone: `{`, `slack {`, `slack({`.
  private func table(at value: Int, in tokens: [LuaToken]) -> Int? {
    var index = value
    if index + 1 < tokens.count, tokens[index].name != nil { index += tokens[index + 1].isSymbol("(") ? 2 : 1 }
    return index < tokens.count && tokens[index].isSymbol("{") ? index : nil
  }

  /// The place where `kind "name"` is written; nil where the name was computed.
  func place(ofDeclaration kind: String, named name: String) -> SourcePlace? {
    for file in files {
      let tokens = tokens(of: file)
      for index in tokens.indices.dropLast() where tokens[index].name == kind {
        let next = tokens[index + 1].isSymbol("(") ? index + 2 : index + 1
        if next < tokens.count, tokens[next].string == name {
          return SourcePlace(file: file, line: tokens[index].line, column: tokens[index].column)
        }
      }
    }
    return nil
  }

  /// The first token on the line or behind it, found by halving: tokens stand in the order of their lines.
  private func firstToken(in tokens: [LuaToken], from line: Int32) -> Int {
    var (low, high) = (0, tokens.count)
    while low < high {
      let middle = (low + high) / 2
      if tokens[middle].line < line { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Of a place that is a field whose value is a function: where the table opens that the function returns, if it is the only
  /// one: `step = function(cell) … return { … } end`.
  private func returnedTable(in tokens: [LuaToken], of field: SourcePlace) -> Int? {
    guard field.column > 0 else { return nil }
    var index = firstToken(in: tokens, from: field.line)
    while index < tokens.count, tokens[index].line == field.line, tokens[index].column < field.column { index += 1 }
    guard index + 2 < tokens.count, tokens[index].line == field.line, tokens[index].column == field.column,
      tokens[index + 1].isSymbol("="), tokens[index + 2].isKeyword("function")
    else { return nil }
    // Whether each block that is open is a function's.
    var blocks: [Bool] = []
    var found: Int?
    for index in (index + 2)..<tokens.count {
      switch tokens[index].kind {
      case .keyword("function"): blocks.append(true)
      case .keyword("if"), .keyword("do"), .keyword("repeat"): blocks.append(false)
      case .keyword("end"), .keyword("until"):
        blocks.removeLast()
        if blocks.isEmpty { return found }
      case .keyword("return"):
        guard blocks.count(where: \.self) == 1, index + 1 < tokens.count, tokens[index + 1].isSymbol("{") else {
          continue
        }
        if found != nil { return nil }
        found = index + 1
      case .name, .keyword, .string, .number, .symbol: break
      }
    }
    return nil
  }

  private func openingBrace(in tokens: [LuaToken], named name: String, line: Int32) -> Int? {
    let first = firstToken(in: tokens, from: line)
    var fallback: Int?
    for index in first..<tokens.count {
      if tokens[index].line != line { break }
      if tokens[index].isSymbol("{"), fallback == nil { fallback = index }
      guard tokens[index].string == name || (name.isEmpty && tokens[index].isSymbol("{")) else { continue }
      for ahead in index..<min(index + 4, tokens.count) {
        if tokens[ahead].isSymbol("{") { return ahead }
        guard
          ahead == index || tokens[ahead].isSymbol(",") || tokens[ahead].isSymbol(")") || tokens[ahead].isSymbol("(")
        else { break }
      }
    }
    return fallback
  }

  /// The positions of an entry's first token and of its value's, directly in the table that opens at `brace`.
  private func entry(_ key: PathKey, after brace: Int, in tokens: [LuaToken]) -> (key: Int, value: Int)? {
    var depth = 0
    var count: Int64 = 0
    var startsEntry = false
    var index = brace
    while index < tokens.count {
      let token = tokens[index]
      if startsEntry, depth == 1, !token.isSymbol("}") {
        startsEntry = false
        let (name, value) = entryName(at: index, in: tokens)
        if name == nil { count += 1 }
        switch key {
        case .name(let wanted) where wanted == name: return (index, value)
        case .index(let wanted) where name == nil && wanted == count: return (index, value)
        case .name, .index: break
        }
      }
      switch token.kind {
      case .symbol("{"), .symbol("("), .symbol("["), .keyword("function"), .keyword("if"), .keyword("do"),
        .keyword("repeat"):
        depth += 1
        if index == brace { startsEntry = true }
      case .symbol("}"), .symbol(")"), .symbol("]"), .keyword("end"), .keyword("until"):
        depth -= 1
        if depth == 0 { return nil }
      case .symbol(","), .symbol(";"): if depth == 1 { startsEntry = true }
      case .name, .keyword, .string, .number, .symbol: break
      }
      index += 1
    }
    return nil
  }

  private func entryName(at index: Int, in tokens: [LuaToken]) -> (String?, Int) {
    if let name = tokens[index].name, index + 1 < tokens.count, tokens[index + 1].isSymbol("=") {
      return (name, index + 2)
    }
    if tokens[index].isSymbol("["), index + 3 < tokens.count, let name = tokens[index + 1].string,
      tokens[index + 2].isSymbol("]"), tokens[index + 3].isSymbol("=")
    {
      return (name, index + 4)
    }
    return (nil, index)
  }
}
