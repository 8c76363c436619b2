import BatonCore
import BatonModel

/// Child steps of bodies: read as steps of the file are, and planned one at a time.
extension BodyHost {
  static func registerSteps(_ word: Word) throws(LuaFailure) {
    try word("step") { asking in
      guard let name = asking.call[1].string, Names.isValid(name) else {
        return .raise("ctx:step: \(Definition.invalid(asking.call[1].string ?? ""))")
      }
      return asking.child(name, asking.call[2], as: .step)
    }
    // A step that is looked at later, or never.
    try word("start") { asking in
      guard let name = asking.call[1].string, Names.isValid(name) else {
        let method = asking.call[3].string ?? "start"
        return .raise("ctx:\(method): \(Definition.invalid(asking.call[1].string ?? ""))")
      }
      return asking.child(name, asking.call[2], as: .step, isHeeded: false)
    }
    try word("command") { asking in
      let isList = if case .bool(true) = asking.call[1] { true } else { false }
      let method = isList ? "exec" : "sh"
      var fields = LuaTable()
      switch (asking.call[2], isList) {
      case (.table(let table), true):
        fields.fields = table.fields.filter { $0.key != "name" } + [.init("run", .table(LuaTable(items: table.items)))]
        fields.fields += asking.call[3].table?.fields ?? []
      case (.string, false), (.object("expr", _), false):
        fields.fields = (asking.call[3].table?.fields ?? []) + [.init("run", asking.call[2])]
      case (let other, _):
        let wanted = isList ? "a list of a program and its arguments" : "a command for the shell"
        return .raise("ctx:\(method) takes \(wanted), not \(other.phrase)")
      }
      let given = fields["name"]?.string
      fields.fields.removeAll { $0.key == "name" }
      fields.fields.sort { $0.key < $1.key }
      return asking.child(given ?? "\(method)-\(asking.body.number(method))", .table(fields), as: .command)
    }
    try word("call") { asking in
      var fields = LuaTable(fields: asking.call[3].table?.fields ?? [])
      let given = fields["name"]?.string
      fields.fields.removeAll { $0.key == "name" }
      fields.fields.append(.init("workflow", asking.call[1]))
      if asking.call[2] != .null { fields.fields.append(.init("params", asking.call[2])) }
      fields.fields.sort { $0.key < $1.key }
      return asking.child(given ?? "call-\(asking.body.number("call"))", .table(fields), as: .call)
    }
    try word("http") { asking in
      guard case .table(var fields) = asking.call[1] else {
        return .raise("ctx:http takes a table such as { url = \"https://…\" }, not \(asking.call[1].phrase)")
      }
      let given = fields["name"]?.string
      fields.fields.removeAll { $0.key == "name" }
      return asking.child(given ?? "http-\(asking.body.number("http"))", .table(fields), as: .request)
    }
    try word("approval") { asking in
      guard case .table(let table) = asking.call[1] else {
        return .raise(
          "ctx:approval takes a table such as { by = { \"ann\" }, timeout = \"24h\" }, not \(asking.call[1].phrase)")
      }
      var (own, gate) = (LuaTable(items: table.items, strays: table.strays), LuaTable())
      var given: String?
      for field in table.fields {
        switch field.key {
        case "name": given = field.value.string
        case "otherwise", "description": gate.fields.append(field)
        default: own.fields.append(field)
        }
      }
      // Refused, it is for the body to say what follows.
      if gate["otherwise"] == nil { gate.fields.append(.init("otherwise", "branch")) }
      gate.fields.append(.init("approval", .table(own)))
      gate.fields.sort { $0.key < $1.key }
      return asking.child(given ?? "approval-\(asking.body.number("approval"))", .table(gate), as: .gate)
    }
    try word("undo") { asking in
      let spec: LuaItem =
        switch asking.call[1] {
        case .function: .table(LuaTable(items: [asking.call[1]]))
        default: asking.call[1]
        }
      let key = "undo \(asking.body.number("undo"))"
      if let mistake = asking.register(key, spec) { return .raise(mistake.message) }
      return .none
    }
  }

