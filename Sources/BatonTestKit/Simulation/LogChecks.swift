import BatonCore
import BatonModel

/// What must hold for all records of a run together, however many drivers wrote them.
enum LogChecks {
  /// No alternative of a step fails more often than its `retry` allows; what was cut off does not count.
  static func tooManyTries(_ log: [StampedRecord], _ plan: Plan) -> String? {
    var tries: [String: (alternative: Int, failures: Int)] = [:]
    let options = Dictionary(plan.nodes.map { ($0.name, $0.options.value) }, uniquingKeysWith: { first, _ in first })
    func limit(_ step: String, _ alternative: Int) -> Int {
      guard let options = options[step] else { return .max }
      guard alternative > 0, alternative <= options.failover.count else { return options.retry.attempts }
      return options.failover[alternative - 1].retry?.attempts ?? options.retry.attempts
    }
    for stamped in log {
      let step: String
      var failsOver = false
      switch stamped.record {
      // A run that had ended, and is carried on, tries anew.
      case .runEnded:
        tries.removeAll()
        continue
      case .runResumed(let resumed):
        for name in tries.keys where resumed.forgotten.keys.contains(where: { name.hasPrefix($0 + "/") }) {
          tries[name] = nil
        }
        continue
      // What a body forgets it may do as often anew.
      case .forgotten(let body, _, _):
        for name in tries.keys where name.hasPrefix(body + "/") { tries[name] = nil }
        continue
      case .attemptFailed(_, .onResume), .attemptFailed(_, .undo), .attemptFailed(_, .again): continue
      case .attemptFailed(let end, let next):
        step = end.step
        if case .failOver = next { failsOver = true }
      case .stepEnded(let end) where end.status == .failed && end.attempt != nil: step = end.step
      default: continue
      }
      var known = tries[step] ?? (0, 0)
      known.failures += 1
      if known.failures > limit(step, known.alternative) {
        return "\(step) failed \(known.failures) times, and may only \(limit(step, known.alternative)) times"
      }
      if failsOver { known = (known.alternative + 1, 0) }
      tries[step] = known
    }
    return nil
  }

  /// Every request follows once, and everyone's approval of a question counts once.
  static func repeatedRequest(_ log: [StampedRecord]) -> String? {
    var taken: Set<Int64> = []
    var signals: Set<Int64> = []
    var approvals: Set<String> = []
    for stamped in log {
      switch stamped.record {
      case .requestTaken(let id, _): if !taken.insert(id).inserted { return "request \(id) was taken twice" }
      case .signalReceived(let signal):
        if !signals.insert(signal.id).inserted { return "signal \(signal.id) came twice" }
      case .answered(let answer) where answer.approved:
        if !approvals.insert("\(answer.question)/\(answer.by)").inserted {
          return "\(answer.by) approved \(answer.step) twice"
        }
      default: break
      }
    }
    return nil
  }

  /// Nobody is told the same twice under another key.
  static func repeatedMessage(_ log: [StampedRecord]) -> String? {
    var told: [String: String] = [:]
    var held: Set<String> = []
    var left: Set<String> = []
    var hasEnded = false
    for stamped in log {
      switch stamped.record {
      // What waited is known by its key already, and may leave after the end and the resumption of the run.
      case .notificationDue(_, let key, _) where held.contains(key):
        if !left.insert(key).inserted { return "the message \(key) left twice" }
      case .notificationDue(_, let key, _), .notificationHeld(_, let key, _):
        if case .notificationHeld = stamped.record, !held.insert(key).inserted { return "\(key) was held twice" }
        let event = key.split(separator: "/").dropLast().joined(separator: "/")
        if let other = told.updateValue(key, forKey: event), other != key {
          return "the message \(key) was due before as \(other)"
        }
      case .runEnded: hasEnded = true
      // A run that had ended may do the same again.
      case .runResumed where hasEnded:
        told.removeAll()
        hasEnded = false
      default: break
      }
    }
    return nil
  }
}
