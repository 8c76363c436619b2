import BatonModel
import Glibc
import Testing

/// Every example that `baton help COMMAND` shows is run as it stands, in a project for which it makes sense.
@Suite struct CommandExamples {
  struct Row: Sendable, CustomTestStringConvertible {
    var example: String
    /// What is done before, in a shell.
    var before = ""
    var code: Int32 = 0
    /// A part of what it prints.
    var prints = ""
    /// What takes its place where the whole of it is out of reach here, with the reason.
    var instead: (command: String, reason: String)?
    var testDescription: String { example }
  }

  private static let run = "baton run release.lua -q"
  private static let failed = "touch broken; baton run release.lua -q"
  private static let waiting = "baton run waiting.lua -q --no-wait"
  private static let listening = "baton run listening.lua -q --no-wait"
  private static let counted = "baton run tests.lua -q; baton run tests.lua -q"
  private static let module =
    "baton module new shop-deploy -o ..; "
    + #"sed -i 's/"permissions": .*/"permissions": ["env:SHOP_TOKEN"]/' ../shop-deploy/baton/module.json"#
  private static let leased =
    #"echo 'step "use" { lease = pool "device" { members = { "a", "b" } }, run = "true" }' > devices.lua; "#
    + "baton run devices.lua -q"
  private static let environments = #"echo '{"environments": {"prod": {"config": {"url": "a"}}}}' > baton.json"#
  private static let data =
    #"echo '{"fields": [{"name": "id", "kind": "sequence"}, {"name": "name", "kind": "name"}]}' > people.json; "#
    + #"echo '{"columns": {"id": "shape", "name": "name"}}' > rules.json; export MASK_KEY=0123456789abcdef-the-key; "#
    + "baton data generate people.json --rows 1000 --seed 7 -o people.csv"
  private static let versions =
    masked + "; export DATA_KEY=another-key-0123456789; baton data add customers people.csv"
  private static let masked = data + "; baton data mask people.csv --rules rules.json -o masked.csv"
  private static let rocks =
    "baton module new inspect -o src; mkdir -p vendor; sed -i 's/0.1.0-1/3.1.3-0/' src/inspect/*.rockspec; "
    + "mv src/inspect/*.rockspec src/inspect/inspect-3.1.3-0.rockspec; baton module pack src/inspect -o vendor/rocks"

