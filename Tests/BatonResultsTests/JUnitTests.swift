import BatonModel
import Testing

@testable import BatonResults

@Suite struct JUnitTests {
  @Test func parametersInBracketsAreApartAndEmptyOnesBelongToTheName() {
    let names = ["test_sum[1-2]", "test_sum[]", "test_sum[[br]]", "test_sum", "test_sum[a[]]"]
    let cases = names.map { "<testcase classname=\"t\" name=\"\($0)\"/>" }.joined()
    let found = items("<testsuite name=\"pytest\">\(cases)</testsuite>", as: .junit)
    #expect(found.tests.map(\.name) == ["test_sum", "test_sum[]", "test_sum", "test_sum", "test_sum"])
    #expect(found.tests.map(\.parameters) == ["1-2", "", "[br]", "", "a[]"])
  }

  @Test func pytestsParameterIdsAreSplitOff() throws {
    let items = fixture("junit/pytest.xml", as: .junit)
    #expect(items.problems.isEmpty)
    let sum = try #require(items.test("test_sum", "1-2"))
    #expect(sum.suite == "pytest")
    #expect(sum.className == "test_shop")
    #expect(sum.status == .failed)
    #expect(sum.message == "assert (1 + 2) == 4")
    #expect(sum.details?.contains("test_shop.py:8: AssertionError") == true)
    #expect(items.test("test_text", "a[b]")?.status == .passed)
    #expect(items.test("test_text", "\\xe9<&>\"")?.status == .passed)
  }

  @Test func theCountsOfPytestAreTheCountsOfItsSummary() {
    // 4 failed, 8 passed, 1 skipped, 1 xfailed, 1 xpassed, 3 errors, 2 subtests passed
    let items = fixture("junit/pytest.xml", as: .junit)
    #expect(items.count(.failed) == 4)
    #expect(items.count(.errored) == 3)
    #expect(items.count(.skipped) == 2)
  }

