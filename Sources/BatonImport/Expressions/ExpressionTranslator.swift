import BatonModel

/// Writes an expression of GitHub Actions as Lua.
struct ExpressionTranslator {
  private(set) var scope: GitHubScope
  let site: GitHubSite
  /// Names of jobs and steps that a function asks for.
  private(set) var asked: Set<String> = []

  init(_ scope: GitHubScope, _ site: GitHubSite) {
    self.scope = scope
    self.site = site
  }

  struct Term {
    enum Kind { case boolean, string, number, ref, any }
    var code: String
    var kind: Kind = .any
    /// Whether it can stand beside any operator.
    var isAtom = true

    var atom: String { isAtom ? code : "(\(code))" }
  }

  // MARK: Conditions

  /// A boolean in Lua.
  mutating func condition(_ expression: ActionExpression) throws(Untranslatable) -> Term {
    switch expression {
    case .binary(.and, let left, let right): return try connect("and", left, right)
    case .binary(.or, let left, let right): return try connect("or", left, right)
    case .not(let inner): return Term(code: "not \(try condition(inner).atom)", kind: .boolean, isAtom: false)
    default:
      let term = try value(expression)
      if term.kind == .boolean { return term }
      if term.kind == .ref { throw .onlyInCall("a value that is known later decides") }
      return Term(code: "actions.truthy(\(term.code))", kind: .boolean)
    }
  }

  private mutating func connect(_ word: String, _ left: ActionExpression, _ right: ActionExpression)
    throws(Untranslatable) -> Term
  {
    func side(_ term: Term) -> String {
      // The same connective needs no brackets, nor does a comparison.
      let other = word == "and" ? " or " : " and "
      return term.isAtom || !term.code.contains(other) ? term.code : "(\(term.code))"
    }
    let first = try condition(left)
    let second = try condition(right)
    return Term(code: "\(side(first)) \(word) \(side(second))", kind: .boolean, isAtom: false)
  }

  // MARK: Values

  mutating func value(_ expression: ActionExpression) throws(Untranslatable) -> Term {
    switch expression {
    case .literal(let value): return literal(value)
    case .not: return try condition(expression)
    case .binary(let op, let left, let right): return try binary(op, left, right)
    case .call(let name, let arguments): return try call(name, arguments)
    case .index(let inner, let index):
      let (inner, index) = (try plain(inner), try plain(index))
      return Term(code: "actions.at(\(inner), \(index))")
    case .wildcard(let inner):
      if inner.hasWildcard { throw .never("\".*\" behind another has no counterpart") }
      return Term(code: "actions.each(\(try plain(inner)))")
    case .property(.wildcard(.context(let context)), let name) where context == "needs" || context == "steps":
      return try all(context, name)
    case .property(.wildcard(let inner), let name) where !inner.hasWildcard:
      return Term(code: "actions.each(\(try plain(inner)), \(LuaText.quoted(name)))")
    case .context, .property:
      guard let path = expression.path else {
        guard case .property(let inner, let name) = expression else { throw .never("it has no counterpart") }
        let function = inner.hasWildcard ? "each" : "at"
        return Term(code: "actions.\(function)(\(try plain(inner)), \(LuaText.quoted(name)))")
      }
      return try context(path)
    }
  }

  /// `needs.*.result` and `steps.*.outcome`: a list.
  private mutating func all(_ context: String, _ name: String) throws(Untranslatable) -> Term {
    guard name != "outputs" else { throw .never("\(context).*.outputs has no counterpart") }
    let ids = context == "needs" ? Array(scope.needs.keys) : Array(scope.steps.keys)
    var codes: [String] = []
    for id in ids.sorted() { codes.append(try plain(.property(.property(.context(context), id), name))) }
    return Term(code: codes.isEmpty ? "{}" : "{ \(codes.joined(separator: ", ")) }")
  }

  /// A value that is there when the Lua runs.
  private mutating func plain(_ expression: ActionExpression) throws(Untranslatable) -> String {
    let term = try value(expression)
    if term.kind == .ref { throw .onlyInCall("a value that is known later is used in an expression") }
    return term.code
  }

  private func literal(_ value: Value) -> Term {
    switch value {
    case .string(let text): Term(code: LuaText.quoted(text), kind: .string)
    case .integer, .number: Term(code: LuaText.value(value), kind: .number)
    case .bool: Term(code: LuaText.value(value), kind: .boolean)
    case .null, .list, .map: Term(code: "nil")
    }
  }

  private mutating func binary(_ op: ActionExpression.Operator, _ left: ActionExpression, _ right: ActionExpression)
    throws(Untranslatable) -> Term
  {
    func compared(_ function: String, _ first: String, _ second: String) -> Term {
      Term(code: "actions.\(function)(\(first), \(second))", kind: .boolean)
    }
    switch op {
    case .and, .or: return try choice(op, left, right)
    case .equal: return compared("same", try plain(left), try plain(right))
    case .unequal:
      return Term(code: "not actions.same(\(try plain(left)), \(try plain(right)))", kind: .boolean, isAtom: false)
    case .less: return compared("less", try plain(left), try plain(right))
    case .lessOrEqual: return compared("at_most", try plain(left), try plain(right))
    case .greater: return compared("less", try plain(right), try plain(left))
    case .greaterOrEqual: return compared("at_most", try plain(right), try plain(left))
    }
  }

