import BatonCore
import BatonModel
import BatonRuntime

/// Answers whether a step's work was done before as its mock says, and keeps nothing.
final class MockCache: FileCache {
  private let reactor: VirtualReactor
  private let mocks: MockBook

  init(_ reactor: VirtualReactor, _ mocks: MockBook) {
    self.reactor = reactor
    self.mocks = mocks
  }

  static let digest = InputDigest(digest: "simulated", files: nil)

  func probe(_ request: CacheRequest) {
    if case .fixed(let result)? = mocks[request.step]?.mock, result.isCached, !request.ignoreStored {
      reactor.plan(.probed(request.ticket, .hit(inputs: Self.digest, values: result.values, restored: 0)))
    } else {
      reactor.plan(.probed(request.ticket, .miss(inputs: Self.digest)))
    }
  }

  func save(_ request: CacheRequest, values: [String: Value]) { reactor.plan(.saved(request.ticket, .saved)) }

  func inputs(_ patterns: [String], in workingDirectory: String) throws(BatonError) -> InputDigest { Self.digest }

  func image(at path: String) throws(BatonError) -> String { Self.digest.digest }
}

/// Writes down what would be sent, and answers that it was.
final class RecordingNotifier: Notifier {
  /// Every kind that a workflow may name.
  let channels: [String] = []
  private let reactor: VirtualReactor
  private let world: SimulatedWorld

  init(_ reactor: VirtualReactor, _ world: SimulatedWorld) {
    self.reactor = reactor
    self.world = world
  }

  func send(_ message: OutgoingMessage) {
    world.messages.append(SimulatedMessage(message: message, time: reactor.now))
    reactor.plan(.notified(key: message.key, .sent(attempts: 1)))
  }
}

/// Shows nothing; what happened is in the records.
final class SilentReporter: Reporter {
  private(set) var warnings: [String] = []
  let refreshInterval: Span? = nil

  func record(_ record: StampedRecord) {}
  func output(step: String, attempt: Int, bytes: [UInt8]) {}
  func failureTail(step: String, attempt: Int, tail: String) {}
  func warning(_ text: String) { warnings.append(text) }
  func resized() {}
  func refresh(now: Instant) {}
}

/// A message that left the run.
public struct SimulatedMessage: Sendable {
  public var message: OutgoingMessage
  public var time: Instant
}

/// What is outside of the run, and outlives the death of its driver: what was started, and what was sent.
public final class SimulatedWorld {
  public internal(set) var messages: [SimulatedMessage] = []
  /// Every attempt that was started, in order.
  public private(set) var starts: [Launch] = []
  /// Step → the last of its starts, of the first so many (``indexed``).
  private var lastStarts: [String: Int] = [:]
  private var indexed = 0
  /// Step → what its last attempt printed.
  public internal(set) var outputs: [String: String] = [:]
  /// Log → what was added to it beside that.
  public internal(set) var logs: [String: String] = [:]

  /// What people sent, or are about to.
  var mail = SimulatedMail()
  /// What mocks say of results.
  let results: MockedResults

  public init() { results = MockedResults() }

  /// A world that goes its own way from here on.
  init(copying other: SimulatedWorld) {
    messages = other.messages
    starts = other.starts
    lastStarts = other.lastStarts
    indexed = other.indexed
    outputs = other.outputs
    logs = other.logs
    mail = other.mail
    results = other.results
  }

  /// Takes the place of what an earlier attempt of the step printed.
  func printed(_ output: String, by step: String) {
    if !output.isEmpty { outputs[step] = output } else if !outputs.isEmpty { outputs[step] = nil }
  }

  func start(_ launch: Launch) { starts.append(launch) }

  /// What was started of a step, by the numbers of its attempts; of one that was cut off and started again, the last.
  func launches(of step: String) -> [Int: Launch] {
    starts.reduce(into: [:]) { if $1.step == step { $0[$1.attempt] = $1 } }
  }

  /// What was started last of a step.
  func lastLaunch(of step: String) -> Launch? {
    while indexed < starts.count {
      lastStarts[starts[indexed].step] = indexed
      indexed += 1
    }
    return lastStarts[step].map { starts[$0] }
  }
}
