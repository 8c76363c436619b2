import BatonCore
import BatonModel

/// Attempts: from the machine's word to the executor and back.
extension Engine {
  /// From now on, the value is masked wherever it could be seen.
  func secret(_ name: String) -> String? {
    let value = context.secret(name)
    if let value, !context.secrets.contains(value) {
      secrets.add([value])
      ports.executor.mask([value])
      ports.results.mask([value])
    }
    return value
  }

  func nextTicket() -> Ticket {
    lastTicket += 1
    return lastTicket
  }

  func launch(_ node: NodeIndex, _ attempt: Int, _ alternative: Int?) {
    if let body = machine.plan.nodes[node].body, alternative == nil { return begin(body, node) }
    let ticket = nextTicket()
    do throws(LaunchBuilder.Obstacle) {
      let (tests, impact) = try testsToRun(node)
      if let tests, tests.isEmpty { return passWithoutTests(node, impact) }
      let subject = subject(node, handed(to: node, alternative))
      let options = machine.plan.nodes[node].options
      launchTimeout = options.value.timeout
      defer { launchTimeout = nil }
      var launch = try builder.launch(
        subject, attempt: attempt, alternative: alternative, ticket: ticket,
        dependencies: { machine.dependencies(of: node) })
      launch.tests = tests
      if alternative == nil, let source = launch.elsewhere?.target.source { imageDigests[node] = source.digest }
      launch.network = try network(of: node)
      running[ticket] = Running(
        node: node, attempt: attempt, alternative: alternative, handover: subject.handed?.handover, tests: tests,
        impact: impact)
      ticketOfNode[node] = ticket
      if !options.value.results.isEmpty {
        let failover = options.value.failover
        let other = alternative.flatMap { failover.indices.contains($0) ? failover[$0].cwd : nil }
        noteResults(of: node, folder: other ?? options.value.cwd)
      }
      FaultPoint.reach("engine.before-launch")
      ports.executor.start(launch)
      FaultPoint.reach("engine.launched")
    } catch {
      let now = ports.reactor.now
      events.append(.attemptEnded(node, AttemptResult(outcome: error.outcome, started: now, ended: now)))
    }
  }

  /// A step that is to run no tests has nothing to do: runners take an empty list for all that there is.
  private func passWithoutTests(_ node: NodeIndex, _ impact: TestImpact?) {
    let now = ports.reactor.now
    events.append(.attemptStarted(node, pid: nil))
    var summary = ResultSummary()
    summary.listed = ListedResults(tests: 0).with(impact)
    let sources = ResultSource.digest(of: machine.plan.nodes[node].options.value.results)
    events.append(.reported(node, .results(summary, sources: sources)))
    events.append(
      .attemptEnded(
        node,
        AttemptResult(outcome: .succeeded, started: now, ended: now, fingerprint: fingerprint(node))))
  }

  private func testsToRun(_ node: NodeIndex) throws(LaunchBuilder.Obstacle) -> ([String]?, TestImpact?) {
    do throws(Evaluation.Failure) {
      guard let tests = try tests(of: node) else { return (nil, nil) }
      let impact = try impact(on: node, tests)
      return (impact?.selected ?? tests, impact)
    } catch {
      throw LaunchBuilder.Obstacle(outcome: error.outcome)
    }
  }

  func subject(_ index: NodeIndex, _ handed: LaunchBuilder.Handed? = nil) -> LaunchBuilder.Subject {
    let node = machine.plan.nodes[index]
    let known = machine.facts.steps[node.name]
    return LaunchBuilder.Subject(
      node: node, env: machine.plan.workflow.env, checkpoint: known?.checkpoint,
      generation: known?.generation ?? 0, changedSince: machine.changesForCall(index), handed: handed)
  }

  func attemptEnded(_ ticket: Ticket, _ report: AttemptReport) {
    guard let attempt = running[ticket] else { return checked(ticket, report) }
    FaultPoint.reach("engine.attempt-ended")
    if !machine.plan.nodes[attempt.node].options.value.results.isEmpty {
      running[ticket]?.report = report
      return readResults(attempt, ticket, report)
    }
    keep(ticket, report)
  }

