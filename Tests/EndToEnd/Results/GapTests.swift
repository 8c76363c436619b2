import BatonModel
import Testing

/// What a gate says of numbers that no file told.
@Suite("Missing numbers") struct MissingNumbersTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var run: String
    var results: String
    var require: String
    var says: String
  }

  static let rows = [
    Row(
      testDescription: "no file of coverage", run: "true", results: #"lcov "build/*.info""#,
      require: #"coverage = ">= 0.8""#, says: #"coverage is missing: a: lcov: nothing matches "build/*.info""#),
    Row(
      testDescription: "a broken file of findings", run: #"printf '{"version":"2.1.0",\n"runs":[{' > s.sarif"#,
      results: #"sarif "s.sarif""#, require: #"["findings.critical"] = "== 0""#,
      says: "findings.critical is missing: a: s.sarif:2: "),
    Row(
      testDescription: "a file of tests that is none", run: "echo hello > r.xml", results: #"junit "r.xml""#,
      require: #"pass_rate = ">= 1""#, says: "pass_rate is missing: a: r.xml:"),
    Row(
      testDescription: "a file that was there before", run: "true", results: #"junit "old.xml""#,
      require: #"tests = ">= 1""#, says: "tests is missing: a: junit: old.xml is older than the attempt"),
  ]

  @Test("A missing number is told with what is wrong with which file", arguments: rows)
  func told(row: Row) throws {
    let sandbox = try Sandbox([
      "w.lua": """
      -- What was written less than a tick of the file system's clock before the attempt may be its own.
      local late = step "late" "sleep 0.05"
      local a = step "a" { depends = late, run = [[\(row.run)]], results = \(row.results) }
      local b = step "b" { run = [[printf 'ok 1 - x\\n1..1\\n' > b.tap]], results = tap "b.tap" }
      gate "g" { depends = { a, b }, require = { \(row.require) } }
      """,
      "old.xml": #"<testsuite name="s"><testcase name="a"/></testsuite>"#,
    ])
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 3, "\(finished.account)")
    #expect(finished.errors.contains(row.says), "\(row.says): \(finished.account)")
  }
}