  @Test(
    "A suite that says more tests than it holds is told",
    arguments: [
      (#"<testsuite name="s" tests="3" failures="0" skipped="0"><testcase name="a"/></testsuite>"#, 1, 3),
      (
        #"<testsuite name="s" tests="9" errors="1" skipped="2"><testcase name="a"><error/></testcase><testcase name="b"/></testsuite>"#,
        2, 9
      ),
      // The outer one holds all; one of the inner ones does not.
      (
        #"<testsuite name="o" tests="2"><testsuite name="s" tests="4"><testcase name="a"/></testsuite><testcase name="b"/></testsuite>"#,
        1, 4
      ),
      (#"<testsuite name="s" tests="2" failures="2"/>"#, 0, 2),
    ])
  func cutShort(_ text: String, _ held: Int, _ said: Int) {
    let found = items(text, as: .junit)
    #expect(found.problems.count == 1)
    #expect(
      found.problems.first?.contains("the suite s says that it has \(said) tests, and holds \(held)") == true,
      "\(found.problems)")
  }

  @Test(
    "What tools count that is no case of its own is no missing test",
    arguments: [
      // pytest: an error in the tear-down of a case that passed.
      #"<testsuite name="pytest" errors="1" tests="2"><testcase name="a"><error/></testcase></testsuite>"#,
      // Surefire: executions that were repeated.
      #"<testsuite name="s" tests="3"><testcase name="a"><flakyFailure/><flakyFailure/></testcase></testsuite>"#,
      #"<testsuite name="s" tests="2"><testcase name="a"><failure/><rerunFailure/></testcase></testsuite>"#,
      // Skipped, disabled and ignored ones that are not listed.
      #"<testsuite name="s" tests="4" skipped="1" disabled="1" ignored="1"><testcase name="a"/></testsuite>"#,
      // A suite that could not begin.
      #"<testsuite name="s" tests="1" errors="1"><error message="no"/></testsuite>"#,
      // Node: the suites inside.
      #"<testsuite name="s" tests="3"><testsuite name="t" tests="1"><testcase name="a"/></testsuite><testcase name="b"/></testsuite>"#,
      // Catch2 and doctest: assertions.
      #"<testsuite name="s" tests="9" hostname="tbd"><testcase name="a"/></testsuite>"#,
      #"<testsuite name="s" tests="9" doctest_version="2.4.9"><testcase name="a"/></testsuite>"#,
      // More cases than it says, and numbers that are none.
      #"<testsuite name="s" tests="1"><testcase name="a"/><testcase name="b"/></testsuite>"#,
      #"<testsuite name="s" tests="-1"/>"#, #"<testsuite name="s" tests="99999999999999999999"/>"#,
    ])
  func counted(_ text: String) { #expect(items(text, as: .junit).problems.isEmpty) }

  @Test func linesOfPytestAreCountedFromOne() {
    let text = """
      <testsuites name="pytest tests"><testsuite name="pytest"><testcase classname="t" name="a" file="t.py" line="3"/>
      </testsuite></testsuites>
      """
    #expect(items(text, as: .junit).test("a")?.line == 4)
    #expect(items(text.replacing("pytest", with: "x"), as: .junit).test("a")?.line == 3)
  }

  @Test func pytestsRerunsAreFailuresBefore() throws {
    // 1 failed, 1 passed, 2 rerun
    let items = fixture("junit/pytest-reruns.xml", as: .junit)
    #expect(items.problems.isEmpty)
    #expect(items.tests.count == 2)
    let flaky = try #require(items.test("test_flaky"))
    #expect(flaky.status == .passed)
    #expect(flaky.failedBefore == 1)
    let bad = try #require(items.test("test_bad"))
    #expect(bad.status == .failed)
    #expect(bad.failedBefore == 1)
  }

  @Test func theCountsOfGoogleTestAreTheCountsOfItsSummary() throws {
    // 8 tests ran: 4 passed, 1 skipped, 3 failed; 1 disabled
    let items = fixture("junit/googletest.xml", as: .junit)
    #expect(items.problems.isEmpty)
    #expect(items.count(.passed) == 4)
    #expect(items.count(.failed) == 3)
    #expect(items.count(.skipped) == 2)
    let wrong = try #require(items.test("Wrong"))
    #expect(wrong.message == "t.cc:4\nExpected equality of these values:\n  1 + 2 …")
    #expect(wrong.details?.contains("a < b & \"c\"\nt.cc:4\nValue of: false") == true)
    #expect(items.test("Ordered", "1")?.status == .failed)
    #expect(Set(items.tests.filter { $0.name == "Zero" }.map(\.className)) == ["Typed/0", "Typed/1"])
  }

  @Test func theCountsOfNodeAreThoseOfItsTestsThatAreNoParents() throws {
    // tests 12, pass 5, fail 5, skipped 1, todo 1; two of the failed ones are parents, which the file has as suites.
    let items = fixture("junit/node.xml", as: .junit)
    #expect(items.problems.isEmpty)
    #expect(items.count(.passed) == 5)
    #expect(items.count(.failed) == 3)
    #expect(items.count(.skipped) == 2)
    #expect(items.test("ok")?.suite == "cart/deep")
    #expect(items.test("later")?.message == "rounding")
  }

  @Test func theCountsOfSwiftTestAreTheCountsOfItsSummary() throws {
    // 11 tests failed with 5 issues, of 3 tests; 1 skipped; one that was cancelled is told as passed.
    let items = fixture("junit/swift-testing.xml", as: .junit)
    #expect(items.problems.isEmpty)
    #expect(items.tests.count == 11)
    #expect(items.count(.failed) == 3)
    #expect(items.test("pay()")?.message == "no card reader")
    let wrong = try #require(items.test("wrong()"))
    #expect(wrong.className == "ShopTests.PriceTests")
    #expect(wrong.message?.hasPrefix("Expectation failed: (price([1], discount: true) → 0) == 1") == true)
    let old = fixture("junit/xctest.xml", as: .junit)
    #expect(old.tests.count == 4)
    #expect(old.count(.failed) == 2)
    #expect(old.test("testBad")?.duration == Span(nanoseconds: 145_007_999))
  }

  @Test func surefiresRerunsAreToldApart() throws {
    let items = items(
      """
      <testsuite name="shop.CartTest" time="1,234.5" tests="2">
        <testcase name="flaky" classname="shop.CartTest" time="1,001.25">
          <flakyFailure message="late" type="java.lang.AssertionError"><stackTrace>at A</stackTrace>
            <system-out>noise</system-out></flakyFailure>
          <flakyError message="again" type="E"/>
        </testcase>
        <testcase name="broken" classname="shop.CartTest" time="0,5">
          <failure message="first" type="T">trace</failure><rerunFailure message="second"/><rerunError message="third"/>
        </testcase>
      </testsuite>
      """, as: .junit)
    #expect(items.problems.isEmpty)
    let flaky = try #require(items.test("flaky"))
    #expect(flaky.status == .passed)
    #expect(flaky.failedBefore == 2)
    #expect(flaky.message == "late")
    #expect(flaky.type == "java.lang.AssertionError")
    #expect(flaky.details == "at A")
    #expect(flaky.duration == Span(nanoseconds: 1_001_250_000_000))
    let broken = try #require(items.test("broken"))
    #expect(broken.status == .failed)
    #expect(broken.failedBefore == 2)
    #expect(broken.message == "first")
    #expect(broken.duration == Span(milliseconds: 500))
  }

  @Test func googleTestsDisabledCasesAreSkippedAndParametersSplitOff() throws {
    let items = items(
      """
      <testsuites><testsuite name="In/Sums" tests="2"><testcase name="Sum/0" value_param="(1, 2)" file="/a.cc" line="12"
        status="run" result="completed" time="0.001" classname="In/Sums"/>
      <testcase name="Off" status="notrun" result="suppressed" time="0." classname="Sums"/></testsuite></testsuites>
      """, as: .junit)
    let sum = try #require(items.test("Sum", "0"))
    #expect(sum.status == .passed)
    #expect(sum.file == "/a.cc")
    #expect(sum.line == 12)
    #expect(sum.duration == Span(milliseconds: 1))
    #expect(items.test("Off")?.status == .skipped)
  }

  @Test func attachmentsAreFoundInWhatACasePrinted() {
    let items = items(
      "<testsuite name='s'><testcase name='a'><failure/><system-out>x [[[ATTACHMENT|shots/1.png]]\n[[ATTACHMENT|t.zip]]"
        + "</system-out></testcase><system-out>[[ATTACHMENT|no]]</system-out></testsuite>", as: .junit)
    #expect(items.test("a")?.attachments == ["shots/1.png", "t.zip"])
  }

  @Test func aSuiteThatFailedAsAWholeIsACaseOfItsName() {
    let items = items("<testsuite name='db'><error message='no server'>x</error></testsuite>", as: .junit)
    #expect(items.tests == [TestOutcome(suite: "db", name: "db", status: .errored, message: "no server", details: "x")])
  }

  @Test func whatASuitePrintedExplainsItsOnlyCaseAndIsKnownAsPrinted() throws {
    func suite(_ failure: String, _ behind: String = "") -> [ResultItem] {
      items(
        "<testsuite name='s' tests='1'><testcase name='a'>\(failure)</testcase><system-out>\nfirst (x: 1)\nsecond\n"
          + "</system-out>\(behind)</testsuite>", as: .junit)
    }
    let told = try #require(suite("<error message='exited with 1'/>").test("a"))
    #expect(told.message == "exited with 1" && told.details == "first (x: 1)\nsecond" && told.isPrinted)
    let silent = try #require(suite("<failure/>").test("a"))
    #expect(silent.message == "first (x: 1)" && silent.details == told.details && silent.isPrinted)
    let explained = try #require(suite("<failure>why</failure>").test("a"))
    #expect(explained.message == "why" && !explained.isPrinted)
    // A failure of the suite itself behind it takes nothing of that.
    let both = suite("<failure/>", "<failure message='not torn down'>at down</failure>")
    #expect(both.tests.map(\.message) == ["first (x: 1)", "not torn down"])
    #expect(both.test("a")?.details == told.details && both.test("s")?.details == "at down")
    #expect(both.tests.map(\.isPrinted) == [true, false])
  }

  @Test func whatACasePrintedExplainsItsFailureWhereNothingElseDoes() throws {
    let items = items(
      "<testsuite name='s'><testcase name='a'><failure message='no'/><system-out>x: y (z)</system-out></testcase>"
        + "<testcase name='b'><failure message='no'>at b</failure><system-out>x</system-out></testcase></testsuite>",
      as: .junit)
    let printed = try #require(items.test("a"))
    #expect(printed.details == "x: y (z)" && printed.isPrinted)
    let told = try #require(items.test("b"))
    #expect(told.details == "at b" && !told.isPrinted)
  }

  @Test func everyWindowGivesTheSame() throws {
    for file in ["pytest", "googletest", "node", "swift-testing"] {
      let bytes = try #require(FileBytes.read(fixturePath("junit/\(file).xml")))
      let whole = items(bytes, as: .junit)
      for window in [256, 257, 300, 1000] { #expect(items(bytes, as: .junit, window: window) == whole) }
    }
  }

  @Test func whatComesBeforeABreakStands() {
    let text = "<testsuite name='s'>\n<testcase name='a'/>\n<testcase name='b'><failure message='no'>tra"
    let items = items(text, as: .junit)
    #expect(items.test("a")?.status == .passed)
    #expect(items.test("b")?.status == .failed)
    #expect(items.problems == ["f:3: the file ends inside <failure>"])
  }

  @Test func everyTruncationIsToldAndNothingIsMadeUp() throws {
    let bytes = try #require(FileBytes.read(fixturePath("junit/pytest.xml")))
    let whole = items(bytes, as: .junit).tests
    for end in stride(from: 0, to: bytes.count - 1, by: 7) {
      let cut = items(Array(bytes[..<end]), as: .junit)
      #expect(cut.problems.count >= 1)
      let tests = cut.tests
      #expect(tests.dropLast().elementsEqual(whole.prefix(max(0, tests.count - 1))))
    }
  }
}
