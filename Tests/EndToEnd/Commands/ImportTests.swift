import BatonModel
import Testing

/// `baton import`, and what comes of it when it is run.
@Suite struct ImportTests {
  private static let workflow = """
    name: CI
    on: push
    env: { GREETING: hello }
    jobs:
      read:
        outputs: { number: "${{ steps.v.outputs.number }}" }
        steps:
          - uses: actions/checkout@v4
          - { id: v, run: 'echo "number=$(cat VERSION)" >> "$GITHUB_OUTPUT"' }
      test:
        needs: read
        strategy: { matrix: { cc: [one, two] } }
        steps:
          - uses: actions/checkout@v4
          - name: Prepare
            run: |
              echo "MODE=${{ matrix.cc }}" >> "$GITHUB_ENV"
              mkdir -p bin && printf '#!/bin/sh\\necho tool of ${{ matrix.cc }}\\n' > bin/tool && chmod +x bin/tool
              echo "$PWD/bin" >> "$GITHUB_PATH"
          - name: Use
            run: |
              echo "$GREETING $MODE ${{ env.MODE }} $(tool) v${{ needs.read.outputs.number }}"
              printf 'text<<END\\n%s\\nEND\\n' "two
              lines" >> "$GITHUB_OUTPUT"
              false | true
          - name: Never
            if: failure()
            run: exit 9
          - name: Strict
            shell: bash
            if: matrix.cc == 'two'
            run: "! (set -o pipefail; false | true)"
      pack:
        needs: [read, test]
        if: needs.test.result == 'success'
        steps:
          - uses: actions/checkout@v4
          - { run: mkdir out && cp VERSION out/ }
          - { uses: actions/upload-artifact@v4, with: { name: out, path: out } }
      ship:
        needs: pack
        steps:
          - { uses: actions/download-artifact@v4, with: { name: out, path: got } }
          - { shell: python, run: "print('ships', open('got/VERSION').read().strip())" }
      else:
        needs: ship
        if: github.ref == 'refs/heads/other'
        steps: [{ run: exit 3 }]
    """

  @Test func `a workflow of several jobs runs with its outputs, environments, paths and artifacts`() throws {
    let sandbox = try Sandbox(["ci.yml": Self.workflow, "VERSION": "1.4\n"])
    let made = try sandbox.baton("import", "ci.yml", "-o", "ci.lua")
    #expect(made.code == 0 && made.output.isEmpty, "\(made.account)")
    #expect(made.errors.contains("wrote ci.lua\n"))
    let checked = try sandbox.baton("check", "ci.lua")
    #expect(checked.code == 0, "\(checked.account)")
    let run = try sandbox.baton("run", "ci.lua")
    #expect(run.code == 0, "\(run.account)")
    for cc in ["one", "two"] {
      let log = try sandbox.baton("logs", "test[cc=\(cc)]/use")
      #expect(log.output.hasPrefix("hello \(cc) \(cc) tool of \(cc) v1.4\n"), "\(log.account)")
    }
    let shown = try sandbox.show()
    #expect(shown.steps["test[cc=one]/never"]?.status == "skipped")
    #expect(shown.steps["test[cc=one]/strict"]?.status == "skipped")
    #expect(shown.steps["test[cc=two]/strict"]?.status == "succeeded")
    #expect(shown.steps["else.exit-3"]?.status == "skipped")
    #expect(try sandbox.baton("logs", "ship.print-ships-open-got-ver").output == "ships 1.4\n")
  }

