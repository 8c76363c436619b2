/// Finds where a source nests deepest, which Lua's compiler does not say when it gives up.
enum NestingLint {
  /// Lua's compiler takes 200 levels (`LUAI_MAXCCALLS`); a level of ours may be two of its.
  private static let suspicious = 90
  private static let openers: Set<String> = ["(", "[", "{"]
  private static let closers: Set<String> = [")", "]", "}"]
  private static let blocks: Set<String> = ["function", "do", "then", "repeat"]

  /// The line on which brackets and blocks nest deepest, or on which the longest chain of `..` ends; nil where neither is long.
  static func line(of tokens: [LuaToken]) -> Int32? {
    var depth = 0
    var joins = 0
    var deepest = (depth: suspicious, line: Int32?.none)
    for token in tokens {
      switch token.kind {
      case .symbol(let text):
        if openers.contains(text) { depth += 1 }
        if closers.contains(text) { depth -= 1 }
        if text == ".." { joins += 1 } else if [",", ";", "="].contains(text) { joins = 0 }
      case .keyword(let word):
        if blocks.contains(word) { depth += 1 }
        if word == "end" || word == "until" || word == "elseif" { depth -= 1 }
        joins = 0
      case .name, .string, .number: break
      }
      if max(depth, joins) > deepest.depth { deepest = (max(depth, joins), token.line) }
    }
    return deepest.line
  }
}
