import BatonModel
import BatonRuntime
import CSystem
import Glibc
import Testing

@testable import BatonCourier

/// What an attempt elsewhere is asked, and what becomes of the clients that run for it.
@Suite struct CancellationTests {
  /// What was done to a client, in order.
  final class Told {
    var words: [String] = []
  }

  private let waiting = Client(program: "/bin/sh", arguments: ["-c", "while :; do sleep 1; done"], environment: [:])

  private func run(
    _ cancellation: Cancellation, _ client: Client, _ told: Told, again: Span? = nil, ends: Bool = true
  ) throws -> Client.End {
    func ask(_ process: pid_t) -> Span? {
      told.words.append("ask")
      if ends { kill(process, SIGTERM) }
      return again
    }
    func force(_ process: pid_t) -> Span? {
      told.words.append("force")
      kill(process, SIGKILL)
      return nil
    }
    return try cancellation.run(client, errors: { _ in }, ask: ask, force: force)
  }

  @Test func `a client that nobody ends tells its own end`() throws {
    let cancellation = Cancellation(try SentSignals().signals, grace: Span(seconds: 10))
    let end = try run(cancellation, Client(program: "/bin/sh", arguments: ["-c", "exit 3"], environment: [:]), Told())
    #expect(end.code == 3 && !end.isKilled && !cancellation.isOver)
  }

  @Test func `asked once, it is told so once, and its end is the signal's`() throws {
    let sent = try SentSignals()
    let (cancellation, told) = (Cancellation(sent.signals, grace: Span(seconds: 60)), Told())
    sent.send(SIGTERM, SIGTERM)
    let end = try run(cancellation, waiting, told)
    #expect(told.words == ["ask"] && end.code == 128 + SIGTERM && cancellation.end == .signaled(SIGTERM))
  }

  @Test func `what was in vain is tried again, and by force when the grace is over`() throws {
    let sent = try SentSignals()
    let (cancellation, told) = (Cancellation(sent.signals, grace: Span(milliseconds: 200)), Told())
    sent.send(SIGTERM)
    let end = try run(cancellation, waiting, told, again: Span(milliseconds: 20), ends: false)
    #expect(told.words.first == "ask" && told.words.last == "force", "\(told.words)")
    #expect(end.code == 128 + SIGKILL && cancellation.end == .signaled(SIGKILL))
  }

  @Test func `killed is killed: what is said behind it changes nothing, and what is left to do has its time only`()
    throws
  {
    let sent = try SentSignals()
    let cancellation = Cancellation(sent.signals, grace: Span(seconds: 60), farewell: Span(milliseconds: 50))
    let told = Told()
    sent.send(SIGUSR1, SIGTERM, SIGUSR1)
    _ = try run(cancellation, waiting, told)
    #expect(told.words == ["force"] && cancellation.end == .signaled(SIGKILL))
    // Nobody ends this one but the end of the farewell.
    #expect(try run(cancellation, waiting, told).code == 128 + SIGKILL)
    #expect(told.words == ["force"])
  }
}

/// Signals that nobody was sent: a pipe tells of them, in the form in which the kernel does.
private final class SentSignals {
  let signals: Signals
  private let input: Int32

  init() throws {
    var ends: [Int32] = [-1, -1]
    try #require(baton_pipe(&ends) == 0)
    signals = Signals(descriptor: ends[0])
    input = ends[1]
  }

  deinit {
    close(signals.descriptor)
    close(input)
  }

  func send(_ numbers: Int32...) {
    for number in numbers {
      // The number comes first in the 128 bytes of `signalfd_siginfo`.
      let told = [UInt8(number)] + [UInt8](repeating: 0, count: 127)
      #expect(write(input, told, told.count) == told.count)
    }
  }
}
