import BatonChecks
import BatonCore
import BatonLua
import BatonModel
import BatonRuntime
import BatonSQLite

/// What Tab offers in the REPL.
struct ReplCompletion {
  private unowned let repl: Repl

  init(_ repl: Repl) { self.repl = repl }

  private static let keywords = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local", "nil", "not", "or",
    "repeat", "return", "then", "true", "until", "while",
  ]

  func words(behind text: String) -> (replaced: Int, words: [String]) {
    if text.hasPrefix(":") { return command(text) }
    // The last line's last word: names joined by dots, or by one colon.
    let word = String(text.reversed().prefix { $0.isLetter || $0.isNumber || "_.:".contains($0) }.reversed())
    guard let cut = word.lastIndex(where: { $0 == "." || $0 == ":" }) else {
      return offer(word, names())
    }
    let (base, partial) = (String(word[..<cut]), String(word[word.index(after: cut)...]))
    if base.isEmpty { return (0, []) }
    return offer(partial, word[cut] == ":" ? methods(base) : fields(base))
  }

  private func offer(_ partial: String, _ candidates: [String]) -> (replaced: Int, words: [String]) {
    (partial.utf8.count, Array(Set(candidates)).filter { $0.hasPrefix(partial) }.sorted())
  }

  private func names() -> [String] {
    repl.session.globals + Self.keywords + repl.session.names + StepNames.fields
  }

  private func methods(_ base: String) -> [String] {
    base == "ctx" ? BodyOperations.names : ["map", "rep", "upper", "lower", "format", "gsub", "match", "gmatch", "sub"]
  }

  /// The keys of a table; of a handle's `out`, what its step emitted in the run that was loaded.
  private func fields(_ base: String) -> [String] {
    if base.hasSuffix(".out") {
      let variable = String(base.dropLast(4))
      let step = repl.session.name(ofHandle: variable) ?? variable
      return repl.values(of: step).map { Array($0.keys) } ?? []
    }
    let keys = repl.session.keys(of: base)
    return keys.isEmpty && repl.session.name(ofHandle: base) != nil ? ["out", "name"] : keys
  }

  private func command(_ text: String) -> (replaced: Int, words: [String]) {
    let words = text.dropFirst().split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard words.count > 1, let last = words.last else { return offer(words.first ?? "", Repl.commands.map(\.name)) }
    switch words[0] {
    case "run", "r": return offer(last, repl.session.plan.nodes.map(\.name))
    case "load", "show", "events", "resume", "graph": return offer(last, runs())
    case "logs", "why": return offer(last, runs() + repl.session.plan.nodes.map(\.name))
    case "param": return offer(last, repl.session.plan.workflow.params.map { $0.name + "=" })
    default: return (0, [])
    }
  }

  private func runs() -> [String] {
    guard repl.project.hasDatabase, let store = try? Backend.database(of: repl.project) else { return [] }
    return ((try? store.runs(limit: 50)) ?? []).map(\.id)
  }
}
