import BatonModel

/// Attempts: how they begin, end, and are repeated.
extension RunMachine {
  func attemptStarted(_ index: NodeIndex, pid: Int32?) {
    if !services.isEmpty, services[index] != nil { return serviceStarted(index, pid: pid) }
    guard let attempt = runningAttempt(index) else { return }
    if !lastFailures.isEmpty { lastFailures[index] = nil }
    let name = plan.nodes[index].name
    let options = plan.nodes[index].options
    if plan.nodes[index].body != nil, case .running = nodes[index].phase { bodyBegan(index) }
    let alternative = alternative(of: index)
    write(
      .attemptStarted(
        StepAttempt(step: name, number: attempt), executor: (alternative?.executor ?? options.value.executor).text,
        pid: pid, demand: particularDemand(of: index)))
    if let timeout = alternative?.timeout ?? options.value.timeout {
      timers.insert(.timeout(index, attempt: attempt), at: now + timeout)
    }
    if let deadline = options.value.deadline, let first = facts.steps[name]?.firstStart {
      timers.insert(.deadline(index), at: first + deadline)
    }
  }

  private func runningAttempt(_ index: NodeIndex) -> Int? {
    switch nodes[index].phase {
    case .running(let attempt), .stopping(let attempt, _): attempt
    default: nil
    }
  }

  /// The alternative that is being tried, if it is one.
  private func alternative(of index: NodeIndex) -> Alternative? {
    let alternatives = plan.nodes[index].options.value.failover
    guard !alternatives.isEmpty, let number = facts.steps[plan.nodes[index].name]?.alternative,
      alternatives.indices.contains(number)
    else { return nil }
    return alternatives[number]
  }

  private func retryPolicy(of index: NodeIndex) -> RetryPolicy {
    alternative(of: index)?.retry ?? plan.nodes[index].options.value.retry
  }

  func reported(_ index: NodeIndex, _ fact: RunEvent.CommandFact) {
    guard let attempt = runningAttempt(index) else { return }
    let step = plan.nodes[index].name
    switch fact {
    case .progress(let fraction, let text):
      write(.progress(step: step, attempt: attempt, fraction: fraction, text: text))
    case .metric(let name, let value): write(.metric(step: step, attempt: attempt, name: name, value: value))
    case .checkpoint(let value): write(.checkpoint(step: step, attempt: attempt, value: value))
    case .results(let summary, let sources):
      write(.measured(Measured(step: step, attempt: attempt, summary: summary, sources: sources)))
    }
  }

  func attemptEnded(_ index: NodeIndex, _ result: AttemptResult) {
    if !services.isEmpty, services[index] != nil { return serviceProcessEnded(index, result) }
    guard let attempt = runningAttempt(index) else { return }
    setSuspended(index, false)
    let body = bodies.removeValue(forKey: index)
    var outcome = result.outcome
    if case .stopping(_, let reason) = nodes[index].phase {
      switch (reason, outcome) {
      // It came to its end while it was being ended: what it did counts.
      case (.cancelled, .succeeded), (.interrupted, .succeeded), (.lost, .succeeded): break
      default: outcome = reason
      }
    }
    release(index)
    let name = plan.nodes[index].name
    let end = AttemptEnd(
      step: name, number: attempt, outcome: outcome, started: result.started, ended: result.ended,
      executor: (alternative(of: index)?.executor ?? plan.nodes[index].options.value.executor).text)
    switch outcome {
    case .succeeded:
      self.end(
        index, .succeeded, reason: result.note, attempt: end, values: withTests(result.values, of: name),
        fingerprint: result.fingerprint)
    case .interrupted where body?.isHalted == true:
      self.end(index, .skipped, reason: modeReason, attempt: end)
    case .interrupted:
      write(.attemptFailed(end, next: .onResume))
      setPhase(index, .held)
    case .lost: attemptLost(index, end)
    case .cancelled: self.end(index, .cancelled, reason: cancelReason(index), attempt: end)
    case .halted(let reason):
      self.end(index, .failed, reason: outcome.text, attempt: end, values: withTests(result.values, of: name))
      halt(reason, by: name)
    case .deadlinePassed, .exited, .signaled, .timedOut, .unstartable, .scriptError, .failed:
      lastFailures[index] = FailedAttempt(
        fingerprint: result.fingerprint, values: result.values, causes: body?.causes ?? [])
      if !services.isEmpty, body == nil, outcome.isOfTheProgram, doubt(index, end) { return }
      attemptFailed(index, end)
    }
  }

