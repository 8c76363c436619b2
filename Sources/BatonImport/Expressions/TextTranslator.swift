import BatonModel

/// A text with expressions, as Lua.
struct LuaTemplate {
  var code: String
  /// Jobs and steps that it asks for.
  var asked: Set<String> = []
  /// Names of the secrets that the step's shell fills in.
  var secrets: Set<String> = []
}

extension GitHubScope {
  /// The Lua of a text with expressions in it.
  ///
  /// - Parameter report: is told of each expression that has no counterpart.
  func text(_ text: String, _ site: GitHubSite) throws(Untranslatable) -> LuaTemplate {
    let parts: [TextPart]
    do throws(ExpressionFailure) { parts = try TextPart.parts(of: text) } catch {
      throw .never("bad expression: \(error.message)")
    }
    var pieces: [(code: String, isLiteral: Bool)] = []
    var literal = ""
    var translator = ExpressionTranslator(self, site)
    var later: Set<String> = []
    var secrets: Set<String> = []
    func flush() {
      if !literal.isEmpty { pieces.append((LuaText.string(literal), true)) }
      literal = ""
    }
    for part in parts {
      switch part {
      case .text(let words): literal += words
      case .expression(_, let expression):
        if let name = Self.environment(expression), let position = try hiddenVariable(name) {
          guard site.isCall else { throw .late("env.\(name)") }
          flush()
          let inner = try behind(position).text(env[position].value.text ?? "", site)
          guard inner.code.utf8.count < 1 << 16 else { throw .never("env.\(name) is too long an expression") }
          later.formUnion(inner.asked)
          secrets.formUnion(inner.secrets)
          pieces.append((inner.code, false))
        } else if site.isFilled, let place = Self.placeholder(expression) {
          literal += place
        } else if site.isScript, let name = expression.path.flatMap(SecretNames.name) {
          literal += "${{ secrets.\(name) }}"
          secrets.insert(name)
        } else if case .literal(let value) = expression {
          literal += value == .null ? "" : value.text
        } else {
          let term = try translator.value(expression)
          if case .folder = site, term.kind == .ref {
            throw .never("what it depends on is not known before the run")
          }
          if term.kind == .string, term.code.hasPrefix("\""), let known = Self.unquoted(term.code) {
            literal += known
          } else {
            flush()
            pieces.append((term.kind == .string || term.kind == .ref ? term.atom : "actions.text(\(term.code))", false))
          }
        }
      }
    }
    flush()
    let code = pieces.isEmpty ? "\"\"" : pieces.map(\.code).joined(separator: " .. ")
    return LuaTemplate(code: code, asked: translator.asked.union(later), secrets: secrets)
  }

  /// The variable of `${{ env.NAME }}`.
  private static func environment(_ expression: ActionExpression) -> String? {
    guard let path = expression.path, path.count == 2, path[0] == "env" else { return nil }
    return path[1]
  }

  /// `${{ github.sha }}`, where the step's shell fills it in.
  private static func placeholder(_ expression: ActionExpression) -> String? {
    // The token is a secret.
    guard let path = expression.path, path.count == 2, path != ["github", "token"],
      ["github", "env", "runner"].contains(path[0]), path[1] != "event"
    else { return nil }
    return "${{ \(path[0]).\(path[1]) }}"
  }

  /// A quoted string without escapes.
  private static func unquoted(_ code: String) -> String? {
    code.contains("\\") ? nil : String(code.dropFirst().dropLast())
  }

  /// The Lua of an `if`: the body of a function that is told `job`.
  func condition(_ node: Node) throws(Untranslatable) -> LuaTemplate {
    if case .bool(let flag) = node.content { return LuaTemplate(code: flag ? "job.success()" : "false") }
    guard let text = node.text else { throw .never("a condition must be a text, not \(node.phrase)") }
    let expression: ActionExpression
    do throws(ExpressionFailure) { expression = try Self.conditionExpression(text) } catch {
      throw .never("bad expression: \(error.message)")
    }
    var translator = ExpressionTranslator(self, .condition)
    let term = try translator.condition(expression)
    let code =
      expression.namesStatus ? term.code : "job.success() and \(term.code.contains(" or ") ? term.atom : term.code)"
    return LuaTemplate(code: code, asked: translator.asked)
  }

  /// Whether a condition may hold though a step before has failed. One that can't be translated runs nothing.
  static func mayHoldAfterFailure(_ node: Node) -> Bool {
    guard let expression = node.text.flatMap({ try? conditionExpression($0) }) else { return false }
    return expression.namesStatus && !expression.needsSuccess
  }

  /// The braces may be left out, or stand around a part.
  static func conditionExpression(_ text: String) throws(ExpressionFailure) -> ActionExpression {
    guard text.contains("${{") else { return try ExpressionParser.parse(text) }
    let parts = try TextPart.parts(of: text.trimmed)
    if let expression = parts.onlyExpression { return expression }
    let joined = parts.map { part in
      switch part {
      case .text(let text): text
      case .expression(let written, _): "(\(written))"
      }
    }.joined()
    return try ExpressionParser.parse(joined)
  }
}

extension ActionExpression {
  /// Whether it says itself what is to have become of the steps before: else they must have succeeded.
  fileprivate var namesStatus: Bool { calls(["success", "failure", "always", "cancelled"]) }

  /// Whether it holds only where `success()` does.
  fileprivate var needsSuccess: Bool {
    switch self {
    case .call("success", _): true
    case .binary(.and, let left, let right): left.needsSuccess || right.needsSuccess
    case .binary(.or, let left, let right): left.needsSuccess && right.needsSuccess
    default: false
    }
  }
}

extension String {
  /// Without white space around it.
  var trimmed: String {
    let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\n" || $0 == "\t" || $0 == "\r\n" || $0 == "\r" }
    let start = firstIndex { !isSpace($0) } ?? endIndex
    let end = lastIndex { !isSpace($0) }.map { index(after: $0) } ?? start
    return start < end ? String(self[start..<end]) : ""
  }
}
