import BatonModel
import Glibc
import Testing

@Suite struct BodyCrash {
  @Test(
    "Killed behind every write, and again while it is carried on, a body ends as if it had not been",
    arguments: BodyWorkflow.all)
  func killedBehindEveryWrite(workflow: BodyWorkflow) throws {
    let expected = try BodyCrashScenario(workflow).uninterrupted()
    var count = 1
    while true {
      let scenario = try BodyCrashScenario(workflow)
      guard try scenario.drive("engine.committed:\(count)") else {
        try scenario.verify(expected, "killed behind write \(count)")
        break
      }
      if try scenario.drive("engine.committed:\(1 + count % 5)") { while try scenario.drive(nil) {} }
      try scenario.verify(expected, "killed behind write \(count)")
      count += 1
    }
    #expect(count > 5, "only \(count) writes")
  }

  @Test(
    "Killed at a named point, and at the same while it is carried on, a body ends as if it had not been",
    arguments: ["body.begins", "body.proceeds", "engine.before-commit", "engine.before-launch", "engine.launched"],
    [1, 2, 4])
  func killedAtAPoint(point: String, count: Int) throws {
    for workflow in BodyWorkflow.all {
      let expected = try BodyCrashScenario(workflow).uninterrupted()
      let scenario = try BodyCrashScenario(workflow)
      var goesOn = try scenario.drive("\(point):\(count)")
      let hasBodies = workflow.script.contains("function(ctx)")
      if count == 1, hasBodies || !point.hasPrefix("body.") { #expect(goesOn, "\(point) was never reached") }
      if goesOn { goesOn = try scenario.drive("\(point):1") }
      if goesOn { while try scenario.drive(nil) {} }
      try scenario.verify(expected, "\(workflow.name), killed at \(point):\(count)")
    }
  }
}

/// One run of a workflow of bodies that is killed and carried on until it is through.
final class BodyCrashScenario {
  private let workflow: BodyWorkflow
  private let sandbox: Sandbox
  /// Steps that had succeeded for good at a kill → how often they had begun by then.
  private var durable: [String: Int] = [:]

  init(_ workflow: BodyWorkflow) throws {
    self.workflow = workflow
    sandbox = try Sandbox(workflow.files)
  }

  func uninterrupted() throws -> [String: String] {
    guard try !drive(nil) else { throw HarnessError("killed by nobody") }
    return try sandbox.show().ending
  }

  /// - Parameter fault: where it dies; nil: nowhere.
  /// - Returns: Whether it was killed before its end.
  func drive(_ fault: String?) throws -> Bool {
    let arguments = try hasBegun() ? ["resume"] : ["run", "work.lua"]
    let finished = try sandbox.start(arguments, env: fault.map { ["BATON_FAULT": $0] } ?? [:]).wait()
    if finished.signal == SIGKILL {
      if try hasBegun() {
        let state = try sandbox.show()
        let runs = try [state] + calledRuns()
        // Afterwards: the driver of a called run may live a moment longer.
        let counts = began()
        for run in runs {
          for step in run.succeeded { durable[step] = durable[step] ?? counts[step] ?? 0 }
        }
        // Its end was written: there is nothing to carry on.
        return state.status == "interrupted"
      }
      return true
    }
    guard finished.code == workflow.code else { throw HarnessError(finished.account) }
    return false
  }

  private func hasBegun() throws -> Bool {
    guard Disk.exists(sandbox.path(".baton/baton.db")) else { return false }
    let listed = try sandbox.baton("events", "--json")
    return listed.code == 0 && !listed.output.isEmpty
  }

  /// Runs of the workflows that were called.
  private func calledRuns() throws -> [RunState] {
    guard workflow.script.contains("ctx:call") else { return [] }
    let listed = try JSON.decode(sandbox.baton("runs", "--json").output).list ?? []
    return try listed.filter { $0["caller"]?.string != nil }.compactMap { $0["run"]?.string }.map(sandbox.show)
  }

  private func began() -> [String: Int] {
    sandbox.lines("side/began").reduce(into: [:]) { counts, line in counts[line, default: 0] += 1 }
  }

  func verify(_ expected: [String: String], _ how: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let ending = try sandbox.show().ending
    if ending != expected {
      let differing = Set(ending.keys).union(expected.keys).filter { ending[$0] != expected[$0] }.sorted()
        .map { "\($0): \(ending[$0] ?? "absent"), uninterrupted: \(expected[$0] ?? "absent")" }
      Issue.record("\(how): \(differing.joined(separator: "\n"))", sourceLocation: sourceLocation)
    }
    let counts = began()
    let again = durable.filter { counts[$0.key] ?? 0 != $0.value }
    #expect(again.isEmpty, "\(how): ran again although they had succeeded", sourceLocation: sourceLocation)
    #expect(sandbox.leftovers() == [], "\(how)", sourceLocation: sourceLocation)
  }
}
