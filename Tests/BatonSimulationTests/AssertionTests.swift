import BatonModel
import BatonSimulation
import Testing

/// What `assert` accepts, and what it says.
@Suite struct AssertionTests {
  @Test(
    "Assertions that hold",
    arguments: [
      "assert(1)", "assert.equal(1, 1.0)", "assert.equals('a', 'a')", "assert.are.equal(nil, nil)",
      "assert.are_equal(1, 1)", "assert.is_not.equal({}, {})", "assert.same({ 1, { a = 2 } }, { 1, { a = 2 } })",
      "assert.are_not.same({ 1 }, { 1, 2 })", "assert.are_not_same({ 1, 2 }, { 1 })", "assert.is_true(1 == 1)",
      "assert.is_false(1 == 2)", "assert.True(true)", "assert.is_nil(nil)", "assert.is_not_nil(false)",
      "assert.not_nil(0)", "assert.truthy(0)", "assert.is.truthy('')", "assert.falsy(nil)", "assert.is_falsy(false)",
      "assert.is_string('x')", "assert.is_not.string(1)", "assert.is_number(1)", "assert.is_a.table({})",
      "assert.is_function(print)", "assert.is_boolean(false)", "assert.near(1, 1.05, 0.1)",
      "assert.is_not.near(1, 2, 0.5)", "assert.matches('^a%d$', 'a7')", "assert.does_not_match('b', 'a')",
      "assert.contains(2, { 1, 2 })", "assert.contains({ 1 }, { { 1 } })", "assert.contains('.', 'a.b')",
      "assert.does.not_contains(3, { 1, 2 })", "assert.has_error(function() error 'x' end)",
      "assert.has_error(function() error 'x' end, 'x')", "assert.has.errors(function() local x = nil; return x.y end)",
      "assert.has_error(function() error({ code = 1 }) end, { code = 1 })", "assert.has_no.errors(function() end)",
      "assert.has_no_error(function() end)", "assert.error_matches(function() error 'abc' end, 'b.$')",
      "assert.equal(7, assert.equal(7, 7))", "assert.matches('boo', assert.has_error(function() error 'boo' end))",
      "local t = {} t.t = t; local u = {} u.t = u; assert.same(t, u)",
    ])
  func holding(_ body: String) {
    let failure = test(body).failure
    #expect(failure == nil, "\(failure?.text ?? "")")
  }

  @Test(
    "Assertions that do not hold say what was expected and what there was",
    arguments: [
      ("assert(nil)", "anything but false and nil", "nil"), ("assert.equal(1, 2)", "1", "2"),
      ("assert.equal('1', 1)", "\"1\"", "1"), ("assert.same({ a = 1 }, { a = 2 })", "{ a = 1 }", "{ a = 2 }"),
      ("assert.same({ 1, 2 }, { 1 })", "{ 1, 2 }", "{ 1 }"), ("assert.same({ 1 }, { 1, 2 })", "{ 1 }", "{ 1, 2 }"),
      ("assert.is_true(1)", "true", "1"), ("assert.is_false(nil)", "false", "nil"), ("assert.is_nil(0)", "nil", "0"),
      ("assert.truthy(false)", "anything but false and nil", "false"), ("assert.falsy(0)", "false or nil", "0"),
      ("assert.is_string(1)", "a string", "1"), ("assert.near(1, 2, 0.5)", "1 ± 0.5", "2"),
      ("assert.near(1, 'x', 0.5)", "1 ± 0.5", "\"x\""), ("assert.matches('^b', 'a')", "\"^b\"", "\"a\""),
      ("assert.contains(3, { 1 })", "3", "{ 1 }"), ("assert.has_error(function() end)", "an error", "no error"),
      ("assert.has_error(function() error 'a' end, 'b')", "\"b\"", "\"a\""),
      ("assert.error_matches(function() error('a', 0) end, 'b')", "\"b\"", "\"a\""),
      ("assert.is_not.equal(1, 1)", nil, "1"), ("assert.has_no.errors(function() error 'a' end)", nil, "\"a\""),
      ("assert.same({ [true] = 0.1, ['a b'] = print }, 1)", "{ [\"a b\"] = (a function), [true] = 0.1 }", "1"),
    ] as [(String, String?, String)])
  func failing(_ body: String, _ expected: String?, _ actual: String) {
    let failure = test(body).failure
    #expect(failure?.isError == false, "\(failure?.message ?? "it passed")")
    #expect(failure?.expected == expected)
    #expect(failure?.actual == actual)
    #expect(failure?.place?.text == "work_test.lua:2")
  }

  @Test("A message of its own stands beside the values, and two tables of the same content are told apart")
  func notes() {
    #expect(test("assert.equal(1, 2, 'the count')").failure?.notes == ["the count"])
    #expect(test("assert.is_true(false, 'well')").failure?.notes == ["well"])
    let failure = test("assert.equal({ 1 }, { 1 })").failure
    #expect(failure?.notes == ["the two are different tables of the same content: assert.same compares the content"])
  }

  @Test("A mistyped assertion is an error that proposes the right one")
  func unknown() {
    let failure = test("assert.is_eqal(1, 1)").failure
    #expect(failure?.isError == true)
    #expect(failure?.message == "there is no assert.eqal: did you mean \"equal\"?")
    #expect(test("assert.equal(1)").failure?.message == "assert.equal takes 2 values, not 1")
    #expect(test("assert.is(1)").failure?.isError == true)
    #expect(test("assert.equal = nil").failure?.message == "assert can't be changed")
  }

  @Test("A failure is told at the line of the assertion, with the lines that led there")
  func helper() {
    let result = spec(
      """
      local function check(value)
        assert.is_true(value)
      end
      it("works", function()
        check(false)
      end)
      """)
    let failure = result.cases.first?.status.failure
    #expect(failure?.place?.text == "work_test.lua:2")
    #expect(failure?.traceback.contains { $0.hasPrefix("work_test.lua:5") } == true)
  }

  @Test("An assertion that a test catches by itself does not fail it")
  func caught() {
    #expect(test("assert.is_false(pcall(function() assert.equal(1, 2) end))").failure == nil)
    let other = test("pcall(function() assert.equal(1, 2) end) error 'other'").failure
    #expect(other?.isError == true)
    #expect(other?.message == "other")
  }
}
