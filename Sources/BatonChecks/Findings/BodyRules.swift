import BatonLua
import BatonModel

/// The methods of `ctx`.
public enum BodyOperations {
  public static let names = [
    "all", "any", "approval", "artifact", "call", "effect", "exec", "fail", "halt", "http", "log", "map", "metric",
    "now", "output", "progress", "random", "sh", "signal", "sleep", "sleep_until", "start", "step", "undo", "uuid",
    "value",
  ]
}

/// Durable bodies, and functions that are called back (B030 to B038).
struct BodyRules {
  private static let operations = Set(BodyOperations.names)

  private let facts: ScriptFacts
  private let flow: ValueFlow
  /// The script's own functions that ask for time or chance → what they call.
  private var clocks: [ObjectIdentifier: String] = [:]
  private var found: [CheckFinding] = []

  var findings: [CheckFinding] { found }

  init(_ facts: ScriptFacts) {
    self.facts = facts
    flow = ValueFlow(facts)
    for visit in facts.visits {
      guard case .call(let callee, let arguments) = visit.node.kind, let call = Self.libraryCall(callee),
        Self.asks(call, arguments.count),
        case .function(let function)? = visit.around.last(where: { if case .function = $0 { true } else { false } }),
        facts.role(of: function) == nil
      else { continue }
      clocks[ObjectIdentifier(function)] = call
    }
    for visit in facts.visits {
      switch visit.node.kind {
      case .method(let base, let method, let arguments):
        if facts.isContext(base) { operation(method, base, arguments, visit) }
      case .call(let callee, let arguments):
        start(visit)
        clock(callee, arguments, visit)
        helper(callee, visit)
        insertion(callee, arguments, visit)
      case .index(let base, let key): if facts.isContext(base) { dotted(base, key, visit) }
      default: break
      }
    }
    for (statement, around) in facts.statements {
      guard case .assign(let targets, _) = statement.kind else { continue }
      for target in targets { change(target, around) }
    }
  }

  private mutating func tell(
    _ code: String, _ message: String, _ token: Int, cure: String? = nil, edits: [CheckFinding.Edit] = []
  ) { found.append(facts.finding(code, message, at: facts.place(token), cure: cure, edits: edits)) }

  // MARK: Operations

  private mutating func operation(
    _ method: String, _ base: LuaNode, _ arguments: [LuaNode], _ visit: ScriptFacts.Visit
  ) {
    // `ctx`, `:`, the name.
    let token = base.last + 2
    guard Self.operations.contains(method) else {
      let near = Names.nearest(to: method, in: Self.operations)
      tell(
        "B030", "there is no ctx:\(method)", token,
        cure: near.map { "did you mean ctx:\($0)?" } ?? "known: \(Self.operations.sorted().joined(separator: ", "))",
        edits: near.map { [CheckFinding.Edit(range: facts.range(token, token), text: $0)] } ?? [])
      return
    }
    if case .effect? = facts.role(at: visit.around)?.role {
      tell(
        "B037", "ctx:\(method) stands inside the function of ctx:effect, where nothing can be recorded", base.first,
        cure: "ask for it before or behind the effect")
    }
    if method == "start", arguments.count > 1, case .statement? = visit.around.last { unused(base, arguments) }
    if ["step", "start"].contains(method), let name = arguments.first?.string, isRepeated(visit.around) {
      tell(
        "B036", "each round of the loop asks for a child \"\(name)\": the second one ends the body with an error",
        base.first, cure: "make the name of what differs: ctx:\(method)(\"\(name)-\" .. …)")
    }
  }

  /// Whether a loop of the same function stands around.
  private func isRepeated(_ around: [LuaWalk.Around]) -> Bool {
    for place in around.reversed() {
      switch place {
      case .function: return false
      case .loop: return true
      case .node, .field, .condition, .statement: continue
      }
    }
    return false
  }

  /// `ctx.sh "…"`.
  private mutating func dotted(_ base: LuaNode, _ key: LuaNode, _ visit: ScriptFacts.Visit) {
    guard let name = key.string, name != "name", case .node(let parent)? = visit.around.last,
      case .call(let callee, _) = parent.kind, callee === visit.node, facts.tree.tokens[key.first].name != nil
    else { return }
    let dot = key.first - 1
    guard Self.operations.contains(name), facts.tree.tokens[dot].isSymbol(".") else { return }
    tell(
      "B030", "ctx.\(name) is called with a colon", dot, cure: "write ctx:\(name)",
      edits: [CheckFinding.Edit(range: facts.range(dot, dot), text: ":")])
  }

  /// `ctx:start "x" {…}` as a statement.
  private mutating func start(_ visit: ScriptFacts.Visit) {
    guard case .call(let callee, _) = visit.node.kind, case .method(let base, "start", let names) = callee.kind,
      facts.isContext(base), case .statement? = visit.around.last
    else { return }
    unused(base, names)
  }

  private mutating func unused(_ base: LuaNode, _ names: [LuaNode]) {
    tell(
      "B038", "what ctx:start \"\(names.first?.string ?? "…")\" began is never waited for", base.first,
      cure: "keep it: local future = ctx:start …, and future:await() or ctx:all { future }")
  }

