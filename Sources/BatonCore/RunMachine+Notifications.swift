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
        if told.contains(where: { $0.tests != nil }) { fields["failures"] = .list(told.map(Self.told)) }
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
      fields["failures"] = .list(told.map(Self.told))
      fields["causes"] = .list(facts.causes(of: status, reason).map { .string($0) })
      fields["command"] = .string("baton resume \(run)")
    case .succeeded:
      let mended = open.causes.union(facts.openCauses).sorted().prefix(FailureCause.mostRecovered)
      if !mended.isEmpty { fields["recovered"] = .list(mended.map { .string($0) }) }
    case .waiting, .running, .interrupted: fields["command"] = .string("baton resume \(run)")
    }
    return .map(fields)
  }

  private static func told(_ entry: FailureCause.Entry) -> Value {
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
      publish(.recovered, ending("run.recovered", status, reason), asks: false) { self.isRecovery(for: $0) }
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

  /// Whether something failed since all was well, in this run or before it. What was merely tried again, or may fail, is a
  /// recovery for those alone who were told of it: nothing failed for the others.
  private func isRecovery(for notification: String) -> Bool {
    let hasFailed = facts.hasFailed || open.hasFailed || previous == .failed || previous == .halted
    return hasFailed || facts.tellers.contains(notification) || open.tellers.contains(notification)
  }

  /// - Parameters:
  ///   - asks: whether functions are asked; once for each event.
  ///   - isMeant: whether it is news to the notification of this name.
  private func publish(
    _ moment: NotificationSpec.Moment?, _ event: Value, asks: Bool = true, to isMeant: (String) -> Bool = { _ in true }
  ) {
    for (position, notification) in plan.notifications.enumerated() {
      switch notification.on {
      case .moments(let moments):
        if let moment, moments.contains(moment), isMeant(notification.name) { due(position, event, moment.rawValue) }
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
