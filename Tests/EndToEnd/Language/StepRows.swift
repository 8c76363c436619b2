import BatonModel
import Testing

/// The table of a step's fields (LANGUAGE.md, section 3), row by row.
@Suite struct LanguageStepFields {
  static let commands: [LanguageRow] = [
    LanguageRow(
      row: "`run`: a string for the shell",
      script: #"step "s" { run = "echo $((1 + 1)); echo err >&2" }"#, logs: ["s": "2\nerr\n"]),
    LanguageRow(
      row: "`run`: a list for a program without a shell",
      script: #"step "s" { run = { "echo", "a  b", "$HOME", 7 } }"#, logs: ["s": "a  b $HOME 7\n"]),
    LanguageRow(
      row: "`run`: `function(deps)` that returns one of them",
      script: """
        local a = step "a" [[echo "v=1" >> "$BATON_OUTPUT"]]
        step "string" { depends = a, run = function(deps) return "echo $((" .. deps.a.out.v .. " + 1))" end }
        step "list" { depends = a, run = function(deps) return { "echo", deps.a.status, deps.a.out.v } end }
        """, logs: ["string": "2\n", "list": "succeeded 1\n"]),
    LanguageRow(
      row: "`depends`: handle, name, group, or a list of them; a ref used anywhere in the step adds its step by itself",
      script: """
        step "handle" { depends = step "h" "echo h >> side", run = "echo handle >> side" }
        step "name" { depends = "group", run = "echo name >> side" }
        parallel "group" { max = 1, depends = "handle", step "x" "echo x >> side", step "y" "echo y >> side" }
        local v = step "v" { depends = { "name", "h" }, run = [[echo v >> side; echo "n=w" >> "$BATON_OUTPUT"]] }
        step "ref" { run = "cat side > /dev/null; echo $W >> side", env = { W = v.out.n } }
        """, files: ["side": ["h", "handle", "x", "y", "name", "v", "w"]]),
    LanguageRow(
      row: #"`when`: `"succeeded"`, `"failed"`, `"finished"` (either)"#,
      script: """
        local bad, good = step "bad" "exit 1", step "good" "true"
        step "s1" { depends = good, when = "succeeded", run = "true" }
        step "s2" { depends = bad, when = "succeeded", run = "true" }
        step "f1" { depends = good, when = "failed", run = "true" }
        step "f2" { depends = bad, when = "failed", run = "true" }
        step "e1" { depends = good, when = "finished", run = "true" }
        step "e2" { depends = bad, when = "finished", run = "true" }
        step "default" { depends = bad, run = "true" }
        """, code: 1,
      ends: [
        "s1": "succeeded", "s2": "skipped", "f1": "skipped", "f2": "succeeded", "e1": "succeeded", "e2": "succeeded",
        "default": "skipped",
      ]),
    LanguageRow(
      row: "`when`: `function(deps)` returning a boolean and a reason",
      script: """
        local a = step "a" [[echo "v=2" >> "$BATON_OUTPUT"]]
        step "yes" { depends = a, run = "true", when = function(deps) return deps.a.out.v == "2" end }
        step "no" { depends = a, run = "true", when = function(deps) return false, "v is " .. deps.a.out.v end }
        step "forgot" { depends = a, run = "true", when = function(deps) print(deps.a.out.v) end }
        """, ends: ["yes": "succeeded", "no": "skipped", "forgot": "skipped"],
      says: ["- no  v is 2", "- forgot  its `when` returned nothing"]),
    LanguageRow(
      row: "`env`: as it says; added to the workflow's",
      script: """
        workflow "w" { env = { A = "a", B = "b" } }
        step "s" { run = "echo $A $B $C $TERM", env = { B = "own", C = 3 } }
        """, logs: ["s": "a own 3 dumb\n"]),
    LanguageRow(
      row: "`cwd`: as it says; the file's folder",
      script: """
        step "default" "basename $PWD"
        step "made" { depends = step "make" "mkdir -p sub", cwd = "sub", run = "basename $PWD" }
        step "absolute" { cwd = "/", run = "pwd" }
        """, logs: ["default": "project\n", "made": "sub\n", "absolute": "/\n"]),
    LanguageRow(
      row: #"`shell`: a list such as `{ "/bin/bash", "-c" }`"#,
      script:
        #"step "s" { shell = { "/bin/bash", "-e", "-c" }, run = "a=(1 2 3); echo ${#a[@]}; false; echo not here" }"#,
      code: 1, logs: ["s": "3\n"]),
    LanguageRow(
      row: "`stdin`: as it says; closed",
      script: """
        local a = step "a" [[echo "v=x" >> "$BATON_OUTPUT"]]
        step "text" { stdin = "hello " .. a.out.v, run = "cat" }
        step "none" "cat; echo nothing"
        """, logs: ["text": "hello x", "none": "nothing\n"]),
    LanguageRow(
      row: "`executor`: `\"local\"`", script: "step \"s\" { executor = \"local\", run = \"echo here\" }",
      logs: ["s": "here\n"]),
    LanguageRow(
      row: "`undo`: how to compensate the step: a command, a list or a function",
      script: """
        step "a" { run = "true", undo = "touch undone" }
        step "b" { run = "true", undo = { "touch", "undone" } }
        step "c" { run = "true", undo = function() return "touch undone" end }
        """, ends: ["a": "succeeded", "b": "succeeded", "c": "succeeded"], files: ["undone": []]),
  ]

  static let limits: [LanguageRow] = [
    LanguageRow(
      row: "`timeout`: for one attempt",
      script: #"step "s" { run = "echo once; exec sleep 1000", timeout = "200ms", retry = 1 }"#, code: 1,
      attempts: ["s": 2], says: ["timed out"]),
    LanguageRow(
      row: "`timeout`: workflow's, else none",
      script: """
        workflow "w" { timeout = 0.2 }
        step "s" "exec sleep 1000"
        """, code: 1, says: ["timed out"]),
    LanguageRow(
      row: "`deadline`: for the step, retries and waits included",
      script: #"step "s" { run = "exit 1", deadline = "10s", retry = { attempts = 100, backoff = "6s" } }"#, code: 1,
      attempts: ["s": 2], says: ["the next try would be behind its deadline"]),
    LanguageRow(
      row: "`grace`: between the polite signal and the kill of the whole process tree",
      script: """
        step "s" { run = "trap 'echo asked' TERM; while :; do sleep 0.01; done", timeout = "100ms", grace = "100ms" }
        """, code: 1, says: ["timed out", "asked"]),
    LanguageRow(
      row: "`retry`: how often to try again (`2`: at most three attempts)",
      script: #"step "s" { run = "echo try; exit 1", retry = 2 }"#, code: 1, attempts: ["s": 3]),
    LanguageRow(
      row: "`retry`: `attempts` counts the first one too",
      script: #"step "s" { run = "exit 1", retry = { attempts = 2 } }"#, code: 1, attempts: ["s": 2]),
    LanguageRow(
      row: "`retry`: `backoff`, `factor`, `max`, `jitter`",
      script:
        #"step "s" { run = "exit 1", retry = { attempts = 5, backoff = "20ms", factor = 3, max = "100ms", jitter = 0 } }"#,
      code: 1, attempts: ["s": 5], says: ["again in 20ms", "again in 60ms", "again in 100ms"]),
    LanguageRow(
      row: #"`retry`: `when` is a list of exit codes, signals, `"timeout"`, or a function"#,
      script: """
        step "code" { run = "exit 7", retry = { attempts = 2, when = { 7 } }, allow_failure = true }
        step "other" { run = "exit 8", retry = { attempts = 2, when = { 7, "SIGKILL", "timeout" } }, allow_failure = true }
        step "signal" { run = "kill -9 $$", retry = { attempts = 2, when = "SIGKILL" }, allow_failure = true }
        step "time" { run = "exec sleep 1000", timeout = "50ms", retry = { attempts = 2, when = { "timeout" } }, allow_failure = true }
        step "function" { run = "exit 9", retry = { attempts = 5, when = function(a) return a.attempt < 3 end }, allow_failure = true }
        """, attempts: ["code": 2, "other": 1, "signal": 2, "time": 2, "function": 3]),
    LanguageRow(
      row: "`failover`: alternatives, tried in order when the retries are used up: each overrides fields of the step",
      script: """
        step "s" { run = "exit 1", retry = 1, env = { A = "a" }, failover = {
          { run = "exit 2", retry = 0 }, { run = "echo third $A", env = { A = "b" } }, { run = "echo never" },
        } }
        """, logs: ["s": "third b\n"], attempts: ["s": 4]),
    LanguageRow(
      row: "`allow_failure`: `true`: a failure does not fail the run, nor stop dependents",
      script: """
        local a = step "a" { run = "exit 1", allow_failure = true }
        step "b" { depends = a, run = "echo on" }
        """, logs: ["b": "on\n"], ends: ["a": "failed"]),
    LanguageRow(
      row: "`tests`: what it is to run, one a line in the file `$BATON_TESTS`; `prioritized` puts a list in order",
      script: """
        local list = step "list" [[echo '{"tests":["b","a","t-login"]}' >> "$BATON_OUTPUT"]]
        step "given" { tests = { "one", "two words" }, run = "cat $BATON_TESTS" }
        step "ordered" { tests = prioritized(list.out.tests, { smoke = "*-login" }), run = "cat $BATON_TESTS" }
        step "none" { tests = {}, run = "exit 1" }
        step "all" [[echo "none: ${BATON_TESTS-unset}"]]
        """,
      logs: ["given": "one\ntwo words\n", "ordered": "t-login\nb\na\n", "all": "none: unset\n"],
      ends: ["none": "succeeded"]),
    LanguageRow(
      row: "`tags`: `critical` and then `smoke` before others of the same priority",
      script: """
        step "first" "echo first >> side"
        step "smoke" { run = "echo smoke >> side", tags = "smoke" }
        step "critical" { run = "echo critical >> side", tags = { "x", "critical" } }
        step "high" { run = "echo high >> side", priority = 1 }
        """, arguments: ["-j", "1"], files: ["side": ["high", "critical", "smoke", "first"]]),
    LanguageRow(
      row: "`priority`: order among ready steps",
      script: """
        step "low" { run = "echo low >> side", priority = -1 }
        step "none" { run = "echo none >> side" }
        step "high" { run = "echo high >> side", priority = 5 }
        """, arguments: ["-j", "1"], files: ["side": ["high", "none", "low"]]),
    LanguageRow(
      row: "`tags`: selection",
      script: """
        step "a" { run = "echo a >> side", tags = { "fast", "db" } }
        step "b" { run = "echo b >> side", tags = "slow" }
        """, arguments: ["--tags", "fast"], files: ["side": ["a"]]),
    LanguageRow(
      row: "`resources`: `{ cpu = 2, memory = \"4G\", [\"browser\"] = 1 }` out of the pool",
      script: """
        workflow "w" { resources = { browser = 1, memory = "4G", cpu = 8 } }
        local alone = "mkdir alone || echo together >> side; sleep 0.05; rmdir alone"
        for i = 1, 3 do step("b" .. i) { run = alone, resources = { browser = 1 } } end
        for i = 1, 2 do step("m" .. i) { run = alone:gsub("alone", "memory"), resources = { memory = "3G" } } end
        """, arguments: ["-j", "8"], files: ["side": []]),
    LanguageRow(
      row: "`mutex`: a name: steps that share it never run together",
      script: """
        for i = 1, 4 do
          step("s" .. i) { run = "mkdir alone || echo together >> side; sleep 0.03; rmdir alone", mutex = "door" }
        end
        """, arguments: ["-j", "4"], files: ["side": []]),
  ]

  static let values: [LanguageRow] = [
    LanguageRow(
      row: "Values: `name=value` lines, or one JSON object a line, in the file named in `$BATON_OUTPUT`",
      script: """
        local a = step "a" [[echo "v=1 2" >> "$BATON_OUTPUT"; echo '{"o":{"l":[1,"it'"'"'s"]}}' >> "$BATON_OUTPUT"]]
        step "list" { run = { "echo", a.out.v, a.out.o.l[2] } }
        step "shell" { run = "echo " .. a.out.v .. " " .. a.out.o.l[2] .. "; printf '%s,' " .. raw(a.out.v) }
        step "mapped" { run = { "echo", a.out.o:map(function(o) return #o.l .. o.l[2]:upper() end) } }
        """, logs: ["list": "1 2 it's\n", "shell": "1 2 it's\n1,2,", "mapped": "2IT'S\n"]),
    LanguageRow(
      row: "Using a ref where a value is needed now is an error that says which step it waits for and names `map`",
      script: """
        local a = step "a" "touch ran"
        step "b" { run = "echo " .. (a.out.v + 1) }
        """, code: 2, files: ["ran": []], says: ["w.lua:2", #""a""#, "map"]),
    LanguageRow(
      row: "`==` and truth can't raise in Lua, so the loader looks for them in the source",
      script: """
        local a = step "a" "touch ran"
        if a.out.v == "1" then step "b" "true" end
        """, code: 2, files: ["ran": []], says: ["w.lua:2:4"]),
    LanguageRow(
      row:
        #"Progress: `{"metric":"p95_ms","value":12.5}`, `{"checkpoint":"epoch-3"}`, which comes back in `$BATON_CHECKPOINT`"#,
      script: """
        step "s" { retry = 1, run = [[
          echo "from ${BATON_CHECKPOINT:-nothing}"
          echo '{"progress":0.4,"text":"shard 4 of 10"}' >> "$BATON_EVENTS"
          echo '{"metric":"p95_ms","value":12.5}' >> "$BATON_EVENTS"
          echo '{"checkpoint":"epoch-3"}' >> "$BATON_EVENTS"
          test -n "$BATON_CHECKPOINT"
        ]] }
        """, logs: ["s": "from epoch-3\n"], attempts: ["s": 2]),
    LanguageRow(
      row: #"Durations are `"250ms"`, `"90s"`, `"1h30m"` or a number of seconds"#,
      script: """
        step "a" { run = "true", timeout = "250ms" }
        step "b" { run = "true", timeout = "90s" }
        step "c" { run = "true", timeout = "1h30m" }
        step "d" { run = "true", timeout = 1.5 }
        step "e" { run = "true", timeout = "90" }
        """, code: 2,
      says: [#"w.lua:5:26: error: step "e": "timeout" must be a duration such as "90s" or "1h30m", not "90""#]),
    LanguageRow(
      row: "`max_failures`: after so many failed tests the runner is to stop",
      script: #"step "s" { run = "echo $BATON_MAX_FAILURES", max_failures = 7 }"#, logs: ["s": "7\n"]),
    LanguageRow(
      row: "`retry`: `tests = \"failed\"`: the next attempt is handed the tests that failed",
      script: """
        step "s" {
          run = [[
            if [ -n "$BATON_FAILED_TESTS" ]; then cat "$BATON_FAILED_TESTS" > handed; echo 'ok 1 - b' > t.tap; exit; fi
            printf 'ok 1 - a\\nnot ok 2 - b\\n1..2\\n' > t.tap; exit 1]],
          results = tap "t.tap", retry = { attempts = 2, tests = "failed" },
        }
        step "after" { depends = "s", run = "grep -c name.:.b handed" }
        """, logs: ["after": "1\n"], ends: ["s": "succeeded"], attempts: ["s": 2]),
    LanguageRow(
      row: #"Sizes are `"512M"`, `"4G"` (powers of 1024)"#,
      script: """
        workflow "w" { resources = { memory = "1G" } }
        step "fits" { run = "true", resources = { memory = "1024M" } }
        step "does-not" { run = "true", resources = { memory = "1025M" } }
        """, code: 2, says: ["does-not"]),
  ]

  @Test("A step: what it runs, and where", arguments: commands)
  func command(row: LanguageRow) throws { try row.check() }

  @Test("A step: limits, retries, order", arguments: limits)
  func limit(row: LanguageRow) throws { try row.check() }

  @Test("A step: values, progress, units", arguments: values)
  func value(row: LanguageRow) throws { try row.check() }
}
