/// What the rest of a script that ended early may still have declared, as its text tells.
///
/// Only what certainly comes nowhere counts as missing: where names are made by the script, any may come.
struct UnseenNames {
  private static let declaring: Set<String> = [
    "step", "parallel", "sequence", "matrix", "gate", "transaction", "service", "call",
  ]

  private var declared: Set<String> = []
  private var isAnyPossible = false
  /// What is below them is not known.
  private var cells: Set<String> = []

  init(_ files: [[LuaToken]]) {
    for tokens in files {
      for index in tokens.indices {
        guard let word = tokens[index].name else { continue }
        guard Self.declaring.contains(word) || word == "require" else { continue }
        if index > 0, tokens[index - 1].isSymbol(".") || tokens[index - 1].isSymbol(":") { continue }
        var next = index + 1
        if next < tokens.count, tokens[next].isSymbol("(") { next += 1 }
        // A field of that name: matrix { step = function(cell) … }, gate { require = … }.
        if next < tokens.count, tokens[next].isSymbol("=") { continue }
        // Modules may declare steps.
        guard word != "require", next < tokens.count, let name = tokens[next].string else {
          isAnyPossible = true
          continue
        }
        if next + 1 < tokens.count, tokens[next + 1].isSymbol("..") { isAnyPossible = true }
        declared.insert(name)
      }
    }
  }

  /// What cells of a matrix may have declared, beside what is known to be unseen.
  init(_ others: UnseenNames?, cells: [String]) {
    if let others { self = others }
    self.cells = Set(cells)
  }

  /// Whether something of that name may be declared by what was not reached.
  func mayCome(_ name: String) -> Bool {
    if isAnyPossible || declared.contains(name) || cells.contains(name) { return true }
    return !cells.isEmpty && cells.contains { name.hasPrefix($0 + "/") }
  }
}