  /// What a child is declared by.
  enum ChildForm {
    case step
    /// `ctx:sh`, `ctx:exec`: its output is its result.
    case command
    case call
    /// `ctx:http`.
    case request
    /// `ctx:approval`.
    case gate
  }

  /// The fields that say what a step does, and not how often, how long or when.
  private static let telling: Set<String> = [
    "run", "env", "cwd", "shell", "stdin", "inputs", "outputs", "cache", "executor", "failover", "network",
    "workflow", "params", "approval", "method", "url", "headers", "body", "json", "expect",
  ]

  /// What a step does, in words: the same words mean the same work.
  func text(of spec: LuaItem) -> String {
    guard case .table(let table) = spec else { return shortened(plain(spec)) }
    if case .function? = table.items.first { return "body" }
    let parts = table.fields.filter { Self.telling.contains($0.key) }
    if parts.count == 1, parts[0].key == "run" { return shortened(plain(parts[0].value)) }
    return shortened(parts.map { "\($0.key)=\(plain($0.value))" }.joined(separator: " "))
  }

  private func shortened(_ text: String) -> String {
    text.utf8.count <= 300 ? text : "\(text.prefix(200))… #\(StableHash.hex(text))"
  }

  private func plain(_ item: LuaItem) -> String {
    switch item {
    case .string(let text): return text
    case .function(let number): return "function \(definition.callback(number).digest)"
    case .table(let table):
      let items = table.items.map(plain) + table.fields.map { "\($0.key)=\(plain($0.value))" }
      return "[" + items.joined(separator: ", ") + "]"
    case .object("handle", let payload): return definition.name(ofHandle: payload)
    case .object("expr", .table(let payload)):
      let word = payload.items.first?.string ?? "expr"
      let operands = payload.items.dropFirst().enumerated().map { position, operand in
        word == "ref" && position == 0 ? definition.name(ofHandle: operand) : plain(operand)
      }
      return "${\(word) \(operands.joined(separator: " "))}"
    case .object(let kind, let payload): return "\(kind) \(plain(payload))"
    case .null, .bool, .integer, .number: return item.value?.text ?? ""
    }
  }

  /// What the children of a body inherit: the workflow's defaults, and from the body where and how things are done.
  func inheritance(of body: Live, _ node: NodeIndex) -> PlanAssembly.Inherited {
    if let known = body.inherited { return known }
    var options = standard.options.value
    var said = standard.said
    if let own = (nested[body.name] ?? optionsOf(node))?.value {
      options.env.merge(own.env) { _, inner in inner }
      options.cwd = own.cwd
      options.shell = own.shell
      options.grace = own.grace
      options.executor = own.executor
      options.network = own.network
      options.tags = own.tags
      options.onDivergence = own.onDivergence
      said.formUnion(
        own.given.intersection(["env", "cwd", "shell", "grace", "executor", "network", "tags", "on_divergence"]))
    }
    let inherited = PlanAssembly.Inherited(options, said: said)
    body.inherited = inherited
    return inherited
  }
}

extension BodyHost.Asking {
  /// Registers a compensation; returns what is wrong with it.
  func register(_ key: String, _ spec: LuaItem) -> BodyMistake? {
    switch node("undo-\(key.dropFirst(5))", spec, as: .step) {
    case .failure(let mistake): return mistake
    case .success(var node):
      var options = node.options.value
      if !options.given.contains("retry") {
        options.retry = .ofCompensations
        node.options = StepOptions.Shared(options)
      }
      // Registered anew each time that the body is executed: the records only tell that it was.
      body.world.ask(
        BodyRequest(kind: .undo, key: key, text: host.text(of: spec), line: line, content: .undo(node)))
      return nil
    }
  }

  /// The compensation of a step with these fields, as a step of its own.
  private func compensation(of spec: LuaItem) -> LuaItem? {
    guard let table = spec.table, let undo = table["undo"] else { return nil }
    let kept: Set<String> = [
      "env", "cwd", "shell", "timeout", "grace", "executor", "network", "mutex", "resources", "tags",
    ]
    let fields = table.fields.filter { kept.contains($0.key) } + [.init("run", undo)]
    return .table(LuaTable(fields: fields.sorted { $0.key < $1.key }))
  }

