import BatonModel
import Testing

/// Groups (LANGUAGE.md, section 4), sentence by sentence.
@Suite struct LanguageGroups {
  static let rows: [LanguageRow] = [
    LanguageRow(
      row: "members (steps, groups, handles) as positional entries",
      script: """
        local a = step "a" "echo a"
        parallel "p" { a, parallel "inner" { step "b" "echo b" }, "c" }
        step "c" "echo c"
        step "after" { depends = "p", run = "echo all" }
        """, logs: ["a": "a\n", "b": "b\n", "c": "c\n", "after": "all\n"]),
    LanguageRow(
      row: "`depends`, `when` of a group",
      script: """
        local bad = step "bad" { run = "echo bad >> side; exit 1", allow_failure = true }
        parallel "after" { depends = bad, max = 1, step "x" "echo x >> side", step "y" "echo y >> side" }
        parallel "never" { when = function() return false, "not today" end, step "z" "echo z >> side" }
        """, ends: ["z": "skipped"], files: ["side": ["bad", "x", "y"]]),
    LanguageRow(
      row: "`max` (how many at once)",
      script: """
        local alone = "mkdir alone || echo together >> side; sleep 0.03; rmdir alone"
        parallel "p" { max = 1, step "a" (alone), step "b" (alone), step "c" (alone) }
        """, arguments: ["-j", "3"], files: ["side": []]),
    LanguageRow(
      row: "`fail_fast` (default `false`: the others finish)",
      script: """
        parallel "slow" { step "bad" "exit 1", step "good" "sleep 0.1; echo good >> side" }
        """, arguments: ["-j", "2"], code: 1, ends: ["good": "succeeded"], files: ["side": ["good"]]),
    LanguageRow(
      row: "`fail_fast = true`: the first failure ends the others",
      script: """
        parallel "fast" { fail_fast = true, step "bad" "exit 1", step "long" "exec sleep 1000" }
        step "other" "echo other >> side"
        """, arguments: ["-j", "3"], code: 1, ends: ["long": "cancelled", "other": "succeeded"],
      files: ["side": ["other"]]),
    LanguageRow(
      row: "any step field that members inherit unless they set it",
      script: """
        parallel "p" {
          env = { A = "group", B = "group" }, retry = 1,
          step "a" { run = "echo $A $B", env = { B = "own" } },
          step "b" { run = "exit 1", allow_failure = true },
          step "c" { run = "exit 1", allow_failure = true, retry = 0 },
        }
        """, logs: ["a": "group own\n"], attempts: ["b": 2, "c": 1]),
    LanguageRow(
      row: "Depending on a group is depending on all its members",
      script: """
        parallel "p" { step "a" "sleep 0.05; echo a >> side", sequence "q" { step "b" "echo b >> side" } }
        step "after" { depends = "p", run = "echo after >> side" }
        """, arguments: ["-j", "1"], files: ["side": ["a", "b", "after"]]),
    LanguageRow(
      row: "`axes` (name → list, or a ref to a list: then the cells are made when the list is known)",
      script: """
        local find = step "find" [[echo '{"files":["a.c","b.c"]}' >> "$BATON_OUTPUT"]]
        local m = matrix "m" { axes = { file = find.out.files }, step = function(c) return { run = { "echo", c.file } } end }
        step "after" { depends = m, run = "echo done" }
        """, logs: ["m[file=a.c]": "a.c\n", "m[file=b.c]": "b.c\n", "after": "done\n"]),
    LanguageRow(
      row: "`include`, `exclude` (lists of partial cells, matched as GitHub Actions does)",
      script: """
        matrix "m" {
          axes = { os = { "linux", "mac" }, v = { 1, 2 } },
          exclude = { { os = "mac", v = 1 } },
          include = { { os = "linux", extra = "yes" }, { os = "bsd", v = 9 } },
          step = function(c) return { run = "echo " .. c.os .. c.v .. (rawget(c, "extra") or "") } end,
        }
        """,
      logs: [
        "m[os=linux,v=1]": "linux1yes\n", "m[os=linux,v=2]": "linux2yes\n", "m[os=mac,v=2]": "mac2\n",
        "m[os=bsd,v=9]": "bsd9\n",
      ]),
    LanguageRow(
      row: "`order`: axes in the order in which the script names them",
      script: """
        matrix "m" { axes = { a = { 1 }, b = { 2 } }, order = { "b", "a" }, step = { run = "true" } }
        """, ends: ["m[b=2,a=1]": "succeeded"]),
    LanguageRow(
      row: "a spec in which `cell.browser` refs may stand",
      script: """
        matrix "m" { axes = { browser = { "chrome", "fire" } }, step = { run = "echo " .. cell.browser, env = { B = cell.browser } } }
        """, logs: ["m[browser=chrome]": "chrome\n", "m[browser=fire]": "fire\n"]),
    LanguageRow(
      row: "The function may also return a group that it makes (a matrix in a matrix): names are scoped by the cell",
      script: """
        matrix "m" { axes = { x = { "a" } }, step = function(outer)
          return matrix "n" { axes = { y = { 1 } }, step = function(inner) return { run = "echo " .. outer.x .. inner.y } end }
        end }
        """, logs: ["m[x=a]/n[y=1]": "a1\n"]),
    LanguageRow(
      row: "`shards(n, tests)` as an axis: each test in one shard, named in the file `$BATON_TESTS`",
      script: """
        local list = step "list" [[echo '{"tests":["a","b","c","d","e"]}' >> "$BATON_OUTPUT"]]
        matrix "unit" {
          axes = { shard = shards(2, list.out.tests) }, max = 1,
          step = function(cell)
            return { run = "echo " .. cell.shard.index .. " of " .. cell.shard.count .. "; sort $BATON_TESTS >> side" }
          end,
        }
        """, logs: ["unit[shard=1of2]": "1 of 2\n", "unit[shard=2of2]": "2 of 2\n"],
      files: ["side": ["a", "c", "e", "b", "d"]]),
    LanguageRow(
      row: "`shards`: of fewer tests than shards there are fewer shards; of none, none",
      script: """
        matrix "few" { axes = { shard = shards(9, { "a", "b" }) }, step = { run = "cat $BATON_TESTS >> side" } }
        matrix "none" { axes = { shard = shards(9, {}) }, step = { run = "exit 1" } }
        """, arguments: ["-j", "1"], ends: ["few[shard=1of2]": "succeeded", "few[shard=2of2]": "succeeded"],
      files: ["side": ["a", "b"]]),
    LanguageRow(
      row: "`max_failures`: after so many failed tests of members that have ended, the others are cancelled or skipped",
      script: """
        local t = [[printf 'not ok 1 - a\\nnot ok 2 - b\\n1..2\\n' > $BATON_STEP.tap]]
        sequence "s" { max_failures = 3,
          step "s1" { run = t, results = tap "s1.tap" }, step "s2" { run = t, results = tap "s2.tap" }, step "s3" "true" }
        parallel "p" { max_failures = 2, step "p1" { run = t, results = tap "p1.tap" }, step "p2" "sleep 60" }
        """, arguments: ["-j", "4"], code: 1,
      ends: ["s1": "succeeded", "s2": "succeeded", "s3": "skipped", "p1": "succeeded"],
      says: [
        "- s3  4 tests failed, and the group s says max_failures = 3",
        "2 tests failed, and the group p says max_failures = 2",
      ]),
    LanguageRow(
      row: "`max_failures` counts the tests of the steps that durable bodies start",
      script: """
        local t = [[printf 'not ok 1 - a\\nnot ok 2 - b\\n1..2\\n' > $(basename $BATON_STEP).tap]]
        sequence "g" { max_failures = 4,
          step "rollout" { function(ctx)
            for i = 1, 2 do ctx:step("t" .. i) { run = t, results = tap("t" .. i .. ".tap") } end
          end },
          step "after" { run = "touch ran" } }
        """, code: 1, ends: ["rollout/t1": "succeeded", "after": "skipped"], files: ["ran": []],
      says: ["4 tests failed, and the group g says max_failures = 4"]),
    LanguageRow(
      row: "An empty matrix succeeds",
      script: """
        local m = matrix "m" { axes = { x = {} }, step = { run = "exit 1" } }
        step "after" { depends = m, run = "echo on" }
        """, logs: ["after": "on\n"]),
  ]

  @Test("Groups", arguments: rows)
  func group(row: LanguageRow) throws { try row.check() }
}
