import BatonModel
import Testing

/// `--changed-since` and the recorded coverage of single tests.
@Suite struct TestImpactRunTests {
  /// Writes what pytest and coverage.py would: a test `tests/test_X.py::t` touches `src/X.py`, of which line 1 is loaded.
  private static let runner = """
    echo '<testsuite name="s">' > r.xml
    printf '{"meta":{},"files":{' > cov.json
    sep=
    for test in $(cat "$BATON_TESTS"); do
      echo "$test" >> ran
      name=${test#tests/test_}; name=${name%.py::t}
      echo "<testcase classname=\\"tests.test_$name\\" name=\\"t\\" time=\\"0.1\\"/>" >> r.xml
      printf '%s"src/%s.py":{"contexts":{"1":[""],"2":["%s|run"]}}' "$sep" "$name" "$test" >> cov.json
      sep=,
    done
    echo '</testsuite>' >> r.xml
    echo '}}' >> cov.json
    """

  private static let workflow = """
    step "unit" {
      run = "sh runner.sh", inputs = { "src/**", "tests/**", "pytest.ini" },
      tests = { "tests/test_a.py::t", "tests/test_b.py::t", "tests/test_c.py::t" },
      results = { junit "r.xml", contexts "cov.json" },
    }
    """

  private static let source = "def f():\n    return 1\n"

  private func sandbox() throws -> Sandbox {
    var files = [
      "runner.sh": Self.runner, "w.lua": Self.workflow, "pytest.ini": "", ".gitignore": "ran\nr.xml\ncov.json\n",
    ]
    for name in ["a", "b", "c"] {
      files["src/\(name).py"] = Self.source
      files["tests/test_\(name).py"] = "def t(): pass\n"
    }
    let sandbox = try Sandbox(files)
    try git(sandbox, "git init -q -b main . && git add -A && git commit -qm one && git tag good")
    let first = try sandbox.baton("run", "w.lua")
    try #require(first.code == 0, "\(first.account)")
    #expect(sandbox.lines("ran").count == 3)
    try sandbox.write("ran", "")
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

  @Test(arguments: [
    // What changes, which tests run, what is said.
    ("printf 'def f():\\n    return 2\\n' > src/b.py", ["b"], "2 left out, which no change can affect"),
    ("echo '# more' >> tests/test_c.py", ["c"], "2 left out, which no change can affect"),
    (
      "printf 'def f(x):\\n    return 1\\n' > src/b.py", ["a", "b", "c"],
      "all of them: src/b.py changed where it is loaded, which may concern any test"
    ),
    (
      "echo x > src/new.py", ["a", "b", "c"],
      "all of them: src/new.py changed, of which no record knows whom it concerns"
    ),
    (
      "echo x > pytest.ini", ["a", "b", "c"],
      "all of them: pytest.ini changed, of which no record knows whom it concerns"
    ),
  ])
  func `the runner is handed what the change can affect`(change: String, tests: [String], says: String) throws {
    let sandbox = try sandbox()
    try git(sandbox, change)
    let finished = try sandbox.baton("run", "w.lua", "--changed-since", "good")
    #expect(finished.code == 0, "\(finished.account)")
    #expect(sandbox.lines("ran") == tests.map { "tests/test_\($0).py::t" }, "\(change)")
    #expect(finished.errors.contains(says), "\(finished.account)")
    #expect(try sandbox.baton("show").output.contains(says))
  }

  @Test func `a change that no input of the step knows leaves the whole step out`() throws {
    let sandbox = try sandbox()
    try sandbox.write("README.md", "x")
    let finished = try sandbox.baton("run", "w.lua", "--changed-since", "good")
    #expect(finished.code == 0, "\(finished.account)")
    #expect(sandbox.lines("ran") == [])
    #expect(try sandbox.show().steps["unit"]?.status == "skipped")
  }

  @Test func `a test that is new to the list runs with those that the change touches`() throws {
    let sandbox = try sandbox()
    try sandbox.write("src/a.py", "def f():\n    return 3\n")
    try git(sandbox, "git commit -qam two")
    try sandbox.write(
      "p.lua",
      "workflow \"w\" {}\n"
        + Self.workflow.replacing("{ \"tests/test_a.py::t\"", with: "{ \"tests/test_d.py::t\", \"tests/test_a.py::t\""))
    let finished = try sandbox.baton("run", "p.lua", "--changed-since", "good")
    #expect(finished.code == 0, "\(finished.account)")
    #expect(sandbox.lines("ran") == ["tests/test_d.py::t", "tests/test_a.py::t"], "\(finished.account)")
  }

  /// Writes what a suite in C would, each test a tracefile or an export of its own: `test X` executes `src/X.c`, and all functions
  /// are told by each.
  private static let compiled = """
    echo '<testsuite name="s">' > r.xml
    rm -rf cov; mkdir cov
    for test in $(cat "$BATON_TESTS"); do
      echo "$test" >> ran
      echo "<testcase name=\\"$test\\" time=\\"0.1\\"/>" >> r.xml
      case $test in
        a) printf 'TN:a\\nSF:src/a.c\\nFN:1,3,f\\nDA:1,1\\nend_of_record\\nSF:src/b.c\\nFN:1,3,f\\nDA:1,0\\nend_of_record\\n' > cov/one.info;;
        *) printf '{"data":[{"functions":[{"filenames":["src/%s.c"],"regions":[[1,9,3,2,1,0,0,0]]}]}]}' "$test" > "cov/$test.json";;
      esac
    done
    echo '</testsuite>' >> r.xml
    """

  @Test(arguments: [
    ("printf 'int f() {\\n  return 2;\\n}\\n' > src/b.c", ["b"], "2 left out, which no change can affect"),
    ("printf 'int f() {\\n  return 2;\\n}\\n' > src/a.c", ["a"], "2 left out, which no change can affect"),
    (
      "printf 'int f(int x) {\\n  return 1;\\n}\\n' > src/b.c", ["a", "b", "c"],
      "all of them: src/b.c changed outside of its functions, which may concern any test"
    ),
    (
      "echo 'int x;' > src/rate.h", ["a", "b", "c"],
      "all of them: src/rate.h changed, of which no record knows whom it concerns"
    ),
  ])
  func `tests of compiled languages are chosen by LCOV and llvm-cov`(change: String, tests: [String], says: String)
    throws
  {
    var files = [
      "runner.sh": Self.compiled, ".gitignore": "ran\nr.xml\ncov\n", "src/rate.h": "",
      "w.lua": """
      step "unit" {
        run = "sh runner.sh", inputs = "src/**", tests = { "a", "b", "c" },
        results = { junit "r.xml", contexts { "cov/*" } },
      }
      """,
    ]
    for name in ["a", "b", "c"] { files["src/\(name).c"] = "int f() {\n  return 1;\n}\n" }
    let sandbox = try Sandbox(files)
    try git(sandbox, "git init -q -b main . && git add -A && git commit -qm one && git tag good")
    let first = try sandbox.baton("run", "w.lua")
    try #require(first.code == 0, "\(first.account)")
    try sandbox.write("ran", "")
    try git(sandbox, change)
    let finished = try sandbox.baton("run", "w.lua", "--changed-since", "good")
    #expect(finished.code == 0, "\(finished.account)")
    #expect(sandbox.lines("ran") == tests, "\(finished.account)")
    #expect(finished.errors.contains(says), "\(finished.account)")
  }
}