  static let rows: [Row] = [
    Row(example: "baton init", before: "rm *.lua baton.json", prints: "workflow.lua"),
    Row(example: "baton init --template matrix -C nightly", before: "mkdir nightly", prints: "workflow.lua"),
    Row(example: "baton import .github/workflows/ci.yml -o ci.lua", prints: "wrote ci.lua"),
    Row(example: "baton import nightly.json", prints: "require \"baton.agents\""),
    Row(example: "baton import ci.yml -o ci.lua --json", prints: "\"notes\""),
    Row(example: "baton check workflow.lua modules/*.lua", prints: "2 files checked: 0 errors, 0 warnings"),
    Row(example: "baton check --explain B012", prints: "Wrong"),
    Row(example: "baton check --fix workflow.lua", prints: "1 file checked"),
    Row(example: "baton check --strict", before: "rm *_test.lua", prints: "files checked: 0 errors, 0 warnings"),
    Row(example: "baton plan workflow.lua", prints: "Level 1"),
    Row(example: "baton plan release.lua --json", prints: "\"steps\""),
    Row(example: "baton graph workflow.lua", prints: "build"),
    Row(example: "baton graph workflow.lua --format svg -o graph.svg"),
    Row(example: "baton repl"), Row(example: "baton repl release.lua"),
    Row(example: "baton repl release.lua < commands.txt", prints: "Level 1"),
    Row(example: "baton test", prints: "1 test"),
    Row(example: "baton test release_test.lua --filter 'tried again'", prints: "1 test"),
    Row(
      example: "baton test --watch",
      instead: (
        "sh -c 'baton test --watch & w=$!; until grep -q passed said; do :; done; kill $w; wait $w' > said 2>&1; "
          + "grep passed said",
        "it ends when it is interrupted"
      )),
    Row(example: "baton test --junit report.xml", prints: "1 test"),
    Row(example: "baton chaos release.lua", prints: "every resumed run ended as the undisturbed one"),
    Row(example: "baton chaos release.lua --mocks hard_test.lua", prints: "every resumed run"),
    Row(example: "baton chaos build.lua --real", prints: "every resumed run"),
    Row(example: "baton chaos release.lua --at 7,12", prints: "7"),
    Row(example: "baton replay", before: Self.run, prints: "replays"),
    Row(example: "baton replay 01HX rollout --trace", before: Self.run, prints: "rollout"),
    Row(example: "baton replay --all release.lua", before: Self.run, prints: "1 run"),
    Row(example: "baton run workflow.lua", prints: "succeeded"),
    Row(example: "baton run release.lua -p environment=prod -j 4", prints: "succeeded"),
    Row(example: "baton run tests.lua --only lint 'e2e[browser=chrome]'", prints: "2 succeeded"),
    Row(example: "baton run tests.lua --changed-since origin/main", prints: "succeeded"),
    Row(example: "baton resume", before: Self.failed + "; rm broken", prints: "succeeded"),
    Row(example: "baton resume 01HX --from deploy", before: Self.run, prints: "succeeded"),
    Row(
      example: "baton resume --set build.version=1.4.2 --skip lint", before: Self.failed + "; rm broken",
      prints: "succeeded"),
    Row(
      example: "baton resume --skip quality --reason known", before: "baton run refused.lua -q", prints: "succeeded"),
    Row(example: "baton watch", before: Self.run, prints: "succeeded"),
    Row(example: "baton cancel --reason 'wrong branch'", before: Self.waiting),
    Row(example: "baton approve", before: Self.waiting, prints: ""),
    Row(example: "baton approve 01HX ship --reason tested", before: Self.waiting),
    Row(example: "baton approve ship --as ann --field version=1.4.2", before: Self.waiting),
    Row(example: "baton reject ship --reason friday", before: Self.waiting),
    Row(example: "baton signal deployed --json '{\"region\":\"eu\"}'", before: Self.listening),
    Row(example: "baton signal 01HX go", before: Self.listening),
    Row(example: "baton runs", before: Self.run, prints: "succeeded"),
    Row(example: "baton runs --status failed -n 0", before: Self.failed, prints: "failed"),
    Row(example: "baton show", before: Self.run, prints: "succeeded"),
    Row(example: "baton show 01HX --json", before: Self.run, prints: "\"steps\""),
    Row(example: "xdg-open $(baton report)", before: Self.run, prints: "opened"),
    Row(example: "baton report 01HX --format md", before: Self.run, prints: "release"),
    Row(example: "baton report --format junit -o results.xml", before: Self.counted),
    Row(example: "baton tests --flaky", before: Self.counted),
    Row(example: "baton tests --failing --branch main", before: Self.counted),
    Row(
      example: "baton tests show cart.test_total", before: "baton run tests.lua -q --only 'e2e[browser=chrome]'",
      prints: "test_total"),
    Row(example: "baton tests trends --branch main -n 50", before: Self.counted),
    Row(
      example: "baton tests quarantine 'cart.*' --owner ada --reason flaky --expires 2026-12-31", before: Self.counted,
      instead: (
        "baton tests quarantine 'cart.*' --owner ada --reason flaky --expires 2099-12-31", "its day will have passed"
      )),
    Row(example: "baton tests --quarantined", before: Self.counted),
    Row(example: "baton logs build", before: Self.run), Row(example: "baton logs -f", before: Self.run),
    Row(example: "baton logs 01HX build --attempt 1", before: Self.run),
    Row(example: "baton events", before: Self.run, prints: "succeeded"),
    Row(example: "baton events -f --json", before: Self.run, prints: "run.succeeded"),
    Row(example: "baton why build", before: Self.run, prints: "build"),
    Row(example: "baton why 01HX deploy", before: Self.run, prints: "deploy"),
    Row(example: "baton config validate", prints: "baton.json is right"),
    Row(example: "baton config show --env prod --origin", before: Self.environments, prints: "config.url"),
    Row(example: "baton config schema > baton.schema.json"),
    Row(
      example: "baton secret set DB_PASSWORD",
      instead: ("printf sesame | baton secret set DB_PASSWORD", "it asks a person")),
    Row(example: "baton secret set TLS_KEY --from key.pem", before: "echo key > key.pem", prints: "put TLS_KEY into"),
    Row(
      example: "baton secret list --env prod", before: Self.environments + "; printf a | baton secret set SHOP_TOKEN",
      prints: "SHOP_TOKEN"),
    Row(
      example: "baton data generate people.json --rows 1000 --seed 7 -o people.csv", before: Self.data,
      prints: "made 1000 records in people.csv"),
    Row(example: "baton data mask people.csv --rules rules.json -o masked.csv", before: Self.data),
    Row(
      example: "baton data verify masked.csv people.csv --rules rules.json", before: Self.masked,
      prints: "nothing of them is left"),
    Row(
      example: "baton data add customers masked.csv --note 'export of May'", before: Self.versions,
      prints: "customers@2 is "),
    Row(
      example: "baton data get customers@2 -o customers.csv",
      before: Self.versions + "; baton data add customers masked.csv"),
    Row(example: "baton module new shop-deploy", prints: "made shop-deploy"),
    Row(
      example: "baton module add inspect 3.1.3", before: Self.rocks,
      instead: ("baton module add inspect 3.1.3 --server vendor/rocks", "LuaRocks' server is a network away")),
    Row(
      example: "baton module add ../shop-deploy --trust env:SHOP_TOKEN", before: Self.module,
      prints: "shop-deploy 0.1.0-1 added"),
    Row(
      example: "baton module add git+https://example.org/shop.git v1.2",
      before: "baton module new shop -o src && cd src/shop && git init -q . && git add -A && "
        + "git -c user.name=a -c user.email=a@b commit -qm one && git tag v1.2 && cd ../.. && "
        + "git config --global url.\"file://$PWD/src/shop\".insteadOf https://example.org/shop.git",
      prints: "shop 0.1.0-1 added"),
    Row(example: "baton module add inspect --server vendor/rocks", before: Self.rocks, prints: "inspect 3.1.3-0 added"),
    Row(
      example: "baton module install --frozen", before: Self.rocks + "; baton module add inspect --server vendor/rocks",
      prints: "baton.lock pins"),
    Row(example: "baton module pack -o dist", before: Self.module + "; cd ../shop-deploy", prints: ".rock"),
    Row(example: "baton pools", before: Self.leased, prints: "device  0 of 2 leased"),
    Row(example: "baton pools device -n 100", before: Self.leased, prints: "use"),
    Row(example: "baton gc --keep 7d --dry-run", before: Self.run), Row(example: "baton doctor"),
    Row(
      example: "source <(baton completion bash)",
      instead: ("bash -c 'source <(baton completion bash); complete -p baton'", "sh has no source")),
    Row(example: "baton completion zsh > ~/.zfunc/_baton", before: "mkdir ~/.zfunc"),
    Row(
      example: "baton completion fish > ~/.config/fish/completions/baton.fish",
      before: "mkdir -p ~/.config/fish/completions"),
    Row(example: "baton docs --html site", prints: "wrote"),
    Row(example: "baton docs --man ~/.local/share/man", prints: "wrote"),
    Row(example: "baton help run", prints: "Options"), Row(example: "baton help step.retry", prints: "backoff"),
    Row(example: "baton help ctx:signal", prints: "Waits for"), Row(example: "baton help topics", prints: "Cookbook"),
  ]

