import BatonModel
import Testing

/// Commands that show: plan, graph, runs, show, logs, events, why.
@Suite struct LookCommands {
  private static let workflow = """
    workflow "look" { params = { n = param.integer { default = 1 } } }
    local a = step "a" { run = [[echo out; echo "v=1" >> "$BATON_OUTPUT"]] }
    local b = matrix "b" { depends = a, axes = { x = { 1, 2 } }, step = function(c) return { run = { "echo", tostring(c.x) } } end }
    gate "g" { depends = b, check = function() return true, "fine" end }
    step "c" { depends = "g", run = "echo err >&2; [ \\"$N\\" = 1 ]", env = { N = params.n } }

    """

  private func ran(_ arguments: String...) throws -> Sandbox {
    let sandbox = try Sandbox(["w.lua": Self.workflow])
    let finished = try sandbox.start(["run", "w.lua"] + arguments).wait()
    try #require(finished.code == 0 || finished.code == 1, "\(finished.account)")
    return sandbox
  }

  @Test("A plan lists every step and runs none; its JSON holds them too")
  func plan() throws {
    let sandbox = try Sandbox(["w.lua": Self.workflow])
    let told = try sandbox.baton("plan", "w.lua")
    #expect(told.code == 0, "\(told.account)")
    for step in ["a", "b[x=1]", "b[x=2]", "g", "c"] { #expect(told.output.contains(step), "\(told.account)") }
    let json = try sandbox.baton("plan", "w.lua", "--json")
    #expect((try? JSON.decode(json.output)) != nil, "\(json.account)")
    #expect(!Disk.exists(sandbox.path(".baton/runs")))
  }

  @Test(
    "A graph is drawn in every format",
    arguments: [("dot", "digraph"), ("svg", "<svg"), ("mermaid", "flowchart"), ("ascii", "b[x=1]")])
  func graph(format: String, text: String) throws {
    let sandbox = try ran()
    for subject in [["w.lua"], []] {
      let drawn = try sandbox.start(["graph"] + subject + ["--format", format]).wait()
      #expect(drawn.code == 0, "\(drawn.account)")
      #expect(drawn.output.contains(text), "\(drawn.account)")
    }
  }

  @Test("Events are numbered without gaps and tell the run from its start to its end")
  func events() throws {
    let sandbox = try ran()
    let told = try sandbox.baton("events", "--json")
    #expect(told.code == 0, "\(told.account)")
    var kinds: [String] = []
    var last: Int64 = 0
    for line in told.output.split(separator: "\n") {
      let event = try JSON.decode(String(line))
      let number = try #require(event["seq"]?.integer)
      #expect(number > last)
      last = number
      #expect(event["time"]?.string?.hasSuffix("Z") == true)
      kinds.append(try #require(event["kind"]?.string))
    }
    #expect(kinds.first == "run.started")
    #expect(kinds.contains("step.succeeded"))
    #expect(kinds.contains("gate.passed"))
    #expect(kinds.last == "run.succeeded")
  }

  @Test("run --output json tells the same events as they happen")
  func liveEvents() throws {
    let sandbox = try Sandbox(["w.lua": Self.workflow])
    let finished = try sandbox.baton("run", "w.lua", "--output", "json")
    #expect(finished.code == 0, "\(finished.account)")
    let afterwards = try sandbox.baton("events", "--json")
    #expect(finished.output == afterwards.output)
  }

  @Test("logs gives back what a step printed, both of its streams")
  func logs() throws {
    let sandbox = try ran()
    #expect(try sandbox.baton("logs", "a").output == "out\n")
    #expect(try sandbox.baton("logs", "c").output == "err\n")
    let run = try sandbox.show().run
    #expect(try sandbox.baton("logs", run, "b[x=2]").output == "2\n")
    let unknown = try sandbox.baton("logs", run, "aa")
    #expect(unknown.code == 2, "\(unknown.account)")
  }

  @Test("runs lists all runs, newest first; a unique beginning of an id names one")
  func runs() throws {
    let sandbox = try ran()
    let first = try sandbox.show().run
    _ = try sandbox.baton("run", "w.lua", "-p", "n=2")
    let second = try sandbox.show().run
    #expect(first != second)
    let listed = try sandbox.baton("runs")
    let text = listed.output
    let places = [second, first].map { id in text.ranges(of: id).first?.lowerBound }
    #expect(places[0] != nil && places[1] != nil && places[0]! < places[1]!, "\(listed.account)")
    #expect(try sandbox.show(String(first.dropLast())).run == first)
  }

  @Test("show --json has the fields that are promised")
  func show() throws {
    let sandbox = try ran("-p", "n=3")
    let state = try sandbox.show()
    #expect(state.status == "failed")
    for field in [
      "run", "workflow", "status", "exit_code", "started", "finished", "params", "counts", "steps", "tests",
    ] {
      #expect(state.json[field] != nil, "\(field) is missing")
    }
    #expect(state.json["workflow"]?.string == "look")
    #expect(state.json["exit_code"]?.integer == 1)
    #expect(state.json["params"]?["n"]?.integer == 3)
    #expect(state.json["counts"]?["succeeded"]?.integer == 3)
    #expect(state.json["counts"]?["failed"]?.integer == 1)
  }

  @Test("Under GitHub Actions, failures become annotations")
  func annotations() throws {
    let sandbox = try Sandbox(["w.lua": Self.workflow])
    let finished = try sandbox.baton("run", "w.lua", "-p", "n=2", env: ["GITHUB_ACTIONS": "true"])
    #expect(finished.code == 1)
    #expect(finished.all.contains("::error"), "\(finished.account)")
    #expect(finished.all.contains("::group::"), "\(finished.account)")
  }

  @Test("-C runs as if started in that folder")
  func directory() throws {
    let sandbox = try Sandbox(["inner/w.lua": Self.workflow])
    #expect(try sandbox.baton("-C", "inner", "run", "w.lua").code == 0)
    #expect(Disk.exists(sandbox.path("inner/.baton/baton.db")))
  }

  @Test("--version and --help answer without a project")
  func version() throws {
    let sandbox = try Sandbox()
    let version = try sandbox.baton("--version")
    #expect(version.code == 0 && version.output.hasPrefix("baton "), "\(version.account)")
    #expect(try sandbox.baton("--help").code == 0)
    #expect(Disk.names(in: sandbox.folder) == [])
  }
}
