import BatonModel

/// `rm -r $DIR/build` where nothing says that DIR is set: with an empty one, /build is what goes (B031).
struct RemovalRules {
  private(set) var findings: [CheckFinding] = []

  /// Set wherever a step runs.
  private static let known: Set<String> = ["HOME", "PWD", "TMPDIR", "USER"]

  init(_ plan: Plan, _ facts: ScriptFacts) {
    var told: Set<String> = []
    for node in plan.nodes where node.file == facts.tree.file {
      guard let text = Emission.text(of: node.command), text.contains("rm "), let commands = ShellScan.commands(text),
        // The shell ends by itself where a variable is not set.
        !commands.contains(where: Self.refusesUnset)
      else { continue }
      let set = Set(node.options.value.env.keys).union(plan.workflow.env.keys)
      for command in commands {
        guard let name = Self.removedBelow(command), !Self.known.contains(name), !name.hasPrefix("BATON_"),
          !set.contains(name), !text.contains("\(name)="), !text.contains("for \(name) in"),
          !text.contains("read \(name)"), told.insert("\(node.line) \(name)").inserted
        else { continue }
        findings.append(
          facts.finding(
            "B031", "step \"\(node.name)\" removes what is below $\(name), which may be empty or not set",
            at: facts.place(of: node), cure: "write \"${\(name):?}\" in place of $\(name)"))
      }
    }
  }

  /// `set -u`, `set -eu`.
  private static func refusesUnset(_ command: String) -> Bool {
    let words = command.split(whereSeparator: \.isWhitespace)
    guard words.first == "set" else { return false }
    return words.contains { $0.hasPrefix("-") && $0.contains("u") } || words.contains("nounset")
  }

  /// The variable with which the path begins that `rm -r` is given.
  private static func removedBelow(_ command: String) -> String? {
    let words = command.split(whereSeparator: \.isWhitespace)
    guard let program = words.firstIndex(where: { $0 != "sudo" }), words[program] == "rm" else { return nil }
    let arguments = words[(program + 1)...]
    guard arguments.contains(where: { $0 == "--recursive" || isRecursive($0) }) else { return nil }
    for argument in arguments where !argument.hasPrefix("-") {
      var rest = argument.first == "\"" ? argument.dropFirst() : argument
      guard rest.hasPrefix("$") else { continue }
      rest = rest.dropFirst()
      let isBraced = rest.hasPrefix("{")
      if isBraced { rest = rest.dropFirst() }
      let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
      rest = rest.dropFirst(name.count)
      if isBraced {
        guard rest.hasPrefix("}") else { continue }
        rest = rest.dropFirst()
      }
      if rest.hasPrefix("\"") { rest = rest.dropFirst() }
      if let first = name.first, !first.isNumber, rest.hasPrefix("/") { return String(name) }
    }
    return nil
  }

  private static func isRecursive(_ word: Substring) -> Bool {
    word.hasPrefix("-") && !word.hasPrefix("--") && word.contains { $0 == "r" || $0 == "R" }
  }
}
