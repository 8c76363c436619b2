import BatonModel
import Testing

@testable import BatonResults

@Suite struct GoTestTests {
  @Test func theCountsOfGoAreTheCountsOfItsOutput() throws {
    // FAIL: TestSum, TestSum/wrong, TestFlaky, TestPanics, shop/broken; TestZPrints never ended.
    let items = fixture("gotest/gotest.ndjson", as: .gotest)
    #expect(items.problems.isEmpty)
    #expect(items.count(.failed) == 4)
    #expect(items.count(.skipped) == 1)
    #expect(Set(items.tests.filter { $0.status == .errored }.map(\.name)) == ["(package)", "TestZPrints"])
    #expect(items.count(.passed) == 6)
    let wrong = try #require(items.test("TestSum/wrong"))
    #expect(wrong.suite == "shop")
    #expect(wrong.message == "got 3, want 4")
    #expect(wrong.file == "shop_test.go")
    #expect(wrong.line == 16)
    #expect(items.test("TestSkipped")?.message == "no network")
    #expect(items.test("TestPanics")?.message == "panic: assignment to entry in nil map [recovered]")
    #expect(items.test("(package)")?.suite == "shop/broken")
    #expect(items.test("(package)")?.message == "build failed")
  }

  @Test func theFirstLineMayBeginWithAByteOrderMark() {
    let mark = "\u{FEFF}"
    let event = "{\"Action\":\"pass\",\"Package\":\"p\",\"Test\":\"TestA\"}\n"
    for window in [4, ByteInput.usualSize] {
      #expect(items(mark + event, as: .gotest, window: window).tests.map(\.name) == ["TestA"])
      let coverage = items(mark + "TN:\nSF:a.c\nDA:1,1\nend_of_record\n", as: .lcov, window: window)
      #expect(coverage.problems == [])
      #expect(coverage.coverage.map(\.file) == ["a.c"])
    }
  }

  @Test func aTestThatRanTwiceIsToldTwice() {
    let items = fixture("gotest/gotest-again.ndjson", as: .gotest)
    #expect(items.tests.filter { $0.name == "TestFlaky" }.map(\.status) == [.failed, .passed])
  }

  @Test func benchmarksAreMeasurements() {
    let items = fixture("gotest/bench.ndjson", as: .gotest)
    #expect(items.problems.isEmpty)
    #expect(
      items.measurements == [
        Measurement(name: "shop.BenchmarkSum", value: 2.205, unit: "ns/op"),
        Measurement(name: "shop.BenchmarkSum.B/op", value: 0, unit: "B/op"),
        Measurement(name: "shop.BenchmarkSum.allocs/op", value: 0, unit: "allocs/op"),
      ])
  }

  @Test func whatTheCompilerSaidExplainsTheBuild() throws {
    let items = items(
      """
      {"ImportPath":"a/b [a/b.test]","Action":"build-output","Output":"b_test.go:5: undefined: x\\n"}
      {"Action":"start","Package":"a/b"}
      {"Action":"fail","Package":"a/b","Elapsed":0,"FailedBuild":"a/b [a/b.test]"}

      """, as: .gotest)
    #expect(
      items == [
        .test(
          TestOutcome(
            suite: "a/b", name: "(package)", status: .errored, message: "build failed",
            details: "b_test.go:5: undefined: x"))
      ])
  }

  @Test func whatDidNotEndIsTold() {
    let items = items(
      "{\"Action\":\"run\",\"Package\":\"p\",\"Test\":\"TestA\"}\n{\"Action\":\"pass\",\"Pack", as: .gotest)
    #expect(
      items == [
        .problem("f:2: the last line is cut off"), .problem("f:2: how p.TestA ended is not known"),
      ])
  }
}

@Suite struct SwiftTestingTests {
  @Test func theCountsOfSwiftTestingAreTheCountsOfItsSummary() throws {
    // 11 tests: 3 failed with 4 issues (and a known one), 1 skipped, 1 cancelled.
    let items = fixture("swift/events.ndjson", as: .swifttest)
    #expect(items.problems.isEmpty)
    #expect(items.tests.count == 11)
    #expect(items.count(.failed) == 2)
    #expect(items.count(.errored) == 1)
    #expect(items.count(.skipped) == 2)
    let wrong = try #require(items.test("wrong()"))
    #expect(wrong.className == "ShopTests.PriceTests")
    #expect(wrong.message == "Expectation failed: (price([1], discount: true) → 0) == 1")
    #expect(wrong.details?.contains("ShopTests/ShopTests.swift:13: Expectation failed") == true)
    #expect(wrong.file == "ShopTests/ShopTests.swift")
    #expect(wrong.line == 12)
    #expect(items.test("pay()")?.message == "no card reader")
    #expect(items.test("cancelled()")?.message == "not today")
    #expect(items.test("free()")?.className == "ShopTests")
    #expect(items.test("deep()")?.className == "ShopTests.PriceTests.Inner")
    #expect(items.test("attaches()")?.attachments == ["hello.txt"])
  }

  @Test func theCallsThatVersionZeroTellsAreCases() throws {
    let items = fixture("swift/events-version-0.ndjson", as: .swifttest)
    #expect(items.problems.isEmpty)
    #expect(items.tests.count == 11 - 2 + 3 + 4)
    #expect(items.test("upTo(_:)", "2")?.status == .failed)
    #expect(items.test("upTo(_:)", "3")?.status == .passed)
    #expect(items.test("upTo(_:)", "3")?.tags == ["smoke"])
    #expect(items.test("pairs(text:flag:)", "\"a\", true")?.status == .passed)
  }

  @Test(arguments: [
    ("M.S/f()/F.swift:8:4", "M.S", "f()"), ("M.S/T/f(a:)/F.swift:8:4", "M.S.T", "f(a:)"),
    ("M.f()/F.swift:1:2", "M", "f()"), ("M.S/`a/b.c`()/F.swift:1:2", "M.S", "`a/b.c`()"),
  ])
  func identifiersAreTakenApart(_ id: String, _ className: String, _ name: String) throws {
    let parts = try #require(SwiftTestID(id))
    #expect(parts.className == className)
    #expect(parts.name == name)
  }

  @Test func suitesAreNoCases() {
    for id in ["M.S", "M.S/T", "", "/", "//:1:2", "a/b:c:d"] { #expect(SwiftTestID(id) == nil) }
  }

  @Test func aStreamThatWasCutSaysWhatIsMissing() throws {
    let bytes = try #require(FileBytes.read(fixturePath("swift/events.ndjson")))
    let items = items(Array(bytes.prefix(bytes.count * 2 / 3)), as: .swifttest)
    #expect(items.problems.count == 2)
    #expect(items.problems.last?.contains(" ended is not known") == true)
  }
}
