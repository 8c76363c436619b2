import BatonModel

/// What a node's work is made of, in words: the same words mean that it need not be done again.
///
/// Comments and layout of the script, attempt numbers, timeouts, priorities and the like are no part of it.
public enum FingerprintBuilder {
  /// The part that tells of the declared inputs.
  public static let contents = "contents of inputs"
  /// The part that tells of the files which the step's place is made of: `contents of executor.image`.
  public static func contents(of executor: ExecutorSpec) -> String? {
    executor.source.map { "contents of executor.\($0.name)" }
  }
  /// Longer values are kept as their hash and their beginning.
  static let longest = 1000

  /// - Parameters:
  ///   - env: the workflow's environment.
  ///   - values: what a step emitted, by its name.
  ///   - inputs: the digest of the declared inputs' contents, where there are any.
  ///   - image: the digest of what its place is made of: of a Pod's manifest, of an image that is no name.
  ///   - isService: whether a name is that of a service.
  public static func fingerprint(
    of node: Node, env: [String: Template], values: (String) -> [String: Value]?, inputs: String? = nil,
    image: String? = nil, isService: (String) -> Bool = { _ in false }
  ) -> Fingerprint {
    var parts: [Fingerprint.Part] = []
    var refs: Set<Ref> = []
    func add(_ name: String, _ value: String) { parts.append(Fingerprint.Part(name: name, value: shortened(value))) }
    func add(_ name: String, _ template: Template) {
      add(name, text(template))
      if case .dynamic(let expr) = template { expr.forEachRef { refs.insert($0) } }
    }
    func add(_ executor: ExecutorSpec) {
      guard executor != .local else { return }
      add("executor", executor.kind)
      for (name, template) in executor.templates { add("executor.\(name)", template) }
      if let image, let name = contents(of: executor) { add(name, image) }
    }
    let options = node.options.value
    func addWork(_ command: Command) {
      add("run", text(command))
      forEachTemplate(in: command) { template in
        if case .dynamic(let expr) = template { expr.forEachRef { refs.insert($0) } }
      }
      for (name, value) in env where options.env[name] == nil { add("env.\(name)", value) }
      for (name, value) in options.env { add("env.\(name)", value) }
      if let cwd = options.cwd { add("cwd", cwd) }
      if options.network != .host { add("network", options.network.text) }
    }
    switch node.kind {
    case .step(let command):
      addWork(command)
      if case .shell = command, options.shell != StepOptions.standardShell {
        add("shell", options.shell.joined(separator: " "))
      }
      if let stdin = options.stdin { add("stdin", stdin) }
      if let tests = options.tests { add("tests", .dynamic(tests)) }
      add(options.executor)
      for (position, input) in options.inputs.enumerated() { add("inputs[\(position + 1)]", input) }
      for (position, output) in options.outputs.enumerated() { add("outputs[\(position + 1)]", output) }
      if case .keyed(let key) = options.cache { add("cache.key", .dynamic(key)) }
      if let inputs { add(contents, inputs) }
    case .service(let service):
      addWork(service.command)
      if options.shell != StepOptions.standardShell { add("shell", options.shell.joined(separator: " ")) }
      add(options.executor)
      // Those of a group around it are its steps'.
      if options.given.contains("inputs") {
        for (position, input) in options.inputs.enumerated() { add("inputs[\(position + 1)]", input) }
        if let inputs { add(contents, inputs) }
      }
      if !service.ports.isEmpty { add("ports", service.ports.joined(separator: " ")) }
      for (name, value) in service.outputs { add("outputs.\(name)", text(value)) }
      for (position, command) in service.traits.setup.enumerated() { add("setup[\(position + 1)]", text(command)) }
    case .gate(let gate):
      for requirement in gate.require { add("require.\(requirement.metric)", requirement.text) }
      if let check = gate.check { add("check", "function \(check.digest)") }
      if let approval = gate.approval { add("approval", text(approval)) }
    case .group(let group):
      if let pending = group.pending { add("matrix", pending.digest) }
    }
    for ref in refs {
      // Where a service is to be found is chosen anew: what it is, is compared by itself.
      if ref.step == node.name || isService(ref.step) { continue }
      let value = (values(ref.step)).flatMap { Value.map($0).lookup(ref.path) }
      add("ref \(ref.text)", value.map { JSON.encode($0) } ?? "none")
    }
    if parts.count > 1 { parts.sort { $0.name < $1.name } }
    return Fingerprint(parts: parts)
  }

  /// Of a node that was skipped by its own `when`.
  public static func fingerprint(ofCondition condition: StepOptions.When) -> Fingerprint {
    let text =
      switch condition {
      case .succeeded: "succeeded"
      case .failed: "failed"
      case .finished: "finished"
      case .callback(let callback): "function \(callback.digest)"
      }
    return Fingerprint(parts: [Fingerprint.Part(name: "when", value: text)])
  }

