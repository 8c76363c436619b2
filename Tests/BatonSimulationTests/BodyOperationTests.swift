import BatonModel
import BatonSimulation
import Testing

/// What `ctx` offers a durable body, and what it says to what cannot be.
@Suite struct BodyOperationTests {
  /// Simulates a workflow of one body, and checks what came of it.
  private func check(_ body: String, _ assertions: String, mocks: String = "") -> String? {
    let workflow = "step \"work\" { function(ctx)\n\(body)\nend }"
    let text = """
      local run = simulate { steps = { \(mocks) } }
      local work = run.steps.work
      \(assertions)
      """
    return test(text, workflow: workflow).failure?.text
  }

  @Test(
    "Operations give what they are for",
    arguments: [
      ("return { v = ctx:step \"a\" { run = \"a\" }.out.x }", "assert.equal(7, work.out.v)"),
      ("return { v = ctx:step(\"a\", { run = \"a\" }).status }", "assert.equal(\"succeeded\", work.out.v)"),
      ("local f = ctx:start \"a\" { run = \"a\" } return { v = f:await().out.x }", "assert.equal(7, work.out.v)"),
      (
        "local all = ctx:all { one = ctx:start \"a\" { run = \"a\" }, ctx:start \"b\" { run = \"b\" } } "
          + "return { v = all.one.out.x, b = all[1].step }",
        "assert.equal(7, work.out.v) assert.equal(\"work/b\", work.out.b)"
      ),
      (
        "local got, name = ctx:any { x = ctx:start \"a\" { run = \"a\" } } return { v = got.out.x, n = name }",
        "assert.equal(7, work.out.v) assert.equal(\"x\", work.out.n)"
      ),
      (
        "local list = ctx:map({ 1, 2 }, function(n, i) return \"m\" .. n, { run = { \"x\", i } } end) return { n = #list }",
        "assert.equal(2, work.out.n) assert.equal(\"x 2\", run.steps[\"work/m2\"].command)"
      ),
      ("return { n = #ctx:map({}, function() end) }", "assert.equal(0, work.out.n)"),
      ("local t = ctx:now() ctx:sleep \"90s\" return { t = ctx:now() - t }", "assert.equal(90, work.out.t)"),
      ("local t = os.time() ctx:sleep(60) return { t = os.time() - t }", "assert.equal(60, work.out.t)"),
      ("local t = ctx:now() ctx:sleep_until(t + 30) return { t = ctx:now() - t }", "assert.equal(30, work.out.t)"),
      ("return { v = ctx:effect(\"e\", function() return { a = { 1, 2 } } end).a[2] }", "assert.equal(2, work.out.v)"),
      ("return { v = ctx:effect(function() return 5 end) }", "assert.equal(5, work.out.v)"),
      (
        "local ok, e = pcall(ctx.effect, ctx, \"e\", function() error(\"no\", 0) end) return { ok = ok, e = e }",
        "assert.equal(false, work.out.ok) assert.equal(\"no\", work.out.e)"
      ),
      (
        "local r = ctx:random(6) return { ok = r >= 1 and r <= 6 and math.type(r) == \"integer\" }",
        "assert.equal(true, work.out.ok)"
      ),
      ("return { ok = #ctx:uuid() == 36 and ctx:uuid() ~= ctx:uuid() }", "assert.equal(true, work.out.ok)"),
      ("ctx:output(\"a\", 1) ctx:output(\"a\", 2) return { b = 3 }", "assert.same({ a = 2, b = 3 }, work.out)"),
      (
        "local names = {} for k in pairs { b = 1, a = 2, c = 3 } do names[#names + 1] = k end "
          + "return { v = table.concat(names) }", "assert.equal(\"abc\", work.out.v)"
      ),
      (
        "local ok, e = pcall(function() ctx:step \"bad\" { run = \"bad\" } end) "
          + "return { ok = ok, s = e.status, c = e.code, t = tostring(e) }",
        "assert.equal(\"failed\", work.out.s) assert.equal(3, work.out.c) assert.contains(\"work/bad failed\", work.out.t)"
      ),
      (
        "local f = ctx:start \"a\" { run = \"a\" } f:cancel() local ok = pcall(f.await, f) return { ok = ok }",
        "assert.equal(false, work.out.ok)"
      ),
      (
        "local r = ctx:http { url = \"https://x.test/a\", json = { 1 }, name = \"http\" } "
          + "return { s = r.status, t = r.json().k, ok = r.ok }",
        "assert.same({ s = 201, t = 5, ok = true }, work.out)"
      ),
      ("return { s = ctx:http { url = \"https://x.test/a\" }.status }", "assert.equal(200, work.out.s)"),
      ("return { n = ctx.name }", "assert.equal(\"work\", work.out.n)"),
      (
        "local co = coroutine.wrap(function() coroutine.yield(1) coroutine.yield(2) end) return { v = co() + co() }",
        "assert.equal(3, work.out.v)"
      ),
    ])
  func gives(body: String, assertions: String) {
    let problem = check(
      body, "assert.equal(\"succeeded\", run.status)\n" + assertions,
      mocks: "[\"work/a\"] = { out = { x = 7 } }, [\"work/bad\"] = { code = 3 }, "
        + "[\"work/http\"] = { out = { status = 201, text = '{\"k\":5}' } }, [\"work/*\"] = true")
    #expect(problem == nil, "\(problem ?? "")")
  }

