import BatonModel
import Testing

/// The suites of real projects, run by the examples: what is counted is what each runner says of itself.
@Suite struct SuiteExamples {
  /// What a runner says in its summary: how many tests, and how many of them failed.
  struct Told: Equatable {
    var tests: Int
    var failed: Int
  }

  private func run(_ sandbox: Sandbox, _ arguments: String..., code: Int32 = 0) throws -> RunState {
    let finished = try sandbox.start(["run"] + arguments, env: ["BATON": Binary.path]).wait(atMost: 900)
    #expect(finished.code == code, "\(finished.account)")
    return try sandbox.show()
  }

  /// The cases of the newest run, counted step by step.
  private func counted(_ sandbox: Sandbox) throws -> [String: Told] {
    let report = try sandbox.baton("report", "--format", "json")
    var counts: [String: Told] = [:]
    for item in try JSON.decode(report.output)["tests"]?["cases"]?.list ?? [] {
      let hasFailed = ["failed", "errored"].contains(item["status"]?.string)
      counts[item["step"]?.string ?? "", default: Told(tests: 0, failed: 0)].tests += 1
      if hasFailed { counts[item["step"]?.string ?? ""]?.failed += 1 }
    }
    return counts
  }

  /// The sum of the numbers that stand before these words: `604 passed, 24 skipped in 2.01s`.
  private func sum(_ text: String, _ words: String...) -> Int {
    let parts = text.split { $0 == " " || $0 == "," || $0 == "\n" }
    return zip(parts, parts.dropFirst()).reduce(0) { $0 + (words.contains(String($1.1)) ? Int($1.0) ?? 0 : 0) }
  }

  private func pytest(_ text: String) -> Told {
    Told(
      tests: sum(text, "passed", "failed", "skipped", "xfailed", "xpassed", "error", "errors"),
      failed: sum(text, "failed", "error", "errors"))
  }

  /// What the log of a step says at its end, read here by other means than those of the workflow.
  private func told(_ project: String, _ text: String) throws -> Told {
    func numbers(_ match: some RegexComponent<(Substring, Substring, Substring)>) throws -> (Int, Int) {
      let found = try #require(text.firstMatch(of: match), "\(project) says \(text)")
      return (Int(found.output.1) ?? -1, Int(found.output.2) ?? -1)
    }
    switch project {
    case "bats-support":
      let (tests, failed) = try numbers(/([0-9]+) tests?, ([0-9]+) failure/)
      return Told(tests: tests, failed: failed)
    case "itsdangerous": return pytest(text.split(separator: "\n").last.map(String.init) ?? "")
    case "jansson":
      let (failed, tests) = try numbers(/([0-9]+) tests failed out of ([0-9]+)/)
      return Told(tests: tests, failed: failed)
    case "luassert":
      let line = text.replacing(" / ", with: " ")
      let failed = sum(line, "failure", "failures", "error", "errors")
      return Told(tests: failed + sum(line, "success", "successes", "pending"), failed: failed)
    case "snappy":
      let (tests, _) = try numbers(/\] ([0-9]+) tests from ([0-9]+) test suites ran/)
      let passed = try #require(text.firstMatch(of: /PASSED  \] ([0-9]+) test/)).output.1
      return Told(tests: tests, failed: tests - (Int(passed) ?? -1))
    case "try-tiny":
      let (_, tests) = try numbers(/Files=([0-9]+), Tests=([0-9]+)/)
      // prove counts no test of a file that skips them all; Baton has one that was skipped.
      return Told(tests: tests + text.matches(of: #/ skipped: /#).count, failed: text.contains("Result: PASS") ? 0 : -1)
    default:
      let ends = text.matches(of: #/"--- (PASS|FAIL|SKIP): /#).map(\.output.1)
      return Told(tests: ends.count, failed: ends.count { $0 == "FAIL" })
    }
  }

  @Test("suites.lua counts of each project what its runner says; the second time, only the suites themselves run")
  func suites() throws {
    let sandbox = try Examples.copied()
    let state = try run(sandbox, "suites.lua")
    try #require(state.status == "succeeded")
    let counts = try counted(sandbox)
    let projects = state.steps.keys.compactMap { $0.firstMatch(of: /^suites\[project=(.*)\]\/test$/)?.output.1 }
    #expect(projects.count == 7)
    for project in projects.map(String.init) {
      let step = "suites[project=\(project)]/test"
      let log = try sandbox.baton("logs", step).output
      let count = try #require(counts[step])
      #expect(try count == told(project, log), "\(project)")
      #expect(count.tests >= 20 && count.failed == 0, "\(project): \(count)")
    }
    #expect(state.json["tests"]?["total"]?.integer == Int64(counts.values.reduce(0) { $0 + $1.tests }))
    #expect(sandbox.read("build/suites/report.html")?.contains("jansson") == true)
    let checked = try sandbox.command("xmllint", "--noout", "build/suites/report.xml")
    #expect(checked.code == 0, "\(checked.account)")

    let again = try run(sandbox, "suites.lua")
    #expect(again.names("cached").count == 14, "seven downloads, seven builds: \(again.names("cached"))")
    #expect(try counted(sandbox) == counts)

    // A runner that says something else.
    let script = try #require(sandbox.read("suites/told.sh"))
    let lie = script.replacing(#"-e "$pattern" "$log""#, with: #"-e "$pattern" "$log" | sed 's/^209 /208 /'"#)
    try #require(lie != script)
    try sandbox.write("suites/told.sh", lie)
    #expect(try run(sandbox, "suites.lua", code: 3).status == "halted")
    #expect(try sandbox.baton("show").output.contains("the runner says 208 tests, counted were 209"))
  }

  @Test("Without a network, suites.lua says that its sources cannot be fetched")
  func noNetwork() throws {
    let sandbox = try Examples.copied()
    let nowhere = ["http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "BATON": Binary.path]
    let finished = try sandbox.command(
      "sh", "suites/fetch.sh", "jansson", "jansson_2.14.orig.tar.gz", String(repeating: "0", count: 64), env: nowhere)
    #expect(finished.code == 1)
    #expect(finished.errors.contains("is there a network"), "\(finished.account)")
  }

  @Test("pytest.lua counts what pytest says of three libraries; the second time, downloads and environments are cached")
  func pytest() throws {
    let sandbox = try Examples.copied()
    let state = try run(sandbox, "pytest.lua")
    try #require(state.status == "succeeded")
    let counts = try counted(sandbox)
    let summary = sandbox.lines("build/pytest/summary.txt")
    #expect(summary.count == 3 && counts.count == 3)
    for line in summary {
      let name = String(line.prefix { $0 != " " })
      let count = try #require(counts["suites[library=\(name)]/test"])
      #expect(count == pytest(line), "\(line)")
      #expect(count.tests >= 200 && count.failed == 0, "\(name): \(count)")
    }
    #expect(sandbox.lines("build/pytest/notified.txt").count == 1)

    let again = try run(sandbox, "pytest.lua")
    #expect(again.names("cached").count == 6, "three downloads, three environments: \(again.names("cached"))")
  }
}
