import BatonModel

/// How long a failed attempt waits before the next.
public enum Backoff {
  /// `min(max, backoff × factor^(n-1))`, varied by ± `jitter`, where n counts the attempts that failed (1, 2, …). The
  /// randomness is the caller's: the same seed gives the same wait.
  public static func delay(_ policy: RetryPolicy, failures: Int, seed: UInt64) -> Span {
    guard policy.backoff > .zero else { return .zero }
    var nanoseconds = Double(policy.backoff.nanoseconds)
    let limit = Double(policy.max.nanoseconds)
    for _ in 1..<max(1, min(failures, 1024)) where nanoseconds < limit { nanoseconds *= max(0, policy.factor) }
    nanoseconds = min(nanoseconds, limit)
    if policy.jitter > 0 {
      let unit = Double(seed >> 11) / Double(1 << 53)
      nanoseconds *= 1 + min(1, policy.jitter) * (2 * unit - 1)
    }
    return Span(nanoseconds: Int64(min(max(0, nanoseconds), 9.2e18)))
  }
}

extension RetryPolicy {
  /// What is known at once: whether this outcome is tried again as far as its kind goes; nil when a function has to tell.
  func repeats(_ outcome: Outcome) -> Bool? {
    switch outcome {
    case .succeeded, .cancelled, .interrupted, .lost, .halted, .scriptError, .deadlinePassed: return false
    case .exited, .signaled, .timedOut, .unstartable, .failed: break
    }
    switch when {
    case .always: return true
    case .callback: return nil
    case .listed(let triggers):
      return triggers.contains { trigger in
        switch (trigger, outcome) {
        case (.exitCode(let code), .exited(let actual)): code == actual
        case (.signal(let signal), .signaled(let actual)): signal == actual
        case (.timeout, .timedOut): true
        // A shell tells the death of its child as 128 + n.
        case (.signal(let signal), .exited(let actual)): actual == 128 + signal
        default: false
        }
      }
    }
  }
}

extension Outcome {
  /// Whether it is the program that failed, which may have been for the sake of a service.
  var isOfTheProgram: Bool {
    switch self {
    case .exited, .signaled, .failed, .timedOut: true
    case .succeeded, .deadlinePassed, .cancelled, .interrupted, .lost, .unstartable, .scriptError, .halted: false
    }
  }
}
