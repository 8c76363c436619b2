import BatonModel
import Testing

@testable import BatonResults

/// Reports that real runners wrote, each beside the summary that the runner printed.
@Suite struct DialectTests {
  @Test func theCountsOfCTestAreTheCountsOfItsSummary() throws {
    // 33% tests passed, 6 tests failed out of 9; one was skipped, and one, which it does not count, disabled.
    let items = fixture("junit/ctest.xml", as: .junit)
    #expect(items.problems.isEmpty)
    #expect(items.count(.passed) == 2)
    #expect(items.count(.failed) + items.count(.errored) == 6)
    #expect(items.count(.skipped) == 1)
    #expect(items.test("cart.windows")?.status == .skipped)
    #expect(items.test("cart.later") == nil)
    let missing = try #require(items.test("pay.missing"))
    #expect(missing.status == .errored)
    #expect(missing.message == "Unable to find executable")
    #expect(items.test("pay.db")?.message == "Fixture dependency failed")
  }

  @Test func whatAFailedTestOfCTestPrintedExplainsIt() throws {
    let total = try #require(fixture("junit/ctest.xml", as: .junit).test("cart.total"))
    #expect(total.message == "total: expected 3, was 4")
    #expect(total.details == "total: expected 3, was 4")
    #expect(fixture("junit/ctest.xml", as: .junit).test("cart.adds")?.details == nil, "only where it failed")
  }

  @Test func theCountsOfBazelAreTheCountsOfItsSummary() throws {
    // A file for each target and shard. //:adds PASSED in 0.4s, //:menu FAILED in 2 out of 2 in 0.4s
    let adds = fixture("junit/bazel-adds.xml", as: .junit)
    #expect(adds.problems.isEmpty)
    #expect(adds.test("adds")?.status == .passed)
    #expect(adds.test("adds")?.details == nil)
    let menu = fixture("junit/bazel-menu.xml", as: .junit)
    #expect(menu.problems.isEmpty)
    #expect(menu.count(.errored) == 1 && menu.tests.count == 1)
    let shard = try #require(menu.test("menu_shard_1/2"))
    #expect(shard.message == "exited with error code 1")
    // What the suite printed explains its only case.
    #expect(shard.details?.hasSuffix("the menu is <empty> & cold") == true)
  }

  @Test func theCountsOfBustedAreTheCountsOfItsSummary() throws {
    // 2 successes / 1 failure / 3 errors / 2 pending: one error is that of a hook, which stands in the suite.
    let items = fixture("junit/busted.xml", as: .junit)
    #expect(items.problems.isEmpty)
    #expect(items.count(.passed) == 2)
    #expect(items.count(.failed) == 1)
    #expect(items.count(.errored) == 3)
    #expect(items.count(.skipped) == 2)
    #expect(items.test("cart breaks <&>")?.message == "shop_spec.lua:4: no till")
  }

  @Test func theCountsOfBatsAreTheCountsOfItsSummary() throws {
    // 7 tests, 4 failures, 2 skipped
    let items = fixture("junit/bats.xml", as: .junit)
    #expect(items.tests.count == 7)
    #expect(items.count(.failed) == 4)
    #expect(items.count(.skipped) == 2)
    #expect(items.test("no card reader")?.message == "no <reader>")
    #expect(items.test("totals <&> \"quotes\"")?.message == "(in test file cart.bats, line 3)")
    let points = fixture("tap/bats.tap", as: .tap)
    #expect(points.problems.isEmpty)
    #expect(points.tests.count == 6)
    #expect(points.count(.failed) == 3)
    #expect(points.count(.skipped) == 2)
  }

  @Test func theCountsOfSurefireAreTheCountsOfItsSummary() throws {
    // Tests run: 8, Failures: 2, Errors: 1, Skipped: 2, Flakes: 1; each failure was tried twice.
    let items = ["cart", "ship"].flatMap { fixture("junit/surefire-\($0).xml", as: .junit) }
    #expect(items.problems.isEmpty)
    #expect(items.tests.count == 8)
    #expect(items.count(.failed) == 2)
    #expect(items.count(.errored) == 1)
    #expect(items.count(.skipped) == 2)
    #expect(items.tests.count { $0.status == .passed && $0.failedBefore == 1 } == 1)
    #expect(items.tests.filter(\.status.isFailure).allSatisfy { $0.failedBefore == 1 })
    let total = try #require(items.test("totals"))
    #expect(total.message == "total expected:<3> but was:<4>")
    #expect(total.details?.contains("at shop.CartTest.totals(CartTest.java:7)") == true)
    #expect(items.test("ships", "1: us")?.status == .failed)
  }

