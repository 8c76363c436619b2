-- baton test release_test.lua

mocks { steps = { build = { out = { version = "1.4" } } } }

describe("release", function()
  it("ships the version that was built and tested", function()
    local run = simulate { strict = true, steps = { test = true, ship = true } }
    assert.same({ "build", "test", "ship" }, run.order)
    assert.matches("echo shipped 1%.4$", run.steps.ship.command)
  end)

  it("fails without an approval", function()
    local run = simulate { steps = { ship = 1 } }
    assert.equal("failed", run.status)
    assert.equal("exit code 1", run.steps.ship.reason)
  end)

  it("ships nothing that was not tested", function()
    local run = simulate { steps = { test = { fail = "flaky" } } }
    assert.equal("flaky", run.steps.test.reason)
    assert.equal("skipped", run.steps.ship.status)
  end)
end)