  @Test func `cells of long names run, and a stand-in for an interpreter that is not there is passed over`() throws {
    let cells = ["first", "second"].map { name in
      """
                - name: Ubuntu GCC for a machine of a long name, the \(name)
                  compiler: powerpc64le-linux-gnu-gcc
                  flags: --warn --static --with-everything
                  packages: qemu qemu-user gcc-powerpc64le-linux-gnu libc-dev-ppc64el-cross
                  emulator: qemu-ppc64le -L /usr/powerpc64le-linux-gnu
                  folder: ../a/folder/beside/the/sources
      """
    }
    let sandbox = try Sandbox([
      "ci.yml": """
      on: push
      jobs:
        ci:
          strategy:
            matrix:
              include:
      \(cells.joined(separator: "\n"))
          steps:
            - uses: actions/checkout@v4
            - { run: 'echo "KEPT=${{ matrix.compiler }}" >> "$GITHUB_ENV"' }
            - { uses: actions/setup-python@v5, with: { python-version: "3.10" } }
            - { name: Use, run: 'echo "$KEPT" && python --version' }
            - { name: Where, run: 'printf "%s\\n" "$PWD" "$GITHUB_WORKSPACE" "$RUNNER_WORKSPACE" "$GITHUB_JOB"' }
      """, "bin/python3.10": "#!/bin/sh\necho no such version >&2\nexit 127\n", "VERSION": "1\n",
    ])
    try sandbox.command("chmod", "+x", "bin/python3.10")
    #expect(try sandbox.baton("import", "ci.yml", "-o", "ci.lua").code == 0)
    let variables = ["PATH": "\(sandbox.path("bin")):\(Shell.path(sandbox))", "BATON_TOOLS": "any"]
    let run = try sandbox.baton("run", "ci.lua", env: variables)
    #expect(run.code == 0, "\(run.account)")
    let uses = try sandbox.show().steps.keys.filter { $0.hasSuffix("/use") }.sorted()
    #expect(uses.count == 2)
    for step in uses {
      #expect(try sandbox.baton("logs", step).output.hasPrefix("powerpc64le-linux-gnu-gcc\nPython 3"), "\(step)")
    }
    // A compiler's -Wl,-rpath ends at a comma.
    let project = sandbox.path("").split(separator: "/").last ?? ""
    for step in uses.map({ $0.dropLast(3) + "where" }) {
      let lines = try sandbox.baton("logs", String(step)).output.split(separator: "\n")
      #expect(lines.count == 4 && lines[0] == lines[1] && lines[0] == "\(lines[2])/\(project)", "\(lines)")
      #expect(lines.last == "ci")
      #expect(lines.first?.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_./-".contains($0)) } == true)
    }
  }

  @Test func `Debian's package manager is not asked to ask anyone`() throws {
    let sandbox = try Sandbox([
      "ci.yml": "on: push\njobs: { a: { steps: [{ name: ask, run: apt-get }] } }\n",
      "bin/apt-get": "#!/bin/sh\ncat \"$APT_CONFIG\"\n",
    ])
    try sandbox.command("chmod", "+x", "bin/apt-get")
    try sandbox.baton("import", "ci.yml", "-o", "ci.lua")
    let path = "\(sandbox.path("bin")):\(Shell.path(sandbox))"
    #expect(try sandbox.baton("run", "ci.lua", env: ["PATH": path]).code == 0)
    #expect(try sandbox.baton("logs", "a.ask").output == "APT::Get::Assume-Yes \"true\";\n")
    // What is set already stays.
    try sandbox.write("own.conf", "own\n")
    let variables = ["PATH": path, "APT_CONFIG": sandbox.path("own.conf")]
    #expect(try sandbox.baton("run", "ci.lua", env: variables).code == 0)
    #expect(try sandbox.baton("logs", "a.ask").output == "own\n")
  }

  @Test func `a failed step is carried on with what the steps before it left`() throws {
    let sandbox = try Sandbox([
      "ci.yml": """
      on: push
      jobs:
        job:
          steps:
            - { name: first, run: 'echo x >> first.txt; echo "A=kept" >> $GITHUB_ENV' }
            - { name: second, run: 'test -e allowed && echo "$A"' }
            - { name: third, run: 'echo third' }
      """
    ])
    try sandbox.baton("import", "ci.yml", "-o", "ci.lua")
    #expect(try sandbox.baton("run", "ci.lua").code == 1)
    try sandbox.write("allowed", "")
    let resumed = try sandbox.baton("resume")
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(sandbox.lines("first.txt") == ["x"])
    #expect(try sandbox.baton("logs", "job.second").output == "kept\n")
  }

