import BatonModel
import Testing

/// Every recipe of the cookbook runs, and does what it shows.
@Suite struct Cookbook {
  static let folder = "\(Binary.root)/scripts/examples/cookbook"

  struct Row: Sendable, CustomTestStringConvertible {
    var recipe: String
    var code: Int32 = 0
    var arguments: [String] = []
    /// How steps end.
    var ends: [String: String] = [:]
    /// Parts of what steps print.
    var prints: [String: String] = [:]
    /// The lines of files that are written.
    var files: [String: [String]] = [:]
    /// What is run behind it, in a shell, and parts of what that prints.
    var then: [(command: String, prints: String)] = []

    var testDescription: String { recipe }
  }

  static let rows: [Row] = [
    Row(
      recipe: "approval", code: 5, arguments: ["--no-wait"], ends: ["build": "succeeded", "release": "waiting"],
      then: [
        ("baton approve release --field ticket=OPS-7 && baton resume && baton logs deploy", "deploying for OPS-7")
      ]),
    Row(
      recipe: "artifacts", ends: ["profile": "succeeded"],
      then: [("ls .baton/runs/*/artifacts/*/out 2>/dev/null || find .baton/runs -name profile.txt", "profile.txt")]),
    Row(
      recipe: "cached-build", ends: ["build": "succeeded"], files: ["dist/text.txt": ["HELLO"]],
      then: [("rm dist/text.txt && baton run cached-build.lua 2>&1 && cat dist/text.txt", "1 cached")]),
    Row(
      recipe: "canary", ends: ["rollout": "succeeded", "rollout/canary-us": "succeeded"],
      then: [("baton run canary.lua -p limit=0.001 2>&1; echo code $?", "code 3")]),
    Row(recipe: "checkpoint", ends: ["train": "succeeded"], prints: ["train": "epoch 4"]),
    Row(recipe: "cleanup", code: 1, ends: ["test": "failed", "diagnose": "succeeded", "cleanup": "succeeded"]),
    Row(
      recipe: "conditional", ends: ["docs": "succeeded", "tests": "skipped"],
      then: [("baton show 2>&1", "no code changed")]),
    Row(recipe: "coverage-gate", ends: ["quality": "succeeded"], then: [("baton run coverage-gate.lua", "")]),
    Row(recipe: "dynamic-matrix", ends: ["build[package=http]": "succeeded", "release": "succeeded"]),
    Row(recipe: "failover", ends: ["fetch": "succeeded"], prints: ["use": "fetched from mirror"]),
    Row(recipe: "fan-in", prints: ["total": "all parts have 9 bytes"]),
    Row(recipe: "health-wait", ends: ["healthy": "succeeded", "stop": "succeeded"]),
    Row(
      recipe: "json", prints: ["push": #"["1.4","latest"]"#],
      then: [(#"baton show --json | jq -r '.steps[] | .step + " " + .status'"#, "push succeeded")]),
    Row(
      recipe: "matrix-versions",
      ends: ["test[version=3.12,os=alpine]": "succeeded", "test[version=3.14-dev,os=debian]": "succeeded"],
      then: [("baton show --json | jq '[.steps[] | select(.step | startswith(\"test[\"))] | length'", "6")]),
    Row(recipe: "max-failures", code: 1, ends: ["api": "failed", "web": "skipped"]),
    Row(recipe: "modules", prints: ["hello": "Hello, Ada!", "after": "greeted Ada"]),
    Row(
      recipe: "nightly", ends: ["clean": "succeeded"],
      then: [("printf 'step \"x\" \"exit 1\"' > /dev/null; test -s nightly/stamp && echo stamped", "stamped")]),
    Row(
      recipe: "notify", files: ["messages.txt": ["processed 42 items"]],
      then: [("baton run notify.lua -p fail=true 2>/dev/null; tail -n 1 messages.txt", "it failed")]),
    Row(recipe: "parallel-limits", ends: ["unit": "succeeded", "e2e-firefox": "succeeded"]),
    Row(
      recipe: "parameters", prints: ["deploy": "deploying 1.0 to dev by 4"],
      then: [("baton run parameters.lua -p environment=moon 2>&1; echo code $?", "code 2")]),
    Row(recipe: "poll", ends: ["ready": "succeeded"]),
    Row(recipe: "python", prints: ["say": "the sum is 45"]),
    Row(
      recipe: "quarantine", ends: ["unit": "succeeded"], then: [("baton tests --quarantined 2>&1", "total is right")]),
    Row(
      recipe: "resume", code: 1, ends: ["build": "succeeded", "ship": "failed"],
      then: [("touch approved && baton resume 2>&1 && baton logs ship", "shipped 1.4")]),
    Row(recipe: "retry-flaky", ends: ["fetch": "succeeded"], prints: ["fetch": "fetched"]),
    Row(
      recipe: "saga", ends: ["ship": "succeeded"], files: ["order.log": ["reserved", "charged"]],
      then: [
        (
          "rm order.log; baton run saga.lua -p stock=0 2>/dev/null; tr '\\n' ' ' < order.log",
          "reserved charged refunded released"
        )
      ]),
    Row(
      recipe: "secrets", prints: ["publish": "using ***"], then: [("grep -r s3cr3t .baton || echo nowhere", "nowhere")]),
    Row(
      recipe: "shards", ends: ["unit[shard=1of2]": "succeeded"],
      then: [("baton show --json | jq .tests.passed", "4")]),
    Row(recipe: "signal", prints: ["follow": "nobody said that it was deployed"]),
    Row(recipe: "sub-workflow", ends: ["deploy": "succeeded", "after": "succeeded"]),
    Row(recipe: "templates", files: ["deploy.yaml": ["image: shop:1.4", "host: A", "host: B"]]),
    Row(recipe: "timeouts", ends: ["probe": "failed", "go-on": "succeeded"]),
  ]

  @Test("Every recipe has a row here, and every row a recipe")
  func complete() {
    let recipes = Disk.names(in: Self.folder).filter { $0.hasSuffix(".lua") }.map { String($0.dropLast(4)) }
    #expect(recipes.sorted() == Self.rows.map(\.recipe).sorted())
    #expect(recipes.count >= 25)
  }

  @Test("A recipe runs", arguments: rows)
  func recipe(_ row: Row) throws {
    let sandbox = try Sandbox()
    try sandbox.command("cp", "-r", "\(Self.folder)/.", sandbox.folder)
    let checked = try sandbox.baton("check", "\(row.recipe).lua")
    #expect(checked.code == 0, "\(checked.account)")
    let variables = ["API_TOKEN": "s3cr3t", "PATH": Shell.path(sandbox)]
    let finished = try sandbox.start(["run", "\(row.recipe).lua"] + row.arguments, env: variables).wait(atMost: 90)
    #expect(finished.code == row.code, "\(finished.account)")
    let state = try sandbox.show()
    for (step, status) in row.ends { #expect(state.steps[step]?.status == status, "\(step): \(finished.account)") }
    for (step, part) in row.prints {
      let logs = try sandbox.baton("logs", step)
      #expect(logs.output.contains(part), "\(step): \(logs.account)")
    }
    for (file, lines) in row.files { #expect(sandbox.lines(file) == lines, "\(file)") }
    for (command, part) in row.then {
      let done = try sandbox.command("sh", "-c", command, env: variables)
      #expect(done.all.contains(part), "\(done.account)")
    }
  }
}

/// How tests run commands of a user's shell.
enum Shell {
  /// A `PATH` in which `baton` is the binary under test.
  static func path(_ sandbox: Sandbox) -> String {
    let folder = Binary.path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    return "\(folder):\(sandbox.environment["PATH"] ?? "")"
  }
}
