import BatonModel
import Testing

/// Lists of tests, dealt out by the time that they took, with a runner made for it.
@Suite struct ShardRunTests {
  /// A test `tN` takes N seconds, as far as its report says. `$DROP` is not run, `$ADD` is run by every shard.
  private static let runner = """
    report=$1
    echo '<testsuite name="s">' > "$report"
    for test in $(cat "$BATON_TESTS") $ADD; do
      if [ "$test" = "$DROP" ]; then continue; fi
      echo "$BATON_STEP $test" >> ran
      if [ "$test" = "$BREAK" ]; then inside='<failure message="broken"/>'; else inside=; fi
      echo "<testcase name=\\"$test\\" time=\\"${test#t}\\">$inside</testcase>" >> "$report"
    done
    echo '</testsuite>' >> "$report"
    if grep -q '<failure' "$report"; then exit 1; fi
    """

  private static let workflow = """
    local list = step "list" [[printf '{"tests":["%s"]}' "$(sed 's/ /","/g' tests.txt)" >> "$BATON_OUTPUT"]]
    matrix "unit" {
      axes = { shard = shards(3, list.out.tests, { smoke = "t2" }) },
      allow_failure = env.ALLOW == "yes",
      step = function(cell)
        local report = "r" .. cell.shard.index .. ".xml"
        return { run = "sh runner.sh " .. report, results = junit(report) }
      end,
    }
    """

  private func sandbox() throws -> Sandbox {
    try Sandbox(["runner.sh": Self.runner, "w.lua": Self.workflow, "tests.txt": "t1 t2 t3 t4 t5 t6 t7 t9 t13"])
  }

  private func seconds(_ sandbox: Sandbox) throws -> [Double] {
    let shards = try sandbox.show().json["shards"]?.list?.first?["shards"]?.list ?? []
    return shards.compactMap { $0["seconds"]?.number }
  }

  /// Shard → its tests, in the order in which they were run.
  private func ran(_ sandbox: Sandbox) -> [String: [String]] {
    var ran: [String: [String]] = [:]
    for line in sandbox.lines("ran") {
      let words = line.split(separator: " ").map(String.init)
      ran[words[0], default: []].append(words[1])
    }
    return ran
  }

  @Test func `after one run shards take the same time, every test runs once, and a list that changed is dealt anew`()
    throws
  {
    let sandbox = try sandbox()
    var finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 0, "\(finished.account)")
    #expect(try seconds(sandbox) == [])
    #expect(ran(sandbox).values.map(\.count).sorted() == [3, 3, 3])
    #expect(ran(sandbox).values.flatMap { $0 }.sorted() == ["t1", "t13", "t2", "t3", "t4", "t5", "t6", "t7", "t9"])

