-- baton test pytest_test.lua

local function measured(tests, failed)
  local told = ("%d failed, %d passed in 1.50s\n"):format(failed, tests - failed)
  return { metrics = { tests = tests, failed = failed }, out = { told = told }, duration = "2m" }
end

mocks { steps = { ["*/test"] = measured(400, 1) } }

describe("pytest", function()
  it("fetches, installs and tests each library by itself", function()
    local run = simulate { steps = { ["suites[library=click]/fetch"] = { duration = "1m" } } }
    assert.equal("succeeded", run.status)
    assert.equal(60, run.steps["suites[library=click]/test"].started)
    assert.equal(0, run.steps["suites[library=jinja2]/test"].started)
    assert.contains("click==8.1.7", run.steps["suites[library=click]/fetch"].args)
    assert.equal(1200, run.gates.quality.measured.tests)
  end)

  it("tries a broken connection again after two and four seconds", function()
    local run = simulate { steps = { ["suites[library=click]/fetch"] = { 1, 1, true } } }
    local tries = run.steps["suites[library=click]/fetch"].tries
    assert.equal("succeeded", run.status)
    assert.near(2, tries[2].started, 0.5)
    assert.near(6, tries[3].started, 1)
  end)

  it("halts when too few tests pass, and says so", function()
    local run = simulate { steps = { ["suites[library=jinja2]/test"] = measured(400, 40) } }
    assert.equal("halted", run.status)
    assert.equal("run.halted", run.notifications[1].event)
    assert.equal("succeeded", simulate({
      params = { pass_rate = 0.9 }, steps = { ["suites[library=jinja2]/test"] = measured(400, 40) },
    }).status)
  end)

  it("halts when pytest counts otherwise", function()
    local suite = measured(400, 1)
    suite.out.told = "1 failed, 400 passed in 1.50s\n"
    local run = simulate { steps = { ["suites[library=click]/test"] = suite } }
    assert.equal("halted", run.status)
    local counts = run.gates["suites[library=click]/counts"]
    assert.contains("the runner says 401 tests, counted were 400", counts.findings[1])
  end)

  it("halts when a suite is broken", function()
    local run = simulate { steps = { ["suites[library=click]/test"] = 2 } }
    assert.are_not.equal("succeeded", run.status)
    assert.are_not.equal("succeeded", run.steps.summary.status)
  end)
end)
