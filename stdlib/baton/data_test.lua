local function step(fields, secrets)
  local run = simulate {
    source = 'local data = require "baton.data"\nstep "x" (' .. fields .. ")", secrets = secrets,
  }
  return run.steps.x
end

local function command(fields) return (step(fields).command:gsub("^/bin/sh %-c '[^']*' sh ", "")) end

local function mistake(fields)
  local ok, text = pcall(step, fields)
  assert.is_false(ok)
  return tostring(text)
end

describe("data.generate", function()
  it("takes a schema as a table or as a file", function()
    assert.equal("generate people.json --seed 1 --rows 10 --out people.csv",
      command [[data.generate { schema = "people.json", rows = 10, output = "people.csv" }]])
    local made = step [[data.generate {
      schema = { fields = { { name = "id", kind = "sequence" } } }, seed = 7, output = "o",
    }]]
    assert.equal('{"fields":[{"kind":"sequence","name":"id"}]}', made.stdin)
    assert.matches("generate %- %-%-seed 7 %-%-out o$", made.command)
  end)

  it("says what is missing", function()
    assert.matches('"output"', mistake [[data.generate { schema = "s.json" }]])
    assert.matches("a table or the name of a JSON file", mistake [[data.generate { schema = 5, output = "o" }]])
  end)
end)

describe("data.mask and data.verify", function()
  it("hand over rules and the key, which stands in the environment alone", function()
    local made = step(
      [[data.mask { input = "a.csv", output = "b.csv", rules = { id = "shape", ["*"] = "keep" }, env = { A = "b" } }]],
      { MASK_KEY = "a key that nobody knows" })
    assert.equal('{"columns":{"*":"keep","id":"shape"}}', made.stdin)
    assert.matches("mask a%.csv %-%-rules %- %-%-key MASK_KEY %-%-out b%.csv$", made.command)
    assert.is_nil(made.command:find("nobody knows", 1, true))
    assert.equal("verify b.csv a.csv --rules r.json --key K",
      command [[data.verify { masked = "b.csv", original = "a.csv", rules = "r.json", key = "K" }]])
  end)

  it("refuse a standard input beside rules in a table", function()
    assert.matches('"stdin" can\'t be set',
      mistake [[data.mask { input = "a", output = "b", rules = { ["*"] = "keep" }, stdin = "x" }]])
  end)
end)
