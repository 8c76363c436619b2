import BatonModel
import BatonTestKit
import Testing

@testable import BatonResults

@Suite struct ResultCollectorTests {
  private let folder = ScratchFolder()

  static let everything: [ResultItem] = [
    .test(
      TestOutcome(
        suite: "s", className: "c", name: "n \"quoted\" \u{1B}[0m é", parameters: "1-2", status: .failed,
        duration: Span(nanoseconds: 1_234_567_891), message: "m", type: "t", details: "line\nline", file: "a.py",
        line: 3,
        failedBefore: 2, attachments: ["x.png", "y"], tags: ["smoke"])),
    .test(TestOutcome(name: "plain", status: .passed)),
    .finding(Finding(tool: "t", rule: "r", severity: .critical, message: "bad", file: "f", line: 9)),
    .finding(Finding(tool: "", rule: "", severity: .note, message: "")),
    .coverage(FileCoverage(file: "a.c", lines: [1: 5, 2: 0, 700: 1])),
    .measurement(Measurement(name: "p95", value: 12.5, unit: "ms", samples: [12, 13])),
    .measurement(Measurement(name: "endless", value: .infinity)), .problem("f:1: broken"),
  ]

  @Test func whatIsCollectedIsReadBackTheSame() throws {
    let path = "\(folder.path)/results.ndjson"
    let collector = ResultCollector(path: path)
    for item in Self.everything { try collector.add(item) }
    _ = try collector.finish(file: "results.ndjson")
    var back: [ResultItem] = []
    try ResultsFile.read(path) { back.append($0) }
    #expect(back == Self.everything)
  }

  @Test func whatATestPrintedIsReadBackAsPrinted() throws {
    let path = "\(folder.path)/results.ndjson"
    let collector = ResultCollector(path: path)
    var printed = TestOutcome(name: "a", status: .failed, details: "x")
    printed.isPrinted = true
    try collector.add(.test(printed))
    _ = try collector.finish(file: "results.ndjson")
    var back: [ResultItem] = []
    try ResultsFile.read(path) { back.append($0) }
    #expect(back == [.test(printed)])
  }

  @Test func theSummaryCountsEverything() throws {
    let collector = ResultCollector(path: "\(folder.path)/r")
    for item in Self.everything { try collector.add(item) }
    let summary = try collector.finish(file: "attempts/1/r")
    #expect(summary.tests == 2)
    #expect(summary.passed == 1)
    #expect(summary.failed == 1)
    #expect(summary.flaky == 0)
    #expect(summary.duration == Span(nanoseconds: 1_234_567_891))
    #expect(summary.lines == 3)
    #expect(summary.coveredLines == 2)
    #expect(summary.findings == [.critical: 1, .note: 1])
    #expect(summary.measurements == ["p95": 12.5, "endless": .infinity])
    #expect(summary.problems == ["f:1: broken"])
    #expect(summary.file == "attempts/1/r")
  }

  @Test("Adding a case says whether it failed before and had not passed since, whatever else failed")
  func addingTells() throws {
    let collector = ResultCollector(path: "\(folder.path)/r")
    func add(_ name: String, _ status: TestStatus, _ hash: UInt64) throws -> Bool {
      try collector.add(.test(TestOutcome(name: name, status: status)), hash: hash)
    }
    // The second and the third share the lowest digits of their hash with the first.
    #expect(try !add("a", .failed, 7))
    #expect(try !add("b", .passed, 7 | 1 << 40))
    #expect(try !add("c", .failed, 7 | 1 << 41))
    #expect(try add("a", .failed, 7))
    #expect(try add("a", .passed, 7))
    #expect(try !add("a", .passed, 7))
    #expect(try add("c", .passed, 7 | 1 << 41))
    #expect(!collector.hasFailures)
  }