  private static func shortened(_ value: String) -> String {
    guard value.utf8.count > longest else { return value }
    return "digest:\(StableHash.hex(value)) \(value.prefix(longest / 5))…"
  }

  /// A command as people read it, refs as `${build.out.version}`.
  public static func text(_ command: Command) -> String {
    switch command {
    case .shell(let template): text(template)
    case .program(let words): "[" + words.map { "\"" + text($0) + "\"" }.joined(separator: ", ") + "]"
    case .callback(let callback): "function \(callback.digest)"
    case .body(let body): "body \(body.digest)"
    case .call(let call): "call \(text(call.file)) \(text(.table(call.params)))"
    case .request(let request): "request \(text(request))"
    }
  }

  public static func text(_ template: Template) -> String {
    switch template {
    case .plain(let text): text
    case .dynamic(let expr): text(expr)
    }
  }

  static func text(_ expr: Expr) -> String {
    switch expr {
    case .literal(let value): value.text
    case .ref(let ref): "${\(ref.text)}"
    case .concat(let parts): parts.map { text($0) }.joined()
    case .map(let inner, let callback): "${map(\(text(inner)), function \(callback.digest))}"
    case .raw(let inner): "${raw(\(text(inner)))}"
    // Not in which order, nor by which tags: the same tests are the same work.
    case .tests(let list):
      "${" + (list.shards.map { "shards(\(text($0)), " } ?? "prioritized(") + "\(text(list.tests)))}"
    case .secret(let name): "${secret \(name)}"
    case .cell: "${cell}"
    case .list(let items): "[" + items.map { text($0) }.joined(separator: ", ") + "]"
    case .table(let fields):
      "{" + fields.keys.sorted().map { "\($0)=\(fields[$0].map { text($0) } ?? "")" }.joined(separator: ", ") + "}"
    }
  }

  /// Who has to agree, and to what; not by when.
  static func text(_ approval: ApprovalSpec) -> String {
    JSON.encode([
      "by": RecordCoding.list(approval.by), "quorum": .integer(Int64(approval.quorum)),
      "form": .list(approval.form.map(\.value)),
    ])
  }

  static func forEachTemplate(in command: Command, _ visit: (Template) -> Void) {
    switch command {
    case .shell(let template): visit(template)
    case .program(let words): words.forEach(visit)
    case .call(let call):
      visit(call.file)
      visit(.dynamic(.table(call.params)))
    case .request(let request): visit(.dynamic(request))
    case .callback, .body: break
    }
  }
}

extension Node {
  /// Whether functions of the script say what the step runs, or with what.
  public var callsFunctions: Bool {
    guard let command else { return false }
    if case .callback = command { return true }
    let options = options.value
    var calls = [options.cwd, options.stdin].contains { $0?.callsFunctions == true }
    FingerprintBuilder.forEachTemplate(in: command) { calls = calls || $0.callsFunctions }
    return calls || options.env.values.contains { $0.callsFunctions }
  }
}

extension Template {
  fileprivate var callsFunctions: Bool {
    if case .dynamic(let expr) = self { expr.callsFunctions } else { false }
  }
}

extension Expr {
  fileprivate var callsFunctions: Bool {
    switch self {
    case .map: true
    case .raw(let inner): inner.callsFunctions
    case .tests(let list): list.parts.contains { $0.callsFunctions }
    case .concat(let items), .list(let items): items.contains { $0.callsFunctions }
    case .table(let fields): fields.values.contains { $0.callsFunctions }
    case .literal, .ref, .secret, .cell: false
    }
  }
}

extension Fingerprint {
  /// The parts in which two fingerprints differ: name, value before, value now; nil where there is none.
  public func differences(from older: Fingerprint) -> [(name: String, before: String?, now: String?)] {
    if parts == older.parts { return [] }
    let before = Dictionary(older.parts.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    let now = Dictionary(parts.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    return Set(before.keys).union(now.keys).sorted().filter { before[$0] != now[$0] }
      .map { ($0, before[$0], now[$0]) }
  }
}

extension Requirement {
  /// As a script writes it: `>= 0.98`, `<= baseline * 1.1`.
  public var text: String {
    switch bound {
    case .number(let number): "\(comparison.rawValue) \(Self.text(number))"
    case .baseline(let factor, let offset):
      "\(comparison.rawValue) baseline" + (factor == 1 ? "" : " * \(Self.text(factor))")
        + (offset == 0 ? "" : offset > 0 ? " + \(Self.text(offset))" : " - \(Self.text(-offset))")
    }
  }

  /// A number without a needless `.0`.
  static func text(_ number: Double) -> String {
    Int64(exactly: number).map(String.init) ?? JSON.text(of: number)
  }
}
