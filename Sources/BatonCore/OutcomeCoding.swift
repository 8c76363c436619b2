import BatonModel

extension Outcome {
  /// One word, the same in records, tables and events.
  public var name: String {
    switch self {
    case .succeeded: "succeeded"
    case .exited: "exited"
    case .signaled: "signaled"
    case .timedOut: "timedOut"
    case .deadlinePassed: "deadlinePassed"
    case .cancelled: "cancelled"
    case .interrupted: "interrupted"
    case .lost: "lost"
    case .unstartable: "unstartable"
    case .scriptError: "scriptError"
    case .failed: "failed"
    case .halted: "halted"
    }
  }

  /// The exit code of a process that exited.
  public var exitCode: Int32? {
    switch self {
    case .succeeded: 0
    case .exited(let code): code
    case .signaled, .timedOut, .deadlinePassed, .cancelled, .interrupted, .lost, .unstartable, .scriptError, .failed,
      .halted:
      nil
    }
  }

  /// The number of the signal that ended a process.
  public var signal: Int32? { if case .signaled(let signal) = self { signal } else { nil } }

  /// ``name``, and what belongs to it behind a colon.
  var code: String {
    switch self {
    case .succeeded, .timedOut, .deadlinePassed, .cancelled, .interrupted: name
    case .exited(let number), .signaled(let number): "\(name):\(number)"
    case .lost(let text), .unstartable(let text), .scriptError(let text), .failed(let text), .halted(let text):
      "\(name):\(text)"
    }
  }

  init?(code: String) {
    if code == "succeeded" {
      self = .succeeded
      return
    }
    let bytes = code.utf8
    let colon = bytes.firstIndex(of: UInt8(ascii: ":"))
    let detail = colon.map { String(code[bytes.index(after: $0)...]) } ?? ""
    switch (code[..<(colon ?? bytes.endIndex)], colon != nil) {
    case ("timedOut", false): self = .timedOut
    case ("deadlinePassed", false): self = .deadlinePassed
    case ("cancelled", false): self = .cancelled
    case ("interrupted", false): self = .interrupted
    case ("exited", true):
      guard let code = Int32(detail) else { return nil }
      self = .exited(code)
    case ("signaled", true):
      guard let signal = Int32(detail) else { return nil }
      self = .signaled(signal)
    case ("lost", true): self = .lost(detail)
    case ("unstartable", true): self = .unstartable(detail)
    case ("scriptError", true): self = .scriptError(detail)
    case ("failed", true): self = .failed(detail)
    case ("halted", true): self = .halted(detail)
    default: return nil
    }
  }
}
