local health = require "baton.health"

local function probed(fields, mocks, more)
  return simulate {
    source = 'local health = require "baton.health"\n' .. (more or "") .. 'step "x" (' .. fields .. ")",
    steps = mocks or {}, secrets = { TOKEN = "t0ken" },
  }
end

local function arguments(fields)
  return { table.unpack(probed(fields).steps.x.args, 5) }
end

describe("probes", function()
  it("try until they succeed, at an interval", function()
    for _, fields in ipairs {
      [[health.command "true"]], [[health.tcp { port = 80 }]], [[health.http "http://x/"]],
      [[health.sql { sqlite = "a" }]],
    } do
      local run = probed(fields, { x = { 1, 1, 1, true } })
      assert.equal("succeeded", run.status)
      assert.equal(4, run.steps.x.attempts)
      assert.equal(6, run.duration)
    end
  end)

  it("give up after so many retries", function()
    local run = probed([[health.command { run = { "pg_isready" }, interval = "10s", retries = 2 }]], { x = 1 })
    assert.equal("failed", run.status)
    assert.equal(3, run.steps.x.attempts)
    assert.equal(20, run.duration)
    assert.equal("pg_isready", run.steps.x.command)
  end)

  it("give each try its time", function()
    local run = probed([[health.tcp { port = 80, timeout = "3s", retries = 1 }]], { x = { { timeout = true }, true } })
    assert.equal("succeeded", run.status)
    assert.equal(3 + 2, run.duration)
  end)

  it("are depended on", function()
    local run = simulate {
      source = [[
        local health = require "baton.health"
        local app = step "app" { run = 'echo "port=8080" >> "$BATON_OUTPUT"' }
        local up = step "up" (health.tcp { port = app.out.port })
        step "test" { depends = up, run = "make test" }
      ]],
      steps = { app = { out = { port = 8080 } }, up = { 1, true } },
    }
    assert.equal(2, run.steps.test.started)
    assert.equal("8080", run.steps.up.args[6])
  end)
end)

describe("health.tcp", function()
  it("passes the host and the port", function()
    assert.same({ "127.0.0.1", "5432" }, arguments [[health.tcp { port = 5432 }]])
    assert.same({ "db", "80" }, arguments [[health.tcp { host = "db", port = "80" }]])
  end)
end)

describe("health.http", function()
  it("asks with curl", function()
    assert.same({ "2?? 3??", "", "GET", "--url", "http://x/?a=1&b='2'" },
      arguments [[health.http "http://x/?a=1&b='2'"]])
    assert.same({ "204 4??", "it's up", "HEAD", "--cacert", "ca.pem", "--url", "https://x" }, arguments [[health.http {
      url = "https://x", expect = { 204, "4??" }, contains = "it's up", method = "HEAD", ca = "ca.pem",
    }]])
  end)

  it("keeps headers out of the arguments", function()
    local run = probed [[health.http { url = "http://x", headers = { A = "b", Authorization = secret "TOKEN" } }]]
    assert.matches("^A: b\nAuthorization: .+\n$", run.steps.x.stdin)
  end)
end)

describe("health.sql", function()
  it("asks each client", function()
    assert.same({ "", "select 1", "app.db" }, arguments [[health.sql { sqlite = "app.db" }]])
    assert.same({ "3", "select count(*) from t", "postgres://db/shop" }, arguments [[health.sql {
      postgres = "postgres://db/shop", query = "select count(*) from t", expect = "3",
    }]])
    assert.same({ "", "select 1", "--host=db", "shop" }, arguments [[health.sql { mysql = { "--host=db", "shop" } }]])
  end)
end)

it("tells mistakes with the line of whoever made them", function()
  assert.blames_caller('health.command: "run" is missing', health.command, {})
  assert.blames_caller(
    'health.command: "interval" must be a duration such as "10s", not "x"',
    health.command, { run = "a", interval = "x" })
  assert.blames_caller(
    'health.command: "timeout" must be a duration above 0, such as "10s", not -1',
    health.command, { run = "a", timeout = -1 })
  assert.blames_caller(
    'health.command: "retries" must be an integer from 0 to 999999, not "3"',
    health.command, { run = "a", retries = "3" })
  assert.blames_caller(
    'health.command: "retry" is not for you to say: interval and retries say it',
    health.command, { run = "a", retry = 3 })
  assert.blames_caller('health.tcp: "port" is missing', health.tcp, {})
  assert.blames_caller('health.tcp: "port" must be a number from 1 to 65535, not 65536', health.tcp, { port = 65536 })
  assert.blames_caller('health.tcp: "host" must be a string, not true', health.tcp, { host = true, port = 1 })
  assert.blames_caller('health.http: "url" must begin with http:// or https://, unlike "x.org"', health.http, "x.org")
  assert.blames_caller(
    'health.http: "expect" must be a status such as 200 or "2??" or a list of them, not "ok"',
    health.http, { url = "http://x", expect = "ok" })
  assert.blames_caller(
    'health.http: "method" must be one of "GET", "HEAD", "POST", "PUT", "OPTIONS", not "get"',
    health.http, { url = "http://x", method = "get" })
  assert.blames_caller(
    'health.http: "A:" is no name of a header', health.http, { url = "http://x", headers = { ["A:"] = "b" } })
  assert.blames_caller(
    'health.http: there is no option "contain": did you mean "contains"?',
    health.http, { url = "http://x", contain = "b" })
  assert.blames_caller('health.sql: "sqlite", "postgres" or "mysql" says what is asked', health.sql, {})
  assert.blames_caller('health.sql: either "mysql" or "sqlite", not both', health.sql, { sqlite = "a", mysql = "b" })
end)
