import BatonCore
import BatonModel
import BatonSQLite
import BatonTestKit
import CSQLite
import Testing

/// Cases of workflows that a matrix of calls calls.
@Suite struct CallCellTests {
  private static func round(_ round: Int, of browsers: [String], in planted: PlantedHistoryTests.Planted) throws {
    try planted.add("top-\(round)", [], at: Int64(10 * round), commit: "c\(round)")
    for (place, browser) in browsers.enumerated() {
      try planted.add(
        "\(browser)-\(round)",
        [TestOutcome(className: "shop", name: "menu", status: browser == "firefox" ? .failed : .passed)],
        at: Int64(10 * round + 1 + place), commit: "c\(round)", caller: "top-\(round)/go[browser=\(browser)]")
    }
  }

  private static func histories(_ planted: PlantedHistoryTests.Planted) throws -> [String: [Int]] {
    let found = try planted.store.cases(CaseQuery(.all, filter: "menu", limit: 10))
    return Dictionary(uniqueKeysWithValues: found.map { ($0.identity.text, [$0.passed, $0.failed]) })
  }

  @Test func `each cell has cases of its own, those of a workflow that is called otherwise are as they were`() throws {
    let planted = try PlantedHistoryTests.Planted(seed: 1, runs: 0)
    try Self.round(1, of: ["chrome", "firefox"], in: planted)
    try Self.round(2, of: ["chrome", "firefox"], in: planted)
    try planted.add("plain", [TestOutcome(className: "shop", name: "menu", status: .passed)], at: 90, commit: "c9")
    try planted.add(
      "called", [TestOutcome(className: "shop", name: "menu", status: .passed)], at: 91, commit: "c9",
      caller: "plain/all")
    #expect(
      try Self.histories(planted) == [
        "shop.menu": [2, 0], "shop.menu (browser=chrome)": [2, 0], "shop.menu (browser=firefox)": [0, 2],
      ])
    #expect(try planted.store.callPath(of: "chrome-1") == "go[browser=chrome]/")
    #expect(try planted.store.callPath(of: "plain").isEmpty)
    // What failed by another call is no failure of this one.
    #expect(try planted.store.newFailures(in: "firefox-2", steps: ["unit"])?.count == 0)
    #expect(try planted.store.newFailures(in: "firefox-2", steps: ["unit"])?.run == "firefox-1")
  }

  @Test func `what is compared with earlier runs keeps to the cells it is called by, however far up they are`() throws {
    let planted = try PlantedHistoryTests.Planted(seed: 1, runs: 0)
    for round in 1...2 {
      try planted.add("top-\(round)", [], at: Int64(10 * round), commit: "c\(round)")
      for (place, browser) in ["firefox", "chrome"].enumerated() {
        let second = Int64(10 * round + 1 + 2 * place)
        try planted.add(
          "middle-\(browser)-\(round)", [], at: second, commit: "c\(round)",
          caller: "top-\(round)/go[browser=\(browser)]")
        try planted.add(
          "\(browser)-\(round)",
          [TestOutcome(className: "shop", name: "menu", status: browser == "firefox" ? .failed : .passed)],
          at: second + 1, commit: "c\(round)",
          more: [
            StoreCheck.judged("q", ["p95": browser == "firefox" ? 100 : 1]),
            .metric(step: "unit", attempt: 1, name: "p95", value: browser == "firefox" ? 100 : 1),
          ],
          caller: "middle-\(browser)-\(round)/unit")
      }
    }
    #expect(try planted.store.newFailures(in: "firefox-2", steps: ["unit"])?.run == "firefox-1")
    #expect(try planted.store.newFailures(in: "firefox-2", steps: ["unit"])?.count == 0)
    #expect(try planted.store.baselines(of: "firefox-2")["q"]?["p95"] == [100])
    #expect(try planted.store.baselines(of: "chrome-2")["q"]?["p95"] == [1])
    #expect(try planted.store.measured(before: "firefox-2", limit: 5) == ["unit": ["p95": [100]]])
  }

  @Test func `what is on record of a case without its cell goes over to the cell that it came from`() throws {
    let planted = try PlantedHistoryTests.Planted(seed: 1, runs: 0)
    try Self.round(1, of: ["chrome", "firefox", "safari"], in: planted)
    try Self.round(2, of: ["chrome", "firefox"], in: planted)
    try planted.add("plain", [TestOutcome(className: "shop", name: "menu", status: .passed)], at: 40, commit: "c4")
    // As it was written before.
    let old = TestIdentity(className: "shop", name: "menu").key
    var connection: OpaquePointer?
    try #require(sqlite3_open(planted.project.database, &connection) == SQLITE_OK)
    let sql = """
      UPDATE test_outcomes SET test = \(old);
      DELETE FROM test_history WHERE test <> \(old); UPDATE test_history SET passed = 4, failed = 2;
      DELETE FROM test_cases WHERE key <> \(old);
      """
    try #require(sqlite3_exec(connection, sql, nil, nil, nil) == SQLITE_OK)
    sqlite3_close(connection)
    #expect(try Self.histories(planted) == ["shop.menu": [4, 2]])

    try Self.round(5, of: ["chrome", "firefox"], in: planted)
    #expect(
      try Self.histories(planted) == [
        // Of safari, whose case has not come since, and of the run that nobody called.
        "shop.menu": [2, 0], "shop.menu (browser=chrome)": [3, 0], "shop.menu (browser=firefox)": [0, 3],
      ])
    let outcomes = try planted.store.outcomes(
      of: TestIdentity(className: "shop", name: "menu", cell: "browser=chrome"), limit: 10)
    #expect(outcomes.map(\.run) == ["chrome-5", "chrome-2", "chrome-1"])
    let history = try planted.store.cases(CaseQuery(.all, filter: "menu (browser=firefox", limit: 10)).first
    #expect(history?.firstRun == "firefox-1" && history?.lastRun == "firefox-5")
    #expect(history?.failingSinceRun == "firefox-1")
  }
}