  @Test func aPassAfterAFailureOfTheSameCaseIsFlaky() throws {
    let collector = ResultCollector(path: "\(folder.path)/r")
    func add(_ name: String, _ parameters: String, _ status: TestStatus, failedBefore: Int = 0) throws {
      try collector.add(
        .test(TestOutcome(name: name, parameters: parameters, status: status, failedBefore: failedBefore)))
    }
    try add("a", "1", .failed)
    try add("a", "2", .passed)
    try add("a", "1", .errored)
    try add("a", "1", .passed)
    try add("b", "", .passed, failedBefore: 1)
    try add("c", "", .passed)
    try add("c", "", .failed)
    let summary = try collector.finish(file: "r")
    #expect(summary.passed == 4)
    #expect(summary.failed == 1)
    #expect(summary.flaky == 2)
  }

  @Test func aLineIsCoveredWhenAnyFileSaysSo() throws {
    let collector = ResultCollector(path: "\(folder.path)/r")
    try collector.add(.coverage(FileCoverage(file: "a", lines: [1: 0, 2: 1, 64: 0])))
    try collector.add(.coverage(FileCoverage(file: "a", lines: [1: 3, 2: 0, 65: 0])))
    try collector.add(.coverage(FileCoverage(file: "b", lines: [1: 0])))
    let summary = try collector.finish(file: "r")
    #expect(summary.lines == 5)
    #expect(summary.coveredLines == 2)
  }

  @Test func secretsAreMaskedInFileAndSummary() throws {
    let path = "\(folder.path)/r"
    let collector = ResultCollector(path: path) { $0.replacing("pa\"ss", with: "***") }
    for field in [ResultItem.problem("pa\"ss"), .measurement(Measurement(name: "pa\"ss", value: 1))] {
      try collector.add(field)
    }
    try collector.add(
      .test(
        TestOutcome(
          suite: "pa\"ss", name: "pa\"ss", status: .failed, message: "pa\"ss", details: "pa\"ss",
          attachments: ["pa\"ss"])))
    try collector.add(.finding(Finding(tool: "t", rule: "r", severity: .low, message: "pa\"ss")))
    let summary = try collector.finish(file: "r")
    #expect(summary.problems == ["***"])
    #expect(summary.measurements == ["***": 1])
    let text = String(decoding: try #require(FileBytes.read(path)), as: UTF8.self)
    #expect(!text.contains("pa"))
    #expect(text.contains("***"))
  }

  @Test func theDigestIsThatOfTheFile() throws {
    let path = "\(folder.path)/r"
    let collector = ResultCollector(path: path)
    try collector.add(.problem("x"))
    let summary = try collector.finish(file: "r")
    #expect(FileBytes.read(path) == Array("{\"problem\":\"x\"}\n".utf8))
    // printf '{"problem":"x"}\n' | sha256sum
    #expect(summary.digest == "efaed16a212b4b78683fe75f3c36b3f7f288358c50356ad142306631371ae7bd")
  }

  @Test func noItemsMakeNoFile() throws {
    let path = "\(folder.path)/r"
    let summary = try ResultCollector(path: path).finish(file: "r")
    #expect(summary == ResultSummary())
    #expect(FileBytes.read(path) == nil)
  }

  @Test func aFileThatCannotBeWrittenIsAnErrorThatNamesIt() throws {
    let collector = ResultCollector(path: "/nowhere/r")
    #expect { try collector.add(.problem("x")) } throws: {
      "\($0)" == "cannot write /nowhere/r: No such file or directory"
    }
  }

  @Test func aTornLineIsAProblemAndTheOthersStand() throws {
    folder.write("r", Array("{\"problem\":\"a\"}\n{\"test\":\"b\",\"stat".utf8))
    let path = "\(folder.path)/r"
    var back: [ResultItem] = []
    try ResultsFile.read(path) { back.append($0) }
    #expect(back == [.problem("a"), .problem("\(path):2: the line is no item of results")])
  }

  @Test func manyProblemsAreCounted() throws {
    let collector = ResultCollector(path: "\(folder.path)/r")
    for index in 0..<250 { try collector.add(.problem("\(index)")) }
    let summary = try collector.finish(file: "r")
    #expect(summary.problems.count == 100)
    #expect(summary.problems.last == "151 more problems are not listed")
  }
}
