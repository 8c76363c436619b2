-- baton test modules_test.lua

describe("modules", function()
  it("announces when both services are out", function()
    local run = simulate { steps = { ["shop-deploy"] = { duration = "5m" }, ["mail-deploy"] = { duration = "1m" } } }
    assert.equal("succeeded", run.status)
    -- The two deployments share a lock.
    assert.equal(360, run.steps.announce.started)
  end)
end)

describe("shop.release", function()
  local source = [[
    local release = require "shop.release"
    release.service { name = "web", version = "3.0" }
  ]]

  it("builds, then checks and tests side by side, then deploys", function()
    local run = simulate { source = source, steps = { ["web-*"] = { duration = "1m" } } }
    assert.equal("echo building web 3.0", run.steps["web-build"].command)
    assert.equal(60, run.steps["web-lint"].started)
    assert.equal(60, run.steps["web-test"].started)
    assert.equal(120, run.steps["web-deploy"].started)
  end)

  it("tries a deployment three times", function()
    local run = simulate { source = source, steps = { ["web-deploy"] = { 1, 1, true } } }
    assert.equal("succeeded", run.status)
    assert.equal(3, run.steps["web-deploy"].attempts)
    assert.equal("failed", simulate({ source = source, steps = { ["web-deploy"] = 1 } }).status)
  end)
end)
