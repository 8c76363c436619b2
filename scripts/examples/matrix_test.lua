-- baton test matrix_test.lua

mocks { steps = { find = { out = { files = { "a.txt", "b.txt", "c.txt" } } } } }

describe("matrix", function()
  it("has every pair but the one that is excluded", function()
    local run = simulate {}
    assert.equal("succeeded", run.status)
    assert.is_nil(run.steps["browser[browser=firefox,os=mac]"])
    assert.same({ BROWSER = "chrome", SYSTEM = "mac" }, run.steps["browser[browser=chrome,os=mac]"].env)
  end)

  it("runs two browsers at once, and not three", function()
    local run = simulate { steps = { ["browser[*]"] = { duration = "1m" } } }
    local started = {}
    for name, step in pairs(run.steps) do
      if step.kind == "step" and name:find("^browser") then started[#started + 1] = step.started end
    end
    table.sort(started)
    assert.same({ 0, 0, 60 }, started)
  end)

  it("shards each service by itself", function()
    local run = simulate {}
    assert.same({ "echo", "api", "shard", "3", "of", "3" }, run.steps["service[name=api]/shard[number=3]"].args)
    assert.is_nil(run.steps["service[name=web]/shard[number=3]"])
  end)

  it("checks each file that is found, and is done behind the last", function()
    local run = simulate { steps = { ["check[file=b.txt]"] = { duration = "10s" } } }
    assert.equal("echo checking b.txt", run.steps["check[file=b.txt]"].command)
    assert.equal(10, run.steps.done.started)
    assert.equal("succeeded", simulate({ steps = { find = { out = { files = {} } } } }).steps.done.status)
  end)
end)
