import BatonModel
import Testing

/// `runs`, `show`, `logs`, `events`, `why`, `plan`, `graph`, `check`.
@Suite struct LookingTests {
  static let workflow = """
    workflow "flow" {}
    local build = step "build" { run = [[echo compiling; echo "version=1.2" >> "$BATON_OUTPUT"]] }
    local test = step "test" { depends = build, run = [[printf 'no newline']] }
    step "ship" { depends = test, run = "echo shipping " .. build.out.version .. "; exit 7" }
    """

  private func ran() throws -> (Sandbox, run: String) {
    let sandbox = try Sandbox(["flow.lua": Self.workflow])
    let run = try sandbox.baton("run", "flow.lua")
    #expect(run.code == 1, "\(run.account)")
    return (sandbox, try sandbox.show().run)
  }

  @Test func `a run that failed says what failed, why, and which commands come next`() throws {
    let sandbox = try Sandbox(["flow.lua": Self.workflow])
    let run = try sandbox.baton("run", "flow.lua")
    let id = try sandbox.show().run
    #expect(run.output.isEmpty, "messages go to standard error")
    #expect(run.errors.contains("✗ ship: exit code 7"), "\(run.account)")
    #expect(run.errors.contains("    shipping 1.2\n"), "the end of its output")
    #expect(run.errors.contains("baton logs \(id) ship\n") && run.errors.contains("baton resume \(id)\n"))
  }