  /// What a step emits: with what its tests came to as `tests`, unless it emits something of that name itself.
  func withTests(_ values: [String: Value], of step: String) -> [String: Value] {
    guard facts.hasResults, values["tests"] == nil, let summary = facts.steps[step]?.results?.summary, summary.tests > 0
    else {
      return values
    }
    var counts = TestCounts()
    counts.add(summary)
    return values.merging(["tests": .map(counts.fields)]) { own, _ in own }
  }

  /// Whether an attempt runs that is being ended.
  public func isBeingStopped(_ index: NodeIndex) -> Bool {
    if case .stopping = nodes[index].phase { true } else { false }
  }

  /// Why bodies wind down.
  private var modeReason: String? {
    switch mode {
    case .halting(let reason), .failingFast(let reason), .cancelling(let reason): reason
    case .running, .interrupting: facts.halting.map { "the run was halted: \($0.reason)" }
    }
  }

  private func cancelReason(_ index: NodeIndex) -> String {
    if case .cancelling(let reason) = mode { return reason }
    if let reason = givenUp[index] { return reason }
    if let group = enoughFailures[index] { return group }
    if let parent = plan.nodes[index].parent, plan.nodes[parent].group?.style == .transaction {
      return "another member of \(plan.nodes[parent].name) failed"
    }
    return "another member of its group failed (fail_fast)"
  }

  func attemptFailed(_ index: NodeIndex, _ end: AttemptEnd) {
    let policy = retryPolicy(of: index)
    let failures = (facts.steps[end.step]?.failures ?? 0) + 1
    // No further try mends what is in quarantine for too long.
    if facts.steps[end.step]?.results?.summary.expired.isEmpty == false, case .failed = end.outcome {
      return failStep(index, end, reason: end.outcome.text)
    }
    switch modeOf(index) {
    case .interrupting where failures < policy.attempts && policy.repeats(end.outcome) == nil:
      // Whether it is tried again is for the script to say, which is not asked any more: it is.
      retry(index, end)
    case .running, .interrupting:
      if failures < policy.attempts {
        switch policy.repeats(end.outcome) {
        case true?: return retry(index, end)
        case false?: break
        case nil:
          setPhase(index, .askingRetry(end))
          actions.append(.ask(index, .retry, end.outcome, after: facts.lastSeq))
          return
        }
      }
      failOver(index, end)
    case .halting(let reason), .failingFast(let reason), .cancelling(let reason):
      let more = failures < policy.attempts ? "; not tried again: \(reason)" : ""
      failStep(index, end, reason: end.outcome.text + more)
    }
  }

  /// The run's mode as it counts for a node: what undoes something goes on as if nothing had happened.
  func modeOf(_ index: NodeIndex) -> Mode {
    if case .interrupting = mode { return mode }
    return nodes[index].isCompensating ? .running : mode
  }

  func retryAnswered(_ index: NodeIndex, _ answer: RunEvent.Answer) {
    guard case .askingRetry(let end) = nodes[index].phase else { return }
    switch answer {
    case .yes: retry(index, end)
    case .no: failOver(index, end)
    case .raised(let message):
      failStep(index, end, reason: "\(end.outcome.text); its `retry.when` raised an error: \(message)")
    case .fail(let reason): failStep(index, end, reason: reason)
    case .halt(let reason):
      failStep(index, end, reason: end.outcome.text)
      halt(reason, by: end.step)
    }
  }

