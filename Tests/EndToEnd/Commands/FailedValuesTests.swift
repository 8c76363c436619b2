import Testing

/// What steps emitted before they failed.
@Suite struct FailedValuesTests {
  @Test func `is there for functions, and for all where the step may fail; a resumed run keeps what used it`() throws {
    let sandbox = try Sandbox([
      "main.lua": """
      local plan = step "plan" { run = [[echo code=2 >> "$BATON_OUTPUT"; echo bad >> "$BATON_OUTPUT"; exit 2]], allow_failure = true }
      step "apply" { run = "echo apply " .. plan.out.code }
      local body = step "body" { allow_failure = true, function(ctx) ctx:output("x", 1); error("boom") end }
      step "told" { run = "echo told " .. body.out.x }
      local sub = call "sub" { workflow = "sub.lua", allow_failure = true }
      step "called" { run = "echo called " .. sub.out.ok.why }
      local strict = step "strict" { run = [[echo code=3 >> "$BATON_OUTPUT"; test -e fixed]] }
      step "asks" { depends = strict, when = "failed", run = function(deps) return { "echo", deps.strict.out.code } end }
      step "refers" { depends = strict, when = "finished", run = "echo " .. strict.out.code }
      """,
      "sub.lua": """
      step "ok" { run = [[echo why=disk >> "$BATON_OUTPUT"]] }
      step "bad" "exit 1"
      """,
    ])
    let run = try sandbox.baton("run", "main.lua")
    #expect(run.code == 1, "\(run.account)")
    for (step, output) in [
      ("apply", "apply 2\n"), ("told", "told 1\n"), ("called", "called disk\n"), ("asks", "3\n"),
    ] { #expect(try sandbox.baton("logs", step).output == output, "\(run.account)") }
    #expect(run.errors.contains("step \"strict\" has no value for \"strict.out.code\", since it did not succeed"))
    try sandbox.write("fixed", "")
    let resumed = try sandbox.baton("resume")
    #expect(resumed.code == 0, "\(resumed.account)")
    let steps = try sandbox.show().steps
    #expect(try sandbox.baton("logs", "refers").output.hasSuffix("3\n"))
    #expect(["apply", "told", "called"].allSatisfy { steps[$0]?.status == "kept" }, "\(resumed.account)")
  }
}
