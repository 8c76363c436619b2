import BatonModel
import Glibc
import Testing

/// `retry = { tests = "failed" }`: what failed is run again, and nothing else.
@Suite("Retries of failed tests") struct RetryFailedTests {
  /// Runs the named tests, or all; each fails as often as a file beside it says. Reports as TAP.
  private static let suite = """
    [ $# -gt 0 ] || set -- one two three four
    echo "$*" >> ran
    : > out.tap
    code=0 i=0
    for t in "$@"; do
      i=$((i + 1))
      n=$(cat "fails.$t" 2>/dev/null || echo 0)
      if [ "$n" -gt 0 ]; then
        echo $((n - 1)) > "fails.$t"; echo "not ok $i - $t" >> out.tap; code=1
      else
        echo "ok $i - $t" >> out.tap
      fi
    done
    echo "1..$i" >> out.tap
    exit $code
    """

  /// A plain shell step takes the names out of the list by itself.
  private static let command = """
    if [ -n "$BATON_FAILED_TESTS" ]; then set -- $(sed -n 's/^{"id":"\\([^"]*\\)".*/\\1/p' "$BATON_FAILED_TESTS"); fi
    sh suite.sh "$@"
    """

  private func sandbox(_ fails: [String: Int], _ more: String = "", retry: String = "") throws -> Sandbox {
    var files = [
      "suite.sh": Self.suite,
      "w.lua": """
      local unit = step "unit" {
        run = [[\(Self.command)]], results = tap "out.tap", retry = { attempts = 3, tests = "failed" \(retry) },
      }
      \(more)
      """,
    ]
    for (name, count) in fails { files["fails.\(name)"] = String(count) }
    return try Sandbox(files)
  }

  @Test("Only what failed is run again, the results are merged, and what passes then is flaky")
  func merged() throws {
    let sandbox = try sandbox(
      ["two": 1, "four": 2],
      """
      step "after" { run = { "echo", unit.out.tests.passed, unit.out.tests.flaky, unit.out.tests.failed } }
      gate "good" { depends = unit, require = { failed = "== 0", flaky = "<= 2", tests = "== 4" } }
      """)
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 0, "\(finished.account)")
    #expect(sandbox.lines("ran") == ["one two three four", "two four", "four"])
    for part in [
      "4 tests: 2 passed, 2 failed; 2 of them are to be run again",
      "4 tests: 3 passed, 1 failed, 1 flaky; 1 of them is to be run again", "4 tests: 4 passed, 2 flaky",
      "2 tests passed only after failing",
    ] { #expect(finished.errors.contains(part), "\(part): \(finished.account)") }
    #expect(try sandbox.baton("logs", "after").output == "4 2 0\n")
    let shown = try JSON.decode(try sandbox.baton("show", "--json").output)
    #expect(shown["tests"]?["passed"]?.integer == 4 && shown["tests"]?["flaky"]?.integer == 2)
    let report = try sandbox.baton("report", "--format", "junit").output
    #expect(report.contains("tests=\"4\" failures=\"0\""), "\(report)")
    let cases = try JSON.decode(try sandbox.baton("tests", "--json").output).list ?? []
    func known(_ name: String, _ field: String) -> Int64? {
      cases.first { $0["name"]?.string == name }?[field]?.integer
    }
    #expect(known("one", "passed") == 1 && known("one", "failed") == 0, "what was not run again counts once")
    #expect(known("four", "passed") == 1 && known("four", "failed") == 2)
    #expect(cases.filter { $0["flaky"]?.string == "proven" }.count == 2)
  }

