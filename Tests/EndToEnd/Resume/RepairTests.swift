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

  private static let gated = """
    gate "quality" { check = function() return false, "too few" end }
    step "ship" { run = "echo shipped >> side", depends = "quality" }

    """

  @Test("A gate that refused is skipped with a reason only; who and why is told wherever the gate is")
  func overridden() throws {
    let sandbox = try Sandbox(["w.lua": Self.gated])
    let halted = try sandbox.baton("run", "w.lua")
    #expect(halted.code == 3, "\(halted.account)")
    #expect(halted.errors.contains("--skip quality --reason …"), "\(halted.account)")
    let asked = try sandbox.baton("approve", "quality", "--reason", "known")
    #expect(asked.code == 2, "\(asked.account)")
    #expect(asked.errors.contains("--skip quality --reason …"), "\(asked.account)")
    for words in [["--skip", "quality"], ["--skip", "quality", "--reason", " "], ["--set", "quality.v=1"]] {
      let silent = try sandbox.start(["resume"] + words).wait()
      #expect(silent.code == 2, "\(silent.account)")
      #expect(silent.errors.contains("--reason TEXT says why"), "\(silent.account)")
    }
    #expect(try sandbox.baton("resume").code == 3)
    #expect(sandbox.lines("side") == [])
    let resumed = try sandbox.baton("resume", "--skip", "quality", "--reason", "known since friday", "--as", "ann")
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(sandbox.lines("side") == ["shipped"])
    let shown = try sandbox.baton("show").output
    #expect(shown.contains("! quality: skipped by hand by ann: known since friday at "), "\(shown)")
    #expect(shown.components(of: "✗ quality: too few") == 1, "\(shown)")
    let resumption = try sandbox.show().json["resumptions"]?.list?.last
    #expect(resumption?["reason"]?.string == "known since friday")
    #expect(resumption?["by"]?.string == "ann")
    for form in ["md", "html", "json"] {
      let report = try sandbox.baton("report", "--format", form, "-o", "-").output
      #expect(report.contains("known since friday"), "\(form)")
    }
    #expect(try sandbox.baton("why", "quality").output.contains("known since friday"))
  }

  @Test("Only people whom the gate's approval names override it")
  func notMine() throws {
    let sandbox = try Sandbox([
      "w.lua": #"""
      gate "quality" { check = function() return false end, approval = { by = { "ann" } } }
      step "ship" { run = "echo shipped >> side", depends = "quality" }
      """#
    ])
    #expect(try sandbox.baton("run", "w.lua").code == 3)
    let refused = try sandbox.baton("resume", "--skip", "quality", "--reason", "no", "--as", "bob")
    #expect(refused.code == 2 && refused.errors.contains("bob may not override"), "\(refused.account)")
    #expect(try sandbox.baton("resume", "--skip", "quality", "--reason", "yes", "--as", "ann").code == 0)
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

  @Test("A step is not run again and taken as done at once", arguments: [["--set", "b.v=7"], ["--skip", "b"]])
  func contradiction(words: [String]) throws {
    let sandbox = try failed()
    let before = sandbox.lines("side")
    let resumed = try sandbox.start(["resume", "--from", "b"] + words).wait()
    #expect(
      resumed.code == 2 && resumed.errors.contains("--from b runs it again, and \(words[0])"), "\(resumed.account)")
    #expect(sandbox.lines("side") == before)
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

extension String {
  /// How often a text stands in this one.
  fileprivate func components(of text: String) -> Int {
    var count = 0
    var rest = self[...]
    while let found = rest.firstRange(of: text) {
      count += 1
      rest = rest[found.upperBound...]
    }
    return count
  }
}
