import BatonModel
import Testing

@testable import BatonResults

@Suite struct SARIFTests {
  @Test func theCountsOfBanditAreTheCountsOfItsSummary() throws {
    // Low: 3, Medium: 0, High: 2
    let items = fixture("sarif/bandit.sarif", as: .sarif)
    #expect(items.problems.isEmpty)
    #expect(items.findings.count { $0.severity == .high } == 2)
    #expect(items.findings.count { $0.severity == .low } == 3)
    #expect(items.findings.count == 5)
    let shell = try #require(items.findings.first { $0.rule == "B602" })
    #expect(shell.tool == "Bandit")
    #expect(shell.file == "app.py")
    #expect(shell.line == 2)
  }

  @Test func severityComesFromTheRuleAlsoWhereItStandsBehindTheResults() {
    let items = items(
      """
      {"runs":[{"results":[{"ruleId":"a","level":"note","message":{"text":"x"}},{"ruleIndex":1,"message":{"text":"y"}},
        {"ruleId":"c/1","message":{"text":"z"}},{"ruleId":"unknown","level":"error","message":{"text":"w"}},
        {"ruleId":"a","kind":"pass","message":{"text":"no"}},{"ruleId":"a","suppressions":[{"kind":"inSource"}]},
        {"ruleId":"a","baselineState":"absent"},
        {"ruleId":"a","properties":{"security-severity":2},"message":{"text":"v"}}],
        "tool":{"driver":{"name":"T","rules":[{"id":"a","properties":{"security-severity":"9.8"}},
          {"id":"b","defaultConfiguration":{"level":"error"}},{"id":"c","properties":{"security-severity":"5"}}]}}}]}
      """, as: .sarif)
    #expect(items.problems.isEmpty)
    #expect(items.findings.map(\.message) == ["x", "y", "z", "w", "v"])
    #expect(items.findings.map(\.severity) == [.critical, .high, .medium, .high, .low])
    #expect(items.findings.map(\.rule) == ["a", "b", "c/1", "unknown", "a"])
    #expect(Set(items.findings.map(\.tool)) == ["T"])
  }

  @Test func whatComesBeforeABreakStands() {
    let items = items("{\"runs\":[{\"results\":[{\"ruleId\":\"a\"},\n{\"ruleId\":", as: .sarif)
    #expect(items.findings.map(\.rule) == ["a"])
    #expect(items.problems == ["f:2: the file ends inside an object"])
  }
}

@Suite struct BenchmarkTests {
  @Test func googleBenchmarksRepetitionsAreSamples() throws {
    let items = fixture("benchmark/google.json", as: .benchmark)
    #expect(
      items.problems.map { $0.split(separator: ": ", maxSplits: 1).last.map(String.init) } == [
        "benchmark BM_Broken: no device"
      ])
    let add = try #require(items.measurements.first { $0.name == "BM_Add/1/min_time:0.010/repeats:3" })
    #expect(add.unit == "ns")
    #expect(add.samples.count == 3)
    #expect(add.value == add.samples.sorted()[1])
    #expect(items.measurements.first { $0.name == "BM_Add/1/min_time:0.010/repeats:3.widgets" }?.value == 3)
  }

  @Test func pytestBenchmarksRoundsAreSamples() throws {
    let items = fixture("benchmark/pytest.json", as: .benchmark)
    #expect(items.problems.isEmpty)
    let sum = try #require(items.measurements.first)
    #expect(sum.name == "test_bench.py::test_sum")
    #expect(sum.samples.count == 5)
    #expect(sum.value == sum.samples.sorted()[2])
  }

  @Test func hyperfinesRunsAreSamples() throws {
    let items = fixture("benchmark/hyperfine.json", as: .benchmark)
    #expect(items.problems.isEmpty)
    #expect(items.measurements.map(\.name) == ["sleep 0.01[n=0.01]", "sleep 0.02[n=0.02]"])
    let first = try #require(items.measurements.first)
    #expect(first.unit == "s")
    #expect(first.samples.count == 5)
    #expect(first.value == first.samples.sorted()[2])
  }

  @Test func aMedianIsTheMiddle() {
    #expect(Samples.median([3, 1, 2]) == 2)
    #expect(Samples.median([4, 1, 2, 3]) == 2.5)
    #expect(Samples.median([]) == nil)
    #expect(Samples.median([1e308, 1.5e308]) == 1.25e308)
  }
}

