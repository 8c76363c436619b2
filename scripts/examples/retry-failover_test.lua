-- baton test retry-failover_test.lua

mocks { steps = { fetch = { 7, 7, { out = { source = "mirror" } } } } }

describe("retry-failover", function()
  it("goes on after the last file that was copied", function()
    local seen = {}
    local run = simulate {
      steps = {
        copy = function(attempt, step)
          seen[attempt] = step.checkpoint or "none"
          if attempt == 3 then return true end
          return { code = 75, checkpoint = attempt * 2, duration = "5s" }
        end,
      },
    }
    assert.equal("succeeded", run.status)
    assert.same({ "none", "2", "4" }, seen)
  end)

  it("tries again what lost its connection, five times in all, and nothing else", function()
    assert.equal(5, simulate({ steps = { copy = 75 } }).steps.copy.attempts)
    assert.equal(1, simulate({ steps = { copy = 1 } }).steps.copy.attempts)
    assert.equal(5, simulate({ steps = { copy = { timeout = true } } }).steps.copy.attempts)
  end)

  it("waits longer each time, and never more than a second", function()
    local run = simulate { steps = { copy = 75 } }
    assert.is_true(run.duration > 1.2 and run.duration < 3, run.duration .. " s")
  end)

  it("takes the mirror when the first address keeps failing", function()
    local run = simulate {}
    assert.equal(3, run.steps.fetch.attempts)
    assert.equal("echo published what came from mirror", run.steps.publish.command)
  end)

  it("gets over a failure of the statistics", function()
    local run = simulate { steps = { statistics = 1 } }
    assert.equal("succeeded", run.status)
    assert.equal("failed", run.steps.statistics.status)
  end)
end)