  /// `a && b` and `a || b` give one of the two.
  private mutating func choice(_ op: ActionExpression.Operator, _ left: ActionExpression, _ right: ActionExpression)
    throws(Untranslatable) -> Term
  {
    let word = op == .and ? "and" : "or"
    // `condition && 'a' || 'b'`, where Lua's own words do the same.
    if op == .or, case .binary(.and, let test, .literal(.string(let text))) = left, !text.isEmpty {
      let test = try condition(test)
      let other = try value(right)
      if other.kind == .ref { throw .onlyInCall("a value that is known later is used in an expression") }
      return Term(
        code: "\(test.code.contains(" or ") ? test.atom : test.code) and \(LuaText.quoted(text)) or \(other.atom)",
        kind: other.kind == .string ? .string : .any, isAtom: false)
    }
    let first = try value(left)
    let second = try value(right)
    if first.kind == .ref || second.kind == .ref {
      throw .onlyInCall("a value that is known later is used in an expression")
    }
    if first.kind == .boolean {
      return Term(
        code: "\(first.atom) \(word) \(second.atom)", kind: second.kind == .boolean ? .boolean : .any, isAtom: false)
    }
    return Term(code: "actions.\(op == .and ? "both" : "either")(\(first.code), \(second.code))")
  }

  private mutating func call(_ name: String, _ arguments: [ActionExpression]) throws(Untranslatable) -> Term {
    switch name {
    case "success", "failure", "always", "cancelled":
      guard site.isFunction else { throw .late("\(name)()") }
      return Term(code: "job.\(name)()", kind: .boolean)
    case "hashfiles": throw .never("hashFiles() has no counterpart: give the step inputs and outputs instead")
    default: break
    }
    var codes: [String] = []
    for argument in arguments { codes.append(try plain(argument)) }
    let all = codes.joined(separator: ", ")
    return switch name {
    case "contains": Term(code: "actions.contains(\(all))", kind: .boolean)
    case "startswith": Term(code: "actions.starts_with(\(all))", kind: .boolean)
    case "endswith": Term(code: "actions.ends_with(\(all))", kind: .boolean)
    case "format": Term(code: "actions.format(\(all))", kind: .string)
    case "join": Term(code: "actions.join(\(all))", kind: .string)
    case "tojson": Term(code: "actions.to_json(\(all))", kind: .string)
    default: Term(code: "actions.from_json(\(all))")
    }
  }

  // MARK: Contexts

  private static let known: Set<String> = [
    "actor", "repository", "ref", "ref_name", "ref_type", "event_name", "workflow", "server_url", "api_url", "head_ref",
    "base_ref", "repository_owner",
  ]

  private mutating func context(_ path: [String]) throws(Untranslatable) -> Term {
    let rest = Array(path.dropFirst())
    switch path[0] {
    case "github": return try github(rest)
    case "inputs": return try input(rest)
    case "matrix": return matrix(rest)
    case "runner":
      switch rest {
      case ["os"]: return Term(code: "\"Linux\"", kind: .string)
      case ["arch"]: return Term(code: "\"X64\"", kind: .string)
      default: throw .never("\(path.joined(separator: ".")) is known only to a running step")
      }
    case "env":
      guard rest.count == 1 else { throw .never("env as a whole has no counterpart") }
      return try environment(rest[0])
    case "vars":
      guard rest.count == 1 else { throw .never("vars as a whole has no counterpart") }
      return Term(code: "(env\(LuaText.field(rest[0])) or \"\")", kind: .string)
    case "secrets":
      guard rest.count == 1 else { throw .never("a secret can't be looked at") }
      return try secret(rest[0])
    case "steps": return try step(rest, among: scope.steps, shown: path.joined(separator: "."))
    case "needs": return try need(rest)
    case "job":
      if rest == ["status"], site.isFunction { return Term(code: "job.status()", kind: .string) }
      throw .late("job.status")
    default: throw .never("\(path.joined(separator: ".")) has no counterpart")
    }
  }

  private func secret(_ name: String) throws(Untranslatable) -> Term {
    guard case .text(script: false) = site else { throw .never("a secret can't be looked at") }
    return Term(code: "secret \(LuaText.quoted(name))", kind: .ref, isAtom: false)
  }

  private func github(_ rest: [String]) throws(Untranslatable) -> Term {
    guard let name = rest.first else { return Term(code: "github") }
    if rest == ["token"] { return try secret(SecretNames.token) }
    if rest.count == 3, rest[0] == "event", rest[1] == "inputs" {
      // There an input is a text, whatever its type.
      let term = try input([rest[2]])
      return term.kind == .string ? term : Term(code: "actions.text(\(term.code))", kind: .string)
    }
    if name == "event" {
      if rest.count == 1 { return Term(code: "github.event") }
      return Term(code: "actions.at(github.event, \(rest.dropFirst().map(LuaText.quoted).joined(separator: ", ")))")
    }
    guard rest.count == 1 else { throw .never("github.\(rest.joined(separator: ".")) has no counterpart") }
    if Self.known.contains(name) { return Term(code: "github\(LuaText.field(name))", kind: .string) }
    throw .never("github.\(name) is known only to a running step")
  }

