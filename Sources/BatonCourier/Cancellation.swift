import BatonModel
import BatonRuntime
import BatonSystem
import CSystem
import Glibc

/// What the engine asks of an attempt elsewhere: to end, and by force where it has not when its grace is over.
final class Cancellation {
  private let signals: Signals
  private let grace: Span
  /// When the grace is over (boot time).
  private var graceEnd: Int64 = .max
  /// It was asked to end.
  private(set) var wasAsked = false
  /// It is killed.
  private(set) var isForced = false
  /// When a client that runs then is killed itself, and any that comes after it (boot time).
  private var farewellEnd: Int64 = .max

  private let farewell: Span

  init(_ signals: Signals, grace: Span, farewell: Span = CourierJob.farewell) {
    self.signals = signals
    self.grace = grace
    self.farewell = farewell
  }

  var isOver: Bool { wasAsked || isForced }

  /// How an attempt ends that was ended.
  var end: CourierEnd { .signaled(isForced ? SIGKILL : SIGTERM) }

  /// Whether the attempt is over, within that time.
  func comes(within span: Span) -> Bool {
    var wait = pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0)
    _ = poll(&wait, 1, Int32(clamping: span.milliseconds))
    for signal in signals.take() { if signal == SIGUSR1 { force() } else { wasAsked = true } }
    return isOver
  }

  private func force() {
    if !isForced { farewellEnd = baton_boottime() + farewell.nanoseconds }
    isForced = true
  }

  /// Runs a client of the attempt.
  ///
  /// - Parameters:
  ///   - errors: is given what it writes to standard error.
  ///   - ask: asks what it runs to end; when to do so again where that was in vain, nil: it was not.
  ///   - force: kills what it runs; when to do so again, nil: it is done. When ``farewell`` is over, the client itself is killed.
  func run(
    _ client: Client, errors: ([UInt8]) -> Void, ask: (pid_t) -> Span?, force: (pid_t) -> Span?
  ) throws(BatonError) -> Client.End {
    func asked(_ process: pid_t) -> Int64 {
      guard let pause = ask(process) else { return graceEnd }
      return min(graceEnd, baton_boottime() + pause.nanoseconds)
    }
    func forced(_ process: pid_t) -> Int64? {
      self.force()
      guard baton_boottime() < farewellEnd else {
        kill(process, SIGKILL)
        return nil
      }
      return force(process).map { min(farewellEnd, baton_boottime() + $0.nanoseconds) }
    }
    var client = client
    // What is left to do of an attempt that is killed has no more time than that.
    if isForced { client.deadline = farewellEnd }
    return try client.run(signals, errors: errors) { signal, process in
      // Said again, it moves no deadline.
      guard !isForced else { return nil }
      if signal == SIGUSR1 { return forced(process) }
      guard !wasAsked else { return nil }
      wasAsked = true
      graceEnd = baton_boottime() + grace.nanoseconds
      return asked(process)
    } overdue: { process in
      isForced || baton_boottime() >= graceEnd ? forced(process) : asked(process)
    }
  }

  /// Runs a program that prepares the attempt's place, and ends with the attempt.
  func prepare(_ client: Client, _ log: ClientLog) throws(BatonError) -> Client.End {
    log.clear()
    return try run(client, errors: log.pass) {
      kill($0, SIGTERM)
      return nil
    } force: {
      kill($0, SIGKILL)
      return nil
    }
  }
}

/// What a client writes to standard error: it goes to the attempt's log, and the end of it is kept.
final class ClientLog {
  private(set) var tail: [UInt8] = []

  private static let longest = 8192

  var text: String { String(decoding: tail, as: UTF8.self) }

  func pass(_ bytes: [UInt8]) {
    _ = baton_write_all(2, bytes, bytes.count)
    tail = Array((tail + bytes).suffix(Self.longest))
  }

  func clear() { tail = [] }
}