  /// Keeps what the attempt left: outputs and artifacts.
  func keep(_ ticket: Ticket, _ report: AttemptReport) {
    guard let attempt = running[ticket] else { return }
    let options = machine.plan.nodes[attempt.node].options
    let succeeded = report.outcome == .succeeded
    guard !options.value.artifacts.isEmpty || (succeeded && !options.value.outputs.isEmpty) else {
      return finish(ticket, report)
    }
    do throws(Evaluation.Failure) {
      var request = try cacheRequest(attempt.node, ticket)
      if !succeeded { request.outputs = [] }
      request.stores =
        succeeded && options.value.cache != .off && attempt.alternative == nil && report.note == nil
        // Who asks for all tests must not be given a few.
        && attempt.impact?.leftOut.isEmpty != false
      if request.stores { addResults(of: attempt, to: &request) }
      running[ticket]?.report = report
      ports.cache.save(request, values: report.values)
    } catch {
      var failed = report
      if succeeded { failed.outcome = error.outcome }
      finish(ticket, failed)
    }
  }

  /// What the attempt measured is kept with its outputs.
  private func addResults(of attempt: Running, to request: inout CacheRequest) {
    let step = machine.plan.nodes[attempt.node].name
    var metrics = machine.facts.steps[step]?.metrics ?? [:]
    // What it told last may not have come to the machine yet.
    for case .reported(attempt.node, .metric(let name, let value)) in events { metrics[name] = value }
    guard attempt.summary != nil || !metrics.isEmpty else { return }
    request.items = "\(context.folder.path)/\(RunFolder.results(step: step, attempt: attempt.attempt))"
    request.kept = KeptResults(
      summary: attempt.summary, sources: request.sources, metrics: metrics,
      origin: Measured.Origin(run: context.run, step: step, attempt: attempt.attempt))
  }

  func saved(_ ticket: Ticket, _ answer: SaveAnswer) {
    guard var report = running[ticket]?.report, let node = running[ticket]?.node else { return }
    switch answer {
    case .saved: break
    case .missingOutputs(let patterns):
      let list = patterns.map { "\"\($0)\"" }.joined(separator: ", ")
      report.outcome = .failed("it succeeded, but its declared outputs are not there: \(list)")
    case .failed(let message):
      ports.reporter.warning("step \"\(machine.plan.nodes[node].name)\": its files were not kept: \(message)")
    }
    finish(ticket, report)
  }

  private func finish(_ ticket: Ticket, _ report: AttemptReport) {
    guard let attempt = running.removeValue(forKey: ticket) else { return }
    ticketOfNode[attempt.node] = nil
    var report = report
    let command = machine.plan.nodes[attempt.node].command
    if case .call = command {
      report.outcome = SubRun.outcome(report.outcome, run: subRun(of: attempt.node), tail: report.tail)
    }
    if case .request = command { report.outcome = WebRequest.outcome(report.outcome, tail: report.tail) }
    if report.outcome != .succeeded, !report.tail.isEmpty {
      let step = machine.plan.nodes[attempt.node].name
      ports.reporter.failureTail(step: step, attempt: attempt.attempt, tail: report.tail)
    }
    events.append(
      .attemptEnded(
        attempt.node,
        AttemptResult(
          outcome: report.outcome, started: report.started, ended: report.ended, values: report.values,
          fingerprint: fingerprint(attempt.node), note: report.note)))
  }

  /// The run of a step that calls another workflow.
  func subRun(of node: NodeIndex) -> String {
    let step = machine.plan.nodes[node].name
    return SubRun.id(run: context.run, step: step, generation: machine.facts.steps[step]?.generation ?? 0)
  }

  func fingerprint(_ node: NodeIndex) -> Fingerprint {
    let nodes = machine.plan.nodes
    return FingerprintBuilder.fingerprint(
      of: nodes[node], env: machine.plan.workflow.env, values: { machine.values(of: $0) },
      // Without declared inputs there is nothing to compare when the run is resumed.
      inputs: nodes[node].options.value.inputs.isEmpty
        || (nodes[node].service != nil && !nodes[node].options.value.given.contains("inputs"))
        ? nil : inputDigests[node]?.digest ?? currentInputs(node),
      image: imageDigest(node),
      isService: { machine.facts.services[$0] != nil })
  }

  /// Of what its place is made of, as it was when the step was started; nil: that is no file.
  private func imageDigest(_ node: NodeIndex) -> String? {
    let executor = machine.plan.nodes[node].options.value.executor
    guard let source = executor.source, let text = try? evaluation.text(of: source.text), executor.isSource(text)
    else { return nil }
    if let known = imageDigests[node] { return known }
    return (try? builder.folder(source.text)).flatMap { path in try? ports.cache.image(at: path) }
  }

