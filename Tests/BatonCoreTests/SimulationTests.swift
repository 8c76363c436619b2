import BatonTestKit
import Testing

@Suite struct SimulationTests {
  /// Ten thousand plans in all.
  @Test(arguments: 0..<20)
  func `random runs end the same whatever record the driver dies after`(part: UInt64) throws {
    let report = try Simulator.run(seeds: part * 500..<(part + 1) * 500)
    #expect(report.plans == 500)
    #expect(report.crashes > report.records)
    #expect(report.statuses.count >= 3, "the scenarios end in too few ways: \(report.statuses)")
  }

  @Test(arguments: 0..<8)
  func `random runs on services that die end the same whatever record the driver dies after`(part: UInt64) throws {
    let report = try Simulator.run(seeds: part * 250..<(part + 1) * 250, withServices: true)
    #expect(report.plans == 250)
    #expect(report.statuses.count >= 3, "the scenarios end in too few ways: \(report.statuses)")
  }

  @Test func `a driver that acts before its records are durable is caught`() {
    let failure = firstFailure(.actsBeforeDurable)
    #expect(failure?.message.hasSuffix("starts before its record is durable") == true, "\(String(describing: failure))")
  }

  @Test func `a driver that leaves the processes of a dead one running is caught`() {
    let failure = firstFailure(.keepsLeftovers)
    #expect(
      failure?.message.hasSuffix("runs twice at once: what a dead driver left still runs") == true,
      "\(String(describing: failure))")
  }

  @Test func `a driver that loses records which it told as durable is caught`() {
    let failure = firstFailure(.losesEnds)
    #expect(failure?.message.contains("has the number") == true, "\(String(describing: failure))")
  }

  @Test func `a driver whose bodies go on before their records are durable is caught`() {
    let failure = firstFailure(.goesOnBeforeDurable, withBodies: true)
    #expect(
      failure?.message.hasSuffix("goes on before what it waited for is durable") == true,
      "\(String(describing: failure))"
    )
  }

  @Test func `a driver whose bodies carry out again what is on record is caught`() {
    let failure = firstFailure(.repeatsEffects, withBodies: true)
    #expect(failure?.message.hasSuffix("again, which is on record") == true, "\(String(describing: failure))")
  }

  @Test func `a failure is told with its seed, a plan shrunk to what it needs, and a trace`() throws {
    let failure = try #require(firstFailure(.actsBeforeDurable))
    #expect(failure.scenario.split(separator: "\n").count <= 3, "\(failure.scenario)")
    #expect(!failure.trace.isEmpty)
    #expect(failure.description.hasPrefix("seed \(failure.seed): \(failure.message)"))
  }

  private func firstFailure(_ fault: Simulator.Fault, withBodies: Bool = false) -> Simulator.Failure? {
    do throws(Simulator.Failure) {
      _ = try Simulator.run(seeds: 0..<200, fault: fault, withBodies: withBodies)
      return nil
    } catch {
      return error
    }
  }
}
