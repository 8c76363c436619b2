import BatonTestKit
import Testing

@Suite struct SimulationTests {
  @Test func `random runs survive a crash after every record`() throws {
    let report = try Simulator.run(seeds: 0..<200)
    #expect(report.plans == 200)
  }
}
