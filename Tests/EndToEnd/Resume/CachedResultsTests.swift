import BatonModel
import Testing

/// Results of steps that are not run again: out of the cache, and read anew after an edit.
@Suite struct CachedResults {
  private static let xml = """
    <testsuite name="s"><testcase classname="c" name="a" time="0.5"/><testcase classname="c" name="b"/></testsuite>
    """

  private static let workflow = """
    local unit = step "unit" {
      run = [[echo ran >> side; mkdir -p out; cp unit.in out/unit.xml; echo '{"metric":"p95","value":7}' >> "$BATON_EVENTS"]],
      inputs = { "unit.in" }, outputs = { "out/unit.xml" }, results = junit "out/unit.xml",
    }
    gate "quality" { depends = unit, require = { tests = "== 2", ["metric.p95"] = "<= 7" } }
    """

  private func run(_ sandbox: Sandbox, code: Int32 = 0) throws -> Value {
    let finished = try sandbox.baton("run", "w.lua")
    try #require(finished.code == code, "\(finished.account)")
    return try JSON.decode(try sandbox.baton("show", "--json").output)
  }

  private func step(_ name: String, in show: Value) -> Value? {
    show["steps"]?.list?.first { $0["step"]?.string == name }
  }

  @Test("A cached step keeps its results and metrics: gates see them, and history counts them once")
  func cached() throws {
    let sandbox = try Sandbox(["w.lua": Self.workflow, "unit.in": Self.xml])
    let first = try run(sandbox)["run"]?.string ?? ""
    let show = try run(sandbox)
    #expect(sandbox.lines("side").count == 1)
    #expect(step("unit", in: show)?["status"]?.string == "cached")
    #expect(step("quality", in: show)?["status"]?.string == "succeeded")
    #expect(step("unit", in: show)?["values"]?["tests"]?["total"] == 2)
    #expect(show["tests"]?["total"]?.integer == 2)
    #expect(step("unit", in: show)?["results"]?["cached"]?["run"]?.string == first)
    let cases = try JSON.decode(try sandbox.baton("tests", "--json").output).list ?? []
    #expect(cases.map { $0["passed"]?.integer } == [1, 1])
    let report = try JSON.decode(try sandbox.baton("report", "--format", "json").output)
    #expect(report["tests"]?["cases"]?.list?.count == 2)
    #expect(report["cached"]?.list?.first?["run"]?.string == first)
    #expect(report["change"]?["new_failures"]?.list == [])
    #expect(report["change"]?["added"]?.integer == 0)
    #expect(report["change"]?["removed"]?.integer == 0)
    #expect(try sandbox.baton("why", "unit").output.contains("its results came out of the cache"))
  }

