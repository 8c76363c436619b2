-- baton test rollout_test.lua

mocks { steps = { build = { out = { version = "1.4" } } } }

describe("rollout", function()
  local function canaries(errors)
    return { ["rollout/canary-eu"] = { out = { errors = errors } }, ["rollout/canary-us"] = { out = { errors = 0 } } }
  end

  it("deploys to all regions", function()
    local run = simulate { steps = canaries(0) }
    assert.equal("succeeded", run.status)
    assert.equal("succeeded", run.steps["rollout/deploy-us"].status)
  end)

  it("stops where a canary fails", function()
    local run = simulate { steps = canaries(0.5) }
    assert.equal("failed", run.status)
    assert.is_nil(run.steps["rollout/deploy-us"])
  end)
end)
