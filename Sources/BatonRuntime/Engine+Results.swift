import BatonCore
import BatonModel

/// Results: read when an attempt has ended, and recorded before its end is.
extension Engine {
  /// An attempt whose results are being read, and what follows.
  struct Reading {
    enum Next {
      case attempt(Ticket, AttemptReport)
      case body(BodyTurn)
    }

    var node: NodeIndex
    var request: ResultRequest
    var next: Next
    /// What they come to, once they were read.
    var summary: ResultSummary?
  }

  func readResults(_ attempt: Running, _ ticket: Ticket, _ report: AttemptReport) {
    let rivals = resultSpans.end(attempt.node, at: report.ended)
    // Nothing ran: nothing was reported.
    if case .unstartable = report.outcome { return keep(ticket, report) }
    let options = machine.plan.nodes[attempt.node].options.value
    let alternative = attempt.alternative.flatMap { number in
      options.failover.indices.contains(number) ? options.failover[number] : nil
    }
    do throws(Evaluation.Failure) {
      var request = try resultRequest(
        attempt.node, ticket, attempt: attempt.attempt, since: report.started, folder: alternative?.cwd ?? options.cwd)
      request.ended = report.ended
      request.rivals = rivals
      request.tests = attempt.tests
      request.impact = attempt.impact
      switch report.outcome {
      case .succeeded, .exited: request.wasCutOff = machine.isBeingStopped(attempt.node)
      default: request.wasCutOff = true
      }
      let policy = alternative?.retry ?? options.retry
      let failures = machine.facts.steps[machine.plan.nodes[attempt.node].name]?.failures ?? 0
      // Nothing is handed over by the last attempt.
      if policy.tests == .failed, failures + 1 < policy.attempts { request.handsOverAfter = report.outcome }
      request.handover = attempt.handover
      request.maxFailures = options.maxFailures
      read(Reading(node: attempt.node, request: request, next: .attempt(ticket, report)))
    } catch {
      ports.reporter.warning("step \"\(machine.plan.nodes[attempt.node].name)\": its results: \(error.text)")
      keep(ticket, report)
    }
  }

  func readResults(_ live: LiveBody, _ turn: BodyTurn) {
    let options = machine.plan.nodes[live.node].options.value
    let rivals = resultSpans.end(live.node, at: ports.reactor.now)
    do throws(Evaluation.Failure) {
      var request = try resultRequest(
        live.node, nextTicket(), attempt: machine.facts.steps[live.name]?.attempts ?? 1, since: live.began,
        folder: options.cwd)
      request.rivals = rivals
      read(Reading(node: live.node, request: request, next: .body(turn)))
    } catch {
      ports.reporter.warning("step \"\(live.name)\": its results: \(error.text)")
      events.append(.bodyTurned(live.node, turn))
    }
  }

  private func read(_ reading: Reading) {
    let ticket = reading.request.ticket
    readings[ticket] = reading
    FaultPoint.reach("engine.before-results")
    let callsFunctions = reading.request.sources.contains {
      if case .callback = $0.reader { true } else { false }
    }
    if callsFunctions {
      ports.results.texts(reading.request)
    } else {
      ports.results.read(reading.request, told: [])
    }
  }

  private func resultRequest(
    _ index: NodeIndex, _ ticket: Ticket, attempt: Int, since: Instant, folder: Template?
  ) throws(Evaluation.Failure) -> ResultRequest {
    let node = machine.plan.nodes[index]
    var sources: [ResultRequest.Source] = []
    for source in node.options.value.results {
      sources.append(
        ResultRequest.Source(
          reader: source.reader, patterns: try evaluation.arguments(of: source.patterns),
          isOptional: source.isOptional, base: source.base))
    }
    var request = ResultRequest(
      ticket: ticket, step: node.name, attempt: attempt, workingDirectory: try builder.folder(folder),
      sources: sources, since: since, runFolder: context.folder.path,
      file: RunFolder.results(step: node.name, attempt: attempt),
      artifactFolder: "\(context.folder.artifacts)/\(RunFolder.fileName(of: node.name))",
      log: context.folder.log(step: node.name, attempt: attempt))
    request.sharedNames = sharedNames
    request.quarantine = machine.facts.quarantine
    request.moment = ports.reactor.now
    request.earlier = machine.facts.steps[node.name]?.earlierResults.filter { $0 != request.file } ?? []
    return request
  }

  /// Calls the functions that read files of results.
  func told(_ ticket: Ticket, _ texts: [ResultText]) {
    guard let reading = readings[ticket] else { return }
    let timeout = running[ticket].flatMap { machine.plan.nodes[$0.node].options.value.timeout }
    var items: [ResultItem] = []
    for text in texts {
      switch text.text {
      case .failure(let error): items.append(.problem("\(text.path): \(error.message)"))
      case .success(let content):
        switch call(text.callback, [.string(content), .string(text.path)], timeout: timeout) {
        case .returned(let values): items += ResultValues.items(values.first ?? .null, from: text.path)
        case .raised(let message): items.append(.problem("\(text.path): its function raised an error: \(message)"))
        case .halted(let reason), .failed(let reason):
          items.append(.problem("\(text.path): its function ended with: \(reason)"))
        }
      }
    }
    ports.results.read(reading.request, told: items)
  }

  func resultsRead(_ ticket: Ticket, _ summary: ResultSummary?) {
    guard let reading = readings[ticket] else { return }
    FaultPoint.reach("engine.results-read")
    readings[ticket]?.summary = summary
    if let file = summary?.file {
      let results = ResultsToWrite(
        ticket: ticket, step: reading.request.step, attempt: reading.request.attempt, file: file,
        time: ports.reactor.now)
      if ports.journal.write(results, mailbox: ports.reactor.mailbox) { return }
    }
    resultsWritten(ticket)
  }

  /// What was read may be recorded.
  func resultsWritten(_ ticket: Ticket) {
    guard let reading = readings.removeValue(forKey: ticket) else { return }
    let summary = reading.summary
    if let summary {
      let sources = ResultSource.digest(of: machine.plan.nodes[reading.node].options.value.results)
      events.append(.reported(reading.node, .results(summary, sources: sources)))
    }
    switch reading.next {
    case .attempt(let ticket, var report):
      if let summary { report.judge(summary, maxFailures: reading.request.maxFailures) }
      // Each test of a list is run, and by one step alone: a report that says otherwise is worth no success.
      if report.outcome == .succeeded, let problem = summary?.listed?.problems.first {
        report.outcome = .failed("it succeeded, but \(problem)")
      }
      running[ticket]?.summary = summary
      keep(ticket, report)
    case .body(var turn):
      // A body whose results name what is in quarantine for too long has failed.
      if let summary, !summary.expired.isEmpty, case .returned(let values) = turn.next {
        turn.next = .ended(ResultJudgement(.succeeded, summary).outcome, causes: [], values: values)
      }
      events.append(.bodyTurned(reading.node, turn))
    }
  }
}
