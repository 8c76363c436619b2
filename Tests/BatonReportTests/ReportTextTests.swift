import BatonCore
import BatonModel
import BatonReport
import Glibc
import Testing

@Suite struct ReportTextTests {
  @Test func `Markdown says what happened in a page, details folded`() {
    expectSnapshot(MarkdownReport(ReportSamples.full).text, "report-md")
  }

  @Test func `a score is one number wherever it is told, and never the bound of a better grade`() {
    var point = TrendPoint(run: "r", status: .succeeded, started: Samples.start, duration: Span(seconds: 1))
    point.tests.passed = 799
    point.tests.failed = 201
    // 86.6, which the summary calls "86 of 100".
    let text = TrendsText.text([point], workflow: "w", branch: nil, clock: .utc)
    let score = text.split(separator: "\n").first { $0.hasPrefix("score") }
    #expect(score?.split(separator: " ").last == "86", "\(text)")
  }

  @Test func `Markdown of a run without results says so and invents no numbers`() {
    let text = MarkdownReport(ReportSamples.bare).text
    expectSnapshot(text, "report-md-bare")
    #expect(!text.contains("Tests"))
  }

  @Test func `no name in Markdown is markup, a link or a mention`() {
    let text = MarkdownReport(ReportSamples.full).text
    for line in text.split(separator: "\n") where line.contains("<script") || line.contains("@team") {
      // In a code span, or in a block of code, nothing is markup and nobody is called.
      #expect(line.contains("``") || line.hasPrefix("</script>"), "\(line)")
    }
    #expect(text.contains("\u{202E}") == false)
  }

  @Test func `Markdown of ten thousand cases fits into a comment`() {
    let text = MarkdownReport(ReportSamples.large(10_000)).text
    #expect(text.utf8.count < 60_000)
    #expect(text.contains("100 failures, 3 causes"))
  }

  @Test func `JSON tells all of it under the number of its layout`() {
    let value = JSONReport.value(ReportSamples.full)
    expectSnapshot(JSON.encodePretty(value) + "\n", "report-json")
    #expect(value["schema"]?.integer == JSONReport.schema)
    #expect(value["tests"]?["total"]?.integer == 8)
    #expect(value["tests"]?["cases"]?.list?.count == 8)
  }

  @Test func `JSON has null where nothing is known`() {
    let value = JSONReport.value(ReportSamples.bare)
    for key in ["tests", "findings", "coverage", "quality", "change", "graph"] {
      #expect(value[key] == .null, "\(key)")
    }
    #expect(value["missing"]?.list?.isEmpty == false)
  }

  @Test func `JUnit has every case, and a case for a step that failed by itself`() {
    let text = JUnitReport(ReportSamples.full).text
    expectSnapshot(text, "report-junit")
    #expect(text.contains("name=\"e2e[browser=chrome,os=mac]\" classname=\"baton\""))
  }

  @Test(arguments: [ReportSamples.bare, ReportSamples.full, ReportSamples.large(500)])
  func `JUnit validates against the common schema`(data: ReportData) throws {
    guard
      let program = ["/usr/bin/xmllint", "/usr/local/bin/xmllint"].first(where: { (path: String) in
        access(path, X_OK) == 0
      })
    else {
      Issue.record("xmllint is missing: scripts/setup installs it")
      return
    }
    let schema = #filePath.split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/junit.xsd"
    var template = Array("/tmp/baton-junit-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    let path = String(decoding: template.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    defer { unlink(path) }
    let bytes = Array(JUnitReport(data).text.utf8)
    #expect(write(descriptor, bytes, bytes.count) == bytes.count)
    close(descriptor)
    #expect(status(of: [program, "--noout", "--nonet", "--schema", schema, path]) == 0)
  }

  /// The exit code of a program.
  private func status(of words: [String]) -> Int32 {
    var pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    pointers.append(nil)
    var pid: pid_t = 0
    guard posix_spawn(&pid, words[0], nil, nil, pointers, environ) == 0 else { return -1 }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    return status & 0x7F == 0 ? status >> 8 & 0xFF : 128
  }
}

@Suite struct FailureHistoryTests {
  private func failed(_ name: String, _ message: String, type: String = "E") -> ReportCase {
    ReportCase(step: "s", outcome: TestOutcome(name: name, status: .failed, message: message, type: type))
  }

  private func passed(_ name: String) -> ReportCase {
    ReportCase(step: "s", outcome: TestOutcome(name: name, status: .passed))
  }

