extension WorkList {
  static let views: [(key: String, words: [String])] = [
    ("tests", ["tests"]), ("tests-flaky", ["tests", "--flaky"]), ("tests-slow", ["tests", "--slow"]),
    ("tests-failing", ["tests", "--failing"]), ("tests-show", ["tests", "show", "shop.module7.test_case_7"]),
    ("tests-trends", ["tests", "trends"]), ("tests-filter", ["tests", "--filter", "case_999"]),
    ("tests-slow-filter", ["tests", "--slow", "--filter", "case_999"]),
    ("tests-quarantined", ["tests", "--quarantined"]), ("tests-branch", ["tests", "--flaky", "--branch", "main"]),
  ]

  /// Tests of the suite → how the work is named: the same number of outcomes as many runs of few tests, and as few of many.
  private static let suites: [(tests: Int, key: String)] = [(10_000, ""), (100_000, "-wide")]

  static var viewKeys: [String] { suites.flatMap { suite in views.map { $0.key + suite.key } } }

  /// Views of what is known of tests, the start of the process included.
  var history: [Work] {
    let outcomes = sized(1_000_000)
    return Self.suites.flatMap { suite in
      let tests = sized(suite.tests)
      let project = "\(scratch)/history\(suite.key)"
      return Self.views.map { view in
        Work(
          key: view.key + suite.key,
          title: "baton \(view.words.joined(separator: " ")), \(outcomes) outcomes of \(tests) tests",
          unit: .milliseconds, target: .atMost(100), isShort: true,
          baton: Contender(
            name: "baton",
            prepare: { _ throws(BenchError) in
              try HistoryInput.write(outcomes: outcomes, tests: tests, to: project)
            },
            command: { _ throws(BenchError) in [baton, "-C", project] + view.words }),
          peers: [], figure: { $0.seconds * 1000 })
      }
    }
  }
}
