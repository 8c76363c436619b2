-- baton test services_test.lua

mocks {
  steps = {
    look = { out = { file = "/x/postmaster.pid" } }, page = { out = { session = "http://127.0.0.1:9/session/a" } },
  },
}

describe("services", function()
  it("starts the shop once its servers are ready, and tests it", function()
    local run = simulate {}
    assert.equal("succeeded", run.status)
    assert.contains("services/browse.py", run.steps["sign-in"].command)
    assert.equal("succeeded", run.steps["buy[article=tea,screen=phone]"].status)
    assert.contains("< /x/postmaster.pid", run.steps.disaster.command)
  end)

  it("goes on when the database dies", function()
    local run = simulate {
      steps = {
        look = { out = { file = "/x/postmaster.pid" } },
        db = { { signal = "SIGKILL", duration = "2s" }, true },
        ["buy[article=coffee,screen=desktop]"] = { duration = "5s" },
      },
    }
    assert.equal("succeeded", run.status)
    assert.equal(2, run.steps.db.attempts)
    assert.equal(2, run.steps["buy[article=coffee,screen=desktop]"].attempts)
  end)

  it("gives up when it dies again and again", function()
    local run = simulate { steps = { look = { out = { file = "/x/postmaster.pid" } }, db = 1 } }
    assert.equal("failed", run.status)
    assert.equal(4, run.steps.db.attempts)
    assert.equal("skipped", run.steps["buy[article=tea,screen=phone]"].status)
  end)
end)
