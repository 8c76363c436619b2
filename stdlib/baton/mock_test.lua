local function served(routes, more)
  return simulate { source = [[
    local mock = require "baton.mock"
    local api = service "api" (mock.http { routes = ]] .. routes .. [[ })
  ]] .. (more or 'step "use" { run = "curl " .. api.out.url }') }
end

local json = require "baton.json"

describe("mock.http", function()
  it("hands its routes to the server, the closest first", function()
    local run = served [[{ ["* /*"] = "x", ["GET /a/*"] = { json = { b = 1 } }, ["GET /a/b"] = { status = 204 } }]]
    assert.equal("succeeded", run.status)
    local routes = json.decode(run.steps.api.args[4])
    assert.equal("GET /a/b", routes[1].route)
    assert.equal("GET /a/*", routes[2].route)
    assert.same({ status = 200, headers = { ["Content-Type"] = "application/json" }, body = '{"b":1}', delay_ms = 0 },
      routes[2].answers[1])
    assert.equal("x", routes[3].answers[1].body)
  end)

  it("refuses what is no route, and answers that it does not know", function()
    assert.error_matches(function() served '{ ["/a"] = "x" }' end, "is no route")
    assert.error_matches(function() served '{ ["GET /a"] = { stats = 200 } }' end, 'did you mean "status"')
  end)
end)

describe("mock.check", function()
  it("reads what the server wrote down", function()
    local run = served('{ ["GET /a"] = "x" }', [[
      local use = step "use" { run = "curl " .. api.out.url }
      step "asked" (mock.check { api, depends = use, calls = { ["GET /a"] = 1 }, bodies = { ["* /*"] = "tea" } })
    ]])
    assert.equal("succeeded", run.status)
    assert.matches("calls.jsonl$", run.steps.asked.args[4])
    assert.same({ calls = { ["GET /a"] = 1 }, bodies = { ["* /*"] = { "tea" } }, unmatched = 0 },
      json.decode(run.steps.asked.args[5]))
  end)

  it("wants the service first", function()
    assert.error_matches(function() served('{ ["GET /a"] = "x" }', 'step "asked" (mock.check { calls = {} })') end,
      "stands first")
  end)
end)
