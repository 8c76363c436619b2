import BatonModel
import Testing

/// What is told of tests over several runs.
@Suite struct TestHistoryCommands {
  private static let workflow = """
    matrix "e2e" {
      axes = { browser = { "chrome", "firefox" } },
      step = function(cell)
        return {
          run = "cp tests.in " .. cell.browser .. ".xml; ! grep -q failure tests.in",
          results = junit(cell.browser .. ".xml"), allow_failure = true,
        }
      end,
    }
    """

  private static func xml(failing: Bool) -> String {
    let body = failing ? #"<failure message="got 17, not 3">lib/db.py:40: in connect</failure>"# : ""
    return """
      <testsuite name="s"><testcase classname="c" name="a" time="0.2">\(body)</testcase>\
      <testcase classname="c" name="b" time="0.1"/></testsuite>
      """
  }

  @Test("Trends tell what the runs came to, in lines and for programs")
  func trends() throws {
    let sandbox = try Sandbox(["w.lua": Self.workflow])
    for failing in [false, true, false] {
      try sandbox.write("tests.in", Self.xml(failing: failing))
      #expect(try sandbox.baton("run", "w.lua").code == 0)
    }
    let text = try sandbox.baton("tests", "trends").output
    for part in ["w, 3 runs", "█▁█", "Too little data: 3 runs, trends need 10."] {
      #expect(text.contains(part), "\(part) in\n\(text)")
    }
    let trends = try JSON.decode(try sandbox.baton("tests", "trends", "w", "-n", "2", "--json").output)
    #expect(trends["points"]?.list?.map { $0["failed"]?.integer } == [2, 0])
    #expect(trends["points"]?.list?.map { $0["pass_rate"]?.number } == [0.5, 1])
    let report = try JSON.decode(try sandbox.baton("report", "--format", "json").output)
    #expect(report["trend"]?.list?.suffix(2).map { $0["score"] } == trends["points"]?.list?.map { $0["score"] })
    let unknown = try sandbox.baton("tests", "trends", "x")
    #expect(unknown.code == 2)
    #expect(unknown.errors.contains("no run of a workflow \"x\" is known"), "\(unknown.account)")
  }

  @Test("What tests show would not heed is refused; a branch is heeded")
  func filters() throws {
    let sandbox = try Sandbox(["w.lua": Self.workflow])
    for arguments in [
      ["git", "init", "-q", "-b", "main"], ["git", "config", "user.email", "a@b"], ["git", "config", "user.name", "a"],
      ["git", "commit", "-q", "--allow-empty", "-m", "x"],
    ] {
      #expect(
        try ChildProcess(arguments, in: sandbox.folder, environment: sandbox.environment, scratch: sandbox.scratch)
          .wait().code == 0)
    }
    try sandbox.write("tests.in", Self.xml(failing: false))
    #expect(try sandbox.baton("run", "w.lua").code == 0)
    #expect(try sandbox.command("git", "checkout", "-q", "-b", "topic").code == 0)
    try sandbox.write("tests.in", Self.xml(failing: true))
    #expect(try sandbox.baton("run", "w.lua").code == 0)
    func outcomes(_ more: String...) throws -> [String] {
      let told = try sandbox.start(["tests", "show", "c.a (browser=chrome)", "--json"] + more).wait()
      return (try JSON.decode(told.output)["outcomes"]?.list ?? []).compactMap { $0["status"]?.string }
    }
    #expect(try outcomes() == ["failed", "passed"])
    #expect(try outcomes("--branch", "main") == ["passed"])
    #expect(try outcomes("--branch", "topic", "--limit", "1") == ["failed"])
    for words in [["show", "c.a"], ["trends"], ["quarantine", "c.a"], ["release", "c.a"]] {
      for option in [["--flaky"], ["--slow"], ["--failing"], ["--filter", "a"]] {
        let refused = try sandbox.start(["tests"] + words + option).wait()
        #expect(refused.code == 2 && refused.errors.contains("\(option[0]) has no meaning"), "\(refused.account)")
      }
    }
    #expect(try sandbox.baton("tests", "--quarantined", "--failing").code == 2)
  }

  @Test(
    "A cause over the cells of a matrix is told once, with the run that had it first and what is known of the change")
  func causes() throws {
    let sandbox = try Sandbox(["w.lua": Self.workflow])
    for failing in [false, true, true] {
      try sandbox.write("tests.in", Self.xml(failing: failing))
      #expect(try sandbox.baton("run", "w.lua").code == 0)
    }
    let runs = try JSON.decode(try sandbox.baton("runs", "--json").output).list ?? []
    let show = try JSON.decode(try sandbox.baton("show", "--json").output)
    let causes = try #require(show["causes"]?.list)
    #expect(causes.count == 1)
    #expect(causes.first?["count"]?.integer == 2)
    #expect(causes.first?["case_count"]?.integer == 1)
    #expect(causes.first?["cells"]?.integer == 2)
    #expect(causes.first?["first_run"]?.string == runs[1]["run"]?.string)
    #expect(causes.first?["runs"]?.integer == 2)
    #expect(causes.first?["change"]?.string?.hasPrefix("unknown: the commit of run") == true)
    let report = try JSON.decode(try sandbox.baton("report", "--format", "json").output)
    for key in ["first_run", "runs", "cells", "change", "good_run"] {
      #expect(report["causes"]?.list?.first?[key] == causes.first?[key], "\(key)")
    }
    #expect(show["quality"]?["grade"] == report["quality"]?["grade"])
    #expect(show["recommendations"]?.list?.contains { $0["rule"]?.string == "too-little-data" } == true)
  }

  @Test("A gate is overridden with a name and a reason, and not without")
  func overrides() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      local unit = step "unit" { run = "cp tests.in a.xml", results = junit "a.xml" }
      gate "quality" { depends = unit, require = { failed = "== 0" }, otherwise = "ask" }
      """, "tests.in": Self.xml(failing: true),
    ])
    #expect(try sandbox.baton("run", "w.lua", "--no-wait").code == 5)
    let silent = try sandbox.baton("approve", "quality", "--as", "ann")
    #expect(silent.code == 2)
    #expect(silent.errors.contains("an override needs a reason"), "\(silent.account)")
    #expect(try sandbox.baton("approve", "quality", "--as", "ann", "--reason", "known and harmless").code == 0)
    #expect(try sandbox.baton("resume").code == 0)
    let report = try JSON.decode(try sandbox.baton("report", "--format", "json").output)
    let gate = report["gates"]?.list?.first
    #expect(gate?["findings"]?.list?.first?.string == "failed = 1, required == 0: c.a")
    let answer = gate?["answers"]?.list?.first
    #expect(answer?["by"]?.string == "ann")
    #expect(answer?["reason"]?.string == "known and harmless")
    #expect(answer?["time"]?.string?.isEmpty == false)
    let page = sandbox.read(String(try sandbox.baton("report").output.dropLast())) ?? ""
    #expect(page.contains("overridden by ann: known and harmless"))
  }
}