  /// Asks for a child step.
  func child(_ name: String, _ spec: LuaItem, as form: BodyHost.ChildForm, isHeeded: Bool = true) -> LuaReply {
    guard Names.isValid(name) else { return .raise(Definition.invalid(name)) }
    let key = BodyFacts.key(ofChild: name)
    let text = host.text(of: spec)
    body.failures = []
    // A mistake is on no record and takes no name: it is raised again by a replay, before anything is compared.
    var planned: Node?
    if !body.world.isRecorded(key, as: text) {
      switch node(name, spec, as: form) {
      case .failure(let mistake): return .raise(mistake.message)
      case .success(let node): planned = node
      }
    }
    switch body.world.look(up: .step, key: key, text: text, line: line) {
    case .diverges(let message): return .fail(message)
    case .done(let known):
      if case .value(let value) = known, value["status"] == "succeeded", let undo = compensation(of: spec),
        let mistake = register(BodyFacts.key(ofUndoOf: name), undo)
      {
        return .raise(mistake.message)
      }
      guard isHeeded else { return .values([.string(key)]) }
      body.world.heed(key)
      return ready(key, known)
    case .pending: break
    }
    switch planned.map(Result.success) ?? node(name, spec, as: form) {
    case .failure(let mistake): return .raise(mistake.message)
    case .success(let node):
      body.world.ask(BodyRequest(kind: .step, key: key, text: text, line: line, content: .child(node)))
      return .values([.string(key), .bool(false)])
    }
  }

  /// Plans one step below the body.
  func node(_ name: String, _ spec: LuaItem, as form: BodyHost.ChildForm) -> Result<Node, BodyMistake> {
    let definition = host.definition
    let index = call.index(0)
    let full = "\(body.name)/\(name)"
    definition.mistakes = Mistakes(sources: definition.sources)
    let place = place
    let subject = Subject(kind: "step", name: full, place: place, written: name)
    let reader = FieldReader(definition: definition, subject: subject)
    let kind: Draft.Kind
    var content = Definition.StepContent()
    switch form {
    case .gate:
      let gate = definition.readGate(spec, reader)
      (kind, content.depends, content.own) = (.gate(gate.spec), gate.depends, gate.own)
    case .call:
      content = definition.readCall(spec, reader)
      kind = .step(content.command)
    case .request:
      content = definition.readRequest(spec, reader)
      kind = .step(content.command)
    case .step, .command:
      content = definition.readStep(spec, reader)
      kind = .step(content.command)
    }
    let number = definition.drafts.count
    definition.drafts.append(
      Draft(
        name: full, kind: kind, file: place.file, line: place.line, scope: body.scope,
        depends: content.depends, own: content.own))
    defer { definition.drafts.removeSubrange(number...) }
    let inherited = host.inheritance(of: body, index)
    let assembly = PlanAssembly(
      definition, range: number..<(number + 1), standard: inherited, nodeIndex: { $0 },
      inheritedBefore: { _ in inherited })
    let nodes = assembly.nodes()
    guard definition.mistakes.errors == 0, var node = nodes.first else {
      let mistakes = definition.mistakes.sorted.map { mistake in
        [mistake.message, mistake.cure].compactMap(\.self).joined(separator: "; ")
      }
      return .failure(BodyMistake(mistakes.joined(separator: "; ")))
    }
    let unheld = host.giveServices(&node, index, body.name) ?? host.unheldService(index, node.dependencies)
    if let service = unheld {
      return .failure(
        BodyMistake(
          "service \"\(service)\" may not be running, since this body does not depend on it; "
            + "let the step that the body belongs to say depends = { \(service) }"))
    }
    if form == .command {
      var options = node.options.value
      options.captures = true
      node.options = StepOptions.Shared(options)
    }
    if node.body != nil { host.nested[full] = node.options }
    return .success(node)
  }
}
