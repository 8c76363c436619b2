import Testing

/// A run that is carried on after its script was edited.
@Suite struct Edits {
  private static let workflow = """
    local a = step "a" { run = [[echo a >> side; echo "v=1" >> "$BATON_OUTPUT"]] }
    local b = step "b" { run = "echo b " .. a.out.v .. " >> side", env = { MODE = "fast" } }
    step "c" { run = "echo c >> side", depends = b }
    step "d" { run = "echo d >> side", when = function() return true, "always" end }
    step "broken" { run = "[ -e mended ]" , depends = "c" }

    """

  private func broken() throws -> Sandbox {
    let sandbox = try Sandbox(["w.lua": Self.workflow])
    let finished = try sandbox.baton("run", "w.lua", "-j", "1")
    try #require(finished.code == 1, "\(finished.account)")
    try #require(sandbox.lines("side").sorted() == ["a", "b 1", "c", "d"])
    try sandbox.write("side", "")
    try sandbox.write("mended", "")
    return sandbox
  }

  @Test("Comments, layout, timeouts, priorities and unrelated steps rerun nothing")
  func irrelevantEdits() throws {
    let sandbox = try broken()
    let edited =
      "-- a comment\n\n"
      + Self.workflow
      .replacing("step \"c\" {", with: "step \"c\" {\n  -- why\n  timeout = \"5m\", priority = 3,")
      .replacing("function() return true", with: "function()\n  -- yes\n  return true")
      + "step \"new\" { run = \"echo new >> side\" }\n"
    try sandbox.write("w.lua", edited)
    let resumed = try sandbox.baton("resume")
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(sandbox.lines("side") == ["new"])
    #expect(try sandbox.show().names("kept") == ["a", "b", "c", "d"])
  }

  @Test("A changed command reruns exactly its step and what depends on it; why names the part and both values")
  func changedCommand() throws {
    let sandbox = try broken()
    try sandbox.write("w.lua", Self.workflow.replacing("fast", with: "slow"))
    let dry = try sandbox.baton("resume", "--dry-run")
    #expect(dry.code == 0, "\(dry.account)")
    #expect(dry.all.contains("b") && dry.all.contains("MODE"), "\(dry.account)")
    #expect(sandbox.lines("side") == [], "a dry run runs nothing")
    let resumed = try sandbox.baton("resume")
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(sandbox.lines("side") == ["b 1", "c"])
    let why = try sandbox.baton("why", "b")
    #expect(why.code == 0, "\(why.account)")
    for part in ["env.MODE", "fast", "slow"] { #expect(why.output.contains(part), "\(why.account)") }
    #expect(try sandbox.show().names("kept") == ["a", "d"])
  }

  @Test("A value that a step emits differently the second time reruns what uses it")
  func changedValue() throws {
    let sandbox = try broken()
    try sandbox.write("w.lua", Self.workflow.replacing("v=1", with: "v=2"))
    #expect(try sandbox.baton("resume").code == 0)
    #expect(sandbox.lines("side") == ["a", "b 2", "c"])
  }

  @Test("The changed condition of a step that it skipped is judged again; a step that succeeded stays")
  func changedCondition() throws {
    let script = """
      step "never" { run = "echo never >> side", when = function() return false, "not today" end }
      step "always" { run = "echo always >> side", when = function() return true end }
      step "broken" { run = "[ -e mended ]", depends = { "always" } }

      """
    let sandbox = try Sandbox(["w.lua": script])
    #expect(try sandbox.baton("run", "w.lua").code == 1)
    #expect(try sandbox.show().steps["never"]?.reason.contains("not today") == true)
    try sandbox.write("w.lua", script.replacing("return false, \"not today\"", with: "return true"))
    try sandbox.write("mended", "")
    let resumed = try sandbox.baton("resume")
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(sandbox.lines("side") == ["always", "never"])
  }

  @Test("A script that an edit has broken changes nothing")
  func brokenEdit() throws {
    let sandbox = try broken()
    try sandbox.write("w.lua", Self.workflow + "step {\n")
    let resumed = try sandbox.baton("resume")
    #expect(resumed.code == 2, "\(resumed.account)")
    try sandbox.write("w.lua", Self.workflow)
    #expect(try sandbox.baton("resume").code == 0)
    #expect(sandbox.lines("side") == [])
  }

  @Test("A cell that failed and was taken out of the script is counted nowhere any more")
  func removedCell() throws {
    func script(_ axis: String) -> String {
      "matrix 'm' { axes = { n = { \(axis) } }, step = function(c) return { run = { 'test', tostring(c.n), '-ne', '3' } } end }\n"
    }
    let sandbox = try Sandbox(["w.lua": script("1, 2, 3")])
    #expect(try sandbox.baton("run", "w.lua").code == 1)
    try sandbox.write("w.lua", script("2, 4, 1"))
    let resumed = try sandbox.baton("resume")
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(resumed.errors.contains("2 of 3 steps kept"), "\(resumed.account)")
    #expect(resumed.errors.contains(": 1 succeeded, 2 kept  run"), "\(resumed.account)")
    #expect(try sandbox.baton("runs").output.contains("1 succeeded, 2 kept\n"))
    #expect(try sandbox.baton("show").output.contains("the workflow has no such step any more"))
  }

  @Test("What --only leaves out is told apart from what is pending")
  func notSelected() throws {
    let sandbox = try Sandbox(["w.lua": "for i = 1, 4 do step('s' .. i) { run = 'true' } end\n"])
    let finished = try sandbox.baton("run", "w.lua", "--only", "s3")
    #expect(finished.errors.contains(": 1 succeeded, 3 not selected  run"), "\(finished.account)")
  }

  @Test("Which inputs changed is told by their names: by why, by the plan of a resumption, and of another run")
  func changedInputs() throws {
    let sandbox = try Sandbox([
      "w.lua": "step 's' { run = 'true', inputs = 'src/**' }\nstep 't' { run = 'test -e ok', depends = 's' }\n",
      "src/a.txt": "1", "src/b.txt": "1", "src/c.txt": "1",
    ])
    #expect(try sandbox.baton("run", "w.lua").code == 1)
    try sandbox.write("src/a.txt", "2")
    let why = try sandbox.baton("why", "s").output
    #expect(why.contains("baton resume would run it again: src/a.txt changed\n    input src/a.txt\n      - "), "\(why)")
    Disk.remove(sandbox.path("src/b.txt"))
    try sandbox.write("src/d.txt", "1")
    let dry = try sandbox.baton("resume", "--dry-run").output
    #expect(dry.contains("s: src/a.txt and 2 more inputs changed\n"), "\(dry)")
    try sandbox.write("ok", "")
    #expect(try sandbox.baton("resume").code == 0)
    let after = try sandbox.baton("why", "s").output
    #expect(after.contains("src/a.txt and 2 more inputs changed"), "\(after)")
    #expect(
      after.contains("input src/b.txt\n      - ") && after.contains("input src/d.txt\n      - (nothing)"), "\(after)")
    try sandbox.write("src/c.txt", "2")
    #expect(try sandbox.baton("run", "w.lua").code == 0)
    let other = try sandbox.baton("why", "s").output
    #expect(other.contains("its work differs from that in run ") && other.contains("input src/c.txt\n"), "\(other)")
  }
}
