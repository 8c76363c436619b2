import BatonModel
import Testing

/// The table of primitives (LANGUAGE.md, section 2), row by row.
@Suite struct LanguagePrimitives {
  static let rows: [LanguageRow] = [
    LanguageRow(
      row: #"`workflow "name" {…}`: the file's name, description, parameters and defaults; optional, at most once"#,
      script: """
        workflow "shop" {
          description = "Sells", params = { who = param.string { default = "Ada" } }, env = { A = "a" }, shell = { "/bin/sh", "-c" },
        }
        step "s" { run = "echo $A " .. params.who }
        """, logs: ["s": "a Ada\n"], says: ["▶ shop"]),
    LanguageRow(
      row: #"`workflow "name" {…}`: at most once"#,
      script: "workflow \"a\" {}\nworkflow \"b\" {}\nstep \"s\" \"touch ran\"", code: 2, files: ["ran": []],
      says: ["w.lua:2"]),
    LanguageRow(
      row: #"`step "name" {…}` / `step "name" "command"`: one unit of work"#,
      script: """
        local a = step "a" { run = "echo one" }
        local b = step "b" "echo two"
        step "c" { run = "echo " .. a.name .. b.name }
        """, logs: ["a": "one\n", "b": "two\n", "c": "ab\n"]),
    LanguageRow(
      row:
        #"`depends "name" {…}` / `depends(handle, {…})`: further dependencies of a step declared anywhere in the file"#,
      script: """
        depends "c" { "b" }
        step "c" "echo c >> side"
        local b = step "b" "echo b >> side"
        depends(b, { "a" })
        step "a" "echo a >> side"
        """, files: ["side": ["a", "b", "c"]]),
    LanguageRow(
      row: #"`parallel "name" { … }`: a group whose members run side by side"#,
      script: """
        parallel "p" {
          step "x" "touch x; while [ ! -e y ]; do sleep 0.01; done",
          step "y" "touch y; while [ ! -e x ]; do sleep 0.01; done",
        }
        """, arguments: ["-j", "2"], ends: ["x": "succeeded", "y": "succeeded"]),
    LanguageRow(
      row: #"`sequence "name" { … }`: members run one after the other; an inner plain list runs side by side"#,
      script: """
        sequence "s" {
          step "a" "echo a >> side",
          {
            step "x" "touch x; while [ ! -e y ]; do sleep 0.01; done",
            step "y" "touch y; while [ ! -e x ]; do sleep 0.01; done",
          },
          step "b" "ls x y >/dev/null && echo b >> side",
        }
        """, arguments: ["-j", "4"], files: ["side": ["a", "b"]]),
    LanguageRow(
      row: #"`matrix "name" {…}`: one step for each cell of a product of axes"#,
      script: """
        matrix "m" { axes = { os = { "mac", "linux" }, n = { 1, 2 } }, step = function(c) return { run = "echo " .. c.os .. c.n } end }
        """,
      logs: ["m[n=1,os=mac]": "mac1\n", "m[n=2,os=linux]": "linux2\n"],
      ends: ["m[n=1,os=linux]": "succeeded", "m[n=2,os=mac]": "succeeded"]),
    LanguageRow(
      row: #"`gate "name" {…}`: a condition that the run must pass"#,
      script: """
        local t = step "t" [[echo '{"metric":"score","value":3}' >> "$BATON_EVENTS"]]
        local g = gate "g" { depends = t, require = { score = ">= 4" } }
        step "s" { depends = g, run = "touch ran" }
        """, code: 3, ends: ["g": "failed", "s": "skipped"], files: ["ran": []],
      says: ["score = 3, required >= 4"]),
    LanguageRow(
      row: #"`notify "name" {…}`: a message sent at given moments; it can never fail the run"#,
      script: """
        step "s" "true"
        notify "good" { on = "succeeded", to = command [[printf '%s\\n' "$BATON_NOTIFY_TEXT" >> told]], message = "all is well" }
        notify "bad" { on = "succeeded", to = command "exit 3" }
        """, files: ["told": ["all is well"]]),
    LanguageRow(
      row: "`param.…`, `params`: the values that come from outside",
      script: """
        workflow "w" { params = {
          b = param.boolean { default = false }, e = param.enum { "x", "y", default = "x" },
          i = param.integer { default = 1, min = 1, max = 9 }, l = param.list { default = {} },
          n = param.number { default = 0.5 }, s = param.string { pattern = "%a+" }, t = param.table { default = {} },
        } }
        step "s" { run = { "echo", tostring(params.b), params.e, params.i, #params.l, params.n, params.s, params.t.k } }
        """,
      arguments: [
        "-p", "b=true", "-p", "e=y", "-p", "i=7", "-p", "l=[1,2,3]", "-p", "n=1.5", "-p", "s=abc", "-p",
        #"t={"k":"v"}"#,
      ], logs: ["s": "true y 7 3 1.5 abc v\n"]),
    LanguageRow(
      row: "`param.…`: a value that does not fit is refused, and nothing runs",
      script: """
        workflow "w" { params = { i = param.integer { default = 1, max = 9 } } }
        step "s" "touch ran"
        """, arguments: ["-p", "i=10"], code: 2, files: ["ran": []], says: ["i"]),
    LanguageRow(
      row: #"`env`: the values that come from outside"#,
      script: """
        step "s" { run = "echo " .. (env.TERM or "none") .. " " .. tostring(env.NO_SUCH_VARIABLE) }
        """, logs: ["s": "dumb nil\n"]),
    LanguageRow(
      row: "A duplicate name, an unknown dependency, an unknown field, a wrong type and a cycle: all reported at once",
      script: """
        step "a" { run = "touch ran" }
        step "a" { run = "true" }
        step "b" { run = "true", depends = "nowhere" }
        step "c" { run = "true", tiemout = "1s" }
        step "d" { run = "true", timeout = {} }
        step "e" { run = "true", depends = "f" }
        step "f" { run = "true", depends = "e" }
        """, code: 2, files: ["ran": []],
      says: [
        #"w.lua:2: error: step "a" is declared twice"#, "w.lua:3", #""nowhere""#, "w.lua:4:26",
        #"did you mean "timeout"?"#,
        "w.lua:5:26", "e → f → e",
      ]),
    LanguageRow(
      row: "A name is 1 to 100 of `A-Z a-z 0-9 _ . -`",
      script:
        "step \"a b\" \"true\"\nstep \"\" \"true\"\nstep(string.rep(\"x\", 101), { run = \"true\" })\nstep \"A-z_0.9\" \"true\"",
      code: 2, says: ["w.lua:1", "w.lua:2", "w.lua:3"]),
    LanguageRow(
      row: "`quarantine {…}`: a test whose failures fail nothing until a day",
      script: """
        quarantine { test = "b*", owner = "ada", reason = "known", expires = "2199-12-31" }
        quarantine { { test = "c", owner = "bob", reason = "old", expires = "2001-12-31" } }
        local function t(more) return [[printf 'ok 1 - a\\nnot ok 2 - bad\\n]] .. more .. [[1..2\\n' > $BATON_STEP.tap; exit 1]] end
        step "good" { run = t "", results = tap "good.tap" }
        step "late" { run = t "ok 3 - c\\n", results = tap "late.tap" }
        gate "g" { depends = "good", require = { failed = "== 0", pass_rate = ">= 1", quarantined = "<= 1" } }
        """, code: 1, ends: ["good": "succeeded", "late": "failed", "g": "succeeded"],
      says: [
        "exit code 1, and all that failed is in quarantine: bad",
        "the quarantine of c (owner bob) expired on 2001-12-31: mend the test, or renew the entry",
      ]),
  ]

  @Test("Primitives", arguments: rows)
  func primitive(row: LanguageRow) throws { try row.check() }

  @Test("`secret \"NAME\"`: it reaches the process, and no log")
  func secret() throws {
    let sandbox = try Sandbox([
      "w.lua": #"step "s" { run = "echo is $TOKEN > seen; echo is $TOKEN", env = { TOKEN = secret "VERY" } }"#
    ])
    let finished = try sandbox.baton("run", "w.lua", env: ["VERY": "s3cr3t-value"])
    #expect(finished.code == 0, "\(finished.account)")
    #expect(sandbox.lines("seen") == ["is s3cr3t-value"])
    #expect(try sandbox.baton("logs", "s").output == "is ***\n")
    let missing = try sandbox.baton("run", "w.lua")
    #expect(missing.code == 2 && missing.errors.contains("VERY"), "\(missing.account)")
  }
}
