extension WorkList {
  static let views: [(key: String, words: [String])] = [
    ("tests", ["tests"]), ("tests-flaky", ["tests", "--flaky"]), ("tests-slow", ["tests", "--slow"]),
    ("tests-failing", ["tests", "--failing"]), ("tests-show", ["tests", "show", "shop.module7.test_case_7"]),
    ("tests-trends", ["tests", "trends"]), ("tests-filter", ["tests", "--filter", "case_999"]),
  ]

  /// Views of what is known of tests, the start of the process included.
  var history: [Work] {
    let outcomes = sized(1_000_000)
    let project = "\(scratch)/history"
    return Self.views.map { view in
      Work(
        key: view.key, title: "baton \(view.words.joined(separator: " ")), \(outcomes) outcomes", unit: .milliseconds,
        target: .atMost(100), isShort: true,
        baton: Contender(
          name: "baton",
          prepare: { _ throws(BenchError) in try HistoryInput.write(outcomes: outcomes, to: project) },
          command: { _ throws(BenchError) in [baton, "-C", project] + view.words }),
        peers: [], figure: { $0.seconds * 1000 })
    }
  }
}