  private static let files: [String: String] = [
    "workflow.lua": "local build = step \"build\" \"true\"\nstep \"test\" { run = \"true\", depends = build }\n",
    "modules/kit.lua": "return {}\n",
    "release.lua": """
    workflow "release" { params = { environment = param.enum { "dev", "prod", default = "dev" } } }
    local build = step "build" { run = [[echo "version=1.4" >> "$BATON_OUTPUT"; test ! -e broken]] }
    local lint = step "lint" "true"
    local deploy = step "deploy" { run = { "echo", params.environment, build.out.version }, depends = lint }
    step "rollout" { depends = deploy, function(ctx) ctx:sh "echo rolling" end }
    """,
    "release_test.lua": """
    describe("release", function()
      it("is tried again", function()
        local run = simulate { steps = { build = { out = { version = "1" } } } }
        assert.equal("succeeded", run.status)
      end)
    end)
    """,
    "hard_test.lua": """
    return { steps = { build = { out = { version = "2" } } } }
    """,
    "build.lua": "step \"build\" { run = \"echo made > made.txt\" }\n",
    "tests.lua": """
    step "lint" "true"
    matrix "e2e" {
      axes = { browser = { "chrome", "firefox" } },
      step = function(cell)
        local report = "reports/" .. cell.browser .. ".xml"
        return {
          run = [[mkdir -p reports; echo '<testsuite><testcase classname="cart" name="test_total"/></testsuite>' > ]]
            .. report,
          results = junit(report),
        }
      end,
    }
    """,
    "waiting.lua": """
    local ship = gate "ship" { approval = { form = { version = param.string { default = "1" } } } }
    step "deploy" { run = "true", depends = ship }
    """,
    "refused.lua": """
    local build = step "build" { run = [[echo '{"metric":"size","value":9}' >> "$BATON_EVENTS"]] }
    local quality = gate "quality" { depends = build, require = { ["metric.size"] = "<= 5" } }
    step "ship" { run = "true", depends = quality }
    """,
    "listening.lua": """
    step "a" { function(ctx) ctx:signal "deployed" end }
    step "b" { function(ctx) ctx:signal "go" end }
    """,
    "commands.txt": ":plan\n", "bin/xdg-open": "#!/bin/sh\ntest -s \"$1\" && echo opened\n",
  ]

