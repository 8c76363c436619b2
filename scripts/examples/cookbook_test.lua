-- baton test cookbook_test.lua
-- What recipes do where things go otherwise than in their run.

describe("the cookbook", function()
  it("saga: takes back, newest first, what was done", function()
    local run = simulate("cookbook/saga.lua", { steps = { ship = 1 } })
    assert.equal("failed", run.status)
    assert.equal("undone", run.steps.charge.status)
    assert.equal("undone", run.steps.reserve.status)
  end)

  it("retry-flaky: tries again what may help, and nothing else", function()
    assert.equal(3, simulate("cookbook/retry-flaky.lua", { steps = { fetch = { 75, 75, true } } }).steps.fetch.attempts)
    assert.equal(1, simulate("cookbook/retry-flaky.lua", { steps = { fetch = 1 } }).steps.fetch.attempts)
  end)

  it("approval: deploys nothing that was rejected", function()
    local run = simulate("cookbook/approval.lua", { approvals = { release = { approved = false, reason = "friday" } } })
    assert.equal("halted", run.status)
    assert.is_nil(run.steps.deploy.started)
  end)

  it("approval: is refused when nobody answers in a day", function()
    assert.equal("halted", simulate("cookbook/approval.lua", {}).status)
  end)

  it("canary: halts at the first bad one", function()
    local run = simulate("cookbook/canary.lua", {
      steps = { ["rollout/canary-eu"] = { out = { errors = 0.5 } } },
    })
    assert.equal("halted", run.status)
    assert.is_nil(run.steps["rollout/deploy-us"])
  end)

  it("conditional: runs the tests when code changed", function()
    local run = simulate("cookbook/conditional.lua", { steps = { changes = { out = { docs = false, code = true } } } })
    assert.equal("skipped", run.steps.docs.status)
    assert.equal("succeeded", run.steps.tests.status)
  end)

  it("signal: takes what it is told", function()
    local told = { value = { region = "eu" }, after = "50ms" }
    local run = simulate("cookbook/signal.lua", { signals = { deployed = told } })
    assert.equal("eu", run.steps.follow.out.region)
  end)

  it("cleanup: happens after success too", function()
    local run = simulate("cookbook/cleanup.lua", {})
    assert.equal("skipped", run.steps.diagnose.status)
    assert.equal("succeeded", run.steps.cleanup.status)
  end)

  it("dynamic-matrix: makes a step for each package", function()
    local run = simulate("cookbook/dynamic-matrix.lua", { steps = { find = { out = { packages = { "a", "b" } } } } })
    assert.same({ "find", "build[package=a]", "build[package=b]", "release" }, run.order)
  end)

  it("max-failures: does not run what is no use", function()
    local run = simulate("cookbook/parallel-limits.lua", { steps = { lint = 1 } })
    assert.equal("failed", run.status)
  end)
end)
