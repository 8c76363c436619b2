import BatonModel
import Testing

@testable import BatonResults

@Suite struct TAPTests {
  @Test func theCountsOfProveAreTheCountsOfItsPoints() throws {
    // prove: Tests: 9, Failed: 2, 3 skipped, TODO passed: 6. Point 7 has three of its own, of which one failed.
    let items = fixture("tap/perl.tap", as: .tap)
    #expect(items.problems.isEmpty)
    #expect(items.count(.failed) == 2)
    #expect(items.count(.skipped) == 4)
    #expect(items.tests.count == 9 - 1 + 3)
    let wrong = try #require(items.test("wrong # here"))
    #expect(wrong.details?.contains("at t/shop.t line 3.") == true)
    #expect(items.test("total")?.suite == "cart")
    #expect(items.test("x")?.suite == "cart/deep")
    #expect(items.test("already")?.tags == ["todo"])
    #expect(items.test("already")?.status == .passed)
    #expect(items.test("later")?.status == .skipped)
    #expect(items.test("all skipped")?.message == "no card")
    #expect(items.test("test 9")?.status == .passed)
  }

  @Test func theCountsOfNodeAreTheCountsOfItsSummary() throws {
    // tests 12, pass 5, fail 5, skipped 1, todo 1: a parent whose subtest failed is that failure, not one more.
    let items = fixture("tap/node.tap", as: .tap)
    #expect(items.problems.isEmpty)
    #expect(items.count(.passed) == 5)
    #expect(items.count(.failed) == 4)
    #expect(items.count(.skipped) == 2)
    let fails = try #require(items.test("fails # with a hash"))
    #expect(fails.message == "not \"equal\" <&>\n1 !== 2")
    #expect(fails.type == "ERR_ASSERTION")
    #expect(fails.file == "shop.test.mjs")
    #expect(fails.line == 5)
    #expect(fails.duration == Span(nanoseconds: 45_486_723))
    #expect(items.test("parent fails by itself")?.message == "after")
    #expect(items.test("one")?.suite == "with subtests")
  }

  @Test func bailingOutAndMissingTestsAreTold() {
    #expect(fixture("tap/bail.tap", as: .tap).problems == ["tap/bail.tap:3: bailed out: no database"])
    #expect(fixture("tap/short.tap", as: .tap).problems == ["tap/short.tap:4: planned 5 tests, and told 2"])
    #expect(items("ok 1\nok 2\n", as: .tap).problems == ["f:2: no plan: the output may be cut off"])
    #expect(items("hello\n", as: .tap).problems == ["f: no TAP in it"])
    #expect(
      items("1..0 # SKIP no perl\n", as: .tap) == [
        .test(TestOutcome(name: "(all)", status: .skipped, message: "no perl"))
      ])
  }

  @Test func aLastLineThatIsCutOffIsNoTest() {
    #expect(items("1..3\nok 1 - a\nok 2 - ab", as: .tap).tests.map(\.name) == ["a"])
    #expect(items("1..2\nok 1 - a\nok 2 - ab", as: .tap).tests.map(\.name) == ["a", "ab"])
  }

  @Test(arguments: [
    ("ok", true, nil as Int?, "", TAPTest.Directive.none, ""), ("not ok 2 - a # TODO b", false, 2, "a", .todo, "b"),
    ("ok 3 # skip", true, 3, "", .skip, ""), ("ok 4 - c \\# SKIP d", true, 4, "c # SKIP d", .none, ""),
    ("ok 5 - 7 up # Skipped: why", true, 5, "7 up", .skip, "why"),
    ("ok - no number", true, nil, "no number", .none, ""),
    ("ok 99999999999999999999 - big", true, nil, "big", .none, ""),
    ("ok 6 - issue #12", true, 6, "issue #12", .none, ""),
  ])
  func pointsAreUnderstood(
    _ text: String, isOK: Bool, number: Int?, name: String, directive: TAPTest.Directive, reason: String
  ) throws {
    let test = try #require(TAPTest(text[...]))
    #expect(test.isOK == isOK)
    #expect(test.number == number)
    #expect(test.name == name)
    #expect(test.directive == directive)
    #expect(test.reason == reason)
  }

  @Test func whatIsNoPointIsNone() {
    for text in ["okay", "not okay", "ok1", "oknot ok"] { #expect(TAPTest(text[...]) == nil) }
  }

  @Test func timeIsRead() {
    #expect(items("1..1\nok 1 - a # time=12.5ms\n", as: .tap).test("a")?.duration == Span(nanoseconds: 12_500_000))
  }
}
