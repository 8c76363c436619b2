-- baton test suites_test.lua

local function suite(told, tests, failed, skipped)
  failed, skipped = failed or 0, skipped or 0
  return {
    metrics = { tests = tests, failed = failed, skipped = skipped, passed = tests - failed - skipped },
    out = { told = told },
    duration = "1m",
  }
end

local passing = {
  ["suites[project=bats-support]/test"] = suite("37 tests, 0 failures\n", 37),
  ["suites[project=itsdangerous]/test"] = suite("296 passed, 1 skipped, 3 warnings in 2.69s\n", 297, 0, 1),
  ["suites[project=jansson]/test"] = suite("100% tests passed, 0 tests failed out of 213\n", 213),
  ["suites[project=luassert]/test"] = suite("209 successes / 0 failures / 0 errors / 0 pending : 0.3 seconds\n", 209),
  ["suites[project=snappy]/test"] = suite("[====] 20 tests from 3 test suites ran.\n[  PASSED  ] 20 tests.\n", 20),
  ["suites[project=try-tiny]/test"] = suite("t/a.t .. skipped: no x\nFiles=11, Tests=104,  2 s\n", 105, 0, 1),
  ["suites[project=uuid]/test"] = suite("--- PASS: TestA\n--- SKIP: TestB\n--- PASS: TestC\n", 3, 0, 1),
}

mocks { steps = passing }

local function with(name, result)
  return simulate { steps = { ["suites[project=" .. name .. "]/test"] = result } }
end

-- What is said of the suite of a project, for which the runner says `told`.
local function finding(name, ...)
  local run = with(name, suite(...))
  local gate = run.gates["suites[project=" .. name .. "]/counts"]
  return gate.passed and "agrees" or gate.findings[1]
end

describe("suites", function()
  it("fetches, builds, runs and compares each project by itself", function()
    local run = simulate {}
    assert.equal("succeeded", run.status)
    assert.contains("jansson_2.14.orig.tar.gz", run.steps["suites[project=jansson]/fetch"].args)
    assert.equal(884, run.gates.quality.measured.tests)
    assert.equal("run.succeeded", run.notifications[1].event)
  end)

  it("makes its page also of a run that goes wrong", function()
    local run = with("uuid", 2)
    assert.equal("failed", run.status)
    assert.equal("run.failed", run.notifications[1].event)
  end)

  it("fetches one at a time, and a third time after two and four seconds", function()
    local run = simulate { steps = { ["suites[project=jansson]/fetch"] = { 1, 1, true } } }
    assert.equal("succeeded", run.status)
    assert.equal(3, run.steps["suites[project=jansson]/fetch"].attempts)
  end)

  it("halts where the runner says something else than was counted", function()
    local run = with("jansson", suite("99% tests passed, 1 tests failed out of 213\n", 213))
    assert.equal("halted", run.status)
    assert.contains(
      "the runner says 1 failed, counted were 0", run.gates["suites[project=jansson]/counts"].findings[1])
  end)

  it("halts where a summary is missing", function()
    assert.contains("not understood", finding("luassert", "Segmentation fault\n", 209))
    assert.contains("not understood", finding("uuid", "", 32))
  end)

  it("understands failures, errors and what is skipped in the summary of each runner", function()
    local function agrees(...) assert.equal("agrees", finding(...)) end
    agrees("bats-support", "37 tests, 2 failures, 1 skipped\n", 37, 2, 1)
    agrees("itsdangerous", "2 failed, 290 passed, 3 skipped, 1 xfailed, 1 error in 1.02s\n", 297, 3, 4)
    agrees("jansson", "99% tests passed, 2 tests failed out of 213\n", 213, 2)
    agrees("luassert", "1 success / 2 failures / 3 errors / 4 pending : 0.3 seconds\n", 10, 5, 4)
    agrees("snappy", [[
[==========] 9 tests from 3 test suites ran. (8 ms total)
[  PASSED  ] 6 tests.
[  SKIPPED ] 1 test, listed below:
[  FAILED  ] 2 tests, listed below:]], 9, 2, 1)
    agrees("try-tiny", "t/a.t (Wstat: 512 Tests: 9 Failed: 2)\nFiles=11, Tests=104,  2 wallclock\n", 104, 2)
    agrees("uuid", "--- PASS: TestA\n--- FAIL: TestB\n", 2, 1)
  end)

  it("refuses when too many fail, though every runner agrees", function()
    local run = with("jansson", suite("99% tests passed, 2 tests failed out of 213\n", 213, 2))
    assert.equal("halted", run.status)
    assert.contains("pass_rate", run.gates.quality.findings[1])
  end)
end)
