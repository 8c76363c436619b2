import BatonModel

extension Definition {
  /// What a service has of what steps have.
  private static let stepFieldsOfServices: Set<String> = [
    "cwd", "description", "env", "executor", "grace", "inputs", "network", "shell", "tags",
  ]
  private static let ownServiceFields = [
    "depends", "failover", "health", "outputs", "ports", "ready", "restart", "run", "scope", "setup", "setup_timeout",
    "teardown",
  ]
  static let serviceFields = ownServiceFields + stepFieldsOfServices.sorted()
  private static let alternativeServiceFields = [
    "cwd", "env", "executor", "grace", "health", "outputs", "ready", "restart", "run", "setup", "setup_timeout",
    "shell", "teardown",
  ]

  /// `service "name" {…}`.
  func service(_ name: LuaItem, _ spec: LuaItem, at place: SourcePlace) -> Int {
    let subject = subject("service", name, place)
    let reader = FieldReader(definition: self, subject: subject)
    var service = ServiceSpec(command: .shell(.plain("")))
    var depends: [Link] = []
    var own: OwnOptions?
    guard case .table(let table) = fields(name, spec) else {
      reader.error("its fields must be a table, not \(spec.phrase)", cure: "service \"name\" { run = \"…\" }")
      return declare(.service(service), subject: subject, depends: [], own: nil)
    }
    for index in table.items.indices {
      reader.error(
        "a service has no members: what it runs stands in its field run", [.index(Int64(index + 1))])
    }
    // Probes and outputs are checked against the ports.
    let ordered = table.fields.filter { $0.key == "ports" } + table.fields.filter { $0.key != "ports" }
    for field in ordered {
      let path = [PathKey.name(field.key)]
      switch field.key {
      case "run": if let command = command(ofService: field.value, reader, path) { service.command = command }
      case "depends": links(field.value, reader, path, into: &depends)
      case "ports": service.ports = ports(field.value, reader, path)
      case "outputs": service.outputs = outputs(field.value, reader, path)
      case "failover":
        service.alternatives = alternatives(field.value, reader, path, into: &own)
      case "ready": service.traits.ready = ProbeReader(reader: reader).read(field.value, path)
      case "health": service.traits.health = ProbeReader(reader: reader).read(field.value, path)
      case "restart": service.traits.restart = restart(field.value, reader, path) ?? service.traits.restart
      case "scope": service.scope = reader.choice(field.value, path, ServiceSpec.Scope.self) ?? service.scope
      case "setup": service.traits.setup = commands(field.value, reader, path)
      case "setup_timeout":
        service.traits.setupLimit = reader.positiveSpan(field.value, path) ?? service.traits.setupLimit
      case "teardown": service.traits.teardown = commands(field.value, reader, path)
      default:
        if Self.stepFieldsOfServices.contains(field.key) {
          read(field, reader, into: &own)
        } else if StepField.all[field.key] != nil {
          reader.error("\"\(field.key)\" belongs to a step, not to a service", path)
        } else {
          reader.unknown([], field.key, among: Self.serviceFields)
        }
      }
    }
    if table["run"] == nil { checkOwnProgram(of: &service, own, reader) }
    if service.traits.ready == nil, !service.ports.isEmpty { service.traits.ready = standardProbe(service, subject) }
    checkPorts(of: service, reader)
    return declare(.service(service), subject: subject, depends: depends, own: own)
  }

  /// A container or a pod may run what its image or manifest says; nothing else has a program of its own.
  private func checkOwnProgram(of service: inout ServiceSpec, _ own: OwnOptions?, _ reader: FieldReader) {
    guard let own, own.values.executor.hasOwnProgram else {
      return reader.error(
        "\"run\" is missing",
        cure:
          "such as run = \"./server\"; a service that names its own executor, container {…} or pod {…}, may leave it out",
        code: "B006")
    }
    service.command = .program([])
    if own.values.given.contains("cwd") {
      reader.error(
        "\"cwd\" needs \"run\": what an image or a manifest says begins in the folder that it says", [.name("cwd")],
        cure: "leave it out")
    }
    for (position, other) in own.values.failover.enumerated() where other.command == nil {
      guard let executor = other.executor, !executor.hasOwnProgram else { continue }
      reader.error(
        "\"failover[\(position + 1)]\" needs \"run\": only a container or a pod has a program of its own",
        [.name("failover"), .index(Int64(position + 1))], code: "B006")
    }
  }

  /// Each of its ports takes a connection.
  private func standardProbe(_ service: ServiceSpec, _ subject: Subject) -> ProbeSpec {
    let name = scopes[scope].prefix + subject.name
    return ProbeSpec(
      .tcp(
        host: .plain("127.0.0.1"),
        ports: service.ports.map { .dynamic(.ref(Ref(step: name, path: [.name("port"), .name($0)]))) }))
  }

  private func command(ofService item: LuaItem, _ reader: FieldReader, _ path: [PathKey]) -> Command? {
    if case .function = item {
      reader.error("\"\(FieldReader.text(of: path))\" of a service can't be a function", path)
      return nil
    }
    return reader.command(item, path)
  }

  /// A command, or a list of commands: a program and its arguments are a list within the list.
  private func commands(_ item: LuaItem, _ reader: FieldReader, _ path: [PathKey]) -> [Command] {
    guard case .table(let table) = item, table.fields.isEmpty, table.strays.isEmpty, !table.items.isEmpty else {
      return command(ofService: item, reader, path).map { [$0] } ?? []
    }
    return table.items.enumerated().compactMap { position, item in
      command(ofService: item, reader, path + [.index(Int64(position + 1))])
    }
  }

