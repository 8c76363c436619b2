-- baton test services_test.lua

mocks { steps = { look = { out = { pid = 4711 } } } }

describe("services", function()
  it("starts the shop once its servers are ready, and tests it", function()
    local run = simulate {}
    assert.equal("succeeded", run.status)
    assert.equal("shop", run.order[3])
    assert.equal("succeeded", run.steps["buy[article=tea]"].status)
    assert.contains("kill -KILL 4711", run.steps.disaster.command)
  end)

  it("goes on when the database dies", function()
    local run = simulate {
      steps = {
        look = { out = { pid = 4711 } },
        db = { { signal = "SIGKILL", duration = "2s" }, true },
        ["buy[article=tea]"] = { duration = "5s" },
      },
    }
    assert.equal("succeeded", run.status)
    assert.equal(2, run.steps.db.attempts)
    assert.equal(2, run.steps["buy[article=tea]"].attempts)
  end)

  it("gives up when it dies again and again", function()
    local run = simulate { steps = { look = { out = { pid = 4711 } }, db = 1 } }
    assert.equal("failed", run.status)
    assert.equal(4, run.steps.db.attempts)
    assert.equal("skipped", run.steps["buy[article=tea]"].status)
  end)
end)