  /// Of a step with inputs but without a cache: hashed when it ends.
  private func currentInputs(_ node: NodeIndex) -> String? {
    guard let request = try? cacheRequest(node, 0),
      let digest = try? ports.cache.inputs(request.inputs, in: request.workingDirectory)
    else { return nil }
    return digest.digest
  }

  // MARK: Cache

  private func cacheRequest(_ index: NodeIndex, _ ticket: Ticket) throws(Evaluation.Failure) -> CacheRequest {
    let node = machine.plan.nodes[index]
    let options = node.options.value
    var base = FingerprintBuilder.fingerprint(
      of: node, env: machine.plan.workflow.env, values: { machine.values(of: $0) }, image: imageDigest(index),
      isService: { machine.facts.services[$0] != nil }
    ).parts.map { "\($0.name)=\($0.value)\n" }.joined()
    if node.callsFunctions { base += JSON.encode(.list(functionResults(index))) }
    if case .keyed(let key) = options.cache { base += try evaluation.value(of: key).text }
    var request = CacheRequest(
      ticket: ticket, workingDirectory: try builder.folder(options.cwd),
      inputs: try evaluation.arguments(of: options.inputs), outputs: try evaluation.arguments(of: options.outputs),
      base: base, ignoreStored: context.noCache)
    request.step = node.name
    if !options.results.isEmpty { request.sources = ResultSource.digest(of: options.results) }
    request.artifacts = try evaluation.arguments(of: options.artifacts)
    request.secrets = secrets
    request.artifactFolder = "\(context.folder.artifacts)/\(RunFolder.fileName(of: node.name))"
    return request
  }

  /// What the script's functions make of a step now. They may read parameters, variables and modules, of which their digests
  /// know nothing: so it is what they answer that a cached result has to be the same in.
  private func functionResults(_ index: NodeIndex) -> [Value] {
    var results: [Value] = []
    var noting = evaluation
    noting.secret = { _ in "" }
    noting.call = { [evaluation] callback, arguments in
      let result = evaluation.call(callback, arguments)
      if case .returned(let values) = result { results.append(.list(values)) } else { results.append(.null) }
      return result
    }
    // What goes wrong here goes wrong again when the step is started, and is told then.
    let builder = LaunchBuilder(context: context, workflow: machine.plan.workflow.name, evaluation: noting)
    _ = try? builder.launch(
      subject(index), attempt: 0, alternative: nil, ticket: 0, dependencies: { machine.dependencies(of: index) })
    return results
  }

  func probe(_ node: NodeIndex) {
    let ticket = nextTicket()
    do throws(Evaluation.Failure) {
      var request = try cacheRequest(node, ticket)
      request.items = "\(context.folder.path)/\(RunFolder.results(step: request.step, attempt: 0))"
      probes[ticket] = node
      ports.cache.probe(request)
    } catch {
      events.append(.probed(node, .failed(error.text)))
    }
  }

  /// Whether what the quarantine says now leaves kept results as they were: a test whose entry is over fails its step, and so
  /// does one that failed and is in quarantine no more. Then the step runs, and says so itself.
  private func stands(_ kept: KeptResults?, of node: NodeIndex) -> Bool {
    guard let summary = kept?.summary, summary.tests > 0 else { return true }
    let (quarantine, now) = (machine.facts.quarantine, ports.reactor.now)
    guard summary.quarantined > 0 || quarantine.contains(where: { $0.isExpired(at: now) }) else { return true }
    let step = machine.plan.nodes[node].name
    let items = "\(context.folder.path)/\(RunFolder.results(step: step, attempt: 0))"
    return ports.results.stands(items, of: step, quarantine, at: now)
  }

  func probed(_ ticket: Ticket, _ answer: CacheAnswer) {
    guard let node = probes.removeValue(forKey: ticket) else { return }
    switch answer {
    case .hit(let inputs, let values, _, var kept):
      inputDigests[node] = inputs
      guard stands(kept, of: node) else { return events.append(.probed(node, .miss)) }
      if kept?.summary?.file != nil {
        kept?.summary?.file = RunFolder.results(step: machine.plan.nodes[node].name, attempt: 0)
      }
      events.append(.probed(node, .hit(values: values, fingerprint: fingerprint(node), kept: kept)))
    case .miss(let inputs):
      inputDigests[node] = inputs
      events.append(.probed(node, .miss))
    case .failed(let message): events.append(.probed(node, .failed(message)))
    }
  }
}
