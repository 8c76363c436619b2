import BatonModel
import Testing

/// `resume --from`, `--only`, `--skip`, `--set`: repairs, recorded with who made them.
@Suite struct Repairs {
  private static let workflow = """
    local a = step "a" { run = [[echo a >> side; echo "v=1" >> "$BATON_OUTPUT"]] }
    local b = step "b" { run = [[echo b >> side; [ -e mended ] && echo "v=2" >> "$BATON_OUTPUT"]], depends = a }
    step "c" { run = "echo c " .. b.out.v .. " >> side" }
    step "d" { run = "echo d >> side", depends = a }

    """

  private func failed() throws -> Sandbox {
    let sandbox = try Sandbox(["w.lua": Self.workflow])
    let finished = try sandbox.baton("run", "w.lua", "-j", "1")
    try #require(finished.code == 1, "\(finished.account)")
    try sandbox.write("side", "")
    return sandbox
  }

  @Test("--set accepts a value as the step's own: it counts as succeeded, and who did it is recorded")
  func set() throws {
    let sandbox = try failed()
    let resumed = try sandbox.baton("resume", "--set", "b.v=7")
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(sandbox.lines("side") == ["c 7"])
    let resumption = try sandbox.show().json["resumptions"]?.list?.last
    #expect(resumption?["set"]?["b"]?["v"] != nil)
    #expect(resumption?["by"]?.string?.isEmpty == false)
    #expect(resumption?["time"]?.string?.isEmpty == false)
  }

  @Test("--skip takes a step as done")
  func skip() throws {
    let sandbox = try Sandbox([
      "w.lua": "step \"a\" { run = \"exit 1\" }\nstep \"b\" { run = \"echo b >> side\", depends = \"a\" }\n"
    ])
    #expect(try sandbox.baton("run", "w.lua").code == 1)
    let resumed = try sandbox.baton("resume", "--skip", "a")
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(sandbox.lines("side") == ["b"])
    #expect(try sandbox.show().steps["a"]?.status == "skipped")
  }

  @Test("--from runs a step and what depends on it again, whatever they ended with")
  func from() throws {
    let sandbox = try failed()
    try sandbox.write("mended", "")
    #expect(try sandbox.baton("resume").code == 0)
    #expect(sandbox.lines("side") == ["b", "c 2"])
    let again = try sandbox.baton("resume", "--from", "b")
    #expect(again.code == 0, "\(again.account)")
    #expect(sandbox.lines("side") == ["b", "c 2", "b", "c 2"])
  }

  @Test("--only starts nothing else")
  func only() throws {
    let sandbox = try failed()
    try sandbox.write("mended", "")
    try sandbox.baton("resume", "--only", "b")
    #expect(sandbox.lines("side") == ["b"])
    let rest = try sandbox.baton("resume", try sandbox.show().run)
    #expect(rest.code == 0, "\(rest.account)")
    #expect(sandbox.lines("side") == ["b", "c 2"])
  }

  @Test("--dry-run tells what would be done and does nothing")
  func dryRun() throws {
    let sandbox = try failed()
    let dry = try sandbox.baton("resume", "--dry-run")
    #expect(dry.code == 0, "\(dry.account)")
    #expect(sandbox.lines("side") == [])
    #expect(try sandbox.show().status == "failed")
    #expect(try sandbox.show().json["resumptions"]?.list?.count == 0)
  }

  @Test(
    "A repair of a step that is not there is refused with the nearest name", arguments: ["--from", "--skip", "--only"])
  func unknownStep(option: String) throws {
    let sandbox = try Sandbox(["w.lua": "step \"deploy\" { run = \"exit 1\" }\n"])
    #expect(try sandbox.baton("run", "w.lua").code == 1)
    let resumed = try sandbox.baton("resume", option, "deplo")
    #expect(resumed.code == 2, "\(resumed.account)")
    #expect(resumed.errors.contains("deploy"), "\(resumed.account)")
  }
}
