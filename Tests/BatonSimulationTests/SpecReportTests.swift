import BatonModel
import BatonReport
import BatonSimulation
import BatonTestKit
import Testing

/// What `baton test` prints and writes.
@Suite struct SpecReportTests {
  private static let text = """
    mocks { steps = { build = { out = { version = 3 } } } }
    describe("release <1>", function()
      it("passes", function() print "hello" assert.equal("succeeded", simulate({}).status) end)
      it("differs", function()
        assert.same({ status = "succeeded", steps = { "build", "test", "deploy" }, note = "as long as it takes to fill it" },
          { status = "failed", steps = { "build", "deploy" }, note = "as long as it takes to fill it" }, "the run & more")
      end)
      it("is another word", function() assert.equal("registry/app:1.2.3-rc1", "registry/app:1.2.4") end)
      it("raises", function() simulate { steps = { biuld = 1 } } end)
      it("is denied", function() assert.is_not.equal(1, 1) end)
      it("comes later")
    end)
    """
  private static let results = [
    spec(text, workflow: "step \"build\" { run = \"make\" }"), spec("it('a', function() end) error 'no \u{1} more'"),
  ]

  private static func line(_ place: SourcePlace) -> String? {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.indices.contains(Int(place.line) - 1) ? String(lines[Int(place.line) - 1]) : nil
  }

  private func expect(_ text: String, _ name: String) {
    let mismatch = Snapshot.mismatch(text, named: name, testFile: #filePath)
    #expect(mismatch == nil, "\(mismatch ?? "")")
  }

  @Test("For people: a line a file, then each failure with its line, both values and their difference")
  func people() {
    let report = SpecText(palette: .plain, isVerbose: false, source: Self.line)
    let files = Self.results.map(report.file).joined()
    expect(files + report.summary(Self.results, duration: Span(milliseconds: 12)), "spec-failures")
  }

  @Test("For people who want more: every test by its block, with what it printed")
  func verbose() {
    let report = SpecText(palette: .plain, isVerbose: true, source: Self.line)
    expect(report.file(Self.results[0]), "spec-verbose")
  }

  @Test("For people: all is well")
  func good() {
    let report = SpecText(palette: .plain, isVerbose: false, source: Self.line)
    let result = spec("it('a', function() simulate {} end)", workflow: "step \"build\" { run = \"make\" }")
    expect(report.file(result) + report.summary([result], duration: Span(milliseconds: 3)), "spec-good")
  }

  @Test("For programs: JSON with places, values and notes")
  func json() {
    expect(JSON.encodePretty(SpecJSON.value(Self.results, duration: Span(milliseconds: 12))) + "\n", "spec-json")
  }

  @Test("For continuous integration: JUnit XML, in which nothing that tests say breaks the format")
  func junit() { expect(SpecJUnit.text(Self.results, duration: Span(milliseconds: 1234)), "spec-junit") }
}