  @Test func `many failures are few causes, the most frequent first`() {
    let cases = [
      failed("a", "timeout"), failed("b", "got 1"), passed("ok"), failed("c", "got 2"), failed("d", "got 3", type: "F"),
    ]
    let causes = FailureCause.causes(cases)
    #expect(causes.map(\.cases) == [[1, 3], [0], [4]])
    #expect(causes.map(\.message) == ["got N", "timeout", "got 3"])
    #expect(causes[1].type == "E")
  }

  @Test func `causes take over what history knows, and those whose cases are lost are told too`() {
    var known = FailureCluster(key: FailureSignature(failed("a", "got 1").outcome).key, message: "got N", count: 1)
    known.history = ClusterHistory(key: known.key, firstRun: "r1", firstSeen: Instant(milliseconds: 1), runs: 2)
    let lost = FailureCluster(key: 7, message: "gone", count: 3, cases: ["x", "y"], caseCount: 2)
    let causes = FailureCause.joined(FailureCause.causes([failed("a", "got 1")]), with: [known, lost])
    #expect(causes.map(\.cluster.history?.firstRun) == ["r1", nil])
    #expect(causes.map(\.message) == ["got 1", "gone"])
    #expect(causes.map(\.extent) == ["1 failure", "3 failures of 2 tests"])
  }

  @Test func `two runs are told apart case by case`() {
    var change = ReportChange(run: "r", status: .failed, started: Instant(milliseconds: 0))
    change.compare(
      [failed("new", "x"), failed("old", "x"), passed("fixed"), failed("added", "x"), passed("same")],
      with: [passed("new"), failed("old", "x"), failed("fixed", "x"), passed("same"), passed("gone")].map {
        CaseEnd(step: $0.step, test: TestIdentity($0.outcome, step: $0.step).key, status: $0.outcome.status)
      })
    #expect(change.newFailures == ["new", "added"])
    #expect(change.newPositions == [0, 3])
    #expect(change.stillFailing == ["old"])
    #expect(change.fixed == ["fixed"])
    #expect(change.added == 1 && change.removed == 1)
  }

  @Test func `a measurement is judged by size and by spread, and not at all from too few runs`() {
    func judged(_ value: Double, _ before: [Double], name: String = "p95_ms") -> PerformanceEntry.Judgement {
      var entry = PerformanceEntry(step: "s", name: name, value: value)
      ReportBaseline.judge(&entry, before: before)
      return entry.judgement
    }
    #expect(judged(150, [100, 101, 99, 100, 102]) == .worse)
    #expect(judged(60, [100, 101, 99, 100, 102]) == .better)
    #expect(judged(60, [100, 101, 99, 100, 102], name: "throughput") == .worse)
    // Far, but not beside that spread; beside the spread, but not far.
    #expect(judged(150, [100, 160, 40, 130, 70]) == .same)
    #expect(judged(102, [100, 100.1, 99.9, 100, 100]) == .same)
    #expect(judged(150, [100, 101]) == .unknown)
    #expect(judged(150, []) == .unknown)
    #expect(judged(0, [0, 0, 0, 0, 0]) == .same)
    #expect(judged(.nan, [1, 1, 1, 1, 1]) == .unknown)
    // Beyond each of five, as one of six is by chance, and not beside their spread.
    #expect(judged(150, [100, 140, 60, 120, 80]) == .same)
    #expect(judged(-50, [-100, -101, -99, -100, -102]) == .worse)
  }

  @Test func `items become cases as the record counts them`() {
    var builder = ReportBuilder(ReportSamples.bare)
    builder.begin(step: "s", attempt: 1, isLast: false)
    builder.add(.test(TestOutcome(name: "a", status: .failed)))
    builder.begin(step: "s", attempt: 2, isLast: true)
    builder.add(.test(TestOutcome(name: "a", status: .passed)))
    // Failed twice and then passed, in the same results: one case.
    builder.add(.test(TestOutcome(name: "b", status: .failed)))
    builder.add(.test(TestOutcome(name: "b", status: .errored)))
    builder.add(.test(TestOutcome(name: "b", status: .passed)))
    builder.add(.test(TestOutcome(name: "c", status: .failed)))
    builder.add(.test(TestOutcome(name: "d", status: .skipped)))
    let data = builder.finish()
    #expect(data.cases.map(\.outcome.name) == ["a", "b", "c", "d"])
    #expect(data.cases.map(\.isFlaky) == [true, true, false, false])
    #expect(data.cases[1].outcome.failedBefore == 2)
    #expect((data.totals.passed, data.totals.failed, data.totals.skipped, data.totals.flaky) == (2, 1, 1, 2))
    #expect(data.cases[0].attempts.map(\.number) == [1, 2])
  }
}
