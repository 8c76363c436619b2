import BatonModel
import Testing

/// What is told of a run comes from its records, whatever has become of its script.
@Suite struct PastRunTests {
  private static let failing = """
    local a = step "a" "true"
    step "b" { depends = a, run = "false" }
    step "c" { depends = "b", run = "true" }

    """

  enum Script: String, CaseIterable {
    case edited, broken, gone

    func become(_ sandbox: Sandbox) throws {
      switch self {
      case .edited: try sandbox.write("g.lua", #"step "z" "true" step "y" { depends = "z", run = "true" }"#)
      case .broken: try sandbox.write("g.lua", "step ((")
      case .gone: Disk.remove(sandbox.path("g.lua"))
      }
    }
  }

  /// `from → to` and `name: status`, as `graph --json` tells them.
  private func graph(_ sandbox: Sandbox, _ run: String? = nil) throws -> Set<String> {
    let drawn = try sandbox.start(["graph"] + (run.map { [$0] } ?? []) + ["--json"]).wait()
    guard drawn.code == 0 else { throw HarnessError(drawn.account) }
    let value = try JSON.decode(drawn.output)
    let nodes = (value["nodes"]?.list ?? []).map {
      "\($0["name"]?.string ?? ""): \($0["status"]?.string ?? $0["style"]?.string ?? "")"
    }
    let edges = (value["edges"]?.list ?? []).map { "\($0["from"]?.string ?? "") → \($0["to"]?.string ?? "")" }
    return Set(nodes + edges)
  }

  @Test("What is told of a run does not change with its script", arguments: Script.allCases)
  func script(_ script: Script) throws {
    let sandbox = try Sandbox(["g.lua": Self.failing])
    #expect(try sandbox.baton("run", "g.lua").code == 1)
    func told() throws -> [String] {
      try [["show"], ["show", "--json"], ["graph"], ["graph", "--format", "dot"], ["logs", "c"], ["watch"]].map {
        let said = try sandbox.start($0).wait()
        return said.output + said.errors
      }
    }
    func report() throws -> (steps: [String], graph: Value?) {
      let value = try JSON.decode(try sandbox.baton("report", "--format", "json").output)
      return ((value["run"]?["steps"]?.list ?? []).compactMap { $0["step"]?.string }, value["graph"])
    }
    let (before, reported) = try (told(), report())
    try script.become(sandbox)
    #expect(try told() == before)
    #expect(try graph(sandbox) == ["a: succeeded", "b: failed", "c: skipped", "a → b", "b → c"])
    let after = try report()
    #expect(reported.steps == ["a", "b", "c"] && after.steps == reported.steps)
    #expect(after.graph == reported.graph && after.graph?["nodes"]?.list?.count == 3)
  }