  @Test(
    "A body that asks for what cannot be fails with the line and what to do",
    arguments: [
      ("ctx:step(5, 6)", "work.lua:2: "),
      ("ctx:step(\"a b\") { run = \"x\" }", "a b"),
      ("ctx:step({})", "ctx:step needs a name"),
      ("ctx:step \"a\" { rum = \"x\" }", "rum"),
      ("ctx:step \"a\" { run = \"x\" } ctx:step \"a\" { run = \"x\" }", "asked for twice"),
      ("ctx:start \"a\" { run = \"x\" } ctx:start \"a\" { run = \"x\" }", "asked for twice"),
      ("ctx:effect(\"e\", function() end) ctx:effect(\"e\", function() end)", "asked for twice"),
      ("ctx:sleep \"soon\"", "ctx:sleep takes a duration"),
      ("ctx:sleep(-1)", "ctx:sleep takes a duration such as \"10m\", not -1"),
      ("ctx:sleep(0/0)", "not nan"), ("ctx:sleep_until(-5)", "not -5"),
      (
        "ctx:effect(\"e\", function() return { [true] = 1 } end)",
        "returned a table whose keys are neither names nor 1, 2, 3, … without a gap"
      ),
      ("ctx:sleep_until \"noon\"", "ctx:sleep_until takes a time"),
      ("ctx:effect(\"e\")", "ctx:effect takes a name and a function"),
      ("ctx:effect(\"e\", function() return function() end end)", "where plain values are needed"),
      ("ctx:effect(\"e\", function() ctx:sleep(1) end)", "inside the function of ctx:effect"),
      ("ctx:all(5)", "ctx:all takes a list of futures"),
      ("ctx:all { 5 }", "ctx:all takes what ctx:start returns"),
      ("ctx:any {}", "ctx:any needs at least one future"),
      ("ctx:map(5, function() end)", "ctx:map takes a list"),
      ("ctx:http \"https://x.test\"", "ctx:http takes a table such as"),
      ("ctx:http {}", "\"url\" is missing"),
      ("ctx:http { url = \"ftp://x.test\" }", "no address of the web"),
      ("ctx:http { url = \"https://x.test\", method = \"BREW\" }", "one of DELETE, GET"),
      ("ctx:http { url = \"https://x.test\", body = \"a\", json = {} }", "either \"body\" or \"json\""),
      ("ctx:http { url = \"https://x.test\", header = {} }", "did you mean \"headers\"?"),
      ("ctx:http { url = \"https://x.test\", headers = \"a\" }", "a table such as { Accept"),
      ("ctx:step \"a\" { run = \"x\", undo = 5 }", "undo"),
      ("ctx:map({ 1 }, function() return true end)", "must return a name"),
      ("ctx:map({ 1 }, function() return {} end)", "must return a name"),
      ("ctx:map({ 1 }, function() return \"a\", { run = \"x\" } end, { maxx = 1 })", "did you mean"),
      ("ctx:map({ 1 }, function() return \"a\", { run = \"x\" } end, { max = 0 })", "\"max\" of ctx:map"),
      ("ctx:signal(\"a b\")", "ctx:signal takes the name of a signal, not \"a b\""),
      ("ctx.sleep(5)", "with a colon"),
      ("ctx:slep(5)", "there is no ctx:slep"),
      ("ctx.x = 1", "ctx can't be changed"),
      ("ctx:output(\"f\", function() end)", "can't emit"),
      ("ctx:metric(\"m\")", "ctx:metric takes a name and a number"),
      ("ctx:progress({})", "ctx:progress takes a number"),
      ("ctx:artifact(5)", "ctx:artifact takes a path"),
      ("table.sort({ 3, 1, 2 }, function(a, b) ctx:sleep(1) return a < b end)", "call it before, and use its result"),
      ("(\"x\"):gsub(\"x\", function() ctx:sleep(1) end)", "call it before, and use its result"),
      ("coroutine.wrap(function() ctx:sleep(1) end)()", "let ctx:start run it at the same time"),
      ("ctx:step \"in\" { function(inner) ctx:sleep(1) end }", "this ctx belongs to another body"),
      (
        "local f = ctx:start \"a\" { run = \"x\" } ctx:step \"in\" { function(inner) f:await() end }",
        "this future belongs to another body"
      ),
      ("return function() end", "plain values are needed"),
      ("return { f = print }", "plain values are needed"),
      ("return { 1, 2 }", "what a step emits has names"),
      ("return 5", "what a step emits is a table"),
      ("ctx:undo(5)", "undo"),
      ("error \"by hand\"", "work.lua:2: by hand"),
      ("error { message = \"as a table\", code = 5 }", "as a table"),
      ("error { code = 5, at = \"b\" }", "{ at = b, code = 5 }"),
      ("ctx:effect(\"e\", function() error { code = 5 } end)", "{ code = 5 }"),
      ("local x = nil; return x.y", "work.lua:2:"),
      ("ctx:fail \"on purpose\"", "on purpose"),
      ("string.rep(\"x\", 1 << 40)", "work.lua:2:"),
      ("local t = {} while true do t[#t + 1] = (\"x\"):rep(1000000) .. #t end", "memory"),
    ])
  func complains(body: String, expected: String) {
    let problem = check(
      body, "assert.equal(\"failed\", run.status)\nassert.contains([==[\(expected)]==], work.reason)",
      mocks: "[\"work/*\"] = true")
    #expect(problem == nil, "\(problem ?? "")")
  }

  @Test("An endless loop in a body ends with the step's timeout, and says where")
  func endless() {
    let problem = test(
      """
      local run = simulate {}
      assert.equal("failed", run.status)
      assert.contains("work.lua:2", run.steps.work.reason)
      """, workflow: "step \"work\" { timeout = \"200ms\", function(ctx)\nwhile true do end\nend }"
    ).failure
    #expect(problem == nil, "\(problem?.text ?? "")")
  }
}