  // MARK: Time and chance

  private mutating func clock(_ callee: LuaNode, _ arguments: [LuaNode], _ visit: ScriptFacts.Visit) {
    guard let call = Self.libraryCall(callee), let (role, function) = facts.role(at: visit.around) else { return }
    guard Self.asks(call, arguments.count) else { return }
    switch role {
    case .callback(let field):
      guard call == "os.time" || call == "os.date", field != "map" else { return }
      tell(
        "B033", "\(call) in \(field) tells when the run began, whenever it is called", callee.first,
        cure: "in a durable body ctx:now() tells the time")
    case .body:
      if call == "os.clock" {
        tell("B032", "os.clock() is always 0", callee.first, cure: "measure with ctx:now()")
        return
      }
      let context = context(function, visit)
      let (text, range): (String?, Range<Int>)
      switch call {
      case "os.time": (text, range) = (context.map { "\($0):now()" }, facts.range(visit.node.first, visit.node.last))
      case "math.random": (text, range) = (context.map { "\($0):random" }, facts.range(callee.first, callee.last))
      default:
        let last = facts.range(visit.node.last, visit.node.last).lowerBound
        let isPlain = arguments.count == 1 && facts.tree.tokens[visit.node.last].isSymbol(")")
        (text, range) = (isPlain ? context.map { ", \($0):now()" } : nil, last..<last)
      }
      let asked =
        call == "math.random" ? "ctx:random(…)" : call == "os.time" ? "ctx:now()" : "os.date(format, ctx:now())"
      tell(
        "B032", "\(call) in a durable body goes to ctx without saying so", callee.first, cure: "write \(asked)",
        edits: text.map { [CheckFinding.Edit(range: range, text: $0)] } ?? [])
    case .effect, .nested: return
    }
  }

  /// `os.time`, also where a local variable stands for it.
  private static func libraryCall(_ callee: LuaNode) -> String? {
    var node = callee.bare
    if let binding = node.binding, !binding.isReassigned, let initial = binding.initial { node = initial.bare }
    guard let chain = ScriptFacts.chain(node), let library = chain.root.global, chain.keys.count == 1,
      let name = chain.keys[0].string
    else { return nil }
    return "\(library).\(name)"
  }

  /// Whether a call asks for time or chance: `os.date(format, moment)` and `os.time(fields)` only work them out.
  private static func asks(_ call: String, _ arguments: Int) -> Bool {
    switch call {
    case "os.time": arguments == 0
    case "os.date": arguments < 2
    case "os.clock", "math.random": true
    default: false
    }
  }

  /// A function of the script's own that asks for time or chance.
  private mutating func helper(_ callee: LuaNode, _ visit: ScriptFacts.Visit) {
    guard let binding = callee.bare.binding, let function = flow.function(of: binding),
      let call = clocks[ObjectIdentifier(function)], case .body? = facts.role(at: visit.around)?.role
    else { return }
    tell(
      "B032", "\(binding.name) calls \(call), which in a durable body goes to ctx without saying so", callee.first,
      cure: "give it what ctx:now() or ctx:random() says")
  }

  /// The name of the body's `ctx`, where it certainly means that here: the place is in the body itself, and nothing else in it
  /// has the name.
  private func context(_ function: LuaFunction, _ visit: ScriptFacts.Visit) -> String? {
    guard let name = function.parameters.first?.name,
      case .function(let innermost)? = visit.around.last(where: { if case .function = $0 { true } else { false } }),
      innermost === function
    else { return nil }
    let tokens = facts.tree.tokens
    let others = (function.first...max(function.first, function.last)).count { index in
      guard tokens.indices.contains(index), tokens[index].name == name, index > 0 else { return false }
      return tokens[index - 1].isKeyword("local") || tokens[index - 1].isSymbol(",")
        || tokens[index - 1].isKeyword("for")
    }
    return others == 0 ? name : nil
  }

  // MARK: What is outside

  private mutating func change(_ target: LuaNode, _ around: [LuaWalk.Around]) {
    guard let body = facts.body(at: around) else { return }
    var root = target
    while case .index(let base, _) = root.kind { root = base.bare }
    guard case .name(let name, let binding) = root.kind else { return }
    if let binding {
      guard !binding.owner.isWithin(body) else { return }
    } else if name == "_ENV" {
      return
    }
    tell(
      "B034", "the body changes \(name), which is \(binding == nil ? "global" : "outside of it")", root.first,
      cure: "keep it in a local of the body, or return it: a body may be executed again from its top")
  }

  /// `table.insert(outer, …)`.
  private mutating func insertion(_ callee: LuaNode, _ arguments: [LuaNode], _ visit: ScriptFacts.Visit) {
    guard let chain = ScriptFacts.chain(callee), chain.root.global == "table", chain.keys.count == 1,
      ["insert", "remove", "sort"].contains(chain.keys[0].string), let list = arguments.first
    else { return }
    if ScriptFacts.chain(list)?.root.binding != nil { change(list, visit.around) }
  }
}