    try sandbox.write("ran", "")
    finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 0, "\(finished.account)")
    #expect(try seconds(sandbox).sorted() == [16, 17, 17])
    #expect(ran(sandbox).values.flatMap { $0 }.sorted() == ["t1", "t13", "t2", "t3", "t4", "t5", "t6", "t7", "t9"])
    let own = ran(sandbox).values.first { $0.contains("t2") } ?? []
    #expect(own.first == "t2", "smoke first: \(own)")
    for tests in ran(sandbox).values {
      let rest = tests.filter { $0 != "t2" }.compactMap { Int($0.dropFirst()) }
      #expect(rest == rest.sorted(), "quick before slow: \(tests)")
    }
    let shown = try sandbox.baton("show").output
    #expect(shown.contains("unit by shard: 3 shards of 9 tests, 16.0s to 17.0s each"), "\(shown)")
    #expect(shown.contains("first: t2 (smoke)"), "\(shown)")

    try sandbox.write("ran", "")
    try sandbox.write("tests.txt", "t2 t3 t4 t5 t6 t7 t9 t13 t99 t1")
    finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 0, "\(finished.account)")
    let all = ran(sandbox).values.flatMap { $0 }
    #expect(all.sorted() == ["t1", "t13", "t2", "t3", "t4", "t5", "t6", "t7", "t9", "t99"])
  }

  @Test func `a test that no shard ran fails the one that had it, by name`() throws {
    let sandbox = try sandbox()
    let finished = try sandbox.start(["run", "w.lua"], env: ["DROP": "t5"]).wait(atMost: 60)
    #expect(finished.code == 1, "\(finished.account)")
    #expect(finished.errors.contains("it succeeded, but 1 of its 3 tests was not run: t5"), "\(finished.account)")
    #expect(try sandbox.baton("show").output.contains("1 of its 3 tests was not run: t5"))
  }

  @Test func `a test that two shards ran fails the one that had no business with it`() throws {
    let sandbox = try sandbox()
    let finished = try sandbox.start(["run", "w.lua"], env: ["ADD": "t13"]).wait(atMost: 60)
    #expect(finished.code == 1, "\(finished.account)")
    #expect(
      finished.errors.contains("1 test that is not on its list was run, or told of in another's report: s.t13"),
      "\(finished.account)")
    let failed = try sandbox.show().steps.filter { $0.value.status == "failed" }
    #expect(failed.count == 2)
  }

  @Test func `what failed goes first the next time, and says why`() throws {
    let sandbox = try sandbox()
    try sandbox.start(["run", "w.lua"], env: ["BREAK": "t13"]).wait(atMost: 60)
    try sandbox.write("ran", "")
    #expect(try sandbox.baton("run", "w.lua").code == 0)
    let shown = try sandbox.baton("show").output
    #expect(shown.contains("t13 (failed in the last run)"), "\(shown)")
    #expect(ran(sandbox).values.contains { $0.first == "t13" || $0.prefix(2) == ["t2", "t13"] })
  }

  @Test func `a resumed run keeps its shards`() throws {
    let sandbox = try sandbox()
    let finished = try sandbox.start(["run", "w.lua"], env: ["BREAK": "t13"]).wait(atMost: 60)
    #expect(finished.code == 1)
    let before = try sandbox.show().json["shards"]
    let resumed = try sandbox.baton("resume")
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(resumed.errors.contains("3 kept, 1 start"), "\(resumed.account)")
    #expect(try sandbox.show().json["shards"] == before)
  }

  @Test func `a plan deals out a list that stands in the script, as a run would`() throws {
    let sandbox = try sandbox()
    #expect(try sandbox.baton("run", "w.lua").code == 0)
    try sandbox.write(
      "p.lua",
      """
      workflow "w" {}
      matrix "unit" { axes = { shard = shards(2, { "t1", "t2", "t13", "new" }) }, step = { run = "true" } }
      """)
    let plan = try sandbox.baton("plan", "p.lua").output
    #expect(
      plan.contains("unit by shard: 2 shards of 4 tests, 5.0s to 13.0s each, 3 timed, the others by the median"),
      "\(plan)")
    #expect(plan.contains("unit[shard=1of2]"), "\(plan)")
    #expect(plan.contains("first: new (new)"), "\(plan)")
    let json = try JSON.decode(try sandbox.baton("plan", "p.lua", "--json").output)
    #expect(json["shards"]?.list?.first?["shards"]?.list?.count == 2)
    #expect(json["shards"]?.list?.first?["source"] == nil)
  }

  @Test func `a plan deals out the list that a step found when it last succeeded, and says which run that was`() throws
  {
    let sandbox = try sandbox()
    #expect(try sandbox.baton("plan", "w.lua").output.contains("cells are made once list.out.tests is known"))
    #expect(try sandbox.baton("run", "w.lua").code == 0)
    let run = try sandbox.show().run
    // A run in which the list was not found is not the last one that matters.
    try sandbox.write("tests.txt", "\" no JSON")
    #expect(try sandbox.baton("run", "w.lua").code == 1)
    let plan = try sandbox.baton("plan", "w.lua").output
    #expect(plan.contains("unit by shard: 3 shards of 9 tests, 16.0s to 17.0s each  by list in run \(run)"), "\(plan)")
    #expect(plan.contains("unit[shard=3of3]"), "\(plan)")
    let json = try JSON.decode(try sandbox.baton("plan", "w.lua", "--json").output)
    #expect(json["shards"]?.list?.first?["source"]?.string == "by list in run \(run)")
  }
}