  func retry(_ index: NodeIndex, _ end: AttemptEnd) {
    let failures = (facts.steps[end.step]?.failures ?? 0) + 1
    let seed = StableHash.word(end.step, String(end.number), seed: facts.start?.observations.seed ?? 0)
    let moment = now + Backoff.delay(retryPolicy(of: index), failures: failures, seed: seed)
    if let deadline = plan.nodes[index].options.value.deadline, let first = facts.steps[end.step]?.firstStart,
      moment >= first + deadline
    {
      return failStep(index, end, reason: "\(end.outcome.text); the next try would be behind its deadline")
    }
    // What made the body fail is tried again with it.
    for (body, keys) in BodyRepairs.causes(lastFailures[index]?.causes ?? [], of: end.step, facts) {
      write(.forgotten(step: body, keys: keys, reason: "\(end.step) is tried again"))
    }
    write(.attemptFailed(end, next: .retry(at: moment)))
    if case .interrupting = mode { return setPhase(index, .held) }
    announce(.retrying, step: index, reason: end.outcome.text)
    wait(index, end, until: moment)
  }

  func wait(_ index: NodeIndex, _ end: AttemptEnd, until moment: Instant) {
    guard moment > now else { return putIntoQueue(index) }
    setPhase(index, .backingOff(end))
    timers.insert(.retry(index), at: moment)
  }

  private func failOver(_ index: NodeIndex, _ end: AttemptEnd) {
    let next = (facts.steps[end.step]?.alternative ?? -1) + 1
    let canFailOver =
      switch end.outcome {
      case .exited, .signaled, .timedOut, .unstartable, .failed, .scriptError: true
      case .succeeded, .deadlinePassed, .cancelled, .interrupted, .lost, .halted: false
      }
    guard canFailOver, next < plan.nodes[index].options.value.failover.count else {
      return failStep(index, end, reason: end.outcome.text)
    }
    write(.attemptFailed(end, next: .failOver(to: next)))
    if case .interrupting = mode { return setPhase(index, .held) }
    putIntoQueue(index)
  }

  /// - Parameter attempt: the last one, where it did not end before.
  private func failStep(_ index: NodeIndex, _ attempt: AttemptEnd?, reason: String) {
    let left = lastFailures.removeValue(forKey: index) ?? FailedAttempt()
    end(
      index, .failed, reason: reason, attempt: attempt, values: withTests(left.values, of: plan.nodes[index].name),
      fingerprint: left.fingerprint, allowed: plan.nodes[index].options.value.allowFailure, causes: left.causes)
  }

  // MARK: Time

  func tick() {
    while let purpose = timers.removeFirst(due: now) {
      switch purpose {
      case .notices: noticeBell = nil
      case .timeout(let index, let attempt):
        if case .running(attempt) = nodes[index].phase { stop(index, attempt, as: .timedOut) }
      case .deadline(let index): deadlinePassed(index)
      case .retry(let index):
        if case .backingOff = nodes[index].phase { putIntoQueue(index) }
      case .operation(let index, let key): waitPassed(index, key)
      case .answers(let index): answersDue(index)
      case .service(let index, let alarm): serviceAlarm(index, alarm)
      case .serviceCheck(let index, let number): serviceCheckLate(index, number)
      case .runDeadline:
        if !isFinished { cancel(by: "deadline", reason: "the run's deadline passed") }
      }
    }
  }

  private func deadlinePassed(_ index: NodeIndex) {
    let node = plan.nodes[index]
    guard let deadline = node.options.value.deadline, let first = facts.steps[node.name]?.firstStart,
      first + deadline <= now
    else { return }
    switch nodes[index].phase {
    case .running(let attempt): stop(index, attempt, as: .deadlinePassed)
    case .backingOff, .queued, .parked:
      failStep(index, nil, reason: Outcome.deadlinePassed.text)
    default: break
    }
  }

  func stop(_ index: NodeIndex, _ attempt: Int, as outcome: Outcome, grace: Span? = nil) {
    setPhase(index, .stopping(attempt: attempt, as: outcome))
    if bodies[index] != nil { return stopBody(index, grace: grace) }
    let polite = alternative(of: index)?.grace ?? plan.nodes[index].options.value.grace
    actions.append(.stop(index, grace: grace ?? polite))
  }
}

/// What an attempt that failed left, for when its step ends with it.
struct FailedAttempt {
  /// What it was made of, so that an edit of what failed is seen.
  var fingerprint: Fingerprint?
  /// What it emitted before.
  var values: [String: Value] = [:]
  /// Of a body: the operations that it did not catch.
  var causes: [String] = []
}
