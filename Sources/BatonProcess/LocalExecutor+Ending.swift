import BatonCore
import BatonModel
import BatonRuntime
import CSystem
import Glibc

/// Ending processes: those of an attempt that is stopped, and those that an attempt leaves behind.
extension LocalExecutor {
  public func stop(_ ticket: Ticket, grace: Span) {
    guard let attempt = attempts[ticket] else { return }
    FaultPoint.reach("executor.stop")
    if waiting.remove(ticket) { return endWaiting(attempt) }
    let deadline = (Instant(nanoseconds: baton_boottime()) + grace).nanoseconds
    if !attempt.wasTold {
      attempt.killAt = attempt.isStopping ? min(attempt.killAt ?? deadline, deadline) : deadline
    }
    attempt.isStopping = true
    attempt.pause = Attempt.firstPause
    if attempt.phase == .running { askToEnd(attempt) }
    if attempt.phase != .starting { unsettled.insert(ticket) }
  }

  /// The polite signal to the process group, at once; the rest of the tree gets it in this turn.
  func askToEnd(_ attempt: Attempt) {
    if attempt.isCourier { tell(attempt, SIGTERM) } else { signalGroup(attempt, SIGTERM) }
    unsettled.insert(attempt.ticket)
  }

  /// A courier passes on what it is told; its own processes hear of it from nobody else.
  private func tell(_ attempt: Attempt, _ signal: Int32) {
    if attempt.phase == .running, attempt.pid > 1 { kill(attempt.pid, signal) }
  }

  /// Not before it is known that the group exists: its first process has not been reaped.
  private func signalGroup(_ attempt: Attempt, _ signal: Int32) {
    guard attempt.phase == .running, attempt.pid > 1 else { return }
    kill(-attempt.pid, signal)
    // A stopped process takes no signal before it goes on.
    if signal != SIGKILL { kill(-attempt.pid, SIGCONT) }
  }

  /// Looks for the processes of all unsettled attempts at once, and ends those that have to go.
  func settle() {
    let mayBeLeft = reapOrphans()
    let tickets = unsettled
    unsettled.removeAll(keepingCapacity: true)
    var wanted: [Ticket: ProcessTable.Wanted] = [:]
    for ticket in tickets {
      guard let attempt = attempts[ticket], attempt.phase != .starting else { continue }
      if attempt.phase == .settling, !mayBeLeft {
        complete(attempt)
      } else {
        wanted[ticket] = ProcessTable.Wanted(
          leader: attempt.pid, leaderIsGone: attempt.phase == .settling, token: attempt.token)
      }
    }
    guard !wanted.isEmpty else { return }
    reactor.expectChildren()
    let members = ProcessTable.read().members(of: wanted, below: orphans.root)
    for ticket in wanted.keys.sorted() {
      guard let attempt = attempts[ticket] else { continue }
      let left = members[ticket] ?? []
      if left.isEmpty, attempt.phase == .settling { complete(attempt) } else { end(left, of: attempt) }
    }
  }

  private func end(_ processes: [Int32], of attempt: Attempt) {
    guard var killAt = attempt.killAt else { return }
    let now = baton_boottime()
    if now >= killAt, attempt.isCourier, attempt.phase == .running, !attempt.wasTold {
      attempt.wasTold = true
      killAt = now + CourierJob.grace.nanoseconds
      attempt.killAt = killAt
      tell(attempt, SIGUSR1)
    }
    if attempt.isCourier, attempt.phase == .running, now < killAt {
      // It ends its own processes.
    } else if now >= killAt {
      signalGroup(attempt, SIGKILL)
      for process in processes { kill(process, SIGKILL) }
    } else {
      for process in processes where attempt.asked.insert(process).inserted {
        // The group of a running attempt was asked as a whole.
        if attempt.phase == .running, getpgid(process) == attempt.pid { continue }
        kill(process, SIGTERM)
        kill(process, SIGCONT)
      }
    }
    // What is asked to end may start others meanwhile: look again until nothing is left. As long as the first process lives,
    // its end is told, and there is nothing to look for before the kill.
    let untilKill = Span(nanoseconds: killAt - now)
    var pause = attempt.pause
    attempt.pause = min(Span(nanoseconds: attempt.pause.nanoseconds * 2), Attempt.longestPause)
    if now < killAt { pause = attempt.phase == .running ? untilKill : min(pause, untilKill) }
    if let timer = attempt.timer { reactor.cancel(timer) }
    let ticket = attempt.ticket
    attempt.timer = reactor.after(pause) { [weak self] in
      guard let self, attempts[ticket] != nil else { return }
      unsettled.insert(ticket)
    }
  }

  // MARK: After a dead engine

  public func endLeftovers(tokens: [String], grace: Span) -> [String: Int] {
    FaultPoint.reach("executor.leftovers")
    var wanted: [String: ProcessTable.Wanted] = [:]
    for token in tokens { wanted[token] = ProcessTable.Wanted(leader: 0, leaderIsGone: true, token: token) }
    guard !wanted.isEmpty else { return [:] }
    let deadline = (Instant(nanoseconds: baton_boottime()) + grace).nanoseconds
    var ended: [String: Set<Int32>] = [:]
    var pause: UInt32 = 1000
    var isFirst = true
    while true {
      let left = ProcessTable.read().members(of: wanted, below: 0)
      if left.isEmpty { break }
      let couriers = isFirst ? Set(left.values.joined().filter(ProcessTable.isCourier)) : []
      for (token, processes) in left {
        for process in processes {
          let isNew = ended[token, default: []].insert(process).inserted
          if baton_boottime() >= deadline {
            kill(process, SIGKILL)
          } else if isNew, isFirst, couriers.contains(process) || !processes.contains(where: couriers.contains) {
            // What appears later was started by one that was asked, to tidy up: it has until the kill.
            kill(process, SIGTERM)
            kill(process, SIGCONT)
          }
        }
      }
      isFirst = false
      usleep(pause)
      pause = min(2 * pause, 50_000)
    }
    removeStaleFiles()
    return ended.mapValues(\.count)
  }

  /// What attempts of a dead engine left in the run's `tmp`.
  private func removeStaleFiles() {
    for name in Folders.names(in: folder.temporary)
    where !name.hasPrefix(prefix)
      && (name.hasSuffix(".output") || name.hasSuffix(".output\(CourierJob.endSuffix)") || name.hasSuffix(".events")
        || name.hasSuffix(".tests") || name.hasSuffix(LeaseRequest.fileSuffix)
        || name.hasPrefix("capture-"))
    {
      unlink("\(folder.temporary)/\(name)")
    }
  }
}