  @Test func `what has no counterpart is told in three places, and fails when its turn comes`() throws {
    let sandbox = try Sandbox([
      "ci.yml":
        "on: push\njobs:\n  job:\n    steps:\n      - run: echo fine\n      - uses: some/action@v1\n      - run: echo never\n"
    ])
    let made = try sandbox.baton("import", "ci.yml", "-o", "ci.lua")
    #expect(made.code == 0)
    let text = "jobs.job.steps[1].uses: some/action@v1: a foreign action, which has no counterpart here"
    #expect(made.errors.contains("ci.yml:6:15: warning: \(text)\n"), "\(made.account)")
    #expect(made.errors.contains("wrote ci.lua; 1 part has no counterpart\n"))
    #expect(sandbox.read("ci.lua")?.contains("--   line 6: \(text)\n") == true)
    let json = try sandbox.baton("import", "ci.yml", "--json")
    let notes = try JSON.decode(json.output)["notes"]?.list
    #expect(notes?.first?["line"] == 6 && notes?.first?["lost"] == true, "\(json.account)")
    let run = try sandbox.baton("run", "ci.lua")
    #expect(run.code == 1)
    #expect(run.errors.contains("some/action@v1: a foreign action"), "\(run.account)")
    #expect(try sandbox.show().steps["job.echo-never"]?.status == "skipped")
  }

  @Test func `a command or a condition without counterpart fails at its turn, also behind what was skipped`() throws {
    let sandbox = try Sandbox([
      "ci.yml": """
      on: push
      jobs:
        command:
          steps:
            - { run: echo on failure, if: failure() }
            - { run: "echo ${{ hashFiles('x') }}" }
        passed:
          steps:
            - { run: echo fine }
            - { run: "echo ${{ hashFiles('x') }}", if: "1 == 2" }
            - { run: echo on failure, if: "failure() && hashFiles('x') != ''" }
        condition:
          steps:
            - { run: echo fine }
            - { run: echo never, if: "hashFiles('x') != ''" }
        job:
          if: hashFiles('x') != ''
          steps: [{ run: echo never }]
      """
    ])
    let made = try sandbox.baton("import", "ci.yml", "-o", "ci.lua")
    #expect(made.code == 0 && made.errors.contains("5 parts have no counterpart"), "\(made.account)")
    let run = try sandbox.baton("run", "ci.lua")
    #expect(run.code == 1, "\(run.account)")
    let steps = try sandbox.show().steps
    let failed = steps.filter { $0.value.status == "failed" }.keys.sorted()
    #expect(failed == ["command.echo-hashfiles-x", "condition.echo-never"], "\(run.account)")
    #expect(steps["passed.echo-hashfiles-x"]?.status == "skipped")
    #expect(steps["passed.echo-on-failure"]?.status == "skipped")
    #expect(run.errors.contains("✗ job  its condition has no counterpart: hashFiles()"), "\(run.account)")
    #expect(run.errors.contains("✗ command.echo-hashfiles-x: "), "\(run.account)")
  }

  @Test func `folders of steps may be named by where the job works, and by its cell`() throws {
    let sandbox = try Sandbox([
      "a/name": "first\n", "b/name": "second\n", "build/name": "built\n",
      "ci.yml": """
      on: push
      jobs:
        cells:
          strategy: { matrix: { dir: [a, b] } }
          defaults: { run: { working-directory: "${{ matrix.dir }}" } }
          steps:
            - uses: actions/checkout@v4
            - { name: own, run: cat name }
            - { name: built, run: cat name, working-directory: "${{github.workspace}}/build" }
            - { name: above, run: 'basename "$GITHUB_WORKSPACE" | xargs test -d', working-directory: "${{ runner.workspace }}" }
        unknown:
          steps:
            - { id: first, run: 'echo "dir=a" >> "$GITHUB_OUTPUT"' }
            - { run: pwd, working-directory: "${{ steps.first.outputs.dir }}" }
      """,
    ])
    let made = try sandbox.baton("import", "ci.yml", "-o", "ci.lua")
    #expect(made.code == 0 && made.errors.contains("1 part has no counterpart"), "\(made.account)")
    #expect(made.errors.contains("steps[1].working-directory: what it depends on is not known before the run"))
    let run = try sandbox.baton("run", "ci.lua")
    #expect(run.code == 1, "\(run.account)")
    func text(_ step: String) throws -> String { try sandbox.baton("logs", step).output }
    #expect(try text("cells[dir=a]/own") == "first\n" && text("cells[dir=b]/own") == "second\n", "\(run.account)")
    #expect(try text("cells[dir=a]/built") == "built\n" && text("cells[dir=b]/built") == "built\n")
    #expect(try sandbox.show().steps["cells[dir=a]/above"]?.status == "succeeded", "\(run.account)")
    #expect(try sandbox.show().steps["unknown.pwd"]?.status == "failed")
  }

