/// Where a run stands.
public enum RunStatus: String, Sendable, CaseIterable {
  /// Can transition to: every other.
  case running
  /// Can transition to: `running` (resumed).
  case waiting, failed, halted, cancelled, interrupted
  /// Can transition to: `running` (resumed after an edit or with `--from`).
  case succeeded

  /// The exit status of `baton run` and `baton resume` (CLI.md).
  public var exitCode: Int32 {
    switch self {
    case .succeeded: 0
    case .failed: 1
    case .halted: 3
    case .cancelled: 4
    case .waiting: 5
    case .running: 70
    case .interrupted: 130
    }
  }
}

/// Where a step stands, as people and programs see it.
public enum StepStatus: String, Sendable, CaseIterable {
  case pending, ready, running, retrying, waiting, succeeded, kept, cached, failed, skipped, cancelled, undone

  /// Whether nothing more will happen to the step in this run, unless it is resumed.
  public var isTerminal: Bool {
    switch self {
    case .pending, .ready, .running, .retrying, .waiting: false
    case .succeeded, .kept, .cached, .failed, .skipped, .cancelled, .undone: true
    }
  }

  /// Whether its values can be used and its dependents may start.
  public var isSuccess: Bool {
    switch self {
    case .succeeded, .kept, .cached: true
    case .pending, .ready, .running, .retrying, .waiting, .failed, .skipped, .cancelled, .undone: false
    }
  }
}

/// How one attempt of a step ended.
public enum Outcome: Sendable, Hashable {
  case succeeded
  case exited(Int32)
  case signaled(Int32)
  case timedOut
  /// The step's deadline passed.
  case deadlinePassed
  /// Ended because the run was cancelled, or a group's `fail_fast` said so.
  case cancelled
  /// Ended because the engine was: by Ctrl-C, or it died.
  case interrupted
  /// A service that it ran on, of this name, was not well: it runs again, and this counts as no try.
  case lost(String)
  /// The process could not be started, or what it left could not be read: the message says why.
  case unstartable(String)
  /// A Lua function of the step raised, or an expression could not be evaluated.
  case scriptError(String)
  /// `fail "reason"`, or a declared output that is missing.
  case failed(String)
  /// `halt "reason"`.
  case halted(String)

  /// For people: `exit code 2`, `killed by SIGKILL`.
  public var text: String {
    switch self {
    case .succeeded: "succeeded"
    case .exited(let code): "exit code \(code)"
    case .signaled(let signal): "killed by \(SignalName.text(signal))"
    case .timedOut: "timed out"
    case .deadlinePassed: "its deadline passed"
    case .cancelled: "cancelled"
    case .interrupted: "interrupted"
    case .lost(let service): "lost its service \(service)"
    case .unstartable(let message), .scriptError(let message), .failed(let message): message
    case .halted(let reason): "halted: \(reason)"
    }
  }
}

/// Linux's names of signals (signal(7), x86 and ARM).
public enum SignalName {
  static let names: [Int32: String] = [
    1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 5: "TRAP", 6: "ABRT", 7: "BUS", 8: "FPE", 9: "KILL", 10: "USR1",
    11: "SEGV", 12: "USR2", 13: "PIPE", 14: "ALRM", 15: "TERM", 24: "XCPU", 25: "XFSZ", 31: "SYS",
  ]

  /// `SIGKILL`; `signal 40` where there is no name.
  public static func text(_ signal: Int32) -> String { names[signal].map { "SIG\($0)" } ?? "signal \(signal)" }

  /// The number of `"SIGTERM"` or `"TERM"`, or nil.
  public static func number(_ name: String) -> Int32? {
    let short = name.hasPrefix("SIG") ? String(name.dropFirst(3)) : name
    return names.first { $0.value == short }?.key
  }
}
