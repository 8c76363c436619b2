import BatonModel
import Glibc
import Testing

/// The modules of test runners, with the runners themselves: a list is found and dealt out, names are what people write, what
/// failed is run again alone.
@Suite("Modules of test runners") struct RunnerModuleTests {
  /// Whether a program is installed, as scripts/setup does it.
  private static func has(_ program: String) -> Bool {
    (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":").contains {
      access("\($0)/\(program)", X_OK) == 0
    }
  }

  /// Each shard's first attempt, and what it ran.
  private func lines(_ sandbox: Sandbox) -> [String] { sandbox.lines("ran").sorted() }

  private static let names = [
    "plain", "with space", "it's", "a|b", "a.b", "axb", "$HOME", "[br]", "sum(1+2)", "ünï", "back`tick", "*",
  ]

  @Test("CTest: any name, each test in one shard, and what failed again by itself", .enabled(if: has("ctest")))
  func ctest() throws {
    // A test fails until it has run twice; "plain" and "axb" never.
    let tests = Self.names.map { name in
      "add_test(NAME [==[\(name)]==] COMMAND sh ${CMAKE_SOURCE_DIR}/t.sh [==[\(name)]==])"
    }
    let sandbox = try Sandbox([
      "t.sh": """
      cd "$(dirname "$0")" && printf '%s\\n' "$1" >> ran
      case $1 in plain|axb) exit 0;; esac
      [ "$(grep -Fxc -- "$1" ran)" -gt 1 ]
      """,
      "CMakeLists.txt": """
      cmake_minimum_required(VERSION 3.20)
      project(x NONE)
      enable_testing()
      \(tests.joined(separator: "\n"))
      add_test(NAME off COMMAND false)
      set_tests_properties(off PROPERTIES DISABLED TRUE)
      """,
      "w.lua": """
      local ctest = require "baton.ctest"
      local configure = step "configure" "cmake -S . -B build"
      local list = step "list" (ctest.discover { depends = configure })
      local unit = matrix "unit" { axes = { shard = shards(3, list.out.tests) }, step = function(cell)
        return ctest { tests = cell.shard.tests, report = "r" .. cell.shard.index .. ".xml", retry = 1 }
      end }
      gate "all" { depends = unit, require = { tests = "== 12", failed = "== 0", flaky = "== 10", skipped = "== 0" } }
      step "whole" (ctest { depends = "all", results = {} })
      """,
    ])
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 0, "\(finished.account)")
    let expected = Self.names.flatMap { $0 == "plain" || $0 == "axb" ? [$0, $0] : [$0, $0, $0] }
    #expect(lines(sandbox) == expected.sorted(), "each once, what failed twice, and all of them once more")
    let summary = try sandbox.baton("logs", "whole").output
    #expect(summary.contains("out of 12"), "the runner's own count: \(summary)")
    #expect(try sandbox.show().json["tests"]?["total"]?.integer == 24)
  }

  @Test("CTest: fixtures run in each shard that needs them, and are none of its tests", .enabled(if: has("ctest")))
  func fixtures() throws {
    let sandbox = try Sandbox([
      "t.sh": """
      cd "$(dirname "$0")" && printf '%s\\n' "$1" >> ran
      case $1 in *up*) touch "$2";; *down) rm "$2";; needs*) test -f "$2";; esac
      """,
      "CMakeLists.txt": """
      cmake_minimum_required(VERSION 3.20)
      project(x NONE)
      enable_testing()
      foreach(name "db <up>" "db down" "needs 1" "needs 2" "needs 3" "needs 4" plain)
        add_test(NAME "${name}" COMMAND sh ${CMAKE_SOURCE_DIR}/t.sh "${name}" db)
      endforeach()
      set_tests_properties("db <up>" PROPERTIES FIXTURES_SETUP "Net;DB")
      set_tests_properties("db down" PROPERTIES FIXTURES_CLEANUP DB)
      foreach(number RANGE 1 4)
        set_tests_properties("needs ${number}" PROPERTIES FIXTURES_REQUIRED DB)
      endforeach()
      """,
      "w.lua": """
      local ctest = require "baton.ctest"
      local configure = step "configure" "cmake -S . -B build"
      local list = step "list" (ctest.discover { depends = configure })
      local unit = matrix "unit" { max = 1, axes = { shard = shards(2, list.out.tests) }, step = function(cell)
        return ctest { tests = cell.shard.tests, report = "r" .. cell.shard.index .. ".xml" }
      end }
      gate "each-once" { depends = unit, require = { tests = "== 5", failed = "== 0" } }
      """,
    ])
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 0, "\(finished.account)")
    let ran = sandbox.lines("ran")
    #expect(ran.count { $0.hasPrefix("needs") || $0 == "plain" } == 5, "\(ran)")
    #expect(ran.count { $0 == "db <up>" } == 2 && ran.count { $0 == "db down" } == 2, "in each shard: \(ran)")
    // What sets up fails: it is told, and what needs it has not run.
    try sandbox.write("t.sh", "case $1 in *up*) exit 3;; esac\n")
    let again = try sandbox.baton("run", "w.lua")
    #expect(again.code == 3, "\(again.account)")
    #expect(try sandbox.baton("show").output.contains("db <up>"), "\(again.account)")
  }

  @Test("Jest: files are dealt out, what failed runs again by itself", .enabled(if: has("jest")))
  func jest() throws {
    let sandbox = try Sandbox([
      "package.json": #"{"name":"shop","version":"1.0.0"}"#,
      "sub/sum.test.js": """
      const fs = require("fs");
      const note = (name) => { fs.appendFileSync("ran", name + "\\n"); return fs.readFileSync("ran", "utf8").split(name + "\\n").length - 1; };
      describe("sums (all)", () => {
        test("adds 1+1", () => { note("adds"); });
        test("fails <once>", () => { expect(note("fails")).toBe(2); });
        test.skip("later", () => {});
      });
      """,
      "mail.test.js": "test('sends', () => { require('fs').appendFileSync('ran', 'sends\\n'); });",
      "w.lua": """
      local jest = require "baton.jest"
      local list = step "list" (jest.discover { command = "jest" })
      local unit = matrix "unit" { max = 1, axes = { shard = shards(2, list.out.tests) }, step = function(cell)
        return jest {
          command = "jest", tests = cell.shard.tests, report = "r/" .. cell.shard.index .. ".xml", retry = 1, coverage = true,
        }
      end }
      gate "all" { depends = unit, require = { tests = "== 4", failed = "== 0", flaky = "== 1", skipped = "== 1" } }
      """,
    ])
    let finished = try sandbox.start(["run", "w.lua"]).wait(atMost: 120)
    #expect(finished.code == 0, "\(finished.account)")
    #expect(lines(sandbox) == ["adds", "fails", "fails", "sends"], "\(finished.account)")
  }

  @Test("go test: namesakes in two packages, and subtests; lines are counted", .enabled(if: has("go")))
  func goTest() throws {
    let sandbox = try Sandbox([
      "go.mod": "module example.com/shop\n\ngo 1.18\n",
      "a/a.go": "package a\n\nfunc Sum(a, b int) int {\n\treturn a + b\n}\n\nfunc Never() int {\n\treturn 1\n}\n",
      "a/a_test.go": """
      package a
      import ("os"; "testing")
      func note(t *testing.T) bool {
        f, _ := os.OpenFile("../ran", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
        f.WriteString("a " + t.Name() + "\\n")
        f.Close()
        _, err := os.Stat("../again")
        return err == nil
      }
      func TestSame(t *testing.T) { note(t); if Sum(1, 2) != 3 { t.Fatal("sum") } }
      func TestÜber(t *testing.T) {
        for _, n := range []string{"with space", "a/b", "[x]"} {
          t.Run(n, func(t *testing.T) { if !note(t) { t.Error("<not \\"yet\\"> \\\\ & so") } })
        }
      }
      """,
      "b/b_test.go": """
      package b
      import ("os"; "testing")
      func TestSame(t *testing.T) {
        f, _ := os.OpenFile("../ran", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
        f.WriteString("b TestSame\\n")
        f.Close()
        if _, err := os.Stat("../again"); err != nil { t.Fatal("not yet") }
      }
      """,
      "w.lua": """
      local go = require "baton.gotest"
      local list = step "list" (go.discover {})
      matrix "unit" { max = 1, axes = { shard = shards(2, list.out.tests) }, step = function(cell)
        return go {
          tests = cell.shard.tests, report = "r/" .. cell.shard.index .. ".json", coverage = true, retry = 1,
        }
      end }
      """,
    ])
    var finished = try sandbox.start(["run", "w.lua"], env: ["GOFLAGS": "-count=1", "GOCACHE": sandbox.path("cache")])
      .wait(atMost: 300)
    #expect(finished.code == 1, "\(finished.account)")
    #expect(
      lines(sandbox) == [
        "a TestSame", "a TestÜber/[x]", "a TestÜber/[x]", "a TestÜber/a/b", "a TestÜber/a/b", "a TestÜber/with_space",
        "a TestÜber/with_space", "b TestSame", "b TestSame",
      ], "\(finished.account)")
    #expect(
      finished.errors.contains(#"<not "yet"> \ & so"#), "what failed is shown as it was printed: \(finished.account)")
    let shown = try sandbox.show().json
    #expect(shown["tests"]?["failed"]?.integer == 5, "\(shown)")
    let text = try sandbox.baton("show").output
    #expect(text.contains("3 of 12 lines executed"), "\(text)")
    try sandbox.write("again", "")
    finished = try sandbox.start(["resume"], env: ["GOFLAGS": "-count=1", "GOCACHE": sandbox.path("cache")])
      .wait(atMost: 300)
    #expect(finished.code == 0, "\(finished.account)")
  }
}
