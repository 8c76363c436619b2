import BatonModel

/// Functions that scripts do not have, or that Lua 5.4 does not (B019, B029).
enum NameRules {
  private static let absent: [String: (names: Set<String>, cure: String)] = [
    "os": (
      ["execute", "exit", "remove", "rename", "setlocale", "tmpname"],
      "let a step do it: step \"…\" { run = \"…\" }, in a durable body ctx:sh \"…\""
    ),
    "io": ([], "read and write files in a step's command; baton.files has steps that do"),
    "debug": ([], "there is no debug library: print() shows values while the script is read"),
    "package": ([], "require finds modules in modules/ beside the workflow and in the project's rocks"),
  ]
  private static let absentGlobals: [String: String] = [
    "dofile": "require a module of modules/", "loadfile": "require a module of modules/",
  ]
  /// Old name → new name; what begins with a space is told, and not written.
  private static let older: [String: String] = [
    "unpack": "table.unpack", "loadstring": "load", "table.getn": " #t", "table.maxn": " #t",
    "table.foreach": " for key, value in pairs(t) do", "table.foreachi": " for i, value in ipairs(t) do",
    "math.pow": " a ^ b", "math.mod": "math.fmod", "math.atan2": "math.atan", "math.log10": " math.log(x, 10)",
    "math.cosh": " (math.exp(x) + math.exp(-x)) / 2", "math.sinh": " (math.exp(x) - math.exp(-x)) / 2",
    "math.ldexp": " x * 2.0 ^ e", "string.gfind": "string.gmatch", "setfenv": " load(text, name, \"t\", env)",
    "getfenv": " _ENV", "module": " return a table",
  ]

  static func look(_ facts: ScriptFacts, _ found: inout [CheckFinding]) {
    var instead: [(finding: CheckFinding, name: String)] = []
    for visit in facts.visits {
      switch visit.node.kind {
      case .index(let base, let key):
        guard let library = base.global, let name = key.string else { continue }
        let full = "\(library).\(name)"
        if let rule = absent[library], rule.names.isEmpty || rule.names.contains(name) {
          instead.append(
            (
              facts.finding("B019", "scripts have no \(full)", at: facts.place(of: visit.node), cure: rule.cure),
              library
            ))
        } else if let new = older[full] {
          instead.append((outdated(full, new, visit.node, facts), full))
        }
      case .name(let name, nil):
        if let cure = absentGlobals[name] {
          instead.append(
            (facts.finding("B019", "scripts have no \(name)", at: facts.place(of: visit.node), cure: cure), name))
        } else if let new = older[name], !assigned(name, facts) {
          instead.append((outdated(name, new, visit.node, facts), name))
        }
      default: break
      }
    }
    // The loader says of the same names that they are not defined: what is said here is more.
    for (finding, name) in instead {
      let line = finding.diagnostic.place?.line
      if let index = found.firstIndex(where: {
        $0.code == "B003" && $0.diagnostic.place?.line == line && $0.diagnostic.message.contains("\"\(name)\"")
      }) {
        var better = finding
        better.diagnostic.severity = found[index].diagnostic.severity
        found[index] = better
      } else {
        found.append(finding)
      }
    }
  }

  private static func outdated(_ old: String, _ new: String, _ node: LuaNode, _ facts: ScriptFacts) -> CheckFinding {
    let isSame = !new.hasPrefix(" ")
    return facts.finding(
      "B029", "Lua 5.4 has no \(old) any more", at: facts.place(of: node),
      cure: "write \(isSame ? new : String(new.dropFirst()))",
      edits: isSame ? [CheckFinding.Edit(range: facts.range(node.first, node.last), text: new)] : [])
  }

  private static func assigned(_ name: String, _ facts: ScriptFacts) -> Bool {
    facts.statements.contains { statement, _ in
      switch statement.kind {
      case .assign(let targets, _): targets.contains { $0.global == name }
      case .function(let target, _): target.global == name
      default: false
      }
    }
  }
}
