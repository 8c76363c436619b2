import Testing

/// Scripts whose durable bodies are edited between a run and its resumption.
@Suite struct BodyEdits {
  private static let script = #"""
    local function deploy(region) return { run = 'echo "$BATON_STEP" >> began; test ! -e broken-' .. region } end
    local function check(region) return { run = 'echo "$BATON_STEP" >> began' } end
    step "rollout" {
      function(ctx)
        for _, region in ipairs { "eu", "us" } do
          ctx:step("deploy-" .. region) (deploy(region))
          ctx:step("check-" .. region) (check(region))
        end
      end,
    }
    """#

  /// Runs the script up to the failure of `deploy-us`, edits it, and carries it on.
  private func resumed(_ edit: (String) -> String) throws -> (finished: Finished, sandbox: Sandbox) {
    let sandbox = try Sandbox(["work.lua": Self.script, "broken-us": ""])
    let failed = try sandbox.baton("run", "work.lua")
    guard failed.code == 1 else { throw HarnessError(failed.account) }
    try sandbox.command("rm", "broken-us")
    try sandbox.write("work.lua", edit(Self.script))
    return (try sandbox.baton("resume"), sandbox)
  }

  private func replacing(_ pairs: (String, String)...) -> (String) -> String {
    { text in
      pairs.reduce(text) { text, pair in
        text.split(separator: pair.0, omittingEmptySubsequences: false).joined(separator: pair.1)
      }
    }
  }

  private let expected = [
    "rollout/deploy-eu", "rollout/check-eu", "rollout/deploy-us", "rollout/deploy-us", "rollout/check-us",
  ]

  @Test("Comments, other names of locals and another order of functions do not matter")
  func immaterial() throws {
    let edits: [(String) -> String] = [
      { "-- the rollout\n\n" + $0 },
      replacing(("_, region in", "_, place in"), ("\" .. region)", "\" .. place)"), ("(region))\n", "(place))\n")),
      { text in
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return ([lines[1], lines[0]] + lines[2...]).joined(separator: "\n")
      },
    ]
    for edit in edits {
      let (finished, sandbox) = try resumed(edit)
      #expect(finished.code == 0, "\(finished.account)")
      #expect(sandbox.lines("began") == expected)
    }
  }

  @Test("A changed step that was done is told with what is recorded and what is asked, and nothing is run")
  func material() throws {
    let (finished, sandbox) = try resumed(replacing(("began' }", "began; true' }")))
    #expect(finished.code == 1)
    let text = finished.output + finished.errors
    #expect(text.contains("recorded: step check-eu"), "\(finished.account)")
    #expect(text.contains("asked:    step check-eu"))
    #expect(text.contains("work.lua:7"))
    #expect(text.contains("on_divergence = \"rerun\""))
    #expect(sandbox.lines("began") == Array(expected.prefix(3)))
  }

  @Test("A step left out that was done is told")
  func leftOut() throws {
    let (finished, _) = try resumed(replacing(("{ \"eu\", \"us\" }", "{ \"us\" }")))
    #expect(finished.code == 1)
    #expect((finished.output + finished.errors).contains("recorded: step deploy-eu"), "\(finished.account)")
  }

  @Test("on_divergence = \"rerun\" does anew what follows the changed step")
  func rerun() throws {
    let (finished, sandbox) = try resumed(
      replacing(
        ("began' }", "began; true' }"), ("  function(ctx)", "  on_divergence = \"rerun\", function(ctx)")
      ))
    #expect(finished.code == 0, "\(finished.account)")
    #expect(
      sandbox.lines("began") == Array(expected.prefix(3)) + [
        "rollout/check-eu", "rollout/deploy-us", "rollout/check-us",
      ])
  }

  @Test("--from, --set and --skip reach the steps of a body")
  func repairs() throws {
    let sandbox = try Sandbox(["work.lua": Self.script, "broken-us": ""])
    try sandbox.baton("run", "work.lua")
    let skipped = try sandbox.baton("resume", "--skip", "rollout/deploy-us")
    #expect(skipped.code == 0, "\(skipped.account)")
    #expect(sandbox.lines("began") == Array(expected.prefix(3)) + ["rollout/check-us"])
    try sandbox.command("rm", "broken-us")
    let again = try sandbox.baton("resume", "--from", "rollout/check-eu")
    #expect(again.code == 0, "\(again.account)")
    #expect(sandbox.lines("began").suffix(3) == ["rollout/check-eu", "rollout/deploy-us", "rollout/check-us"])
  }

  @Test("why tells of a step of a body what becomes of the body")
  func whyOfChild() throws {
    let sandbox = try Sandbox([
      "w.lua": "step 'roll' { function(ctx) ctx:step 'one' 'true' end }\nstep 'gone' { run = 'true' }\n"
    ])
    #expect(try sandbox.baton("run", "w.lua").code == 0)
    let kept = try sandbox.baton("why", "roll/one").output
    #expect(kept.contains("baton resume would keep it: roll is kept, and with it what it did\n"), "\(kept)")
    try sandbox.write("w.lua", "step 'roll' { run = 'true' }\n")
    #expect(try sandbox.baton("why", "gone").output.contains("keep it: the workflow has no such step any more"))
    #expect(try sandbox.baton("why", "roll/one").output.contains("keep it: the workflow has no such step any more"))
  }
}