  private func prepared() throws -> Sandbox {
    let sandbox = try Sandbox(Self.files)
    for name in ["nightly.json", "ci.yml", "baton.json"] {
      try sandbox.write(name, try #require(Disk.text("\(Binary.root)/scripts/examples/\(name)")))
    }
    let set = try sandbox.command(
      "sh", "-c",
      """
      chmod +x bin/xdg-open; mkdir -p .github/workflows; cp ci.yml .github/workflows
      git config --global init.defaultBranch main; git init -q .; git add -A
      git -c user.name=a -c user.email=a@b commit -qm one; git update-ref refs/remotes/origin/main HEAD
      """)
    try #require(set.code == 0, "\(set.account)")
    return sandbox
  }

  @Test("Every example of every command has a row here, and every row an example")
  func complete() throws {
    let sandbox = try Sandbox()
    let help = try sandbox.baton("help").output
    let commands = Set(help.matches(of: #/\n\ \ ([a-z]+)\ \ /#).map { String($0.output.1) })
    #expect(commands.count > 25)
    var examples: [String] = []
    for command in commands {
      let lines = try sandbox.baton("help", command).output.split(separator: "\n", omittingEmptySubsequences: false)
      let below = lines.drop { $0 != "Examples" }.dropFirst().prefix { !$0.isEmpty }
      examples += below.filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }.map { String($0.dropFirst(2)) }
    }
    #expect(examples.sorted() == Self.rows.map(\.example).sorted())
  }

  @Test("An example does what it says", arguments: rows)
  func example(_ row: Row) throws {
    let sandbox = try prepared()
    let variables = ["PATH": "\(sandbox.path("bin")):\(Shell.path(sandbox))"]
    let command = (row.instead?.command ?? row.example).replacing(
      "01HX", with: "$(baton runs --json | sed -n 's/.*\"run\": *\"\\([a-z0-9]*\\)\".*/\\1/p' | head -n 1)")
    let before = row.before.isEmpty ? ":" : "{ \(row.before); } > before.log 2>&1"
    let finished = try sandbox.command("bash", "-c", "\(before)\n\(command)", env: variables)
    #expect(finished.code == row.code, "\(sandbox.read("before.log") ?? "")\n\(finished.account)")
    #expect(finished.all.contains(row.prints), "\(row.prints): \(finished.account)")
  }
}
