import BatonCore
import BatonModel
import BatonRuntime

/// Runs attempts as their mocks say, in virtual time.
final class MockExecutor: Executor {
  private let reactor: VirtualReactor
  private let mocks: MockBook
  private let world: SimulatedWorld
  /// Step → how many of its attempts came to their end in earlier sessions.
  private let endedBefore: [String: Int]
  /// Step → how many of its attempts were started in this session; only of those whose mock asks for it.
  private var asked: [String: Int] = [:]
  /// Attempts that take their time.
  private var running: [Ticket: Attempt] = [:]
  /// The first mock that could not be used; the run is ended then.
  private(set) var problem: MockProblem?

  private struct Attempt {
    var step: String
    var started: Instant
    /// Or is ended by the engine, as services are.
    var endsByItself: Bool
  }

  init(_ reactor: VirtualReactor, _ mocks: MockBook, _ world: SimulatedWorld, endedBefore: [String: Int]) {
    self.reactor = reactor
    self.mocks = mocks
    self.world = world
    self.endedBefore = endedBefore
  }

  /// Steps whose attempts run and will not end by themselves.
  var stuck: [String] { running.values.filter { !$0.endsByItself }.map(\.step).sorted() }

  func mask(_ secrets: [String]) {}
  func echo(_ on: Bool) {}

  func start(_ launch: Launch) {
    if case .errand(let name) = launch.role {
      reactor.plan(.attemptStarted(launch.ticket, pid: 0))
      return end(
        launch.ticket, started: reactor.now, .succeeded, after: .zero,
        values: name == "ready" || name == "setup" ? mocks[launch.step]?.mock.emitted ?? [:] : [:])
    }
    world.start(launch)
    reactor.plan(.attemptStarted(launch.ticket, pid: 0))
    do throws(MockProblem) {
      let result = try result(launch)
      world.printed(result.output, by: launch.step)
      if let results = result.results { world.results.tell(results, by: launch.step, attempt: launch.attempt) }
      for (name, value) in result.metrics.sorted(by: { $0.key < $1.key }) {
        reactor.plan(.commandReport(launch.ticket, .metric(name: name, value: value)))
      }
      if let checkpoint = result.checkpoint {
        reactor.plan(.commandReport(launch.ticket, .checkpoint(checkpoint)))
      }
      // What ends at once has ended before it could be stopped.
      if result.outcome == nil || result.duration > .zero {
        running[launch.ticket] = Attempt(
          step: launch.step, started: reactor.now, endsByItself: result.outcome != nil || launch.role == .service)
      }
      guard let outcome = result.outcome else { return }
      var values = result.values
      if launch.capture != nil, values["text"] == nil { values["text"] = .string(result.output) }
      end(
        launch.ticket, started: reactor.now, outcome, after: result.duration, values: values, output: result.output)
    } catch {
      if problem == nil { problem = error }
      end(launch.ticket, started: reactor.now, .failed(error.text), after: .zero)
      reactor.plan(.control(.kill))
    }
  }

  private func result(_ launch: Launch) throws(MockProblem) -> MockResult {
    guard launch.role == .service else { return try ownResult(launch) }
    // It runs until it is ended, unless its mock says that it fails.
    guard mocks[launch.step] != nil else { return MockResult(nil) }
    var result = try ownResult(launch)
    if result.outcome == .succeeded { result.outcome = nil }
    return result
  }

  private func ownResult(_ launch: Launch) throws(MockProblem) -> MockResult {
    guard let entry = mocks[launch.step] else {
      if mocks.isStrict { throw MockProblem("step \"\(launch.step)\" has no mock, and strict = true asks for one") }
      return try counted(mocks.standard, launch)
    }
    return try counted(entry.mock, launch)
  }

  private func counted(_ mock: Mock, _ launch: Launch) throws(MockProblem) -> MockResult {
    if case .fixed(let result) = mock { return result }
    let result = try decide(mock, launch)
    asked[launch.step, default: 0] += 1
    return result
  }

  private func decide(_ mock: Mock, _ launch: Launch) throws(MockProblem) -> MockResult {
    var attempt: Int { 1 + (endedBefore[launch.step] ?? 0) + (asked[launch.step] ?? 0) }
    switch mock {
    case .fixed(let result): return result
    case .sequence(let mocks):
      guard let last = mocks.last else { return MockResult() }
      return try decide(attempt <= mocks.count ? mocks[attempt - 1] : last, launch)
    case .function(let function): return try decide(try function(MockCall(launch: launch, attempt: attempt)), launch)
    }
  }

  private func end(
    _ ticket: Ticket, started: Instant, _ outcome: Outcome, after delay: Span, values: [String: Value] = [:],
    output: String = ""
  ) {
    var report = AttemptReport(outcome: outcome, started: started, ended: reactor.now + delay, values: values)
    if !output.isEmpty {
      report.tail = String(decoding: output.utf8.suffix(4096), as: UTF8.self)
      report.outputBytes = Int64(output.utf8.count)
    }
    reactor.plan(.attemptEnded(ticket, report), after: delay)
  }

  func stop(_ ticket: Ticket, grace: Span) {
    guard let attempt = running.removeValue(forKey: ticket) else { return }
    end(ticket, started: attempt.started, .signaled(15), after: .zero)
  }

  func lock(_ name: String) { reactor.plan(.locked(name)) }
  func unlock(_ name: String) {}
  func append(_ bytes: [UInt8], toLog path: String) {
    world.logs[path, default: ""] += String(decoding: bytes, as: UTF8.self)
  }
  func endLeftovers(tokens: [String], grace: Span) -> [String: Int] { [:] }
}
