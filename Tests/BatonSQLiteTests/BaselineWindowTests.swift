import BatonCore
import BatonModel
import BatonTestKit
import Testing

@testable import BatonSQLite

/// Which runs a gate's numbers are compared with, where people let some pass.
@Suite struct BaselineWindowTests {
  private typealias Judged = (value: Double, passed: Bool, otherwise: GateSpec.Otherwise)

  /// Runs of one gate, one after the other: what it measured, and what became of it.
  private func windows(_ runs: [Judged]) throws -> [Double] {
    let planted = try PlantedHistoryTests.Planted(seed: 1, runs: 0)
    for (place, run) in runs.enumerated() {
      try planted.add(
        "r\(place)", [], at: Int64(place) * 100, commit: "c",
        more: [
          StoreCheck.judged("q", ["p95": run.value], passed: run.passed, otherwise: run.otherwise),
          .metric(step: "unit", attempt: 1, name: "p95", value: run.value),
        ])
    }
    try planted.add("now", [], at: 10_000, commit: "c")
    let known = try planted.store.baselines(of: "now")["q"]?["p95"] ?? []
    // A report compares with the same runs.
    #expect(try planted.store.measured(before: "now", limit: Regression.window)["unit"]?["p95"] ?? [] == known)
    return known
  }

  @Test func `a run that people let pass is no baseline, a warning and another branch are`() throws {
    #expect(
      try windows([
        (1, true, .halt), (50, false, .halt), (2, true, .ask), (60, false, .ask), (3, false, .warn),
        (4, false, .branch),
      ]) == [4, 3, 2, 1])
  }

  @Test func `what was let pass five times running is the new level, with what passes it and nothing of before`() throws
  {
    let before: [Judged] = [(1, true, .halt), (9, false, .ask), (2, true, .halt)]
    let four: [Judged] = (1...4).map { (Double(50 + $0), false, .ask) }
    #expect(try windows(before + four) == [2, 1])
    let five: [Judged] = before + four + [(55, false, .halt)]
    #expect(try windows(five) == [55, 54, 53, 52, 51])
    #expect(try windows(five + [(54, true, .halt)]) == [54, 55, 54, 53, 52, 51])
    // What is let pass later is none of it again.
    #expect(
      try windows(five + [(56, true, .halt), (90, false, .ask), (57, true, .halt)]) == [57, 56, 55, 54, 53, 52, 51])
  }

  @Test func `a window spans no more runs than it may, whether they passed or were let pass`() throws {
    let many: [Judged] = (1...25).map { (Double($0), false, .ask) }
    #expect(try windows([(0, true, .halt)] + many) == (6...25).reversed().map { Double($0) })
    let passed: [Judged] = (26...43).map { (Double($0), true, .ask) }
    #expect(try windows(many + passed) == (24...43).reversed().map { Double($0) })
  }
}
