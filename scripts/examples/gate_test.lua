-- baton test gate_test.lua

mocks {
  steps = {
    tests = { metrics = { tests = 200, failed = 1 } },
    load = { metrics = { p95_ms = 12.5 }, out = { requests = 10000 } },
  },
  baseline = { quality = { ["metric.p95_ms"] = 12 } },
}

describe("gate", function()
  it("passes what is good enough", function()
    local run = simulate {}
    assert.equal("succeeded", run.status)
    assert.is_true(run.gates.quality.passed)
    assert.equal(0.995, run.gates.quality.measured.pass_rate)
    assert.equal("echo released after 10000 requests", run.steps.release.command)
  end)

  it("halts when too many tests fail", function()
    local run = simulate { steps = { tests = { metrics = { tests = 200, failed = 7 } } } }
    assert.equal("halted", run.status)
    assert.equal(3, run.exit_code)
    assert.is_false(run.gates.quality.passed)
    assert.are_not.equal("succeeded", run.steps.release.status)
  end)

  it("halts when it is more than a tenth slower than the last release", function()
    local slower = { steps = { load = { metrics = { p95_ms = 13.3 } } } }
    assert.equal("halted", simulate(slower).status)
    slower.baseline = { quality = { ["metric.p95_ms"] = 13 } }
    slower.steps.load.out = { requests = 1 }
    assert.equal("succeeded", simulate(slower).status)
  end)

  it("halts when something was not measured at all", function()
    local run = simulate { steps = { tests = true } }
    assert.equal("halted", run.status)
    assert.contains("pass_rate", table.concat(run.gates.quality.findings, "\n"))
  end)
end)
