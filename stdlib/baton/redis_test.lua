local function served(fields)
  return simulate { source = 'local redis = require "baton.redis"\n' .. [[
    local cache = service "cache" (redis.server { ]] .. fields .. [[ })
    step "use" { run = "test " .. cache.out.url }
  ]] }
end

describe("redis.server", function()
  it("emits its address", function()
    local run = served("")
    assert.equal("succeeded", run.status)
    assert.matches("redis://127.0.0.1:%d+/0", run.steps.use.command)
  end)

  it("does not wait for the disk unless it has to last", function()
    assert.same({ "--appendfsync", "no" }, { table.unpack(served("").steps.cache.args, 5) })
    local lasting = served([[durable = true, settings = { maxmemory = "64mb", activedefrag = false }]])
    assert.same({ "--activedefrag", "no", "--appendfsync", "always", "--maxmemory", "64mb" },
      { table.unpack(lasting.steps.cache.args, 5) })
  end)

  it("takes what every service may say, and nothing else", function()
    assert.equal("succeeded", served("restart = 1, seed = { 'a', 'b' }").status)
    assert.error_matches(function() served("retry = 2") end, "retry")
    assert.error_matches(function() served('setup = "x"') end, "seed says it")
  end)
end)
