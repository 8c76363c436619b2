local function served(fields)
  return simulate { source = 'local nats = require "baton.nats"\n' .. [[
    local bus = service "bus" (nats.server { ]] .. fields .. [[ })
    step "use" { run = "test " .. bus.out.url .. " " .. bus.out.monitor }
  ]] }
end

describe("nats.server", function()
  it("emits its addresses", function()
    local run = served("")
    assert.equal("succeeded", run.status)
    assert.matches("nats://127.0.0.1:%d+ http://127.0.0.1:%d+$", run.steps.use.command)
  end)

  it("keeps messages in its folder, and asks who connects", function()
    local words = { table.unpack(served('jetstream = true, user = "a", password = "b"').steps.bus.args, 5) }
    assert.equal("--jetstream", words[1])
    assert.same({ "--user", "a", "--pass", "b" }, { table.unpack(words, 4) })
  end)

  it("takes what every service may say, and nothing else", function()
    assert.equal("succeeded", served('restart = 1, setup = "x"').status)
    assert.error_matches(function() served('user = "a"') end, "go together")
    assert.error_matches(function() served("retry = 2") end, "retry")
  end)
end)
