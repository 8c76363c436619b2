-- baton.ctest, baton.gotest, baton.swifttest and baton.jest: what is run, and how they select what failed.

local ctest = require "baton.ctest"
local gotest = require "baton.gotest"
local jest = require "baton.jest"
local swifttest = require "baton.swifttest"

local function last(list, count)
  return { table.unpack(list, #list - count + 1) }
end

-- Each attempt of a step, and what its tests came to.
local function tried(module, fields, ...)
  local run = simulate {
    source = ('local m = require "baton.%s"\nstep "unit" (m %s)'):format(module, fields),
    steps = { unit = { ... } },
  }
  return run.steps.unit
end

describe("ctest", function()
  it("runs all of a build", function()
    local step = ctest { path = "out", retry = 2, args = "-j4" }
    assert.same(
      { "ctest", "--test-dir", "out", "--output-junit", "baton-ctest.xml", "--output-on-failure", "-j4" }, step.run)
    assert.same(ctest({ path = "out" }).run, ctest("out").run)
  end)

  it("is handed what failed by name", function()
    local step = tried("ctest", "{ retry = 1, args = '-j4' }",
      { results = { { name = "a|b", status = "failed" }, { name = "sum", status = "passed" } } },
      { results = { { name = "a|b", status = "passed" } } })
    assert.equal("succeeded", step.status)
    assert.same({ 2, 2, 0, 1 }, { step.results.tests, step.results.passed, step.results.failed, step.results.flaky })
    assert.same(
      { "7", "ctest", "--test-dir", "build", "--output-junit", "baton-ctest.xml", "--output-on-failure", "-j4", "a|b" },
      last(step.tries[2].args, 9))
    assert.same({ "ctest", "--test-dir" }, { step.tries[1].args[1], step.tries[1].args[2] })
  end)

  it("takes the tests of a list", function()
    local step = ctest { tests = { "a" } }
    assert.same({ "build/baton-ctest.xml", 6, "ctest" }, { step.run[5], step.run[6], step.run[7] })
  end)

  it("stops at the first failure, and knows no other limit", function()
    assert.equal("--stop-on-failure", ctest({ max_failures = 1 }).run[7])
    assert.equal(nil, ctest({ max_failures = 2 }).max_failures)
  end)

  it("lists tests", function()
    assert.same({ "ctest", "--test-dir", "b", "-L", "fast" },
      last(ctest.discover({ path = "b", args = { "-Q", "-L", "fast" } }).run, 5))
  end)
end)

describe("gotest", function()
  it("runs packages", function()
    assert.same({ "reports/go.json", "go", "test", "-json", "-race", "./..." }, last(gotest({ args = "-race" }).run, 6))
    assert.same({ "-coverprofile=r.json.cover", "./a" },
      last(gotest({ path = "./a", report = "r.json", coverage = true }).run, 2))
  end)

  it("is handed each function that failed once, with its package", function()
    local step = tried("gotest", "{ retry = 1 }",
      { results = {
        { suite = "shop/cart", name = "TestA/empty", status = "failed" },
        { suite = "shop/cart", name = "TestA", status = "failed" },
        { suite = "shop/pay", name = "TestA", status = "passed" },
        { suite = "shop/pay", name = "TestB/sum", parameters = "1", status = "failed" },
      } },
      { results = {
        { suite = "shop/cart", name = "TestA/empty", status = "passed" },
        { suite = "shop/cart", name = "TestA", status = "passed" },
        { suite = "shop/pay", name = "TestB/sum", parameters = "1", status = "failed" },
      } })
    assert.same({ "3", "go", "test", "-json", "shop/cart.TestA", "shop/pay.TestB" }, last(step.tries[2].args, 6))
    assert.equal("failed", step.status)
    assert.same({ "shop/pay.TestB/sum[1]" }, step.results.failures)
    assert.same({ 4, 3, 2 }, { step.results.tests, step.results.passed, step.results.flaky })
  end)

  it("runs everything again where a package could not be built", function()
    local step = tried("gotest", "{ retry = 1 }",
      { results = { { suite = "shop/cart", name = "(package)", status = "failed" } } }, true)
    assert.equal("./...", step.tries[2].args[#step.tries[2].args])
    assert.equal("succeeded", step.status)
  end)

  it("lists tests", function()
    assert.same({ "go", "test", "-json", "-list", ".", "./..." }, last(gotest.discover({}).run, 6))
  end)
end)

describe("swifttest", function()
  it("runs a package", function()
    local events = { "--event-stream-output-path", "reports/swift.jsonl", "--event-stream-version", "0", "-q" }
    assert.same(events, last(swifttest({ args = "-q" }).run, 5))
    assert.same({ "swift", "test", "--disable-xctest" }, { table.unpack(swifttest({ xctest = false }).run, 6, 8) })
    assert.same({ "swift", "test", "--event-stream-output-path" },
      { table.unpack(swifttest({ args = "--disable-xctest" }).run, 6, 8) })
    assert.same({ 1, 1, 2 }, {
      #swifttest({ xctest = false }).results, #swifttest({ args = "--disable-xctest" }).results,
      #swifttest({}).results,
    })
    local words = swifttest({ path = "p", coverage = true }).run
    assert.same({
      "swift", "test", "--package-path", "p", "--enable-code-coverage", "--parallel", "--xunit-output",
      "reports/swift.jsonl.xctest.xml",
    }, { table.unpack(words, 6, 13) })
  end)

  it("is handed what failed as one expression", function()
    local function sum(n, status)
      return { class = "Shop.Prices.Inner", name = "sum(n:)", parameters = n, status = status }
    end
    local step = tried("swifttest", "{ retry = 1 }",
      { results = { sum("1", "failed"), sum("2", "failed"), { class = "Shop", name = "free()", status = "failed" } } },
      { results = { sum("1", "passed"), sum("2", "passed"), { class = "Shop", name = "free()", status = "passed" } } })
    assert.same({ "--filter", [[^(Shop\.Prices/Inner/sum\(n:\)|Shop\.free\(\))(/|$)]] }, last(step.tries[2].args, 2))
    assert.same({ "succeeded", 3 }, { step.status, step.results.flaky })
  end)

  it("is handed more than one word takes as several", function()
    local cases = {}
    for i = 1, 3000 do cases[i] = { id = "x", class = "Shop.Prices", name = ("t"):rep(60) .. i .. "()" } end
    local words = swifttest({ retry = 1 }).retry.select(cases)
    assert.equal(6, #words)
    for i = 2, 6, 2 do assert.is_true(#words[i] < 120000) end
  end)

  it("has no limit of failures", function()
    assert.blames_caller('swifttest: "max_failures" is not for you to say: swift test has no such limit', swifttest,
      { max_failures = 2 })
  end)

  it("lists tests", function()
    assert.same({ "swift", "test", "list", "--package-path", "p" }, last(swifttest.discover("p").run, 5))
  end)
end)

describe("jest", function()
  it("runs a project", function()
    local step = jest { max_failures = 3, coverage = true, path = "src" }
    assert.same(
      { "npx", "--no-install", "jest", "--reporters=default", "--ci", "--bail=3", "--coverage",
        "--coverageReporters=lcovonly", "--coverageDirectory=reports/jest.xml.coverage", "src" }, last(step.run, 10))
    assert.equal("reports/jest.xml", step.run[5])
    assert.matches("module.exports = class", step.run[6])
  end)

  it("is handed titles and files", function()
    local step = tried("jest", "{ retry = 1 }",
      { results = {
        { class = "a.test.js::cart", name = "adds (two)", status = "failed" },
        { class = "b.test.js::", name = "sums", status = "failed" },
      } },
      { results = {
        { class = "a.test.js::cart", name = "adds (two)", status = "passed" },
        { class = "b.test.js::", name = "sums", status = "passed" },
      } })
    assert.same(
      { "--testNamePattern", "^(cart adds \\(two\\)|sums)$", "--runTestsByPath", "a.test.js", "b.test.js" },
      last(step.tries[2].args, 5))
    assert.equal(nil, (jest({ retry = 1 }).retry.select { { id = "1", name = "sums" } }))
    assert.equal(nil, (jest({ retry = 1 }).retry.select { { id = "1", name = "(file)", class = "a.test.js::" } }))
  end)

  it("takes and lists files", function()
    assert.equal("--runTestsByPath", last(jest({ tests = { "a.test.js" }, path = "src" }).run, 1)[1])
    assert.same({ "npx", "--no-install", "jest", "--listTests", "src" }, last(jest.discover("src").run, 5))
  end)
end)

it("tells mistakes with the line of whoever made them", function()
  assert.blames_caller('ctest: "path" must be a string, not a table', ctest, { path = { "a", "b" } })
  assert.blames_caller('gotest: there is no option "pth": did you mean "path"?', gotest, { pth = "x" })
  assert.blames_caller("swifttest takes a table of options, such as { path = … }, not true", swifttest, true)
  assert.blames_caller('jest: "run" is not for you to say: command, path and args say what is run', jest, { run = "x" })
  assert.blames_caller('ctest: "--stop-on-failure" is not for args: say max_failures = 1', ctest,
    { args = "--stop-on-failure" })
  assert.blames_caller('gotest: "-failfast" is not for args: say max_failures = 1', gotest, { args = { "-failfast" } })
  assert.blames_caller('jest: "--bail" is not for args: say max_failures', jest, { args = "--bail=2" })
  assert.blames_caller(
    'gotest.discover: there is no option "report"; known: args, command, path, and what a step says',
    gotest.discover, { report = "x" })
end)
