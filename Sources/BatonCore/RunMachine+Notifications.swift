import BatonModel

/// Which messages are due when. They are records first, so that a message that was due when the engine died is sent after all.
extension RunMachine {
  /// What a notification, or its function, is told.
  private func event(_ kind: String, step: NodeIndex? = nil, status: String? = nil, reason: String? = nil) -> Value {
    var fields: [String: Value] = [
      "kind": .string(kind), "run": .string(run), "workflow": .string(plan.workflow.name),
      "time": .string(now.rfc3339),
    ]
    if let step {
      let name = plan.nodes[step].name
      fields["step"] = .string(name)
      fields["attempt"] = .integer(Int64(facts.steps[name]?.attempts ?? 0))
      fields["command"] = .string("baton logs \(run) \(ShellText.quoted(name))")
      if let asked = facts.questions[name] {
        fields["question"] = .integer(asked.question.id)
        fields["command"] = .string("baton approve \(run) \(ShellText.quoted(name))")
      }
      if kind == "step.failed" || kind == "step.retrying" {
        let known = facts.steps[name]
        let attempt = known?.end == nil ? known?.lastFailure : known?.end?.attempt
        let told = FailureCause.told(facts.causes(of: name, reason, attempt))
        fields["causes"] = .list(FailureCause.keys(told).map { .string($0) })
        // Of one that tells of no test, the event itself says all.
        if told.contains(where: { $0.tests != nil }) { fields["failures"] = .list(told.map(self.fields(of:))) }
      }
    }
    if let status { fields["status"] = .string(status) }
    if let reason { fields["reason"] = .string(reason) }
    return .map(fields)
  }

  /// What is told of a run that ends.
  private func ending(_ kind: String, _ status: RunStatus, _ reason: String?) -> Value {
    guard case .map(var fields) = event(kind, status: status.rawValue, reason: reason) else { return .null }
    if let start = facts.started { fields["duration"] = .number((now - start).seconds) }
    switch status {
    case .failed, .halted, .cancelled:
      let failed = facts.failures
      fields["failed"] = .integer(Int64(failed.count))
      let told = FailureCause.told(failed.lazy.flatMap { self.facts.causes(of: $0) })
      fields["failures"] = .list(told.map(self.fields(of:)))
      fields["causes"] = .list(facts.causes(of: status, reason).map { .string($0) })
      fields["command"] = .string("baton resume \(run)")
    case .succeeded:
      let mended = openCauses.union(facts.openCauses).sorted().prefix(FailureCause.mostRecovered)
      if !mended.isEmpty { fields["recovered"] = .list(mended.map { .string($0) }) }
    case .waiting, .running, .interrupted: fields["command"] = .string("baton resume \(run)")
    }
    return .map(fields)
  }

  private func fields(of entry: FailureCause.Entry) -> Value {
    var fields: [String: Value] = ["step": .string(entry.step), "cause": .string(entry.key)]
    if let attempt = entry.attempt { fields["attempt"] = .integer(Int64(attempt)) }
    if let reason = entry.reason { fields["reason"] = .string(reason) }
    if let tests = entry.tests { fields["tests"] = .integer(Int64(tests)) }
    return .map(fields)
  }

  func announce(_ moment: NotificationSpec.Moment, step: NodeIndex? = nil, reason: String? = nil) {
    guard !plan.notifications.isEmpty else { return }
    let kind = step.map { subject(of: $0) } ?? "run"
    publish(moment, event("\(kind).\(moment.rawValue)", step: step, status: moment.rawValue, reason: reason))
  }

  private func subject(of index: NodeIndex) -> String { plan.nodes[index].service == nil ? "step" : "service" }

  /// The end of a step, for notifications that decide by a function.
  func considerStep(_ index: NodeIndex, _ status: StepStatus, _ reason: String?) {
    guard !plan.notifications.isEmpty else { return }
    let kind = "\(subject(of: index)).\(status.rawValue)"
    publish(nil, event(kind, step: index, status: status.rawValue, reason: reason))
  }

  func announceEnd(_ status: RunStatus, _ reason: String?) {
    // A run that was killed behind its end, and only sends what was due, does not end anew.
    guard !plan.notifications.isEmpty, facts.endedBefore != status || didAnything else { return }
    let told = ending("run.\(status.rawValue)", status, reason)
    switch status {
    case .succeeded:
      publish(.succeeded, told)
      if isRecovery { publish(.recovered, ending("run.recovered", status, reason), asks: false) }
      publish(.finished, told, asks: false)
    case .failed:
      publish(.failed, told)
      publish(.finished, told, asks: false)
    case .halted:
      publish(.halted, told)
      publish(.finished, told, asks: false)
    case .cancelled: publish(.finished, told)
    // Gates have told theirs when they asked.
    case .waiting: publish(waitsForInterrupted ? .waiting : nil, told)
    case .running, .interrupted: break
    }
  }

  /// Whether this run or the one before it failed, and now all is well.
  private var isRecovery: Bool {
    func isBad(_ status: RunStatus?) -> Bool { status == .failed || status == .halted }
    return isBad(facts.endedBefore) || isBad(previous)
  }

  /// - Parameter asks: whether functions are asked; once for each event.
  private func publish(_ moment: NotificationSpec.Moment?, _ event: Value, asks: Bool = true) {
    for (position, notification) in plan.notifications.enumerated() {
      switch notification.on {
      case .moments(let moments):
        if let moment, moments.contains(moment) { due(position, event, moment.rawValue) }
      case .callback:
        guard asks else { continue }
        considering += 1
        actions.append(.consider(notification: position, event: event))
      }
    }
  }

  /// A message is to be sent to each of its receivers, or waits there for others: the key names receiver and event for good.
  func due(_ notification: Int, _ event: Value, _ moment: String) {
    let spec = plan.notifications[notification]
    for target in spec.to.indices {
      let parts = [
        run, spec.name, String(target), moment, event["step"]?.string, event["attempt"]?.text,
        event["question"]?.text, "\(facts.round)",
      ]
      let key = parts.compactMap(\.self).joined(separator: "/")
      let isKnown = facts.outstanding.contains { $0.key == key } || facts.gathered.contains(key)
      guard !isKnown else { continue }
      if spec.gathers {
        write(.notificationHeld(name: spec.name, key: key, event: event))
      } else {
        send(spec.name, key, event)
      }
    }
  }

  func send(_ name: String, _ key: String, _ event: Value) {
    let seq = write(.notificationDue(name: name, key: key, event: event))
    actions.append(.notify(RunFacts.Outstanding(name: name, key: key, event: event), after: seq))
  }

  func answered(_ key: String, _ record: (String) -> Record) {
    guard let outstanding = facts.outstanding.first(where: { $0.key == key }) else { return }
    write(record(outstanding.name))
  }
}