  @Test func pointsOfOneNameAreToldApart() {
    let items = fixture("tap/tiny.t", as: .tap)
    #expect(items.problems.isEmpty)
    #expect(items.test("returns")?.status == .passed)
    #expect(items.test("returns", "2")?.status == .failed)
    #expect(items.test("returns", "3")?.status == .passed)
    #expect(Set(items.tests.map { [$0.name, $0.parameters] }).count == 5)
    #expect(items.tests.allSatisfy { $0.className == "tiny.t" })
  }

  @Test(arguments: [
    ("build/tap/t/basic.t", "t/basic.t"), ("tap/t/sub/deep.t", "t/sub/deep.t"), ("basic.t", "basic.t"),
    ("a/b/basic.t", "basic.t"), ("x/xt/author.t", "xt/author.t"), ("out.tap", ""), ("", ""), (".t", ".t"), ("/t", ""),
  ])
  func testFilesOfPerlAreCalledAsProveDoes(path: String, name: String) {
    #expect(TAPReader.testFile(path) == name)
  }

  @Test func theCountsOfJestAreTheCountsOfItsSummary() throws {
    // Tests: 2 failed, 1 skipped, 1 todo, 4 passed, 8 total; a file that cannot be run is none of them. Written by the reporter
    // of baton.jest with Jest 29.3.
    let items = fixture("junit/jest.xml", as: .junit)
    #expect(items.problems.isEmpty)
    #expect(items.count(.passed) == 4)
    #expect(items.count(.failed) == 2)
    #expect(items.count(.errored) == 1)
    #expect(items.count(.skipped) == 2)
    #expect(items.test("flaps")?.failedBefore == 1)
    #expect(items.test("never")?.className == "flaky.test.js::net <\"&>")
    #expect(items.test("never")?.message == "Error: kaputt <b>")
    #expect(items.test("(file)")?.message == "Jest encountered an unexpected token")
  }

  @Test func theCountsOfNextestAreTheCountsOfItsSummary() throws {
    // Written by hand, in the form of nextest's documentation and of its own samples (https://nexte.st/docs/machine-readable/junit).
    // Summary [0.412s] 5 tests run: 2 passed (1 flaky), 2 failed, 1 timed out, 1 skipped: its file has neither the skipped one nor
    // a count for its setup script.
    let items = fixture("junit/nextest.xml", as: .junit)
    #expect(items.problems.isEmpty)
    #expect(items.tests.count == 5)
    #expect(items.count(.passed) == 2 && items.count(.failed) == 2 && items.count(.errored) == 1)
    #expect(items.test("ships")?.failedBefore == 1)
    // The same words as those of baton.cargo, which make one cause: no names of threads, no processes, no places.
    let totals = try #require(items.test("cart::tests::totals"))
    #expect(totals.message == "assertion `left == right` failed: the total")
    #expect(totals.failedBefore == 1 && totals.className == "shop")
    #expect(items.test("pays")?.message == "thread 'pays' panicked at 'no till', tests/orders.rs:14:5")
    #expect(items.test("hangs")?.message == nil && items.test("hangs")?.type == "test timeout")
  }

  @Test func aSetupScriptOfNextestThatFailedIsTold() {
    let found = items(
      #"""
      <testsuites name="nextest-run"><testsuite name="@setup-script:db" tests="1">
      <testcase name="db" classname="@setup-script:db"><failure type="exit code 1"/></testcase></testsuite>
      <testsuite name="shop" tests="1"><testcase name="adds" classname="shop"/></testsuite></testsuites>
      """#, as: .junit)
    #expect(found.problems.isEmpty)
    #expect(found.count(.failed) == 1 && found.count(.passed) == 1)
  }
}
