-- baton test shards_test.lua

-- As make prints its rules.
local rules = [[
# Files
test-cart: a.c
test-login: b.c
test-mail: c.c
# files hash-table stats:
]]

local function results(...)
  local all = {}
  for i, name in ipairs { ... } do
    local failed = name:match "^(.*) fails$"
    all[i] = { name = failed or name, status = failed and "failed" or "passed" }
  end
  return { results = all }
end

mocks {
  params = { count = 2 },
  steps = {
    ["list/exec-1"] = { output = rules },
    ["tests[shard=1of2]"] = results("test-cart", "test-mail"),
    ["tests[shard=2of2]"] = results "test-login",
  },
}

describe("shards", function()
  it("runs each test in one of them, smoke tests first", function()
    local run = simulate {}
    assert.same({ "test-cart", "test-mail" }, run.steps["tests[shard=1of2]"].tests)
    assert.same({ "test-login" }, run.steps["tests[shard=2of2]"].tests)
    assert.equal(3, run.gates.quality.measured.tests)
    assert.contains("tests = 3, required >= 6", run.gates.quality.findings[1])
  end)

  it("runs again only what failed, and says that it is flaky", function()
    local run = simulate { steps = {
      ["tests[shard=1of2]"] = { results("test-cart", "test-mail fails"), results "test-mail" },
    } }
    local shard = run.steps["tests[shard=1of2]"]
    assert.equal("test-mail", shard.tries[2].args[#shard.tries[2].args])
    assert.same({ "succeeded", 1 }, { shard.status, shard.results.flaky })
    assert.equal(1, run.gates.quality.measured.flaky)
  end)

  it("fails where a shard leaves one of its tests out", function()
    local run = simulate { steps = { ["tests[shard=1of2]"] = results "test-cart" } }
    assert.equal("it succeeded, but 1 of its 2 tests was not run: test-mail",
      run.steps["tests[shard=1of2]"].tries[1].outcome)
  end)
end)
