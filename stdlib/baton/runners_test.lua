-- baton.ctest, baton.gotest, baton.swifttest and baton.jest: how they select what failed.

local ctest = require "baton.ctest"
local gotest = require "baton.gotest"
local jest = require "baton.jest"
local swifttest = require "baton.swifttest"

local function last(list, count)
  local words = {}
  for i = #list - count + 1, #list do words[#words + 1] = list[i] end
  return words
end

describe("ctest", function()
  it("selects by one regular expression, every letter as itself", function()
    local step = ctest { path = "out", retry = 2, args = "-j4" }
    assert.same(
      { "ctest", "--test-dir", "out", "--output-junit", "baton-ctest.xml", "--output-on-failure", "-j4" }, step.run)
    assert.same(
      { "-R", "^(a\\.b|sum\\[1\\+2\\])$" },
      step.retry.select { { name = "a.b" }, { name = "sum", parameters = "1+2" } })
  end)

  it("stops at the first failure, and knows no other limit", function()
    assert.equal("--stop-on-failure", ctest({ max_failures = 1 }).run[7])
    assert.equal(nil, ctest({ max_failures = 2 }).max_failures)
  end)
end)

describe("gotest", function()
  it("selects functions and their packages", function()
    local step = gotest { retry = 1, args = { "-race" } }
    assert.same({ "go", "test", "-json", "-race", "./..." }, last(step.run, 5))
    assert.same({ "go", "test", "-json", "-race" }, last(step.retry.run, 4))
    assert.same(
      { "-run", "^(TestA|TestB)$", "shop/cart", "shop/pay" },
      step.retry.select {
        { suite = "shop/cart", name = "TestA/empty" }, { suite = "shop/cart", name = "TestA" },
        { suite = "shop/pay", name = "TestB/sum", parameters = "1" },
      })
  end)

  it("runs everything again where a package could not be built", function()
    local words, why = gotest({ retry = 1 }).retry.select { { suite = "shop/cart", name = "(package)" } }
    assert.equal(nil, words)
    assert.equal("shop/cart failed as a whole", why)
  end)
end)

describe("swifttest", function()
  it("selects functions by what they are known as", function()
    local step = swifttest { retry = 1, args = "--parallel" }
    assert.same(
      { "swift", "test", "--event-stream-output-path", "reports/swift.jsonl", "--event-stream-version", "0",
        "--parallel" }, last(step.run, 7))
    assert.same(
      { "--filter", "^Shop\\.Prices/Inner/sum\\(n:\\)/", "--filter", "^Shop\\.free\\(\\)/" },
      step.retry.select {
        { id = "1", class = "Shop.Prices.Inner", name = "sum(n:)", parameters = "1" },
        { id = "2", class = "Shop.Prices.Inner", name = "sum(n:)", parameters = "2" },
        { id = "3", class = "Shop", name = "free()" },
      })
  end)

  it("has no limit of failures", function()
    assert.has_error(
      function() swifttest { max_failures = 2 } end,
      'swifttest: "max_failures" is said by the module itself: swift test has no such limit')
  end)
end)

describe("jest", function()
  it("selects titles and files", function()
    local step = jest { retry = 1, max_failures = 3, env = { CI = "1", JEST_JUNIT_TITLE = "mine" } }
    assert.same(
      { "npx", "--no-install", "jest", "--ci", "--reporters=default", "--reporters=jest-junit", "--bail=3" }, step.run)
    assert.equal("reports/jest.xml", step.env.JEST_JUNIT_OUTPUT_FILE)
    assert.equal("mine", step.env.JEST_JUNIT_TITLE)
    assert.same(
      { "--testNamePattern", "^(cart adds \\(two\\)|sums)$", "--runTestsByPath", "a.test.js", "b.test.js" },
      step.retry.select {
        { id = "1", class = "cart", name = "adds (two)", file = "a.test.js" },
        { id = "2", name = "sums", file = "b.test.js" },
      })
    assert.equal(nil, (step.retry.select { { id = "1", name = "sums" } }))
  end)
end)
