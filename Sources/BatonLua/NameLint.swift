import BatonModel

/// Finds names that nothing defines: each is an error when the script comes to it, and not before, which in a function may be
/// in the middle of a run.
///
/// A name that is declared or assigned anywhere in a file counts as defined everywhere in it: what is told is certain.
/// Globals of one file are no other's.
struct NameLint {
  /// What a script that makes globals in ways of its own says.
  private static let escapes: Set<String> = ["_ENV", "_G", "load", "rawset"]
  private static let attributes: Set<String> = ["const", "close"]

  /// The names that are used and not defined, with their places, in order; each once a line.
  ///
  /// - Parameter files: the tokens of the script and of its modules, by file.
  static func undefined(in files: [(file: String, tokens: [LuaToken])], known: Set<String>) -> [(
    name: String, place: SourcePlace
  )] {
    var found: [(name: String, place: SourcePlace)] = []
    for (file, tokens) in files {
      if tokens.contains(where: { $0.name.map(escapes.contains) == true }) { continue }
      var defined = known
      for index in tokens.indices { define(index, tokens, &defined) }
      for index in tokens.indices {
        guard let name = tokens[index].name, !defined.contains(name), isUse(index, tokens) else { continue }
        let place = SourcePlace(file: file, line: tokens[index].line)
        if let last = found.last, last.name == name, last.place == place { continue }
        found.append((name, place))
      }
    }
    return found
  }

  /// Names that are declared or assigned at a token; the keys of tables are taken for assigned, too.
  private static func define(_ index: Int, _ tokens: [LuaToken], _ names: inout Set<String>) {
    switch tokens[index].kind {
    case .keyword("local"), .keyword("for"): takeList(from: index + 1, tokens, &names)
    case .keyword("function"):
      var position = index + 1
      if position < tokens.count, let name = tokens[position].name {
        names.insert(name)
        while position < tokens.count, !tokens[position].isSymbol("(") {
          if tokens[position].isSymbol(":") { names.insert("self") }
          position += 1
        }
      }
      takeList(from: position + 1, tokens, &names)
    case .symbol("="):
      var position = index - 1
      while position >= 0, let name = tokens[position].name {
        names.insert(name)
        guard position >= 2, tokens[position - 1].isSymbol(",") else { return }
        position -= 2
      }
    case .name, .keyword, .string, .number, .symbol: return
    }
  }

  /// `a, b <const>, c`.
  private static func takeList(from start: Int, _ tokens: [LuaToken], _ names: inout Set<String>) {
    var position = start
    while position < tokens.count, let name = tokens[position].name {
      names.insert(name)
      position += 1
      if position < tokens.count, tokens[position].isSymbol("<") { position += 3 }
      guard position < tokens.count, tokens[position].isSymbol(",") else { return }
      position += 1
    }
  }

  private static func isUse(_ index: Int, _ tokens: [LuaToken]) -> Bool {
    guard index > 0 else { return true }
    let before = tokens[index - 1]
    if before.isSymbol(".") || before.isSymbol(":") || before.isSymbol("::") || before.isKeyword("goto") {
      return false
    }
    return !(before.isSymbol("<") && attributes.contains(tokens[index].name ?? ""))
  }
}
