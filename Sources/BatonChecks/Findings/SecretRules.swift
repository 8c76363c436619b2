import BatonLua
import BatonModel

/// Secrets in the text, and secrets that are read as if they were none (B050, B051).
struct SecretRules {
  private let tree: LuaTree
  private(set) var findings: [CheckFinding] = []

  /// Beginnings of tokens that their makers gave a form, and how long they are at least.
  private static let forms: [(head: String, length: Int, what: String)] = [
    ("ghp_", 30, "a token of GitHub"), ("gho_", 30, "a token of GitHub"), ("ghs_", 30, "a token of GitHub"),
    ("github_pat_", 40, "a token of GitHub"), ("glpat-", 20, "a token of GitLab"), ("AKIA", 20, "a key of AWS"),
    ("ASIA", 20, "a key of AWS"), ("xoxb-", 20, "a token of Slack"), ("xoxp-", 20, "a token of Slack"),
    ("sk-proj-", 30, "a key of OpenAI"), ("sk-ant-", 30, "a key of Anthropic"),
    ("sk_live_", 20, "a key of Stripe"), ("rk_live_", 20, "a key of Stripe"), ("npm_", 36, "a token of npm"),
    ("pypi-AgE", 30, "a token of PyPI"), ("AIza", 39, "a key of Google"), ("SG.", 40, "a key of SendGrid"),
    ("https://hooks.slack.com/services/T", 60, "the address of a Slack channel"),
    ("https://discord.com/api/webhooks/", 60, "the address of a Discord channel"),
  ]
  init(_ tree: LuaTree, isSpec: Bool) {
    self.tree = tree
    for token in tree.tokens {
      if let text = token.string, let what = Self.known(text) { tell("B050", "\(what) in plain text", token) }
    }
    // Specs set what the workflow reads.
    guard !isSpec else { return }
    var found: [(String, String, LuaToken)] = []
    var walk = LuaWalk { node, around in
      switch node.kind {
      case .table(let fields):
        for (flag, given) in zip(fields, fields.dropFirst()) {
          guard case .none = flag.key, case .none = given.key, let name = flag.value.string, Self.isFlag(name),
            let text = given.value.string, Self.known(text) == nil, Self.isPlausible(text)
          else { continue }
          found.append(("B050", "what \(name) is given stands in plain text", tree.tokens[given.value.first]))
        }
        for field in fields {
          guard let name = field.name, Names.soundsSecret(name), let text = field.value.string, Self.known(text) == nil,
            Self.isPlausible(text)
          else { continue }
          found.append(("B050", "\(name) in plain text", tree.tokens[field.value.first]))
        }
      case .index(let base, let key):
        if base.global == "env", let name = key.string, Names.soundsSecret(name), !Self.isAsked(node, around) {
          found.append(("B051", "env.\(name) is recorded with the run", tree.tokens[node.first]))
        }
      case .call(let callee, let arguments):
        guard let chain = ScriptFacts.chain(callee), chain.root.global == "os", chain.keys.first?.string == "getenv",
          let name = arguments.first?.string, Names.soundsSecret(name), !Self.isAsked(node, around)
        else { return }
        found.append(("B051", "os.getenv \"\(name)\" is recorded with the run", tree.tokens[node.first]))
      default: break
      }
    }
    walk.walk(tree)
    for (code, message, token) in found { tell(code, message, token) }
  }

  private mutating func tell(_ code: String, _ message: String, _ token: LuaToken) {
    let place = SourcePlace(file: tree.file, line: token.line, column: token.column)
    findings.append(
      CheckFinding(
        Diagnostic(
          message, at: place, cure: "put it into the environment, and name it: secret \"NAME\"", severity: .warning,
          code: code)))
  }

  private static func known(_ text: String) -> String? {
    if text.contains("PRIVATE KEY-----"), text.contains("-----BEGIN ") { return "a private key" }
    guard text.utf8.count >= 20 else { return hasPassword(text) ? "an address with a password in it" : nil }
    // Also within a command: `curl -H "Authorization: Bearer ghp_…"`.
    let words = text.split { !($0.isASCII && ($0.isLetter || $0.isNumber || "-_./:".contains($0))) }
    for form in forms {
      for word in words where word.utf8.count >= form.length {
        guard let place = String(word).range(of: form.head) else { continue }
        let start = place.lowerBound
        let whole = String(word)
        if start != whole.startIndex, let before = whole[..<start].last, before.isLetter || before.isNumber { continue }
        if whole[start...].utf8.count >= form.length { return form.what }
      }
    }
    return hasPassword(text) ? "an address with a password in it" : nil
  }

  /// `postgres://user:password@host`.
  private static func hasPassword(_ text: String) -> Bool {
    guard let scheme = text.range(of: "://") else { return false }
    let rest = text[scheme.upperBound...].prefix { !"/ \"'?#".contains($0) }
    guard let at = rest.lastIndex(of: "@"), let colon = rest.firstIndex(of: ":"), colon < at else { return false }
    let password = rest[rest.index(after: colon)..<at]
    return !password.isEmpty && !password.contains(where: { "${}<>%".contains($0) })
  }

  /// `--token`, `--api-key`.
  private static func isFlag(_ word: String) -> Bool {
    word.hasPrefix("--") && Names.soundsSecret(String(word.dropFirst(2).map { $0 == "-" ? "_" : $0 }))
  }

  /// Whether a text may be a secret itself: no name, path or placeholder of one.
  private static func isPlausible(_ text: String) -> Bool {
    guard text.utf8.count >= 6, !text.contains(where: { $0.isWhitespace || "$<>{}…".contains($0) }) else {
      return false
    }
    if text.hasPrefix("/") || text.hasPrefix("./") || text.hasPrefix("~") { return false }
    let isName = text.allSatisfy { $0.isUppercase || $0 == "_" || $0.isNumber }
    return !isName && text.contains(where: \.isLetter) && (text.contains(where: \.isNumber) || text.count >= 12)
  }

  /// Whether it is only asked whether the variable is there.
  private static func isAsked(_ node: LuaNode, _ around: [LuaWalk.Around]) -> Bool {
    switch around.last {
    case .condition?: return true
    case .node(let parent)?:
      switch parent.kind {
      case .unary("not", _): return true
      case .binary("and", let left, _): return left === node
      case .binary("==", _, let other), .binary("~=", _, let other):
        if case .null = other.kind { return true } else { return false }
      case .parenthesis: return isAsked(parent, Array(around.dropLast()))
      default: return false
      }
    case .field?, .function?, .loop?, .statement?, nil: return false
    }
  }
}
