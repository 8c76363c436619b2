import BatonModel

/// Messages that wait to become one with others: until a window is over, or until there is room for another message.
extension RunMachine {
  /// Lets leave what may, and sets the clock for what may not. After each event.
  func settleNotices() {
    guard !facts.held.isEmpty else { return }
    for lane in heldLanes {
      guard claims[lane] == nil else { continue }
      let held = facts.held(for: lane)
      guard let first = held.first else { continue }
      let spec = specification(of: lane)
      // In a project, room is a question to all of its runs; the window is known here.
      let isShared = spec?.scope == .project
      let earliest = NoticeTiming.earliest(
        first: first.time, sent: facts.sent[lane] ?? [], digest: spec?.digest, rate: isShared ? nil : spec?.rate)
      let moment = max(earliest, refusedUntil[lane] ?? earliest)
      if moment > now {
        ring(lane, at: moment)
      } else if isShared {
        claim(lane, leaves: false)
      } else {
        release(lane, others: [])
      }
    }
  }

  /// The run ends and waits for no window: what has gathered leaves now, or is left to the runs that follow.
  func flushNotices() {
    for lane in heldLanes {
      if specification(of: lane)?.scope == .project {
        if claims[lane] == nil { claim(lane, leaves: true) }
      } else {
        release(lane, others: [])
      }
    }
  }

  /// Asks for what earlier runs have left.
  func askForLeftNotices() {
    for spec in plan.notifications where spec.scope == .project && spec.gathers {
      for target in spec.to.indices {
        let lane = NoticeLane(name: spec.name, target: target)
        if facts.held(for: lane).isEmpty { claim(lane, leaves: false) }
      }
    }
  }

  func claimed(_ lane: NoticeLane, _ answer: NoticeClaim.Answer) {
    guard let claim = claims.removeValue(forKey: lane) else { return }
    switch answer {
    case .granted(let others): release(lane, others: others)
    case .nothing: break
    case .refused(let moment):
      refusedUntil[lane] = moment
      if claim.leaves {
        let keys = claim.held.map(\.key)
        if !keys.isEmpty { write(.notificationLeft(name: lane.name, keys: keys)) }
      } else {
        ring(lane, at: moment)
      }
    }
  }

  private func claim(_ lane: NoticeLane, leaves: Bool) {
    let spec = specification(of: lane)
    let claim = NoticeClaim(
      key: "\(run)/\(lane.name)/\(lane.target)/\(facts.sentCount[lane] ?? 0)", workflow: plan.workflow.name,
      lane: lane, digest: spec?.digest, rate: spec?.rate, held: facts.held(for: lane), leaves: leaves, time: now)
    claims[lane] = claim
    actions.append(.claim(claim, after: facts.lastSeq))
  }

  /// One message of all that has gathered for a receiver.
  private func release(_ lane: NoticeLane, others: [Value]) {
    let held = facts.held(for: lane)
    let events = others + held.map(\.event)
    guard !events.isEmpty else { return }
    let number = (facts.sentCount[lane] ?? 0) + 1
    let key =
      others.isEmpty && held.count == 1
      ? held[0].key : "\(run)/\(lane.name)/\(lane.target)/digest-\(number)/\(facts.round)"
    send(lane.name, key, NoticeDigest.event(events, workflow: plan.workflow.name, run: run, at: now))
  }

  private var heldLanes: [NoticeLane] {
    var lanes: [NoticeLane] = []
    for notice in facts.held where !lanes.contains(notice.lane) { lanes.append(notice.lane) }
    return lanes
  }

  /// nil where an edit took the notification out of the workflow.
  private func specification(of lane: NoticeLane) -> NotificationSpec? {
    plan.notifications.first { $0.name == lane.name && $0.to.indices.contains(lane.target) }
  }

  private func ring(_ lane: NoticeLane, at moment: Instant) {
    guard noticeBell.map({ moment < $0 || $0 <= now }) ?? true else { return }
    noticeBell = moment
    timers.insert(.notices, at: moment)
  }
}
