import BatonCore
import BatonModel
import BatonResults
import BatonRuntime
import BatonTestKit
import Testing

@testable import BatonMeasuring

/// Results as runners write them, gathered to what counts of them.
@Suite struct RepeatedCasesTests {
  private func gather(
    _ format: ResultFormat, _ text: String, in folder: ScratchFolder, attempt: Int = 1, secrets: [String] = [],
    _ configure: (inout ResultRequest) -> Void = { _ in }
  ) -> ResultSummary {
    let name = "told.\(attempt)"
    folder.write(name, text)
    var request = ResultRequest(
      ticket: 1, step: "a", attempt: attempt, workingDirectory: folder.path,
      sources: [ResultRequest.Source(reader: .format(format), patterns: [name])], since: Instant(nanoseconds: 0),
      runFolder: folder.path, file: RunFolder.results(step: "a", attempt: attempt),
      artifactFolder: "\(folder.path)/artifacts", log: "\(folder.path)/log")
    request.earlier = (1..<max(1, attempt)).map { RunFolder.results(step: "a", attempt: $0) }
    configure(&request)
    var set = SecretSet()
    set.add(secrets)
    var gathering = Gathering(request, set)
    return gathering.run([])
  }

  @Test func `two tests of one name are two, and the pass of one does not make the failure of the other good`() throws {
    try ScratchFolder.with { folder in
      let jest = """
        <testsuites><testsuite name="cart" tests="3" failures="1">
        <testcase classname="cart adds" name="adds"><failure>expected 3, got 4</failure></testcase>
        <testcase classname="cart adds" name="adds"></testcase>
        <testcase classname="cart adds" name="adds"></testcase></testsuite></testsuites>
        """
      let summary = gather(.junit, jest, in: folder) { $0.handsOverAfter = .exited(1) }
      #expect((summary.passed, summary.failed, summary.flaky) == (2, 1, 0))
      #expect(summary.failures == ["cart adds.adds"])
      var names: [String] = []
      try ResultsFile.read("\(folder.path)/\(summary.file ?? "")") {
        if case .test(let outcome) = $0 { names.append(outcome.name) }
      }
      #expect(names == ["adds", "adds «2»", "adds «3»"])
      // The runner knows them by one name.
      let handover = try #require(summary.handover)
      let told = try #require(FailedTests.read("\(folder.path)/\(handover.list)", limit: 10))
      #expect(told.compactMap { $0["name"]?.string } == ["adds"])
    }
  }

  private func names(_ summary: ResultSummary, _ folder: ScratchFolder) throws -> [String] {
    var names: [String] = []
    try ResultsFile.read("\(folder.path)/\(summary.file ?? "")") {
      if case .test(let outcome) = $0 { names.append(outcome.name) }
    }
    return names
  }