  private func ports(_ item: LuaItem, _ reader: FieldReader, _ path: [PathKey]) -> [String] {
    var names: [String] = []
    for name in reader.strings(item, path) ?? [] {
      let isName = name.utf8.allSatisfy { byte in
        switch byte {
        case 0x61...0x7A, 0x30...0x39, UInt8(ascii: "_"): true
        default: false
        }
      }
      if !isName || name.isEmpty || name.utf8.count > 30 {
        reader.error("the name of a port is made of a-z 0-9 _, \"\(name)\" is not", path)
      } else if names.contains(name) {
        reader.error("the port \"\(name)\" is named twice", path)
      } else {
        names.append(name)
      }
    }
    if names.count > 20 { reader.error("a service has at most 20 ports, this one has \(names.count)", path) }
    return names
  }

  private func outputs(_ item: LuaItem, _ reader: FieldReader, _ path: [PathKey]) -> [String: Expr] {
    var outputs: [String: Expr] = [:]
    for field in reader.fields(item, path, expected: "a table such as { url = \"http://…\" }") ?? [] {
      let path = path + [.name(field.key)]
      if ServiceSpec.givenOutputs.contains(field.key) {
        reader.error("\"\(field.key)\" is what every service emits already", path)
        continue
      }
      guard let value = reader.expr(field.value, path) else { continue }
      var secrets: [String] = []
      value.forEachSecret { secrets.append($0) }
      if let secret = secrets.first {
        reader.error(
          "the output \"\(field.key)\" would write the secret \"\(secret)\" into a record", path,
          cure: "name the secret where it is used: secret \"\(secret)\"")
      }
      outputs[field.key] = value
    }
    return outputs
  }

  private func restart(_ item: LuaItem, _ reader: FieldReader, _ path: [PathKey]) -> RetryPolicy? {
    guard var policy = reader.retry(item, path) else { return nil }
    guard case .always = policy.when, policy.tests == .all else {
      reader.error("a service is started again whatever it ended with", path)
      return nil
    }
    // Said in short, it waits as it does when nothing is said.
    if item.double != nil {
      policy.backoff = ServiceSpec.standardRestart.backoff
      policy.max = ServiceSpec.standardRestart.max
    }
    return policy
  }

  private func alternatives(
    _ item: LuaItem, _ reader: FieldReader, _ path: [PathKey], into own: inout OwnOptions?
  ) -> [ServiceSpec.Alternative] {
    guard case .table(let table) = item, table.fields.isEmpty, table.strays.isEmpty else {
      reader.wrong(path, expected: "a list of tables such as { { run = \"…\" } }", got: item)
      return []
    }
    var found: [ServiceSpec.Alternative] = []
    var surroundings: [Alternative] = []
    for (index, item) in table.items.enumerated() {
      let path = path + [.index(Int64(index + 1))]
      guard let fields = reader.fields(item, path, expected: "a table such as { run = \"…\" }") else { continue }
      if fields.isEmpty { reader.error("\"\(FieldReader.text(of: path))\" changes nothing", path) }
      var alternative = ServiceSpec.Alternative()
      var other = Alternative()
      for field in fields {
        let place = path + [.name(field.key)]
        switch field.key {
        case "run": other.command = command(ofService: field.value, reader, place)
        case "env": other.env = reader.environment(field.value, place)
        case "cwd": other.cwd = reader.template(field.value, place)
        case "shell": other.shell = reader.shell(field.value, place)
        case "executor": other.executor = reader.executor(field.value, place)
        case "grace": other.grace = reader.span(field.value, place)
        case "ready": alternative.ready = ProbeReader(reader: reader).read(field.value, place)
        case "health": alternative.health = ProbeReader(reader: reader).read(field.value, place)
        case "restart": alternative.restart = restart(field.value, reader, place)
        case "setup": alternative.setup = commands(field.value, reader, place)
        case "setup_timeout": alternative.setupLimit = reader.positiveSpan(field.value, place)
        case "teardown": alternative.teardown = commands(field.value, reader, place)
        case "outputs": alternative.outputs = outputs(field.value, reader, place)
        default:
          if Self.serviceFields.contains(field.key) {
            reader.error("\"\(field.key)\" can't differ in an alternative of \"failover\"", place)
          } else {
            reader.unknown(path, field.key, among: Self.alternativeServiceFields)
          }
        }
      }
      found.append(alternative)
      surroundings.append(other)
    }
    let options = own ?? OwnOptions()
    own = options
    options.values.failover = surroundings
    options.values.given.insert("failover")
    return found
  }

  // MARK: Ports

  /// Ports that are used and not named.
  private func checkPorts(of service: ServiceSpec, _ reader: FieldReader) {
    let name = scopes[scope].prefix + reader.subject.name
    var unknown: [String] = []
    service.forEachRef { ref in
      guard ref.step == name, ref.path.first == .name("port") else { return }
      guard ref.path.count > 1, case .name(let port) = ref.path[1] else { return }
      if !service.ports.contains(port), !unknown.contains(port) { unknown.append(port) }
    }
    for port in unknown {
      let known = service.ports.isEmpty ? "ports = { \"\(port)\" }" : "known: \(service.ports.joined(separator: ", "))"
      reader.error(
        "service.port.\(port): there is no port of that name",
        cure: Names.proposal(for: port, in: service.ports) ?? known)
    }
  }
}

extension ServiceSpec {
  /// Every ref in what it says, its surroundings apart.
  func forEachRef(_ visit: (Ref) -> Void) { for expr in expressions { expr.forEachRef(visit) } }
}

extension ExecutorSpec {
  /// Whether what runs there may be what the image or the manifest says.
  fileprivate var hasOwnProgram: Bool {
    switch self {
    case .container, .pod: true
    default: false
    }
  }
}
