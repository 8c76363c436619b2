import BatonModel
import BatonSimulation
import Testing

/// Blocks, hooks, and what becomes of tests.
@Suite struct SpecRunnerTests {
  @Test("Hooks run around each test from the outermost in and back, setup and teardown once a block")
  func hooks() {
    let result = spec(
      """
      local log = {}
      local function say(word) return function() log[#log + 1] = word end end
      setup(say "S") teardown(say "T") before_each(say "b") after_each(say "a")
      it("first", say "1")
      describe("block", function()
        setup(say "s") teardown(say "t") before_each(say "B") after_each(say "A")
        it("second", say "2")
        it("third", say "3")
      end)
      it("last", function() assert.equal("S b 1 a s b B 2 A a b B 3 A a t b", table.concat(log, " ")) end)
      """)
    #expect(result.cases.map(\.name) == ["first", "block second", "block third", "last"])
    #expect(result.cases.allSatisfy { $0.status.word == "passed" })
    #expect(result.cases.last?.status.failure?.actual == nil)
  }

  @Test("A test that fails, raises or hangs leaves the others alone")
  func independence() {
    let result = spec(
      """
      it("fails", function() assert.is_true(false) end)
      it("raises", function() error "boo" end)
      it("raises a table", function() error { 1 } end)
      it("overflows", function() local function f() return 1 + f() end f() end)
      it("passes", function() end)
      """)
    #expect(result.cases.map(\.status.word) == ["failed", "failed", "failed", "failed", "passed"])
    #expect(result.cases.map { $0.status.failure?.isError } == [false, true, true, true, nil])
    #expect(result.cases[1].status.failure?.place?.text == "work_test.lua:2")
  }

  @Test("Pending: without a body, in place of one, and in the midst of a test")
  func pending() {
    let result = spec(
      """
      it("later")
      pending("some day", function() error "never" end)
      it("half", function() pending "no time" error "never" end)
      it("whole", function() end)
      """)
    #expect(result.cases.map(\.status.word) == ["pending", "pending", "pending", "passed"])
    guard case .pending(let reason) = result.cases[2].status else { return }
    #expect(reason == "no time")
  }

  @Test("A failing before_each fails its test; a failing setup fails every test of its block, and no other")
  func failingHooks() {
    let result = spec(
      """
      describe("one", function() before_each(function() error "before" end) it("a", function() end) end)
      describe("two", function()
        setup(function() error "setup" end)
        it("b", function() end)
        describe("inner", function() it("c", function() end) end)
      end)
      describe("three", function() after_each(function() error "after" end) it("d", function() end) end)
      it("e", function() end)
      describe("four", function() teardown(function() error "teardown" end) it("f", function() end) end)
      """)
    let messages = result.cases.map { $0.status.failure?.message ?? "passed" }
    #expect(messages == ["before", "setup", "setup", "after", "passed", "passed"])
    #expect(result.failure?.message == "teardown")
    #expect(!SpecSummary([result]).isGood)
  }

  @Test("A file with a mistake is told with its line, and is no success")
  func broken() {
    let result = spec("it('a', function() end)\nlocal x =\n")
    #expect(result.failure?.place?.text == "work_test.lua:3")
    #expect(result.cases.isEmpty)
    #expect(spec("error 'early'").failure?.message == "early")
    #expect(spec("describe('x', 1)").failure?.message == "describe(\"x\", …) takes a function, not an integer")
    #expect(SpecFiles(files: [:]).run().failure?.message == "there is no file /project/work_test.lua")
  }

  @Test("Nothing is declared while a test runs, and no step in a spec")
  func places() {
    let inTest = test("it('x', function() end)").failure
    #expect(inTest?.message == "it declares, which is done when the file is read, not while a test runs")
    let step = test("step 'x' { run = 'true' }").failure
    #expect(
      step?.message == "step declares, which a spec does in a workflow of its own: simulate { source = [[ … ]] }")
  }

  @Test("A filter takes the tests whose names contain it, and hooks of blocks without such a test do not run")
  func filter() {
    let text = """
      describe("one", function() setup(function() error "never" end) it("alpha", function() end) end)
      describe("two", function() it("beta", function() end) it("alphabet", function() end) end)
      """
    #expect(spec(text, filter: "two beta").cases.map(\.name) == ["two beta"])
    #expect(spec(text, filter: "BET").cases.map(\.name) == ["two beta", "two alphabet"])
    #expect(spec(text, filter: "two*bet").cases.map(\.name) == ["two beta", "two alphabet"])
    #expect(spec(text, filter: "gamma").cases.isEmpty)
  }

  @Test("What a test prints is kept with it")
  func output() {
    let result = spec("it('a', function() print('x', 1) end) it('b', function() end)")
    #expect(result.cases.map(\.output) == ["x\t1", ""])
  }

  @Test("Results made in setup last as long as their block; those of a test do not outlive it")
  func lifetimes() {
    let result = spec(
      """
      local kept, gone
      setup(function() kept = simulate {} end)
      it("first", function() gone = simulate {} assert.same({ "only" }, kept.order) end)
      it("second", function() assert.same({ "only" }, kept.order) return gone.order end)
      """, workflow: "step \"only\" { run = \"true\" }")
    #expect(result.cases[0].status.word == "passed")
    #expect(
      result.cases[1].status.failure?.message
        == "the result of a simulation can be looked at only in the test that made it")
  }
}