  @Test func `logs prints the output of a step byte for byte, of all steps with headings`() throws {
    let (sandbox, run) = try ran()
    #expect(try sandbox.baton("logs", "test").output == "no newline")
    #expect(try sandbox.baton("logs", run, "build").output == "compiling\n")
    #expect(
      try sandbox.baton("logs").output
        == "── build: succeeded\ncompiling\n── test: succeeded\nno newline\n── ship: exit code 7\nshipping 1.2\n")
    #expect(try sandbox.baton("logs", String(run.prefix(5)), "--tail", "1").code == 0)
    let typo = try sandbox.baton("logs", "biuld")
    #expect(typo.code == 2 && typo.errors.contains("did you mean \"build\"?"), "\(typo.account)")
    #expect(try sandbox.baton("logs", run, "build", "--attempt", "9").code == 2)
  }

  @Test func `a run is found by a unique beginning of its id, and an ambiguous one lists the candidates`() throws {
    let (sandbox, run) = try ran()
    #expect(try sandbox.show(String(run.prefix(6))).run == run)
    let none = try sandbox.baton("show", "zzzzzz")
    #expect(none.code == 2 && none.errors.contains("there is no run \"zzzzzz\""), "\(none.account)")
    for _ in 0..<24 { try sandbox.baton("run", "flow.lua", "--only", "build") }
    let ids =
      try JSON.decode(try sandbox.baton("runs", "-n", "0", "--json").output).list?.compactMap { $0["run"]?.string }
      ?? []
    let letters = Dictionary(grouping: ids, by: { $0.first })
    let shared = try #require(letters.values.first { $0.count > 1 }?.first?.prefix(1))
    let several = try sandbox.baton("show", String(shared))
    #expect(several.code == 2 && several.errors.contains("is the beginning of"), "\(several.account)")
  }

  @Test func `runs can be limited and filtered`() throws {
    let (sandbox, _) = try ran()
    try sandbox.baton("run", "flow.lua", "--only", "test")
    func list(_ words: String...) throws -> [Value] {
      try JSON.decode(try sandbox.start(["runs", "--json"] + words).wait().output).list ?? []
    }
    #expect(try list().map { $0["status"]?.string } == ["succeeded", "failed"])
    #expect(try list("--status", "failed").count == 1)
    #expect(try list("-n", "1").count == 1)
    #expect(try list("--workflow", "other").isEmpty)
  }

  @Test func `why tells what an edit changed before the run is resumed`() throws {
    let (sandbox, _) = try ran()
    try sandbox.write("flow.lua", Self.workflow.replacing("echo compiling", with: "echo building"))
    let why = try sandbox.baton("why", "build")
    #expect(why.code == 0)
    #expect(why.output.contains("baton resume would run it again: run changed"), "\(why.account)")
    #expect(why.output.contains("- echo compiling;") && why.output.contains("+ echo building;"), "\(why.account)")
    #expect(try sandbox.baton("why", "biuld").errors.contains("did you mean \"build\"?"))
  }

  @Test func `a plan shows levels and, once there were runs, estimates`() throws {
    let sandbox = try Sandbox(["flow.lua": Self.workflow])
    let before = try sandbox.baton("plan", "flow.lua")
    #expect(before.output.contains("Level 3  1 step\n  ship"), "\(before.account)")
    #expect(
      before.output.contains("No estimate") && !Disk.exists(sandbox.path(".baton")), "a plan leaves nothing behind")
    try sandbox.baton("run", "flow.lua")
    let after = try sandbox.baton("plan", "flow.lua", "-j", "3")
    #expect(after.output.contains("Estimated: ") && after.output.contains("with -j3"), "\(after.account)")
    let dry = try sandbox.baton("run", "flow.lua", "--dry-run")
    #expect(dry.output == (try sandbox.baton("plan", "flow.lua").output))
    _ = try JSON.decode(try sandbox.baton("plan", "flow.lua", "--json").output)
  }

  @Test(arguments: ["ascii", "dot", "mermaid", "svg"])
  func `a graph of a file, and of a run with its states`(format: String) throws {
    let (sandbox, run) = try ran()
    let file = try sandbox.baton("graph", "flow.lua", "--format", format)
    #expect(file.code == 0 && file.output.contains("ship"), "\(file.account)")
    let states = try sandbox.baton("graph", run, "--format", format)
    #expect(states.code == 0, "\(states.account)")
    let failed = ["ascii": "✗ ship failed", "dot": "failed", "mermaid": "class n2 failed", "svg": "#fee2e2"]
    #expect(states.output.contains(failed[format] ?? "?"), "\(states.account)")
  }

  @Test func `a graph goes to a file with -o, and svg without Graphviz names the cure`() throws {
    let sandbox = try Sandbox(["flow.lua": Self.workflow])
    #expect(try sandbox.baton("graph", "flow.lua", "-o", "g.txt").output.isEmpty)
    #expect(sandbox.read("g.txt")?.hasPrefix("● build\n") == true)
    let svg = try sandbox.baton("graph", "flow.lua", "--format", "svg", env: ["PATH": "/nowhere"])
    #expect(svg.code == 2 && svg.errors.contains("apt-get install graphviz"), "\(svg.account)")
  }

  @Test func `check lists every mistake of several files, and counts them`() throws {
    let sandbox = try Sandbox([
      "good.lua": #"step "a" { run = "true" }"#, "bad.lua": "step \"a\" { runn = \"true\" }\nstep \"b\" { run = 7 }\n",
    ])
    let check = try sandbox.baton("check", "good.lua", "bad.lua")
    #expect(check.code == 2)
    #expect(check.errors.contains("bad.lua:1") && check.errors.contains("bad.lua:2"), "\(check.account)")
    let list = try JSON.decode(try sandbox.baton("check", "bad.lua", "--json").output).list ?? []
    #expect(list.count >= 2 && list.allSatisfy { $0["line"]?.integer != nil && $0["message"]?.string != nil })
    #expect(try sandbox.baton("check", "good.lua").code == 0)
    let missing = try sandbox.baton("check", "goood.lua")
    #expect(missing.code == 2 && missing.errors.contains("did you mean \"good.lua\"?"), "\(missing.account)")
  }

  @Test func `a command without a project says how to start one`() throws {
    let sandbox = try Sandbox()
    for command in ["show", "logs", "events", "resume", "watch", "cancel"] {
      let result = try sandbox.start([command]).wait()
      #expect(result.code == 2 && result.errors.contains("baton run FILE starts one"), "\(result.account)")
    }
    #expect(try sandbox.baton("runs", "--json").output == "[]\n")
  }

  @Test func `a reader that goes away ends the command quietly`() throws {
    let (sandbox, _) = try ran()
    let shell = "\(Binary.path) events --json | head -1 > first; echo ${PIPESTATUS[0]} > code"
    let result = try sandbox.command("/bin/bash", "-c", shell)
    #expect(result.errors.isEmpty && sandbox.lines("first").count == 1)
    #expect(sandbox.lines("code") == ["0"])
  }

  @Test("A run whose script is gone: what needs it says so, the rest is shown from the records")
  func scriptGone() throws {
    let sandbox = try Sandbox(["w.lua": "step \"a\" \"echo out; exit 1\"\n"])
    #expect(try sandbox.baton("run", "w.lua").code == 1)
    Disk.remove(sandbox.path("w.lua"))
    let resumed = try sandbox.baton("resume")
    #expect(resumed.code == 2, "\(resumed.account)")
    #expect(
      resumed.errors.contains("the workflow of this run is not there any more: \(sandbox.folder)/w.lua"),
      "\(resumed.account)")
    #expect(resumed.errors.contains("put the file back"), "\(resumed.account)")
    for command in ["show", "events", "logs", "runs", "watch", "graph"] {
      let finished = try sandbox.baton(command)
      #expect(finished.code == (command == "watch" ? 1 : 0), "\(finished.account)")
      #expect(!finished.all.isEmpty)
    }
    #expect(try sandbox.baton("why", "a").output.contains("exit code 1"))
  }

  @Test("A run that was cut off: only what happened is counted, and its time does not go on without a driver")
  func cutOff() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      local a = step "a" "true"
      local b = step "b" { depends = a, run = "touch up; exec sleep 1000" }
      step "c" { depends = b, run = "true" }
      """
    ])
    let driver = try sandbox.start(["run", "w.lua"])
    try sandbox.wait("b runs") { Disk.exists(sandbox.path("up")) }
    driver.send(9)
    try driver.wait()
    let listed = try JSON.decode(try sandbox.baton("runs", "--json").output).list?.first
    #expect(listed?["status"] == "interrupted")
    #expect(listed?["duration_ms"] == .null)
    #expect(listed?["counts"] == ["succeeded": 1])
  }
}

extension String {
  fileprivate func replacing(_ text: String, with other: String) -> String {
    var result = ""
    var rest = self[...]
    while !rest.isEmpty {
      if rest.hasPrefix(text) {
        result += other
        rest = rest.dropFirst(text.count)
      } else {
        result.append(rest.removeFirst())
      }
    }
    return result
  }
}
