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
      fields["step"] = .string(plan.nodes[step].name)
      fields["attempt"] = .integer(Int64(facts.steps[plan.nodes[step].name]?.attempts ?? 0))
      if let asked = facts.questions[plan.nodes[step].name] { fields["question"] = .integer(asked.question.id) }
    }
    if let status { fields["status"] = .string(status) }
    if let reason { fields["reason"] = .string(reason) }
    return .map(fields)
  }

  mutating func announce(_ moment: NotificationSpec.Moment, step: NodeIndex? = nil, reason: String? = nil) {
    guard !plan.notifications.isEmpty else { return }
    let kind = step == nil ? "run.\(moment.rawValue)" : "step.\(moment.rawValue)"
    publish(moment, event(kind, step: step, status: moment.rawValue, reason: reason))
  }

  /// The end of a step, for notifications that decide by a function.
  mutating func considerStep(_ index: NodeIndex, _ status: StepStatus, _ reason: String?) {
    guard !plan.notifications.isEmpty else { return }
    publish(nil, event("step.\(status.rawValue)", step: index, status: status.rawValue, reason: reason))
  }

  mutating func announceEnd(_ status: RunStatus, _ reason: String?) {
    // A run that was killed behind its end, and only sends what was due, does not end anew.
    guard !plan.notifications.isEmpty, facts.endedBefore != status || didAnything else { return }
    let told = event("run.\(status.rawValue)", status: status.rawValue, reason: reason)
    switch status {
    case .succeeded:
      publish(.succeeded, told)
      if isRecovery {
        publish(.recovered, event("run.recovered", status: status.rawValue, reason: reason), asks: false)
      }
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
  private mutating func publish(_ moment: NotificationSpec.Moment?, _ event: Value, asks: Bool = true) {
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

  /// A message is to be sent to each of its receivers: the key names receiver and event for good.
  mutating func due(_ notification: Int, _ event: Value, _ moment: String) {
    let spec = plan.notifications[notification]
    for target in spec.to.indices {
      let parts = [
        run, spec.name, String(target), moment, event["step"]?.string, event["attempt"]?.text,
        event["question"]?.text, "\(facts.round)",
      ]
      let key = parts.compactMap(\.self).joined(separator: "/")
      guard !facts.outstanding.contains(where: { $0.key == key }) else { continue }
      let seq = write(.notificationDue(name: spec.name, key: key, event: event))
      actions.append(
        .notify(RunFacts.Outstanding(name: spec.name, key: key, event: event), after: seq))
    }
  }

  mutating func answered(_ key: String, _ record: (String) -> Record) {
    guard let outstanding = facts.outstanding.first(where: { $0.key == key }) else { return }
    write(record(outstanding.name))
  }
}