@Suite struct MetricsTests {
  @Test func nestedNumbersHaveNamesWithDots() {
    let items = items(
      #"{"p95": 12, "http": {"get": {"p95": 1.5}, "text": "no", "on": true}, "list": [3, 1, 2], "mixed": [1, {"a": 2}, 3]}"#,
      as: .metrics)
    #expect(
      items == [
        .measurement(Measurement(name: "p95", value: 12)), .measurement(Measurement(name: "http.get.p95", value: 1.5)),
        .measurement(Measurement(name: "list", value: 2, samples: [3, 1, 2])),
        .measurement(Measurement(name: "mixed.0", value: 1)), .measurement(Measurement(name: "mixed.1.a", value: 2)),
        .measurement(Measurement(name: "mixed.2", value: 3)),
      ])
  }

  @Test func namedValuesAreTakenByTheirNames() {
    let items = items(
      "{\"name\":\"p95\",\"value\":12,\"unit\":\"ms\"}\n{\"value\":3,\"metric\":\"size\"}\n{\"a\":{\"value\":4}}\n",
      as: .metrics)
    #expect(
      items == [
        .measurement(Measurement(name: "p95", value: 12, unit: "ms")),
        .measurement(Measurement(name: "size", value: 3)),
        .measurement(Measurement(name: "a.value", value: 4)),
      ])
  }

  @Test func whatIsNotFiniteIsTold() {
    let items = items("{\"a\": 1, \"b\": NaN, \"c\": 1e999,\n\"d\": -Infinity}", as: .metrics)
    #expect(items.measurements.map(\.name) == ["a"])
    #expect(items.problems == ["f:1: b is not finite", "f:1: c is not finite", "f:2: d is not finite"])
  }

  @Test(arguments: [
    ("", "f: no numbers in it"), ("{", "f:1: the file ends inside an object"), ("{\"a\":}", "f:1: not a JSON value"),
    ("[1,\n2", "f:2: the file ends inside a list"), ("{'a':1}", "f:1: expected a key in quotes"),
    ("{\"a\":\"\u{1}\"}", "f:1: a raw control character in a string"),
    ("{\"a\":\"\\x\"}", "f:1: an unknown escape in a string"),
    ("nul", "f:1: not a JSON value"), ("[1 2]", "f:1: expected ',' or ']'"),
    ("{\"a\" 1}", "f:1: expected ':' after the key \"a\""),
  ])
  func whatIsBrokenIsToldWithItsLine(_ text: String, _ problem: String) {
    #expect(items(text, as: .metrics).problems == [problem])
  }

  @Test func deepNestingIsRefused() {
    #expect(items(String(repeating: "[", count: 100_000), as: .metrics).problems == ["f:1: nested more than 256 deep"])
  }

  @Test func everyWindowGivesTheSame() throws {
    for (file, format) in [
      ("coverage/llvmcov.json", ResultFormat.llvmcov), ("sarif/bandit.sarif", .sarif),
      ("benchmark/google.json", .benchmark),
      ("benchmark/google.json", .metrics), ("tap/node.tap", .tap), ("gotest/gotest.ndjson", .gotest),
      ("swift/events.ndjson", .swifttest), ("coverage/cobertura.xml", .cobertura), ("coverage/lcov.info", .lcov),
    ] {
      let bytes = try #require(FileBytes.read(fixturePath(file)))
      let whole = items(bytes, as: format)
      for window in [256, 300, 1001] { #expect(items(bytes, as: format, window: window) == whole) }
    }
  }
}