  @Test("When the tries are used up, the step says what still fails, of all tests")
  func usedUp() throws {
    let sandbox = try sandbox(["two": 1, "four": 9])
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 1, "\(finished.account)")
    #expect(sandbox.lines("ran") == ["one two three four", "two four", "four"])
    let shown = try sandbox.baton("show").output
    #expect(shown.contains("unit: 4 tests: 3 passed, 1 failed, 1 flaky"), "\(shown)")
    #expect(shown.contains("1 failure, 1 cause"), "\(shown)")
    #expect(!shown.contains("run again"), "no attempt is left: \(shown)")
  }

  @Test("A retry that exits with 0 and did not run what had failed has not succeeded")
  func missing() throws {
    let sandbox = try sandbox(["two": 9, "four": 9])
    // The second attempt runs one of the two.
    try sandbox.write(
      "suite.sh",
      Self.suite + "\n"
        + #"exit $code"#)
    try sandbox.write("fails.two", "9")
    try sandbox.write(
      "w.lua",
      """
      step "unit" {
        run = [[if [ -n "$BATON_FAILED_TESTS" ]; then printf 'ok 1 - two\\n1..1\\n' > out.tap; else sh suite.sh; fi]],
        results = tap "out.tap", retry = { attempts = 2, tests = "failed" },
      }
      """)
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 1, "\(finished.account)")
    #expect(
      finished.errors.contains("the retry did not run 1 test of the 2 that had failed: four"), "\(finished.account)")
  }

  @Test("Where no test failed, or the runner crashed, everything is run again, and it says why")
  func everything() throws {
    let sandbox = try Sandbox([
      "suite.sh": Self.suite, "fails.two": "1",
      "w.lua": """
      step "unit" {
        run = [[
          case $BATON_ATTEMPT_NUMBER in
            1) sh suite.sh; kill -SEGV $$ ;;
            2) [ -z "$BATON_FAILED_TESTS" ] && sh suite.sh; exit 7 ;;
            *) [ -z "$BATON_FAILED_TESTS" ] && sh suite.sh ;;
          esac]],
        results = tap "out.tap", retry = { attempts = 3, tests = "failed" },
      }
      """,
    ])
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 0, "\(finished.account)")
    #expect(sandbox.lines("ran") == Array(repeating: "one two three four", count: 3))
    for part in [
      "all tests are to be run again: the attempt was killed by SIGSEGV",
      "all tests are to be run again: no test failed, and yet the attempt did: exit code 7",
    ] { #expect(finished.errors.contains(part), "\(part): \(finished.account)") }
  }

  @Test("A function of the script says how the failed tests are selected")
  func selected() throws {
    let sandbox = try Sandbox([
      "suite.sh": Self.suite, "fails.two": "1", "fails.four": "1",
      "w.lua": """
      step "unit" {
        run = { "sh", "suite.sh" }, results = tap "out.tap",
        retry = {
          attempts = 2, tests = "failed", run = { "sh", "./suite.sh" },
          select = function(cases)
            local names = {}
            for _, case in ipairs(cases) do names[#names + 1] = case.name end
            return names
          end,
        },
      }
      """,
    ])
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 0, "\(finished.account)")
    #expect(sandbox.lines("ran") == ["one two three four", "two four"])
  }

  @Test(
    "Killed between the attempts, or while the second is about to start, a resumed run still runs what failed alone",
    arguments: ["engine.results-read:1", "engine.before-launch:2", "engine.launched:2", "engine.results-read:2"])
  func killed(point: String) throws {
    let sandbox = try sandbox(["two": 1, "four": 1], retry: ", backoff = \"10ms\"")
    let killed = try sandbox.start(["run", "w.lua"], env: ["BATON_FAULT": point]).wait()
    #expect(killed.signal == SIGKILL, "\(point) was never reached: \(killed.account)")
    let before = sandbox.lines("ran").count
    let finished = try sandbox.baton("resume")
    #expect(finished.code == 0, "\(finished.account)")
    let after = sandbox.lines("ran").dropFirst(before)
    // The results of the first attempt were lost with the driver, before they were recorded: it is run anew.
    let isLost = point == "engine.results-read:1"
    #expect(after.first == (isLost ? "one two three four" : "two four"), "\(sandbox.lines("ran"))")
    let shown = try JSON.decode(try sandbox.baton("show", "--json").output)
    #expect(shown["tests"]?["total"]?.integer == 4 && shown["tests"]?["failed"]?.integer == 0)
  }

  @Test("It needs results, and a command")
  func validated() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      step "a" { run = "true", retry = { attempts = 2, tests = "failed" } }
      step "b" { function(ctx) end, results = tap "x", retry = { attempts = 2, tests = "failed" } }
      step "c" { run = "true", results = tap "x", retry = { attempts = 2, select = function() end } }
      step "d" { run = "true", results = tap "x", retry = { attempts = 2, tests = "some" } }
      """
    ])
    let finished = try sandbox.baton("check", "w.lua")
    #expect(finished.code == 2)
    for part in [
      "w.lua:1:50: error: step \"a\": \"retry.tests\" needs \"results\", which say what failed",
      "step \"b\": \"retry.tests\" is for steps that run a command",
      "step \"c\": \"retry.select\" is about a retry of failed tests",
      "step \"d\": \"retry.tests\" must be \"all\" or \"failed\", not \"some\"",
    ] { #expect((finished.errors + finished.output).contains(part), "\(part): \(finished.account)") }
  }
}
