import BatonCore
import BatonModel
import BatonReport
import Glibc
import Testing

@Suite struct ReportTextTests {
  @Test func `Markdown says what happened in a page, details folded`() {
    expectSnapshot(MarkdownReport(ReportSamples.full).text, "report-md")
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
    for key in ["tests", "findings", "coverage", "score", "change", "graph"] { #expect(value[key] == .null, "\(key)") }
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