  private func input(_ rest: [String]) throws(Untranslatable) -> Term {
    guard let name = rest.first else { return Term(code: "params") }
    guard scope.inputs.contains(name) else { return Term(code: "\"\"", kind: .string) }
    return Term(code: "params\(LuaText.field(name))")
  }

  private func matrix(_ rest: [String]) -> Term {
    guard let name = rest.first else { return Term(code: "cell") }
    let cell = "cell\(LuaText.field(name))"
    if rest.count > 1 {
      return Term(code: "actions.at(cell, \(rest.map(LuaText.quoted).joined(separator: ", ")))")
    }
    if scope.axes.contains(name) { return Term(code: cell) }
    return scope.furtherKeys.contains(name) ? Term(code: cell) : Term(code: "\"\"", kind: .string)
  }

  private mutating func environment(_ name: String) throws(Untranslatable) -> Term {
    if scope.mayHaveChanged(name) {
      throw .never("env.\(name) is known only to a running step: one before it writes to GITHUB_ENV")
    }
    guard let position = scope.variable(name) else {
      return Term(code: "(env\(LuaText.field(name)) or \"\")", kind: .string)
    }
    guard let text = scope.env[position].value.text else { return Term(code: "\"\"", kind: .string) }
    guard let parts = try? TextPart.parts(of: text) else { throw .never("env.\(name) has a broken expression") }
    if let inner = parts.onlyExpression {
      var above = self
      above.scope = try scope.behind(position)
      let term = try above.value(inner)
      asked.formUnion(above.asked)
      guard term.code.utf8.count < 1 << 16 else { throw .never("env.\(name) is too long an expression") }
      return term
    }
    guard parts.isPlain else {
      throw .never("env.\(name) is known only to a running step")
    }
    return Term(code: LuaText.quoted(text), kind: .string)
  }

  private mutating func step(_ rest: [String], among steps: [String: GitHubScope.StepReference], shown: String)
    throws(Untranslatable) -> Term
  {
    guard rest.count >= 2, let step = steps[rest[0]] else {
      throw .never(
        rest.count < 2
          ? "\(shown) as a whole has no counterpart" : "there is no step with the id \"\(rest[0])\" before it")
    }
    switch rest[1] {
    case "outputs" where rest.count == 3:
      if site.isFunction {
        asked.insert(step.name)
        return Term(code: "job.out(\(LuaText.quoted(step.name)), \(LuaText.quoted(rest[2])))", kind: .string)
      }
      guard step.isCertain, !scope.stepsMayFail, let local = step.local else {
        throw .onlyInCall("\(shown) may be missing")
      }
      let ref = "\(local).out\(LuaText.field(rest[2]))"
      return Term(code: site.isScript ? "raw(\(ref))" : ref, kind: .ref)
    case "outcome", "conclusion":
      guard site.isFunction else { throw .late(shown) }
      asked.insert(step.name)
      return Term(code: "job.\(rest[1])(\(LuaText.quoted(step.name)))", kind: .string)
    default: throw .never("\(shown) has no counterpart")
    }
  }

  private mutating func need(_ rest: [String]) throws(Untranslatable) -> Term {
    let shown = "needs.\(rest.joined(separator: "."))"
    guard rest.count >= 2, let job = scope.needs[rest[0]] else { throw .never("\(shown) has no counterpart") }
    if rest[1] == "result" {
      guard site.isFunction else { throw .late(shown) }
      asked.insert(rest[0])
      return Term(code: "job.result(\(LuaText.quoted(rest[0])))", kind: .string)
    }
    guard rest.count == 3, rest[1] == "outputs" else { throw .never("\(shown) has no counterpart") }
    guard !job.isCalled else {
      throw .never("\(shown): what a called workflow's steps emit is \(rest[0]).out.STEP.NAME here")
    }
    guard !job.isMatrix else { throw .never("\(shown): the outputs of a matrix have no counterpart") }
    guard let output = job.outputs.first(where: { $0.key == rest[2] }), let text = output.value.text else {
      return Term(code: "\"\"", kind: .string)
    }
    guard let parts = try? TextPart.parts(of: text) else { throw .never("\(shown) has a broken expression") }
    guard let expression = parts.onlyExpression else {
      if parts.isPlain { return Term(code: LuaText.quoted(text), kind: .string) }
      throw .never("\(shown) is made of several values")
    }
    guard let path = expression.path, path.first == "steps" else {
      throw .never("\(shown) is more than a value of a step")
    }
    if site.isFunction { asked.insert(rest[0]) }
    if case .text = site, scope.needsMayFail { throw .onlyInCall("\(shown) may be missing") }
    return try step(Array(path.dropFirst()), among: job.steps, shown: shown)
  }
}
