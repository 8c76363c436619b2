import BatonModel
import BatonSimulation
import Testing

/// What `simulate` runs, and what it tells.
@Suite struct SimulateTests {
  private func passes(_ body: String, _ workflow: String, sourceLocation: SourceLocation = #_sourceLocation) {
    let failure = test(body, workflow: workflow).failure
    #expect(failure == nil, "\(failure?.text ?? "")", sourceLocation: sourceLocation)
  }

  private static let three = """
    local build = step "build" { run = "make", timeout = "10m" }
    step "test" { depends = build, run = { "test", build.out.version, "a b" }, retry = { attempts = 3, backoff = "2s" } }
    step "deploy" { depends = "test", run = "deploy --version " .. build.out.version }
    """

  @Test("Steps without a mock succeed at once, and a value that a mock emits reaches the commands that use it")
  func values() {
    passes(
      """
      local run = simulate { steps = { build = { out = { version = "1 2" } } } }
      assert.equal("succeeded", run.status)
      assert.equal(0, run.exit_code)
      assert.equal(0, run.duration)
      assert.same({ "build", "test", "deploy" }, run.order)
      assert.equal("test '1 2' 'a b'", run.steps.test.command)
      assert.equal("deploy --version '1 2'", run.steps.deploy.command)
      assert.same({ version = "1 2" }, run.steps.build.out)
      assert.is_nil(run.steps.nothing)
      """, Self.three)
  }

  @Test("A month passes at once: durations, backoff and timeouts are those of the real machine, in virtual time")
  func virtualTime() {
    passes(
      """
      local run = simulate {
        steps = { build = { out = { version = "1" }, duration = "30d" }, test = { 1, { code = 2 }, true } },
      }
      assert.equal("failed", run.status)
      assert.equal("timed out", run.steps.build.reason)
      assert.equal(600, run.steps.build.finished)
      run = simulate { steps = { build = { out = { version = "1" }, duration = "9m" }, test = { 1, { code = 2 }, true } } }
      assert.equal("succeeded", run.status)
      assert.equal(3, run.steps.test.attempts)
      assert.equal("exit code 2", run.steps.test.tries[2].outcome)
      assert.equal(540, run.steps.test.started)
      assert.is_true(run.duration > 542 and run.duration < 550)
      """, Self.three)
  }

  @Test("A function decides at each attempt, and is told what would be run")
  func functions() {
    passes(
      """
      local seen = {}
      local run = simulate {
        steps = {
          build = { out = { version = 7 } },
          test = function(attempt, step)
            seen[#seen + 1] = attempt .. " " .. step.name .. " " .. step.args[2]
            return attempt == 3 or { fail = "not yet" }
          end,
        },
      }
      assert.equal("succeeded", run.status)
      assert.same({ "1 test 7", "2 test 7", "3 test 7" }, seen)
      assert.equal("not yet", run.steps.test.tries[1].outcome)
      """, Self.three)
  }

  @Test("Of several patterns that fit a step, the one with the most letters counts; an exact name counts before any")
  func patterns() {
    let book = MockBook([
      .init("e2e[*]", .fixed(MockResult(.exited(1)))), .init("e2e[*chrome]", .fixed(MockResult(.exited(2)))),
      .init("e2e[browser=chrome]", .fixed(MockResult(.exited(3)))), .init("*", .fixed(MockResult(.exited(4)))),
    ])
    #expect(book["e2e[browser=chrome]"]?.pattern == "e2e[browser=chrome]")
    #expect(book["e2e[os=mac,browser=chrome]"]?.pattern == "e2e[*chrome]")
    #expect(book["e2e[browser=firefox]"]?.pattern == "e2e[*]")
    #expect(book["lint"]?.pattern == "*")
    #expect(MockBook.fits("abc", "a?c") && MockBook.fits("abc", "*") && MockBook.fits("aXbXc", "a*b*c"))
    #expect(!MockBook.fits("abc", "a*d") && !MockBook.fits("abc", "ab") && !MockBook.fits("ab", "ab?"))
  }

  @Test("A mock that is for no step, or is none, is told with what may be meant")
  func mistakes() {
    let wrong = [
      "steps = { biuld = true }": "steps[\"biuld\"] is for no step of this workflow: did you mean \"build\"?",
      "steps = { ['x*'] = true }": "steps[\"x*\"] fits no step of this workflow",
      "step = {}": "simulate has an unknown field \"step\": did you mean \"steps\"?",
      "steps = { build = { cod = 1 } }": "steps[\"build\"] has an unknown field \"cod\": did you mean \"code\"?",
      "steps = { build = { code = 1, fail = 'x' } }": "steps[\"build\"] has code and fail: one of them",
      "steps = { build = 'fine' }":
        "steps[\"build\"] must be \"succeeded\", \"failed\" or \"cached\", not \"fine\"; what a step prints is { output = \"…\" }",
      "steps = { build = { duration = 'soon' } }":
        "steps[\"build\"].duration must be a duration such as \"1h30m\" or a number of seconds, not \"soon\"",
      "strict = true": "step \"build\" has no mock, and strict = true asks for one",
      "steps = { deploy = { timeout = true }, build = { out = { version = 1 } } }":
        "the run would wait for ever: \"deploy\" never ends, because its mock says timeout = true and it has no timeout",
      "at = 'noon'":
        "simulate.at must be a time such as \"2026-01-31T12:00:00Z\" or seconds since 1970, not \"noon\"",
    ]
    for (table, message) in wrong.sorted(by: { $0.key < $1.key }) {
      let failure = test("simulate { \(table) }", workflow: Self.three).failure
      #expect(failure?.message == message)
      #expect(failure?.place?.text == "work_test.lua:2")
      #expect(failure?.isError == true)
    }
  }

  @Test("An assertion in the function of a mock fails the test at its own line")
  func assertionInMock() {
    let failure = test(
      "simulate {\n steps = { only = function()\n  assert.equal(1, 2)\n end } }"
    ).failure
    #expect(failure?.isError == false)
    #expect(failure?.place?.text == "work_test.lua:4")
    #expect(failure?.expected == "1")
  }
}

extension SpecFailure {
  var text: String { "\(place?.text ?? ""): \(message) expected \(expected ?? "") actual \(actual ?? "")" }
}
