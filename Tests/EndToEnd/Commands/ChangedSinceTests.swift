import BatonModel
import Testing

/// `--changed-since`, in a real repository.
@Suite struct ChangedSinceTests {
  private static let workflow = """
    local setup = step "setup" { run = "echo setup >> side", inputs = "setup.txt" }
    parallel "suites" {
      depends = setup,
      step "a" { run = "echo a >> side", inputs = "a/**" },
      step "b" { run = "exit $BREAK", inputs = { "b/**", "!b/*.md" }, env = { BREAK = env.BREAK or "0" } },
    }
    local quality = gate "quality" { depends = "suites", check = function() return true end }
    step "ship" { depends = quality, run = "echo ship >> side" }
    """

  private func sandbox() throws -> Sandbox {
    let sandbox = try Sandbox([
      "w.lua": Self.workflow, "setup.txt": "1", "a/x": "1", "b/x": "1", "b/y.md": "1", ".gitignore": "side\n",
    ])
    try git(sandbox, "git init -q -b main . && git add -A && git commit -qm one && git tag good")
    return sandbox
  }

  private func git(_ sandbox: Sandbox, _ command: String) throws {
    let done = try sandbox.command(
      "/bin/sh", "-c", command,
      env: [
        "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@b",
      ])
    try #require(done.code == 0, "\(done.account)")
  }

  private func statuses(_ sandbox: Sandbox) throws -> [String: String] {
    try sandbox.show().steps.mapValues(\.status)
  }

