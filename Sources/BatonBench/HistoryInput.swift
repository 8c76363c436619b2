import BatonCore
import BatonModel
import BatonResults
import BatonRuntime
import BatonSQLite
import Glibc

/// A project whose database knows many outcomes: runs of a suite of which one test in a hundred is flaky and one in a thousand
/// fails in the second half of the runs. Written through the store itself, as runs write it.
enum HistoryInput {
  /// Makes the project, unless it is there from a work before.
  ///
  /// - Parameter tests: of the suite; there are as many runs as the outcomes take.
  static func write(outcomes: Int, tests: Int, to folder: String) throws(BenchError) {
    if Files.isThere("\(folder)/whole") { return }
    Files.remove(folder: folder)
    try Files.make(folder: folder)
    try Files.make(folder: "\(folder)/.baton")
    try Files.make(folder: "\(folder)/.baton/runs")
    do {
      let store = try SQLiteStore(creating: "\(folder)/.baton/baton.db")
      let tests = min(tests, outcomes)
      let runs = max(1, outcomes / tests)
      for run in 0..<runs { try add(run, isLate: run > runs / 2, tests: tests, to: store, folder) }
      for number in [3, 7, 13] {
        let entry = QuarantineEntry(
          test: "*.test_case_\(number)0?", owner: "bench", reason: "bench", expires: "9999-12-31")
        try store.quarantine(entry, by: "bench@here", at: Instant(milliseconds: 1_700_000_000_000))
      }
    } catch {
      throw BenchError("cannot write a history to \(folder): \(error)")
    }
    try Files.write("", to: "\(folder)/whole")
  }

  private static func add(_ run: Int, isLate: Bool, tests: Int, to store: SQLiteStore, _ folder: String) throws {
    let id = "run\(1000 + run)"
    let place = "\(folder)/.baton/runs/\(id)"
    try Files.make(folder: place)
    try Files.make(folder: "\(place)/results")
    let file = RunFolder.results(step: "unit", attempt: 1)
    let collector = ResultCollector(path: "\(place)/\(file)")
    for test in 0..<tests {
      let isFlaky = test % 100 == 7 && (run * 31 + test) % 5 == 0
      let isBroken = test % 1000 == 3 && isLate
      let fails = isFlaky || isBroken
      try collector.add(
        .test(
          TestOutcome(
            suite: "shop", className: "shop.module\(test % 97)", name: "test_case_\(test)",
            status: fails ? .failed : .passed, duration: Span(milliseconds: Int64((test * 7 + run) % 1000)),
            message: fails ? "expected \(run), got \(test)" : nil)))
    }
    let summary = try collector.finish(file: file)
    let started = Instant(milliseconds: 1_700_000_000_000 + Int64(run) * 3_600_000)
    let journal = try store.create(run: id, workflow: "shop", file: "/shop/shop.lua", at: started)
    var start = RunStarted(
      workflow: "shop", file: "/shop/shop.lua", digest: "d", params: [:],
      observations: Observations(time: started, seed: 7), by: "bench@here", options: RunOptions())
    start.code = CodeState(commit: String(repeating: "a", count: 36) + "\(1000 + run)", branch: "main", isDirty: false)
    let records: [Record] = [
      .runStarted(start), .measured(BatonCore.Measured(step: "unit", attempt: 1, summary: summary, sources: "s")),
      .runEnded(.succeeded, reason: nil),
    ]
    try journal.appendNow(
      records.enumerated().map { index, record in
        StampedRecord(
          seq: Int64(index) + 1, time: Instant(nanoseconds: started.nanoseconds + Int64(index) * 1_000_000_000),
          record: record)
      })
    journal.close()
    unlink("\(place)/\(file)")
  }
}