  @Test func `of two files with a case of one name, each has its file in its name, in whichever order they come`()
    throws
  {
    func suite(_ file: String, _ body: String = "") -> String {
      #"<testsuite name="s"><testcase name="adds" file="\#(file)">\#(body)</testcase><testcase name="own \#(file)" file="\#(file)"/></testsuite>"#
    }
    let failure = "<failure>no</failure>"
    try ScratchFolder.with { folder in
      let one = gather(.junit, suite("\(folder.path)/a.js"), in: folder)
      let found = try names(one, folder)
      #expect(found == ["adds", "own \(folder.path)/a.js"], "alone, a name stays what it is")
    }
    for order in [["a.js", "b.js"], ["b.js", "a.js"]] {
      try ScratchFolder.with { folder in
        let text = "<testsuites>\(order.map { suite($0, failure) + suite($0, failure) }.joined())</testsuites>"
        let summary = gather(.junit, text, in: folder) { $0.handsOverAfter = .exited(1) }
        #expect(
          Set(try names(summary, folder).filter { $0.hasPrefix("adds") })
            == ["adds «a.js»", "adds «b.js»", "adds «a.js» «2»", "adds «b.js» «2»"])
        #expect(Set(summary.failures) == ["s.adds «a.js»", "s.adds «b.js»", "s.adds «a.js» «2»", "s.adds «b.js» «2»"])
        #expect((summary.failed, summary.passed) == (4, 4))
        // A retry of one of them alone.
        let handover = try #require(summary.handover)
        #expect(handover.cases == 4)
        let told = try #require(FailedTests.read("\(folder.path)/\(handover.list)", limit: 10))
        #expect(told.allSatisfy { $0["name"]?.string == "adds" })
        let second = gather(
          .junit, "<testsuites>\(suite("b.js") + suite("b.js"))</testsuites>", in: folder, attempt: 2
        ) { $0.handover = handover }
        #expect((second.passed, second.failed, second.flaky) == (6, 2, 2))
        #expect(second.retried?.missing == 2)
      }
    }
    // What earlier runs found out holds where one of the files is alone.
    try ScratchFolder.with { folder in
      let known = TestIdentity.hash(TestOutcome(suite: "s", name: "adds", status: .passed))
      let one = gather(.junit, suite("b.js"), in: folder) { $0.sharedNames = [known] }
      let found = try names(one, folder)
      #expect(found.first == "adds «b.js»")
    }
  }

  @Test func `go test -count=2 runs a test twice, and what is run again behind its package is a repetition`() {
    func event(_ action: String, _ test: String? = nil) -> String {
      let name = test.map { #","Test":"\#($0)""# } ?? ""
      return #"{"Action":"\#(action)","Package":"p"\#(name)}"# + "\n"
    }
    let twice = event("fail", "TestA") + event("pass", "TestA") + event("fail")
    let again = event("fail", "TestA") + event("fail") + event("pass", "TestA") + event("pass")
    ScratchFolder.with { folder in
      let summary = gather(.gotest, twice, in: folder)
      #expect((summary.passed, summary.failed, summary.flaky) == (1, 1, 0))
    }
    ScratchFolder.with { folder in
      let summary = gather(.gotest, again, in: folder)
      #expect((summary.passed, summary.failed, summary.flaky) == (1, 0, 1))
      #expect(summary.flakyCases == ["p.TestA"])
    }
  }

  @Test func `pytest in two environments, in one file, is twice as many tests, and none is flaky`() {
    let suite = { (host: String) in
      """
      <testsuite name="pytest" tests="2" hostname="\(host)"><testcase classname="t" name="a"/><testcase classname="t" name="b"/>
      </testsuite>
      """
    }
    ScratchFolder.with { folder in
      let summary = gather(
        .junit, "<testsuites name=\"pytest tests\">\(suite("h0"))\(suite("h1"))</testsuites>", in: folder)
      #expect((summary.passed, summary.flaky) == (4, 0))
    }
  }

  @Test func `a case that has a secret in its name is the same one in the next attempt`() {
    func told(_ isFine: Bool) -> String {
      "<testsuite name=\"s\"><testcase name=\"login[admin]\">\(isFine ? "" : "<failure/>")</testcase></testsuite>"
    }
    ScratchFolder.with { folder in
      let first = gather(.junit, told(false), in: folder, secrets: ["admin"]) { $0.handsOverAfter = .exited(1) }
      #expect(first.handover?.cases == 1)
      let second = gather(.junit, told(true), in: folder, attempt: 2, secrets: ["admin"]) {
        $0.handover = first.handover
        $0.handsOverAfter = .succeeded
      }
      #expect((second.passed, second.failed, second.flaky) == (1, 0, 1))
      #expect(second.retried == RetriedTests(cases: 1))
      #expect(second.flakyCases.allSatisfy { !$0.contains("admin") })
    }
  }

  @Test(arguments: [
    "", "<html>502</html>", #"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"T"}},"results":[{"ruleId""#,
    #"{"version":"2.1.0","runs":[]}"#,
    #"{"runs":[{"tool":{"driver":{"name":"T"}},"invocations":[{"executionSuccessful":false}],"results":[]}]}"#,
  ])
  func `a report of findings that is not whole says nothing of what was not found`(text: String) {
    ScratchFolder.with { folder in
      let summary = gather(.sarif, text, in: folder)
      #expect(summary.findings.isEmpty)
      #expect(!summary.problems.isEmpty)
      #expect(summary.metrics["findings"] == nil)
    }
  }

  @Test func `a whole report of findings without any says that there are none`() {
    ScratchFolder.with { folder in
      let text =
        #"{"runs":[{"tool":{"driver":{"name":"T"}},"invocations":[{"executionSuccessful":true}],"results":[]}]}"#
      let summary = gather(.sarif, text, in: folder)
      #expect(summary.problems == [])
      #expect(summary.metrics["findings"] == 0)
      #expect(summary.metrics["findings.critical"] == 0)
    }
  }
}