  @Test("A run that succeeded keeps its graph and its steps in the report", arguments: Script.allCases)
  func succeeded(_ script: Script) throws {
    let sandbox = try Sandbox(["g.lua": #"step "a" "true" step "b" { depends = "a", run = "true" }"#])
    #expect(try sandbox.baton("run", "g.lua").code == 0)
    try script.become(sandbox)
    let report = try JSON.decode(try sandbox.baton("report", "--format", "json").output)
    #expect(report["run"]?["steps"]?.list?.compactMap { $0["step"]?.string } == ["a", "b"])
    #expect(try graph(sandbox) == ["a: succeeded", "b: succeeded", "a → b"])
  }

  @Test func `a run that was resumed after an edit shows the edited plan, and what succeeded before`() throws {
    let sandbox = try Sandbox(["g.lua": Self.failing])
    #expect(try sandbox.baton("run", "g.lua").code == 1)
    try sandbox.write("g.lua", #"local z = step "z" "true" step "b" { depends = z, run = "true" }"#)
    let resumed = try sandbox.baton("resume")
    #expect(resumed.code == 0, "\(resumed.account)")
    try sandbox.write("g.lua", #"step "other" "true""#)
    #expect(try graph(sandbox) == ["z: succeeded", "b: succeeded", "a: kept", "z → b"])
    // Where nothing is different, nothing is written again.
    let count = try sandbox.command(
      "sqlite3", ".baton/baton.db", "SELECT count(*) FROM records WHERE json_extract(body, '$.plan.nodes') IS NOT NULL")
    #expect(count.output == "2\n", "\(count.account)")
  }

  @Test func `a resumed run whose script says the same writes its plan no second time`() throws {
    let sandbox = try Sandbox(["g.lua": #"step "a" "true" step "b" { depends = "a", run = "test -e there" }"#])
    #expect(try sandbox.baton("run", "g.lua").code == 1)
    try sandbox.write("there", "")
    #expect(try sandbox.baton("resume").code == 0)
    let plans = try sandbox.command(
      "sqlite3", ".baton/baton.db",
      "SELECT json_type(body, '$.plan') FROM records WHERE kind IN ('run.started', 'run.resumed') ORDER BY seq")
    #expect(plans.output == "object\ntext\n", "\(plans.account)")
    try Script.gone.become(sandbox)
    #expect(try graph(sandbox) == ["a: kept", "b: succeeded", "a → b"])
  }

  @Test func `a run whose driver died at once has its plan, with everything pending`() throws {
    let sandbox = try Sandbox(["g.lua": Self.failing])
    let killed = try sandbox.baton("run", "g.lua", env: ["BATON_FAULT": "store.after-commit:1"])
    #expect(killed.signal == 9, "\(killed.account)")
    try Script.edited.become(sandbox)
    #expect(try graph(sandbox) == ["a: pending", "b: pending", "c: pending", "a → b", "b → c"])
    #expect(try sandbox.show().steps.keys.sorted() == ["a", "b", "c"])
  }

  @Test func `cells that were made while the run went on stay in its graph, started or not`() throws {
    let sandbox = try Sandbox([
      "g.lua": """
      local list = step "list" { run = [[echo '{"items":[1,2,3]}' >> "$BATON_OUTPUT"]] }
      matrix "m" { axes = { x = list.out.items }, max = 1, step = function(c)
        return { run = c.x == 2 and "kill -9 $PPID" or "true" }
      end }
      step "last" { depends = "m", run = "true" }
      """
    ])
    let killed = try sandbox.baton("run", "g.lua")
    #expect(killed.signal == 9, "\(killed.account)")
    try Script.edited.become(sandbox)
    #expect(
      try graph(sandbox) == [
        "list: succeeded", "m: matrix", "m[x=1]: succeeded", "m[x=2]: pending", "m[x=3]: pending", "last: pending",
        "list → m", "m → last",
      ])
    #expect(try sandbox.show().steps.keys.sorted() == ["last", "list", "m[x=1]", "m[x=2]", "m[x=3]"])
  }

  @Test func `of a run by an older Baton its steps are told, and that its graph is not on record`() throws {
    let sandbox = try Sandbox(["g.lua": Self.failing])
    #expect(try sandbox.baton("run", "g.lua").code == 1)
    let run = try sandbox.show().run
    let made = try sandbox.command(
      "sqlite3", ".baton/baton.db", "UPDATE records SET body = json_remove(body, '$.plan') WHERE seq = 1")
    try #require(made.code == 0, "\(made.account)")
    try Script.edited.become(sandbox)
    #expect(try sandbox.show().steps.keys.sorted() == ["a", "b", "c"])
    let drawn = try sandbox.baton("graph")
    #expect(drawn.code == 2, "\(drawn.account)")
    #expect(drawn.errors.contains("what waited for what is not on record for run \(run)"), "\(drawn.account)")
    let page = try sandbox.baton("report", "-o", "-").output
    #expect(page.contains("what waited for what is not on record: an older Baton drove this run"))
    #expect(!page.contains(">z<"))
    // Resumed, it has a plan again.
    #expect(try sandbox.baton("resume").code == 0)
    #expect(try graph(sandbox) == ["z: succeeded", "y: succeeded", "z → y"])
  }

  @Test func `a run whose driver died before its first record has a name, and says that nothing was done`() throws {
    let sandbox = try Sandbox(["g.lua": #"workflow "flow" {} step "a" "true""#])
    let killed = try sandbox.baton("run", "g.lua", env: ["BATON_FAULT": "store.created:1"])
    #expect(killed.signal == 9, "\(killed.account)")
    let nothing = "the process that drove it was gone before the first record was written: nothing was done"
    let shown = try sandbox.baton("show")
    #expect(shown.output.contains("flow") && shown.output.contains("g.lua"), "\(shown.account)")
    #expect(shown.output.contains(nothing), "\(shown.account)")
    let drawn = try sandbox.baton("graph")
    #expect(drawn.code == 2 && drawn.errors.contains("before its first record was written"), "\(drawn.account)")
    #expect(drawn.errors.contains("baton run g.lua"), "\(drawn.account)")
    let report = try sandbox.baton("report", "--format", "md")
    #expect(report.output.contains("flow") && report.output.contains("nothing was done"), "\(report.account)")
    #expect(try sandbox.baton("cancel").code == 0)
    #expect(try sandbox.baton("show").output.contains("flow"))
  }
}
