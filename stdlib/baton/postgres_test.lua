local function served(fields, more)
  return simulate { source = 'local postgres = require "baton.postgres"\n' .. [[
    local db = service "db" (postgres.server { ]] .. fields .. [[ })
  ]] .. (more or 'step "use" { run = "test " .. db.out.url }') }
end

describe("postgres.server", function()
  it("emits the address of its database", function()
    local run = served('database = "shop"')
    assert.equal("succeeded", run.status)
    assert.matches("postgresql://postgres@127.0.0.1:%d+/shop", run.steps.use.command)
    assert.equal("shop", run.steps.db.out.database)
  end)

  it("does not wait for the disk unless it has to last", function()
    assert.same({ "-c", "fsync=off", "-c", "full_page_writes=off" },
      { table.unpack(served("").steps.db.args, 5) })
    local lasting = served([[durable = true, settings = { work_mem = "64MB" }]])
    assert.same({ "-c", "work_mem=64MB" }, { table.unpack(lasting.steps.db.args, 5) })
  end)

  it("takes what every service may say, and nothing else", function()
    assert.equal("succeeded", served("restart = 1, grace = '1s'").status)
    assert.error_matches(function() served("retry = 2") end, "retry")
    assert.error_matches(function() served('setup = "x"') end, "schema and seed say it")
  end)
end)

describe("postgres.clone", function()
  it("gives a step a database of its own", function()
    local run = served('database = "shop"', 'step "use" (postgres.clone { db, run = { "make", "test" } })')
    assert.equal("succeeded", run.status)
    assert.equal("shop", run.steps.use.args[6])
    assert.same({ "make", "test" }, { table.unpack(run.steps.use.args, 7) })
  end)

  it("wants the service first, and a command", function()
    assert.error_matches(function() served("", 'step "use" (postgres.clone { "db", run = "x" })') end, "stands first")
    assert.error_matches(function()
      served("", 'step "use" (postgres.clone { db, run = function() end })')
    end, "function")
  end)
end)
