import BatonCore
import BatonModel

/// Services: from the machine's word to places, probes and commands, and back.
extension Engine {
  /// A probe, or a command of a service's life, while it runs.
  struct Check {
    var node: NodeIndex
    var number: Int
    /// It took too long, or is not wanted any more.
    var isOver = false
  }

  /// Decides where a service is to be found, and what it emits.
  func prepare(_ node: NodeIndex, _ alternative: Int?) {
    guard let service = machine.plan.nodes[node].service else { return }
    let name = machine.plan.nodes[node].name
    do {
      var values: [String: Value] = ["host": "127.0.0.1", "folder": .string(try ports.places.folder(of: name))]
      if !service.ports.isEmpty {
        let before = (machine.facts.services[name]?.values["port"]?.map ?? [:]).compactMapValues {
          $0.integer.map(Int.init)
        }
        let found = try ports.places.ports(service.ports, of: name, before: before)
        values["port"] = .map(found.mapValues { .integer(Int64($0)) })
      }
      var own = evaluation
      let given = values
      own.values = { [unowned self] in $0 == name ? given : machine.values(of: $0) }
      for (output, expr) in service.outputs(of: alternative) { values[output] = try own.value(of: expr) }
      events.append(
        .serviceGiven(
          node, ServiceGift(alternative: alternative, values: values, fingerprint: fingerprint(node))))
    } catch let error as Evaluation.Failure {
      events.append(.serviceUnprepared(node, secrets.mask(error.text)))
    } catch let error as BatonError {
      events.append(.serviceUnprepared(node, error.text))
    } catch {
      events.append(.serviceUnprepared(node, "\(error)"))
    }
  }

  /// The network that a node's process is to be started in.
  ///
  /// - Parameter beside: it belongs to a service whose process is there.
  func network(of node: NodeIndex, beside: Bool = false) throws(LaunchBuilder.Obstacle) -> LaunchNetwork? {
    let service: NodeIndex?
    switch machine.plan.nodes[node].options.value.network {
    case .host: return nil
    case .own:
      if !beside { return .own }
      service = node
    case .of(let name):
      service =
        machine.plan.nodes[node].dependencies.first { machine.plan.nodes[$0].name == name }
        ?? machine.plan.nodes.indices.first { machine.plan.nodes[$0].name == name }
    }
    guard let service, let process = processes[service] else {
      throw LaunchBuilder.Obstacle(outcome: .failed("the service whose network it is to be in does not run"))
    }
    return .of(process)
  }

  func clearPlaces() { ports.places.clear(ports: machine.facts.services.values.flatMap(\.ports)) }

  func begin(_ check: ServiceCheck, _ number: Int, of node: NodeIndex) {
    let ticket = nextTicket()
    let name = machine.plan.nodes[node].name
    let known = machine.facts.services[name]
    guard let service = machine.plan.nodes[node].service else { return }
    let traits = service.traits(of: known?.alternative)
    do {
      guard let errand = try errand(check, traits, node) else {
        return events.append(.serviceChecked(node, number: number, failure: nil))
      }
      var subject = subject(node)
      subject.errand = (errand.name, errand.command)
      subject.isOwn = errand.isOwn
      var launch = try builder.launch(
        subject, attempt: machine.facts.steps[name]?.attempts ?? 1, alternative: known?.alternative, ticket: ticket,
        dependencies: { .null })
      launch.standardInput = errand.input
      launch.network = try network(of: node, beside: true)
      // What a probe says is told where it failed for good; what the other commands say belongs to the service's output.
      if errand.isProbe { launch.isSilent = true }
      checks[ticket] = Check(node: node, number: number)
      ports.executor.start(launch)
    } catch let error as Evaluation.Failure {
      events.append(.serviceChecked(node, number: number, failure: secrets.mask(error.text)))
    } catch let error as LaunchBuilder.Obstacle {
      events.append(.serviceChecked(node, number: number, failure: secrets.mask(error.outcome.text)))
    } catch {
      events.append(.serviceChecked(node, number: number, failure: "\(error)"))
    }
  }

  private struct Errand {
    var name: String
    var command: Command
    var input: String?
    var isProbe = false
    /// It is done by Baton itself.
    var isOwn = false
  }

  private func errand(_ check: ServiceCheck, _ traits: ServiceSpec.Traits, _ node: NodeIndex) throws -> Errand? {
    switch check {
    case .setup(let place):
      return traits.setup.indices.contains(place) ? Errand(name: "setup", command: traits.setup[place]) : nil
    case .teardown(let place):
      return traits.teardown.indices.contains(place) ? Errand(name: "teardown", command: traits.teardown[place]) : nil
    case .ready: return try traits.ready.map { try errand("ready", $0, node) }
    case .health: return try traits.health.map { try errand("health", $0, node) }
    }
  }

  private func errand(_ name: String, _ probe: ProbeSpec, _ node: NodeIndex) throws -> Errand {
    if case .command(let command) = probe.kind { return Errand(name: name, command: command, isProbe: true) }
    let service = machine.plan.nodes[node].name
    let log = context.folder.log(step: service, attempt: machine.facts.steps[service]?.attempts ?? 1)
    let question = try ServiceProbe.question(probe, log: log, forwarded: forwarded(of: node), evaluation)
    let own = [Template.plain("/proc/self/exe"), .plain(ServiceProbe.command)]
    return Errand(name: name, command: .program(own), input: JSON.encode(question), isProbe: true, isOwn: true)
  }

  /// Ports of a service elsewhere that a forwarder brings here.
  private func forwarded(of node: NodeIndex) -> [Int] {
    let known = machine.facts.services[machine.plan.nodes[node].name]
    let step = LaunchBuilder.Effective(machine.plan.nodes[node], alternative: known?.alternative)
    return step?.executor.forwardsPorts == true ? known?.ports ?? [] : []
  }

  func endCheck(_ number: Int, of node: NodeIndex) {
    for (ticket, check) in checks where check.node == node && check.number == number {
      checks[ticket]?.isOver = true
      ports.executor.stop(ticket, grace: .zero)
    }
  }

  func checked(_ ticket: Ticket, _ report: AttemptReport) {
    guard let check = checks.removeValue(forKey: ticket) else { return }
    var failure: String?
    if check.isOver {
      failure = "it took too long to answer"
    } else if report.outcome != .succeeded {
      let said = report.tail.split(whereSeparator: \.isNewline).last.map { ": \($0)" } ?? ""
      failure = report.outcome.text + said
      if case .exited(1) = report.outcome, !said.isEmpty { failure = String(said.dropFirst(2)) }
      // What keeps it from being started is all that was said.
      if case .unstartable(let why) = report.outcome { failure = why }
    }
    events.append(
      .serviceChecked(
        check.node, number: check.number, failure: failure, values: failure == nil ? report.values : [:]))
  }
}
