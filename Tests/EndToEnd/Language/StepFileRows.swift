import BatonModel
import Glibc
import Testing

/// The rows of a step's fields (LANGUAGE.md, section 3) that take more than one run to see.
@Suite struct LanguageStepFiles {
  /// The status of the step in a new run.
  private func run(_ sandbox: Sandbox, _ arguments: String...) throws -> RunState {
    let finished = try sandbox.start(["run", "w.lua"] + arguments).wait()
    #expect(finished.code == 0, "\(finished.account)")
    return try sandbox.show()
  }

  @Test("`inputs`, `outputs`: files (globs): with both, the step is skipped when nothing that it depends on changed")
  func inputsAndOutputs() throws {
    let sandbox = try Sandbox([
      "in/a.txt": "1",
      "w.lua":
        #"step "s" { run = "echo ran >> side; mkdir -p out; cat in/* > out/all", inputs = { "in/**" }, outputs = "out/*" }"#,
    ])
    #expect(try run(sandbox).steps["s"]?.status == "succeeded")
    Disk.remove(sandbox.path("out"))
    #expect(try run(sandbox).steps["s"]?.status == "cached")
    #expect(sandbox.read("out/all") == "1", "outputs are restored")
    try sandbox.write("in/b.txt", "2")
    #expect(try run(sandbox).steps["s"]?.status == "succeeded")
    #expect(sandbox.read("out/all") == "12")
    #expect(try run(sandbox, "--no-cache").steps["s"]?.status == "succeeded")
    #expect(sandbox.lines("side").count == 3)
  }

  @Test("`cache`: `false`, `true`, or `{ key = … }`; `true` where `inputs` and `outputs` are given")
  func cache() throws {
    let sandbox = try Sandbox(["in": "1", "key": "k1"])
    func script(_ cache: String) -> String {
      #"step "s" { run = "cat in > out", inputs = "in", outputs = "out", "# + cache + " }"
    }
    try sandbox.write("w.lua", script("cache = false"))
    #expect(try run(sandbox).steps["s"]?.status == "succeeded")
    #expect(try run(sandbox).steps["s"]?.status == "succeeded")
    try sandbox.write("w.lua", script("cache = true"))
    #expect(try run(sandbox).steps["s"]?.status == "succeeded")
    #expect(try run(sandbox).steps["s"]?.status == "cached")
    try sandbox.write("w.lua", script("cache = { key = \"one\" }"))
    #expect(try run(sandbox).steps["s"]?.status == "succeeded")
    #expect(try run(sandbox).steps["s"]?.status == "cached")
    try sandbox.write("w.lua", script("cache = { key = \"two\" }"))
    #expect(try run(sandbox).steps["s"]?.status == "succeeded")
  }

  @Test("`artifacts`: files to keep with the run")
  func artifacts() throws {
    let sandbox = try Sandbox([
      "w.lua": #"step "s" { run = "mkdir -p r; echo 1 > r/a.xml; echo 2 > r/b.txt", artifacts = "r/*.xml" }"#
    ])
    let id = try run(sandbox).run
    Disk.remove(sandbox.path("r"))
    let kept = Disk.files(below: sandbox.path(".baton/runs/\(id)/artifacts"))
    #expect(kept.count == 1 && kept.first?.hasSuffix("a.xml") == true, "\(kept)")
  }

  @Test("`description`: shown to people")
  func description() throws {
    let sandbox = try Sandbox(["w.lua": #"step "s" { run = "true", description = "Builds the shop" }"#])
    let plan = try sandbox.baton("plan", "w.lua", "--json")
    #expect(plan.output.contains("Builds the shop"), "\(plan.account)")
  }

  @Test("`mutex`: across runs too")
  func mutexAcrossRuns() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      step "s" { mutex = "door", run = "mkdir alone || echo together >> side; touch in.$$; while [ ! -e go ]; do sleep 0.01; done; rmdir alone" }
      """
    ])
    let first = try sandbox.start(["run", "w.lua"])
    try sandbox.wait("the first is in") { Disk.names(in: sandbox.folder).contains { $0.hasPrefix("in.") } }
    let second = try sandbox.start(["run", "w.lua"])
    try sandbox.wait("the second has begun") { second.errorsSoFar.contains("▶ w") }
    try sandbox.write("go", "")
    #expect(try first.wait().code == 0)
    #expect(try second.wait().code == 0)
    #expect(sandbox.lines("side") == [])
  }

  @Test(
    #"`interrupted`: what a resumed run does with an attempt that was cut off: `"rerun"`, `"fail"`, `"ask"`"#,
    arguments: [("rerun", Int32(0), "succeeded"), ("fail", 1, "failed"), ("ask", 5, "waiting")])
  func interrupted(choice: String, code: Int32, status: String) throws {
    let sandbox = try Sandbox([
      "w.lua": """
      step "s" { interrupted = "\(choice)", run = "echo began >> side; if [ ! -e quick ]; then exec sleep 1000; fi" }
      """
    ])
    let driver = try sandbox.start(["run", "w.lua"])
    try sandbox.wait("the step runs") { sandbox.lines("side") == ["began"] }
    driver.send(SIGKILL)
    try driver.wait()
    try sandbox.write("quick", "")
    let resumed = try sandbox.baton("resume", "--no-wait")
    #expect(resumed.code == code, "\(resumed.account)")
    #expect(try sandbox.show().status == status)
    #expect(sandbox.lines("side").count == (choice == "rerun" ? 2 : 1))
    if choice == "ask" {
      #expect(resumed.errors.contains("to be decided by a person: s"), "\(resumed.account)")
      let again = try sandbox.baton("resume", "--from", "s", "--no-wait")
      #expect(again.code == 0, "\(again.account)")
      #expect(sandbox.lines("side").count == 2)
    }
    #expect(sandbox.leftovers() == [])
  }
}
