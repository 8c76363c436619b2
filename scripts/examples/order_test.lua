-- baton test order_test.lua

mocks { steps = { reserve = { out = { reservation = "r-1" } } } }

describe("order", function()
  it("undoes nothing when all goes well", function()
    local run = simulate {}
    assert.equal("succeeded", run.status)
    assert.is_nil(run.steps["order/undo-charge"])
  end)

  it("undoes the newest first when packing fails, and does not deliver", function()
    local run = simulate { steps = { pack = 1 } }
    assert.equal("failed", run.status)
    assert.same({ "reserve", "charge", "pack", "order/undo-charge", "order/undo-reserve" }, run.order)
    assert.equal("echo release r-1", run.steps["order/undo-reserve"].command)
    assert.equal("undone", run.steps.reserve.status)
    assert.equal("skipped", run.steps.deliver.status)
  end)

  it("tries again to undo", function()
    local run = simulate { steps = { pack = 1, ["order/undo-charge"] = { 1, 1, true } } }
    assert.equal("undone", run.steps.charge.status)
    assert.equal(3, run.steps["order/undo-charge"].attempts)
  end)

  it("says what is left when undoing fails", function()
    local run = simulate { steps = { pack = 1, ["order/undo-charge"] = 1 } }
    assert.equal("succeeded", run.steps.charge.status)
    assert.contains("baton resume --skip order/undo-charge leaves it", run.steps.order.reason)
  end)

  it("undoes what the body did when nobody takes the parcel", function()
    local run = simulate { steps = { ["deliver/hand-over"] = 1 } }
    assert.equal("failed", run.status)
    assert.equal("undone", run.steps["deliver/label"].status)
    assert.equal("succeeded", run.steps["deliver/undo-1/tell"].status)
    assert.equal("succeeded", run.steps.charge.status)
  end)
end)
