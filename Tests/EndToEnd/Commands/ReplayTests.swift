import BatonModel
import Testing

/// `baton replay`.
@Suite struct ReplayTests {
  static let workflow = """
    workflow "roll" {}
    step "build" { run = "true" }
    step "rollout" { depends = "build", function(ctx)
      local version = ctx:sh("echo v1; echo x >> touched").text
      for _, region in ipairs { "eu", "us" } do
        ctx:step("deploy-" .. region) { run = "echo x >> touched; test " .. region .. " = eu" }
      end
      return { version = version }
    end }
    """

  private func ran() throws -> Sandbox {
    let sandbox = try Sandbox(["roll.lua": Self.workflow])
    let run = try sandbox.baton("run", "roll.lua")
    #expect(run.code == 1, "\(run.account)")
    return sandbox
  }

  private func edit(_ sandbox: Sandbox, _ text: String, _ other: String) throws {
    try sandbox.write("roll.lua", Self.workflow.replacing(text, with: other))
  }

  @Test func `a failed run is understood operation by operation, and nothing is done again`() throws {
    let sandbox = try ran()
    let before = sandbox.lines("touched").count
    let records = try sandbox.baton("events", "--json").output
    let replay = try sandbox.baton("replay", "rollout", "--trace")
    #expect(replay.code == 0, "\(replay.account)")
    #expect(replay.output.contains("✓ rollout: 3 operations replayed, and it ends as then:"), "\(replay.account)")
    #expect(replay.output.contains("4  step sh-1"), "\(replay.account)")
    #expect(replay.output.contains(#"→ succeeded {"text":"v1\n"}"#), "\(replay.account)")
    #expect(replay.output.contains("→ failed: exit code 1"), "\(replay.account)")
    #expect(sandbox.lines("touched").count == before)
    #expect(try sandbox.baton("events", "--json").output == records, "no record was written")
  }

  @Test func `an edit that contradicts the records is shown as a diff, with exit code 1`() throws {
    let sandbox = try ran()
    try edit(sandbox, #""deploy-" .. region"#, #""ship-" .. region"#)
    let replay = try sandbox.baton("replay")
    #expect(replay.code == 1, "\(replay.account)")
    #expect(replay.output.contains("recorded: step deploy-eu"), "\(replay.account)")
    #expect(replay.output.contains("asked:    step ship-eu"), "\(replay.account)")
    #expect(replay.output.contains("diverges at \(sandbox.path("roll.lua")):6") || replay.output.contains("roll.lua:6"))
  }

  @Test func `all runs of a file are checked, and those of other files are skipped with a note`() throws {
    let sandbox = try ran()
    try sandbox.write("other.lua", #"step "x" { run = "true" }"#)
    #expect(try sandbox.baton("run", "other.lua").code == 0)
    let fine = try sandbox.baton("replay", "--all", "roll.lua")
    #expect(fine.code == 0, "\(fine.account)")
    #expect(fine.output.contains("1 run of roll.lua: all replay"), "\(fine.account)")
    #expect(fine.output.contains("skipped: runs of other files: other.lua (1)"), "\(fine.account)")
    try edit(sandbox, #"{ "eu", "us" }"#, #"{ "us", "eu" }"#)
    // The step that failed comes first now, and the one that is recorded behind it is not asked for any more.
    #expect(try sandbox.baton("replay", "--all", "roll.lua").code == 1)
    try edit(sandbox, #"ctx:sh("echo v1; "#, #"ctx:sh("echo v2; "#)
    let broken = try sandbox.baton("replay", "--all", "roll.lua", "--json")
    #expect(broken.code == 1, "\(broken.account)")
    let runs = try JSON.decode(broken.output)["runs"]?.list ?? []
    #expect(runs.map { $0["diverges"] } == [true])
    #expect(runs.first?["bodies"]?.list?.first?["line"] == 4)
  }

  @Test func `of steps that are no bodies it says which would run again`() throws {
    let sandbox = try Sandbox([
      "flow.lua": #"local a = step "a" { run = "true" } step "b" { depends = a, run = "true" }"#
    ])
    #expect(try sandbox.baton("run", "flow.lua").code == 0)
    try sandbox.write(
      "flow.lua", #"local a = step "a" { run = "true; true" } step "b" { depends = a, run = "true" } step "c" "true""#)
    let replay = try sandbox.baton("replay", "--json")
    #expect(replay.code == 0, "\(replay.account)")
    let changes = try JSON.decode(replay.output)["runs"]?.list?.first?["would_run_again"]?.list ?? []
    #expect(changes.compactMap { $0["step"]?.string } == ["a", "c", "b"])
    #expect(changes.compactMap { $0["reason"]?.string } == ["run changed", "it is new", "a runs again"])
  }

  @Test func `a word that is neither a step nor a run is a mistake of the command line`() throws {
    let sandbox = try ran()
    let typo = try sandbox.baton("replay", "rolluot")
    #expect(typo.code == 2 && typo.errors.contains("did you mean \"rollout\"?"), "\(typo.account)")
    #expect(try sandbox.baton("replay", "--all", "roll.lua", "rollout").code == 2)
    try sandbox.write("roll.lua", "step {")
    #expect(try sandbox.baton("replay").code == 2, "a script with mistakes")
    #expect(try sandbox.baton("replay", "--all", "roll.lua").code == 1, "none of its runs could be carried on")
  }
}