  @Test func `only what the change can affect runs, and what is left out says why`() throws {
    let sandbox = try sandbox()
    try sandbox.write("a/x", "2")
    try git(sandbox, "git commit -qam two")
    let finished = try sandbox.baton("run", "w.lua", "--changed-since", "good")
    #expect(finished.code == 0, "\(finished.account)")
    #expect(sandbox.lines("side") == ["a", "ship"])
    #expect(finished.errors.contains("- b  none of its inputs changed since good"), "\(finished.account)")
    #expect(
      try statuses(sandbox) == [
        "setup": "skipped", "a": "succeeded", "b": "skipped", "quality": "succeeded", "ship": "succeeded",
      ])
    let shown = try sandbox.baton("show").output
    #expect(shown.contains("changes   1 file since good ("), "\(shown)")
    let json = try sandbox.show().json["changed_since"]
    #expect(json?["files"] == ["a/x"])
    #expect(json?["left_out"]?["b"] == "none of its inputs changed since good")
    let report = try sandbox.baton("report", "--format", "md").output
    #expect(report.contains("none of its inputs changed since good"), "\(report)")
  }

  @Test(arguments: [
    ("echo 2 > b/y.md", ["ship"]), ("echo 2 > b/new", ["ship"]), ("rm b/x", ["ship"]),
    ("echo 2 > setup.txt", ["setup", "a", "ship"]),
    ("echo '-- more' >> w.lua", ["setup", "a", "ship"]), ("echo 2 > elsewhere", ["ship"]),
  ])
  func `never less than the declared inputs demand`(change: String, side: [String]) throws {
    let sandbox = try sandbox()
    try git(sandbox, change)
    let finished = try sandbox.baton("run", "w.lua", "-j", "1", "--changed-since", "good")
    #expect(finished.code == 0, "\(finished.account)")
    #expect(sandbox.lines("side") == side, "\(change): \(finished.account)")
    let runsB = ["echo 2 > b/new", "rm b/x", "echo 2 > setup.txt", "echo '-- more' >> w.lua"].contains(change)
    #expect(try statuses(sandbox)["b"] == (runsB ? "succeeded" : "skipped"), "\(change)")
    #expect(try statuses(sandbox)["quality"] == (runsB ? "succeeded" : "skipped"), "\(change)")
  }

  @Test func `a called workflow is limited too, unless what it gives or gets may have changed`() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      local first = step "first" { run = "true", inputs = "first.txt" }
      call "plain" { workflow = "called.lua", depends = first, params = { who = "plain" } }
      local asked = call "asked" { workflow = "called.lua", params = { who = "asked" } }
      step "uses" { run = { "echo", asked.out.a.v } }
      """,
      "called.lua": """
      workflow "called" { params = { who = param.string { default = "" } } }
      step "a" { run = "echo " .. params.who .. " a >> $BATON_PROJECT/side; echo v=1 >> $BATON_OUTPUT", inputs = "a/**" }
      step "b" { run = "echo " .. params.who .. " b >> $BATON_PROJECT/side", inputs = "b/**" }
      """.replacing("$BATON_PROJECT/", with: ""),
      "a/x": "1", "b/x": "1", "first.txt": "1", ".gitignore": "side\n",
    ])
    try git(sandbox, "git init -q -b main . && git add -A && git commit -qm one && git tag good")
    try sandbox.write("b/x", "2")
    let finished = try sandbox.baton("run", "w.lua", "-j", "1", "--changed-since", "good")
    #expect(finished.code == 0, "\(finished.account)")
    #expect(Set(sandbox.lines("side")) == ["plain b", "asked a", "asked b"], "\(finished.account)")
    let runs = try JSON.decode(try sandbox.baton("runs", "--called", "--json").output).list ?? []
    let called = runs.compactMap { $0["run"]?.string }.filter { $0 != runs.last?["run"]?.string }
    let reasons = try called.compactMap { try sandbox.show($0).json["changed_since"]?["left_out"]?["a"]?.string }
    #expect(reasons.count == 1 && reasons[0].hasPrefix("none of its inputs changed since"), "\(reasons)")
    // What the call depends on runs: all of it does.
    try git(sandbox, "git checkout -q . && rm side && echo 2 > first.txt")
    #expect(try sandbox.baton("run", "w.lua", "-j", "1", "--changed-since", "good").code == 0)
    #expect(Set(sandbox.lines("side")) == ["plain a", "plain b", "asked a", "asked b"])
  }

  @Test func `the plan tells the same beforehand`() throws {
    let sandbox = try sandbox()
    try sandbox.write("a/x", "2")
    let plan = try sandbox.baton("plan", "w.lua", "--changed-since", "HEAD").output
    #expect(plan.contains("1 file since HEAD"), "\(plan)")
    #expect(plan.contains("a        a/x changed"), "\(plan)")
    #expect(plan.contains("b      none of its inputs changed since HEAD"), "\(plan)")
    let json = try JSON.decode(try sandbox.baton("plan", "w.lua", "--json", "--changed-since", "HEAD").output)
    #expect(json["changed_since"]?["runs"]?["ship"] == "it declares no inputs")
    #expect(json["changed_since"]?["left_out"]?["setup"] == "none of its inputs changed since HEAD")
  }

  @Test func `a resumed run leaves out what was left out, though more has changed since`() throws {
    let sandbox = try sandbox()
    try sandbox.write("b/x", "2")
    let finished = try sandbox.start(
      ["run", "w.lua", "--changed-since", "good"], env: ["BREAK": "1"]
    ).wait(atMost: 60)
    #expect(finished.code == 1, "\(finished.account)")
    try sandbox.write("a/x", "2")
    try sandbox.write("w.lua", Self.workflow.replacing(#""exit $BREAK""#, with: #""exit 0""#))
    let resumed = try sandbox.baton("resume")
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(try statuses(sandbox)["a"] == "skipped")
    #expect(try statuses(sandbox)["ship"] == "succeeded")
  }

  @Test func `what git cannot tell is an error before anything runs`() throws {
    let sandbox = try sandbox()
    let unknown = try sandbox.baton("run", "w.lua", "--changed-since", "nonsense")
    #expect(unknown.code == 2)
    #expect(unknown.errors.contains("git knows no commit \"nonsense\""), "\(unknown.account)")
    try git(sandbox, "rm -rf .git")
    let outside = try sandbox.baton("plan", "w.lua", "--changed-since", "HEAD")
    #expect(outside.code == 2)
    #expect(outside.errors.contains("the workflow is in no git repository"), "\(outside.account)")
    #expect(sandbox.lines("side") == [])
  }
}