  @Test func `it reads standard input, overwrites nothing without --force, and tells what is wrong`() throws {
    let sandbox = try Sandbox([
      "ci.yml": "on: push\njobs: { a: { steps: [{ run: echo x }] } }\n", "there.lua": "-- mine\n",
    ])
    let piped = try sandbox.command("sh", "-c", "\"\(Binary.path)\" import - < ci.yml")
    #expect(piped.code == 0 && piped.output.hasPrefix("-- Imported from standard input by baton import.\n"))
    let refused = try sandbox.baton("import", "ci.yml", "-o", "there.lua")
    #expect(refused.code == 2 && refused.errors.contains("there.lua is here already"), "\(refused.account)")
    #expect(sandbox.read("there.lua") == "-- mine\n")
    #expect(try sandbox.baton("import", "ci.yml", "-o", "there.lua", "--force").code == 0)
    #expect(sandbox.read("there.lua")?.contains("sequence \"a\" {") == true)
    try sandbox.write("bad.yml", "on: push\njobs:\n\ta: 1\n")
    let bad = try sandbox.baton("import", "bad.yml")
    #expect(bad.code == 2 && bad.output.isEmpty)
    #expect(bad.errors.hasPrefix("bad.yml:3:1: error: bad YAML: "), "\(bad.account)")
    #expect(try sandbox.baton("import", "nowhere.yml").code == 2)
    let direct = try sandbox.baton("run", "ci.yml")
    #expect(direct.code == 2 && direct.errors.contains("baton import ci.yml -o workflow.lua"), "\(direct.account)")
  }

  // MARK: The JSON form

  private static let nightly = """
    {
      "name": "nightly",
      "environment": "staging",
      "steps": [
        { "name": "prepare", "agent": "test_runner", "action": "setup_environment", "config": { "browser": "firefox" } },
        { "name": "smoke", "agent": "test_runner", "action": "run_tests", "depends_on": ["prepare"],
          "config": { "test_suite": "smoke" } },
        { "name": "report", "agent": "report_generator", "action": "generate_html_report", "depends_on": ["smoke"] },
        { "name": "tell", "agent": "notifier", "action": "send_notification", "depends_on": ["report"],
          "config": { "channels": ["file"], "template": "done" } }
      ],
      "on_failure": { "retry": { "max_attempts": 2, "delay": 0 }, "notify": { "channels": ["file"], "template": "bad" } }
    }
    """

  private static let settings = """
    { "agents": {
        "suites": { "smoke": { "runner": "command", "run": "./smoke.sh", "results": { "junit": "smoke.xml" } } },
        "channels": { "file": { "kind": "command", "run": "cat >> told.txt; printf '%s\\\\n' \\"$BATON_NOTIFY_TEXT\\" >> texts.txt" } },
        "templates": { "done": "done {workflow}", "bad": "bad {workflow}: {status}" },
        "environments": { "staging": { "env": { "BASE": "https://s" }, "setup": "echo \\"$BROWSER $BASE\\" > prepared.txt" } } } }
    """

