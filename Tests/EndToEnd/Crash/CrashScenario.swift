import BatonModel
import Glibc
import Testing

/// One run of the crash workflow that is killed, and killed again while it is carried on, until it is through.
final class CrashScenario {
  let sandbox: Sandbox
  /// How often the engine was killed.
  private(set) var kills = 0
  /// Steps that had succeeded for good at a kill → how often they had begun by then.
  private var durable: [String: Int] = [:]
  private let jobs: String

  init(jobs: Int = 4) throws {
    sandbox = try Sandbox(CrashWorkflow.files)
    self.jobs = String(jobs)
  }

  /// What an uninterrupted run ends with; made once.
  static let reference: Result<(ending: [String: String], seconds: Double), any Error> = Result {
    let sandbox = try Sandbox(CrashWorkflow.files)
    let finished = try sandbox.baton("run", "crash.lua", "-j", "4")
    guard finished.code == 0 else { throw HarnessError(finished.account) }
    let state = try sandbox.show()
    guard state.steps.count > 200 else { throw HarnessError("only \(state.steps.count) steps: \(state.json)") }
    return (state.ending, finished.seconds)
  }

  /// How a drive is cut off.
  enum Cut {
    case fault(String, Int)
    case after(Double)
    case none
  }

  /// Starts the run, or carries it on, and cuts it off.
  /// - Returns: Whether it was killed; else it came to its end.
  func drive(_ cut: Cut) throws -> Bool {
    let arguments = try begunRun().map { ["resume", $0, "-j", jobs] } ?? ["run", "crash.lua", "-j", jobs]
    var env: [String: String] = [:]
    if case .fault(let point, let count) = cut { env["BATON_FAULT"] = "\(point):\(count)" }
    let process = try sandbox.start(arguments, env: env)
    if case .after(let seconds) = cut {
      usleep(UInt32(seconds * 1e6))
      process.send(SIGKILL)
    }
    let finished = try process.wait()
    if finished.signal == SIGKILL {
      kills += 1
      try remember()
      return true
    }
    guard finished.code == 0 else { throw HarnessError(finished.account) }
    return false
  }

  /// The run, when it had begun, so that it can be carried on: a run without a record never ran anything.
  private func begunRun() throws -> String? {
    guard Disk.exists(sandbox.path(".baton/baton.db")) else { return nil }
    let listed = try sandbox.baton("events", "--json")
    guard listed.code == 0, let line = listed.output.split(separator: "\n").first else { return nil }
    guard let run = try JSON.decode(String(line))["run"]?.string else { throw HarnessError(listed.account) }
    return run
  }

  private func began() -> [String: Int] {
    sandbox.lines("side/began").reduce(into: [:]) { counts, line in
      counts[String(line.split(separator: " ")[0]), default: 0] += 1
    }
  }

  /// Notes what has succeeded for good, and that nothing of it was lost since the last kill.
  private func remember() throws {
    guard try begunRun() != nil else {
      guard durable.isEmpty else { throw HarnessError("the run is gone after \(kills) kills") }
      return
    }
    let succeeded = try sandbox.show().succeeded
    let counts = began()
    for step in durable.keys where !succeeded.contains(step) {
      Issue.record("\(step) had succeeded, and is lost after \(kills) kills")
    }
    for step in succeeded where durable[step] == nil { durable[step] = counts[traceName(step)] ?? 0 }
  }

  /// As step.sh calls the step.
  private func traceName(_ step: String) -> String { String(step.map { $0 == "/" ? "." : $0 }) }

  /// Checks that the run, which came to its end, is as if it had never been cut off.
  func verify(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let state = try sandbox.show()
    let expected = try Self.reference.get().ending
    if state.ending != expected {
      let differing = Set(state.ending.keys).union(expected.keys)
        .filter { state.ending[$0] != expected[$0] }.sorted()
        .map { "\($0): \(state.ending[$0] ?? "absent"), uninterrupted: \(expected[$0] ?? "absent")" }
      Issue.record("after \(kills) kills: \(differing.joined(separator: "\n"))", sourceLocation: sourceLocation)
    }
    let counts = began()
    let again = durable.filter { counts[traceName($0.key)] ?? 0 != $0.value }
    #expect(again.isEmpty, "ran again although they had succeeded", sourceLocation: sourceLocation)
    #expect(sandbox.lines("side/collisions") == [], "two processes of one step at once", sourceLocation: sourceLocation)
    #expect(sandbox.leftovers() == [], sourceLocation: sourceLocation)
    let keys = Set(sandbox.lines("side/notified"))
    #expect(keys.count == 2, "one message at the start, one at the end: \(keys)", sourceLocation: sourceLocation)
  }
}

/// SplitMix64: the same moments in every run of the tests.
struct Dice {
  private var state: UInt64

  init(seed: Int) { state = UInt64(bitPattern: Int64(seed)) &* 0x9E37_79B9_7F4A_7C15 }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// 0 up to, not including, 1.
  mutating func fraction() -> Double { Double(next() >> 11) / Double(1 << 53) }
}
