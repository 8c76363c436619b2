-- baton test checkpoint_test.lua

mocks {
  steps = {
    prepare = { out = { rows = 60000 } },
    train = { out = { epochs = 5 }, checkpoint = 5, duration = "2h" },
  },
}

describe("checkpoint", function()
  it("trains on what was prepared", function()
    local run = simulate { params = { epochs = 100 } }
    assert.equal("succeeded", run.status)
    assert.equal("100", run.steps.train.env.EPOCHS)
    assert.equal("60000", run.steps.train.env.ROWS)
    assert.equal("echo trained on 60000 rows for 5 epochs", run.steps.report.command)
    assert.equal(2 * 3600, run.duration)
  end)

  it("reports nothing when the training fails", function()
    local run = simulate { steps = { train = { signal = "SIGKILL", checkpoint = 3 } } }
    assert.equal("killed by SIGKILL", run.steps.train.reason)
    assert.equal("skipped", run.steps.report.status)
  end)
end)