  private static let smoke = """
    #!/bin/sh
    echo run >> smoke.txt
    echo '<testsuite name="s"><testcase name="a" classname="c"/></testsuite>' > smoke.xml
    test -e broken && [ $(wc -l < smoke.txt) -lt "$(cat broken)" ] && exit 1
    exit 0
    """

  private func project() throws -> Sandbox {
    let sandbox = try Sandbox(["nightly.json": Self.nightly, "baton.json": Self.settings, "smoke.sh": Self.smoke])
    try sandbox.command("chmod", "+x", "smoke.sh")
    return sandbox
  }

  @Test func `a JSON workflow runs as it is, with suites, environments, reports and channels of baton.json`() throws {
    let sandbox = try project()
    #expect(try sandbox.baton("check", "nightly.json").code == 0)
    #expect(try sandbox.baton("plan", "nightly.json").output.contains("smoke"))
    #expect(try sandbox.baton("graph", "nightly.json").code == 0)
    try sandbox.write("broken", "2")
    let run = try sandbox.baton("run", "nightly.json")
    #expect(run.code == 0, "\(run.account)")
    #expect(sandbox.read("prepared.txt") == "firefox https://s\n")
    #expect(sandbox.lines("smoke.txt").count == 2, "the failed step was tried again")
    #expect(sandbox.read("reports/report.html")?.contains("nightly") == true)
    #expect(sandbox.lines("texts.txt").contains("done nightly"), "\(sandbox.lines("texts.txt"))")
    let shown = try sandbox.show()
    #expect(shown.steps["tell"]?.status == "succeeded")
    #expect(try sandbox.baton("tests").output.contains("a"))
  }

  @Test func `a JSON workflow that failed is resumed, and tells its failure`() throws {
    let sandbox = try project()
    try sandbox.write("broken", "9")
    #expect(try sandbox.baton("run", "nightly.json").code == 1)
    #expect(sandbox.lines("texts.txt") == ["bad nightly: failed"], "\(sandbox.lines("texts.txt"))")
    Disk.remove(sandbox.path("broken"))
    Disk.remove(sandbox.path("prepared.txt"))
    let resumed = try sandbox.baton("resume")
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(sandbox.read("prepared.txt") == nil, "what had succeeded was kept")
  }

  @Test func `the imported script plans what the JSON workflow plans`() throws {
    let sandbox = try project()
    #expect(try sandbox.baton("import", "nightly.json", "-o", "nightly.lua").code == 0)
    // The places differ, and nothing else.
    func plan(_ file: String) throws -> Value {
      func bare(_ value: Value) -> Value {
        switch value {
        case .map(let fields): .map(fields.filter { $0.key != "file" && $0.key != "line" }.mapValues(bare))
        case .list(let items): .list(items.map(bare))
        default: value
        }
      }
      return bare(try JSON.decode(try sandbox.baton("plan", file, "--json").output))
    }
    let direct = try plan("nightly.json")
    #expect(direct == (try plan("nightly.lua")))
    #expect(direct["nodes"]?.list?.count == 4)
    #expect(try sandbox.baton("run", "nightly.lua").code == 0)
  }

  @Test func `mistakes of a JSON workflow and of baton.json are told with their JSON paths`() throws {
    let sandbox = try project()
    try sandbox.write("nightly.json", Self.nightly.replacing("run_tests", with: "run_test"))
    let wrong = try sandbox.baton("run", "nightly.json")
    #expect(wrong.code == 2)
    #expect(
      wrong.errors.hasPrefix(
        "nightly.json:6:48: error: $.steps[1].action: there is no action \"run_test\": did you mean \"run_tests\"?"),
      "\(wrong.account)")
    #expect(!Disk.exists(sandbox.path(".baton/baton.db")), "nothing ran")
    try sandbox.write("baton.json", Self.settings.replacing("\"runner\": \"command\"", with: "\"runner\": \"comand\""))
    let settings = try sandbox.baton("run", "nightly.json")
    #expect(settings.code == 2)
    #expect(settings.errors.contains("$.agents.suites.smoke.runner names no runner: \"comand\""), "\(settings.account)")
    #expect(settings.errors.contains("did you mean \"command\"?"))
  }
}
