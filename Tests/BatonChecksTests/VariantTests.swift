import BatonChecks
import BatonModel
import Testing

/// The same mistake, written in several ways; and what looks like it and is none.
@Suite struct VariantTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var script: String
    /// `B012 2`: code and line.
    var found: [String] = []
    var testDescription: String { script }
  }

  private static let param = #"workflow "w" { params = { t = param.string { default = "d" } } }"# + "\n"
  private static let list =
    #"local l = step "l" { run = [[echo '{"f":["a","b"],"image":{"digest":1}}' >> "$BATON_OUTPUT"]] }"# + "\n"
  private static let tested = #"local t = step "t" { run = "x", results = junit "r.xml" }"# + "\n"
  /// The gate judges what its tests say, not whether it failed.
  private static let tolerated =
    #"local t = step "t" { run = "x", results = junit "r.xml", allow_failure = true }"# + "\n"
  private static let gate = "gate 'g' { depends = 't', require = { tests = '>= 1' } }\n"
  private static let plain = #"local t = step "t" { run = "x" }"# + "\n"

  /// What looks like a token of this kind.
  private static func token(_ head: String) -> String { head + "x7Kq92nVb41LmQz8Pw3RtY6uJs0AaBbCcDdE" }

  static let rows: [Row] = [
    // Values from outside, unquoted.
    Row(script: param + "local c = 'x'\nc = c .. ' --to ' .. params.t\nstep 'a' { run = c }", found: ["B012 3"]),
    Row(script: param + "step 'a' { run = table.concat({ 'x', params.t }, ' ') }", found: ["B012 2"]),
    Row(
      script: param + "local function deploy(to) return { run = 'x --to ' .. to } end\nstep 'a' (deploy(params.t))",
      found: ["B012 2"]),
    Row(
      script: list + "matrix 'm' { axes = { f = l.out.f }, step = function(cell) return { run = 'x ' .. cell.f } end }",
      found: ["B021 1", "B012 2"]),
    Row(
      script:
        "workflow 'w' { params = { l = param.list { default = { 'a' } } } }\n"
        + "matrix 'm' { axes = { f = params.l }, step = function(cell) return { run = 'x ' .. cell.f } end }",
      found: ["B012 2"]),
    Row(
      script: param + "local shell = require 'baton.shell'\nlocal t = params.t\nt = shell.quote(t)\n"
        + "step 'a' { run = 'x ' .. t }"),
    Row(script: "matrix 'm' { axes = { f = { 'a' } }, step = function(cell) return { run = 'x ' .. cell.f } end }"),
    Row(script: "local function two(n) return { run = 'x ' .. n } end\nstep 'a' (two(2))"),
    Row(
      script: list
        + "matrix 'm' { axes = { f = l.out.f }, step = function(cell) return { run = { 'x', cell.f } } end }",
      found: ["B021 1"]
    ),

    // Time that is worked out, and time that is asked for.
    Row(
      script: "local function day(t) return os.date('%F', t) end\n"
        + "step 'a' { function(ctx) return { day = day(ctx:now()), noon = os.time { year = 2026, month = 1, day = 1 } } end }"
    ),
    Row(
      script: "local function day() return os.date '%F' end\nstep 'a' { function() return { day = day() } end }",
      found: ["B032 2"]),

    // Children of one name.
    Row(
      script: "step 'a' { function(ctx)\nctx:step 'x' { run = 'x' }\nlocal y = ctx:step('x') { run = 'y' }.out.y\n"
        + "return { y = y } end }", found: ["B036 3"]),
    Row(
      script: "step 'a' { function(ctx)\nctx:start 'x' { run = 'x' }:await()\nif ctx:value 'v' then\n"
        + "ctx:step 'x' { run = 'y' } end end }", found: ["B036 4"]),
    Row(
      script: "step 'a' { function(ctx)\nif ctx:random() > 0.5 then ctx:step 'x' { run = 'x' } else "
        + "ctx:step 'x' { run = 'y' } end end }"),

    // Statuses.
    Row(
      script: plain + "step 's' { depends = t, run = 'x', when = function(deps) return 'sucess' ~= deps.t.status end }",
      found: ["B039 2"]),
    Row(
      script:
        "step 'a' { function(ctx)\nlocal r = ctx:step 'x' { run = 'x' }\nif r.status == 'ok' then ctx:log 'y' end\n"
        + "if r.status == 'cached' then ctx:log 'z' end end }", found: ["B039 3"]),

    // What bodies emit and nobody uses.
    Row(
      script: "local a = step 'a' { function(ctx)\nctx:output('used', 1)\nctx:output('left', 1) end }\n"
        + "step 'b' { run = { 'x', a.out.used } }", found: ["B021 1"]),

    // A function of a matrix that ends with an error hides nothing but its cells.
    Row(
      script: "matrix 'm' { axes = { a = { 1, 2 } }, step = function(cell)\nif cell.a == 2 then error 'no' end\n"
        + "return { run = 'x', timeout = '2h', deadline = '1h' } end }\n"
        + "step 'late' { run = 'x', timeout = '2h', deadline = '1h', depends = 'm[a=2]' }\n"
        + "step 'never' { run = 'x', when = function() return false end, depends = 'm' }",
      found: ["B027 1", "B002 2", "B027 4", "B022 5"]),
    Row(
      script: "matrix 'm' { axes = { a = { 1 } }, step = function() error 'no' end }\n"
        + "step 'lost' { run = 'x', depends = { 'm[a=1]', 'gone' } }",
      found: ["B002 1", "B009 2"]),
    Row(
      script: "matrix 'm' { axes = { a = { 1, 2 } }, step = function(cell)\nreturn { run = nothing.x } end }\n"
        + "step 'f' { run = 'x', when = 'failed', depends = 'm[a=1]' }\n"
        + "gate 'g' { depends = 'm', require = { pass_rate = '>= 0.9' } }\n"
        + "gate 'h' { depends = 'm', require = { pass_rate = '>= 90' } }",
      found: ["B003 2", "B023 5"]),
    Row(
      script: "matrix 'm' { axes = { a = { 1 } }, step = function(cell) step 'x' 'y'\nerror {} end }\n"
        + "local v = step 'v' { run = 'echo \"a=1\" >> \"$BATON_OUTPUT\"' }",
      found: ["B002 2"]),

    // A step of a cell that is not known may fail.
    Row(
      script: tolerated + gate
        + "matrix 'm' { axes = { a = { 1, 2 } }, step = function(cell)\nif cell.a == 2 then error 'no' end\n"
        + "return { run = 'x' } end }\nstep 'f' { run = 'x', when = 'failed', depends = { 'g', 'm[a=2]' } }",
      found: ["B002 4"]),

    // Groups without members.
    Row(
      script: "parallel 'p' { max = 2 }\nsequence 's' {}\ntransaction 't' {}", found: ["B028 1", "B028 2", "B028 3"]),
    Row(script: "local members = { step 'a' 'x' }\nparallel 'p' (members)\nparallel 'q' { step 'b' 'x' }"),

    // Futures that nothing waits for.
    Row(
      script: "step 'a' { function(ctx)\nlocal one = ctx:start 'x' { run = 'x' }\nctx:start('y', { run = 'y' })\n"
        + "if ctx:value 'v' then local two = ctx:start('z', { run = 'z' }) end end }",
      found: ["B038 2", "B038 3", "B038 4"]),
    Row(
      script:
        "step 'a' { function(ctx)\nlocal one = ctx:start 'x' { run = 'x' }\nlocal two = ctx:start 'y' { run = 'y' }\n"
        + "local list = {}\nlist[#list + 1] = ctx:start 'z' { run = 'z' }\nctx:all(list)\nctx:all { two }\none:await() end }"
    ),

    // What is removed.
    Row(script: "step 'a' 'cd x && rm -fr \"$OUT\"/*'", found: ["B031 1"]),
    Row(script: "step 'a' 'sudo rm -R ${OUT}/x'", found: ["B031 1"]),
    Row(script: "step 'a' 'set -eu; rm -rf $OUT/x'"),
    Row(script: "step 'a' 'OUT=$(mktemp -d); rm -rf $OUT/x'"),
    Row(script: "step 'a' { run = 'rm -rf $OUT/x', env = { OUT = 'out' } }"),
    Row(script: "step 'a' 'rm -rf $OUT $HOME/.cache/x; rm -f $OUT/x; rm -rf build/$OUT/x'"),

    // Secrets.
    Row(script: "step 'a' { run = { 'x', '--api-key', 'x7Kq92nVb41LmQz8' } }", found: ["B050 1"]),
    Row(script: "step 'a' { run = { 'x', '--token', 'TOKEN_NAME', '--token-file', 'x7Kq92nVb41LmQz8' } }"),

    // Gates that no run passes.
    Row(script: plain + "gate 'g' { depends = t, require = { pass_rate = '>= 0.98' } }", found: ["B023 2"]),
    Row(
      script: #"local t = step "t" { run = [[echo '{"metric":"tests","value":2}' >> "$BATON_EVENTS"]] }"#
        + "\ngate 'g' { depends = t, require = { tests = '>= 1' } }"),
    Row(script: tested + "gate 'g' { depends = t, require = { coverage = '>= 0.8' } }", found: ["B023 2"]),
    Row(
      script: tested + "gate 'g' { depends = t, require = { ['findings.critical'] = '== 0' } }", found: ["B023 2"]),
    Row(script: tested + "gate 'g' { depends = t, check = function() return false, 'no' end }", found: ["B023 2"]),
    Row(script: tested + "gate 'g' { depends = t, check = function(results) print(results) end }", found: ["B023 2"]),
    Row(script: tested + "gate 'g' { depends = t, require = { pass_rate = '>= 0.98', duration = '< 60' } }"),
    Row(
      script: "step 's' { run = 'x', results = { lcov 'a', function() return {} end } }\n"
        + "gate 'g' { depends = 's', require = { pass_rate = '>= 0.98' } }"),
    Row(
      script: "step 's' { function(ctx) ctx:step 'u' { run = 'x', results = junit 'r' } end }\n"
        + "gate 'g' { depends = 's', require = { pass_rate = '>= 0.98' } }"),
    Row(script: tested + "gate 'g' { depends = t, check = function(r) return r.metrics.tests > 1 end }"),
    Row(script: "step 'a' { run = 'x', when = function() return false end }", found: ["B022 1"]),
    Row(script: tested + gate + "step 'f' { run = 'x', when = 'failed', depends = 'g' }"),
    Row(
      script: tolerated + gate + "step 'f' { run = 'x', when = 'failed', depends = 'g' }",
      found: ["B022 3"]),
    Row(
      script: tolerated + "gate 'g' { depends = 't', require = { tests = '>= 1' }, otherwise = 'branch' }\n"
        + "step 'f' { run = 'x', when = 'failed', depends = 'g' }", found: ["B022 3"]),
    Row(
      script: tolerated + "gate 'g' { depends = 't', require = { tests = '>= 1' }, otherwise = 'ask' }\n"
        + "step 'f' { run = 'x', when = 'failed', depends = 'g' }\n"
        + "step 'h' { run = 'x', when = 'finished', depends = 'g' }"),
    Row(script: tested + gate + "step 'f' { run = 'x', when = 'failed', depends = { 'g', t } }"),
    // A function may fail.
    Row(
      script: tolerated + "gate 'g' { depends = t, check = function(r) return r.metrics.tests > 1 end }\n"
        + "step 'f' { run = 'x', when = 'failed', depends = 'g' }"),
    Row(
      script: tolerated + "gate 'g' { depends = t, when = function(deps) return deps.t.attempts > 1 end, "
        + "require = { tests = '>= 1' } }\nstep 'f' { run = 'x', when = 'failed', depends = 'g' }"),
    // Told once, though what it waits for never comes either.
    Row(
      script: "step 'n' { run = 'x', when = 'failed' }\ngate 'g' { depends = 'n', require = { duration = '< 9' } }\n"
        + "step 'f' { run = 'x', when = 'failed', depends = 'g' }", found: ["B022 1", "B023 2", "B022 3"]),
    Row(script: plain + "step 'a' { run = 'x', when = function(deps) return deps.t.attempts > 1 end, depends = t }"),

    Row(script: tested + "gate 'g' { depends = t, check = function(r) return r.metrics.pass_rate > 0.4 end }"),

    // Tokens within commands.
    Row(
      script: "step 'a' { run = \"curl -H 'Authorization: Bearer gh\" .. \"p_x' http://x\" }"),
    Row(
      script: "step 'a' { run = \"curl -H 'Authorization: Bearer \(token("ghp_"))' http://x\" }", found: ["B050 1"]),
    Row(script: "step 'a' { run = 'export ID=\(token("AKIA")); x' }", found: ["B050 1"]),
    Row(script: "step 'a' { run = 'echo \(token("aAKIA"))' }"),

    // Values that no one emits.
    Row(script: list + "step 'b' { run = { 'x', l.out.image.digset, l.out.f } }", found: ["B020 2"]),
    Row(script: list + "step 'b' { run = { 'x', l.out.image.digest, l.out.f } }"),
    Row(
      script: "local a = step 'a' { run = [[echo version=1 | tee -a \"$BATON_OUTPUT\"]] }\n"
        + "step 'b' { run = 'x ' .. a.out.verison }", found: ["B020 2"]),
    Row(
      script: "local a = step 'a' { run = [[cat >> \"$BATON_OUTPUT\" <<END\nversion=1\nEND\n]] }\n"
        + "step 'b' { run = 'x ' .. a.out.verison }", found: ["B020 5"]),
    Row(
      script: "local a = step 'a' { run = { 'sh', '-c', 'echo version=1 >> \"$BATON_OUTPUT\"' } }\n"
        + "step 'b' { run = 'x ' .. a.out.verison }", found: ["B020 2"]),
    Row(
      script:
        "local a = step 'a' { run = [[cat notes >> \"$BATON_OUTPUT\"]] }\nstep 'b' { run = 'x ' .. a.out.version }"),
    Row(
      script: "local a = step 'a' { run = [[cat >> \"$BATON_OUTPUT\" <<END\nv=it's\nEND\n]] }\n"
        + "step 'b' { run = 'x ' .. a.out.other }"),

    // Steps and values that no one uses.
    Row(script: "step 'a' { function() return { v = 1 } end }\nstep 'b' 'make'", found: ["B028 1"]),
    Row(
      script: "local a = step 'a' { function(ctx) ctx:sh 'x' return { v = 1, w = 2 } end }\n"
        + "step 'b' { run = 'x ' .. a.out.v }", found: ["B021 1"]),
    Row(
      script: "local a = step 'a' { run = [[cat >> \"$BATON_OUTPUT\" <<END\nv=1\nw=2\nEND\n]] }\n"
        + "step 'b' { run = 'x ' .. a.out.v }", found: ["B021 1"]),
    Row(script: "step 'a' { function(ctx) ctx:sh 'make' return { v = 1 } end }\nstep 'b' 'make'"),

    // Time and chance in bodies.
    Row(
      script: "local random = math.random\nstep 'a' { function(ctx) ctx:exec { 'x', random(5) } end }",
      found: ["B032 2"]),
    Row(
      script: "local function hour() return os.date '%H' end\n"
        + "step 'a' { function(ctx) if hour() == '10' then ctx:sh 'x' end end }", found: ["B032 2"]),
    Row(script: "local function two() return 2 end\nstep 'a' { function(ctx) ctx:exec { 'x', two() } end }"),
  ]

  @Test(arguments: rows) func `is found, or is none`(row: Row) {
    let found = Look.check(row.script).findings().filter { $0.code != "B000" }
    #expect(
      found.map { "\($0.code) \($0.diagnostic.place?.line ?? 0)" } == row.found, "\(found.map(\.text.text))")
  }

  @Test func `what waits for a refusal is told what a refusal is`() {
    func texts(_ script: String) -> [String] { Look.check(script).findings().map(\.text.text) }
    let step = "step 'f' { run = 'x', when = 'failed', depends = 'g' }"
    let halting = texts(Self.tolerated + Self.gate + step)
    #expect(
      halting.contains {
        $0.contains("step \"f\" can never run: where the gate refuses, the run halts, and nothing starts")
          && $0.contains("otherwise = \"branch\" and when = function(deps) return deps.g.status == \"skipped\" end")
      }, "\(halting)")
    for (name, key) in [("end", "[\"end\"]"), ("1st", "[\"1st\"]"), ("a-b", "[\"a-b\"]"), ("_b", "._b")] {
      let found = texts(
        Self.tolerated + "gate '\(name)' { depends = 't', require = { tests = '>= 1' } }\n"
          + "step 'f' { run = 'x', when = 'failed', depends = '\(name)' }")
      #expect(found.contains { $0.contains("return deps\(key).status") }, "\(found)")
    }
  }

  private static let cleaning = "step 'f' { run = 'x', when = 'failed', depends = 'g' }"

  @Test(arguments: [
    Self.tested + Self.gate + cleaning,
    "parallel 'all' { max_failures = 1, step 'a' { run = 'x', results = junit 'r.xml', allow_failure = true } }\n"
      + "gate 'g' { depends = 'all', require = { tests = '>= 1' } }\n" + cleaning,
    "parallel 'all' { fail_fast = true, step 'a' { run = 'x', results = junit 'r.xml', allow_failure = true } }\n"
      + "gate 'g' { depends = 'a', require = { tests = '>= 1' } }\n" + cleaning,
  ])
  func `what runs behind a gate where something before it fails can run`(_ script: String) {
    #expect(Look.check(script).findings().filter { $0.code == "B022" }.isEmpty)
  }

  @Test func `of several gates, what a refusal of each is stands there, and the cure is for all of them`() {
    func texts(_ first: String, _ second: String) -> [String] {
      let gates = [("a", first), ("b", second)].map {
        "gate '\($0)' { depends = 't', require = { tests = '>= 1' }, otherwise = '\($1)' }\n"
      }
      return Look.check(
        Self.tolerated + gates.joined() + "step 'f' { run = 'x', when = 'failed', depends = { 'a', 'b' } }"
      ).findings().filter { $0.code == "B022" }.map(\.text.text)
    }
    let cure = "when = function(deps) return deps.a.status == \"skipped\" or deps.b.status == \"skipped\" end"
    let mixed = texts("warn", "halt").first ?? ""
    #expect(
      mixed.contains(
        "can never run: where gate \"a\" refuses, the run goes on as if it had passed; "
          + "where gate \"b\" refuses, the run halts, and nothing starts"), "\(mixed)")
    #expect(mixed.contains("otherwise = \"branch\" in \"a\" and \"b\" and \(cure)"), "\(mixed)")
    let half = texts("branch", "halt").first ?? ""
    #expect(half.contains("otherwise = \"branch\" in \"b\" and \(cure)"), "\(half)")
    let same = texts("branch", "branch").first ?? ""
    #expect(
      same.contains("where gate \"a\" or \"b\" refuses, it counts as skipped") && !same.contains("otherwise ="),
      "\(same)")
    #expect(same.contains("to run it after a refusal: \(cure)"), "\(same)")
  }
}