  @Test("A cached step looks at the quarantine of today: an entry that is over fails it, as it would had it run")
  func expired() throws {
    let sandbox = try Sandbox(["w.lua": Self.workflow, "unit.in": Self.xml])
    _ = try run(sandbox)
    let entry = #"quarantine { test = "c.TEST", owner = "ada", reason = "r", expires = "2020-01-01" }"# + "\n"
    try sandbox.write("w.lua", entry.replacing("TEST", with: "other") + Self.workflow)
    #expect(step("unit", in: try run(sandbox))?["status"]?.string == "cached")
    try sandbox.write("w.lua", entry.replacing("TEST", with: "a") + Self.workflow)
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 1, "\(finished.account)")
    #expect(finished.errors.contains("the quarantine of c.a (owner ada) expired on 2020-01-01"), "\(finished.account)")
    #expect(sandbox.lines("side").count == 2)
  }

  @Test("What was kept without the results that are asked for now is no hit")
  func otherSources() throws {
    let sandbox = try Sandbox([
      "w.lua": Self.workflow.split(separator: "\n").map { $0.replacing(", results = junit \"out/unit.xml\"", with: "") }
        .filter { !$0.hasPrefix("gate") }.joined(separator: "\n"),
      "unit.in": Self.xml,
    ])
    _ = try run(sandbox)
    try sandbox.write("w.lua", Self.workflow)
    let show = try run(sandbox)
    #expect(step("unit", in: show)?["status"]?.string == "succeeded")
    #expect(sandbox.lines("side").count == 2)
    #expect(step("unit", in: try run(sandbox))?["status"]?.string == "cached")
  }

  @Test("Killed while results come back out of the cache, a run has them all the same when it is carried on")
  func crash() throws {
    let sandbox = try Sandbox(["w.lua": Self.workflow, "unit.in": Self.xml])
    _ = try run(sandbox)
    let killed = try sandbox.start(["run", "w.lua"], env: ["BATON_FAULT": "cache.restoring-results:1"]).wait()
    #expect(killed.signal == 9, "\(killed.account)")
    let carried = try sandbox.baton("resume")
    #expect(carried.code == 0, "\(carried.account)")
    let show = try JSON.decode(try sandbox.baton("show", "--json").output)
    #expect(step("unit", in: show)?["status"]?.string == "cached")
    #expect(show["tests"]?["total"]?.integer == 2)
    #expect(sandbox.lines("side").count == 1)
  }

  private static let edited = """
    local unit = step "unit" { run = "echo ran >> side; cp unit.in a.xml; cp more.in b.xml", results = junit "RESULTS" }
    gate "quality" { depends = unit, require = { tests = "== 3" } }
    """

  private func edit(_ glob: String) -> String { Self.edited.replacing("RESULTS", with: glob) }

  @Test("After an edit of results, the files that a step left are read anew, and the gate judges them")
  func readAnew() throws {
    let sandbox = try Sandbox([
      "w.lua": edit("a.xml"), "unit.in": Self.xml,
      "more.in": #"<testsuite name="s"><testcase classname="c" name="c"/></testsuite>"#,
    ])
    _ = try run(sandbox, code: 3)
    try sandbox.write("w.lua", edit("*.xml"))
    let dry = try sandbox.baton("resume", "--dry-run")
    #expect(dry.output.contains("unit: kept, its results are read anew"), "\(dry.account)")
    let carried = try sandbox.baton("resume")
    #expect(carried.code == 0, "\(carried.account)")
    let show = try JSON.decode(try sandbox.baton("show", "--json").output)
    #expect(show["tests"]?["total"]?.integer == 3)
    #expect(sandbox.lines("side").count == 1)
    #expect(try sandbox.baton("why", "unit").output.contains("its results were read anew"))
    let cases = try JSON.decode(try sandbox.baton("tests", "--json").output).list ?? []
    #expect(cases.map { $0["passed"]?.integer } == [1, 1, 1])
  }

  @Test("Results that are read anew know the names that several files share")
  func sharedNames() throws {
    func xml(_ file: String) -> String {
      #"<testsuite name="s"><testcase classname="c" name="adds" file="FILE"/></testsuite>"#.replacing(
        "FILE", with: file)
    }
    let sandbox = try Sandbox(["w.lua": edit("[ab].xml"), "unit.in": xml("a.js"), "more.in": xml("b.js")])
    _ = try run(sandbox, code: 3)
    try sandbox.write("w.lua", edit("b.xml"))
    _ = try run(sandbox, code: 3)
    try sandbox.write("w.lua", edit("a.xml"))
    let carried = try sandbox.baton("resume")
    #expect(carried.code == 3, "\(carried.account)")
    #expect(try sandbox.baton("why", "unit").output.contains("its results were read anew"))
    let cases = try JSON.decode(try sandbox.baton("tests", "--json").output).list ?? []
    #expect(cases.compactMap { $0["name"]?.string }.sorted() == ["adds «a.js»", "adds «b.js»"], "\(cases)")
  }

  @Test("After an edit of results, a step whose files are gone or another's runs again, and why says so")
  func runsAgain() throws {
    for spoil in ["rm", "touch"] {
      let sandbox = try Sandbox([
        "w.lua": edit("a.xml"), "unit.in": Self.xml,
        "more.in": #"<testsuite name="s"><testcase classname="c" name="c"/></testsuite>"#,
      ])
      _ = try run(sandbox, code: 3)
      if spoil == "rm" { Disk.remove(sandbox.path("b.xml")) } else { try sandbox.write("b.xml", "<testsuite/>") }
      try sandbox.write(
        "w.lua", edit("[ab].xml").replacing("junit \"[ab].xml\"", with: "{ junit \"a.xml\", junit \"b.xml\" }"))
      let carried = try sandbox.baton("resume")
      #expect(carried.code == 0, "\(carried.account)")
      #expect(sandbox.lines("side").count == 2)
      let why = try sandbox.baton("why", "unit").output
      #expect(why.contains("its results are read from elsewhere, and"), "\(why)")
      #expect(why.contains(spoil == "rm" ? "nothing matches \"b.xml\"" : "b.xml was written after it"), "\(why)")
    }
  }

  private static let failing =
    #"<testsuite name="s"><testcase classname="c" name="a"><failure message="no"/></testcase></testsuite>"#

  @Test("Results that are read anew look at the quarantine of now, also where it names a cell of a call")
  func quarantined() throws {
    let child = edit("a.xml").replacing("tests = \"== 3\"", with: "tests = \"== 3\", failed = \"== 0\"")
    let sandbox = try Sandbox([
      "child.lua": child, "unit.in": Self.xml, "more.in": Self.failing.replacing("\"a\"", with: "\"d\""),
      "w.lua": """
      matrix "e2e" {
        axes = { browser = { "chrome" } },
        step = function() return call "child" { workflow = "child.lua" } end,
      }
      """,
    ])
    let entry = ["--owner", "ada", "--reason", "r", "--expires", "2999-01-01"]
    _ = try run(sandbox, code: 1)
    try sandbox.write(
      "child.lua", child.replacing("a.xml", with: "*.xml").replacing("cp unit.in *.xml", with: "cp unit.in a.xml"))
    let quarantine = try sandbox.start(["tests", "quarantine", "c.d (browser=chrome)"] + entry).wait()
    #expect(quarantine.code == 0, "\(quarantine.account)")
    let carried = try sandbox.baton("resume")
    #expect(carried.code == 0, "\(carried.account)")
    #expect(sandbox.lines("side").count == 1, "\(carried.account)")
    let told = try sandbox.baton("tests", "--quarantined")
    #expect(told.output.contains("c.d (browser=chrome)"), "\(told.account)")
  }

  @Test("Where an entry of the quarantine is over, nothing is kept by results that are read anew")
  func expiredAnew() throws {
    let sandbox = try Sandbox([
      "w.lua": edit("a.xml"), "unit.in": Self.xml, "more.in": Self.failing.replacing("\"a\"", with: "\"d\""),
    ])
    _ = try run(sandbox, code: 3)
    try sandbox.write(
      "w.lua",
      #"quarantine { test = "c.d", owner = "ada", reason = "r", expires = "2020-01-01" }"# + "\n" + edit("[ab].xml"))
    let carried = try sandbox.baton("resume")
    #expect(carried.code == 1, "\(carried.account)")
    #expect(carried.errors.contains("the quarantine of c.d (owner ada) expired on 2020-01-01"), "\(carried.account)")
  }

  @Test("An entry of the quarantine that is over and names none of the tests makes no step run again")
  func expiredElsewhere() throws {
    let sandbox = try Sandbox([
      "w.lua": edit("a.xml"), "unit.in": Self.xml,
      "more.in": #"<testsuite name="s"><testcase classname="c" name="d"/></testsuite>"#,
    ])
    _ = try run(sandbox, code: 3)
    func entry(_ test: String) -> String {
      "quarantine { test = \"\(test)\", owner = \"ada\", reason = \"r\", expires = \"2020-01-01\" }\n"
    }
    try sandbox.write("w.lua", entry("c.d") + edit("[ab].xml"))
    let dry = try sandbox.baton("resume", "--dry-run")
    #expect(dry.output.contains("the quarantine of c.d (owner ada) expired on 2020-01-01"), "\(dry.account)")
    try sandbox.write("w.lua", entry("c.other") + edit("[ab].xml"))
    let carried = try sandbox.baton("resume")
    #expect(carried.code == 0, "\(carried.account)")
    #expect(sandbox.lines("side").count == 1, "\(carried.account)")
    #expect(try sandbox.baton("why", "unit").output.contains("its results were read anew"))
  }
}
