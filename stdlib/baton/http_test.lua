local http = require "baton.http"
local json = require "baton.json"

local function answered(status, text, kind)
  return { out = { status = status, text = text or "", headers = { ["content-type"] = kind or "text/plain" } } }
end

local function workflow(fields)
  return 'local http = require "baton.http"\nlocal x = step "x" (' .. fields .. ')\n'
end

describe("http.request", function()
  it("emits the answer", function()
    local run = simulate {
      source = workflow [[http.request "http://x/a"]] .. [[step "use" { run = { "echo", x.out.json.id } }]],
      steps = { ["x/request"] = answered(200, '{"id":7}', "application/json; charset=utf-8") },
    }
    assert.equal("succeeded", run.status)
    assert.same({
      status = 200, text = '{"id":7}', json = { id = 7 },
      headers = { ["content-type"] = "application/json; charset=utf-8" },
    }, run.steps.x.out)
    assert.equal("7", run.steps.use.args[2])
  end)

  it("sends what it is told to", function()
    local run = simulate {
      source = [[local b = step "b" "true"]] .. "\n" .. workflow [[http.request {
        url = "http://x/" .. b.out.v, method = "PUT", json = { a = 1 }, headers = { A = "b" }, expect = 201,
        timeout = "3s", retry = { attempts = 2, backoff = "4s" },
      }]],
      steps = { b = { out = { v = "1" } }, ["x/request"] = { 1, answered(201) } },
    }
    assert.equal("succeeded", run.status)
    local sent = json.decode(run.steps["x/request"].stdin)
    assert.same({ "PUT", "http://x/1" }, { sent.method, sent.url })
    assert.equal(2, run.steps["x/request"].attempts)
    assert.equal(4, run.duration)
  end)

  it("fails where the status is a failure", function()
    local run = simulate { source = workflow [[http.request "http://x"]], steps = { ["x/request"] = answered(404) } }
    assert.equal("failed", run.status)
    assert.equal("HTTP 404", run.steps.x.reason)
  end)

  it("refuses at once what could not be sent", function()
    local rows = {
      { { retry = {} }, "retry" }, { { retry = { 1 } }, "retry" }, { { retry = { attempts = 0 } }, "retry" },
      { { json = function() end }, "json" }, { { json = { a = { function() end } } }, "json" },
      { { timeout = 0 }, "timeout" },
    }
    for _, row in ipairs(rows) do
      row[1].url = "http://x"
      local done, message = pcall(http.request, row[1])
      assert.is_false(done)
      assert.is_true(message:find('"' .. row[2] .. '" must be', 1, true) ~= nil)
    end
    for _, name in ipairs { "interval", "deadline", "timeout" } do
      local done, message = pcall(http.wait, { url = "http://x", [name] = 0 })
      assert.is_false(done)
      assert.is_true(message:find('"' .. name .. '" must be a duration above 0', 1, true) ~= nil)
    end
  end)

  it("takes a broken text for no JSON", function()
    local run = simulate {
      source = workflow [[http.request "http://x"]],
      steps = { ["x/request"] = answered(200, "{", "application/json") },
    }
    assert.equal("succeeded", run.status)
    assert.is_nil(run.steps.x.out.json)
  end)
end)

describe("http.wait", function()
  it("asks until the status is right", function()
    local run = simulate {
      source = workflow [[http.wait { url = "http://x", interval = "3s" }]],
      steps = {
        ["x/request-1"] = { fail = "no answer" }, ["x/request-2"] = answered(404),
        ["x/request-3"] = answered(200, "up"),
      },
    }
    assert.equal("succeeded", run.status)
    assert.equal(6, run.duration)
    assert.equal("up", run.steps.x.out.text)
    assert.equal(3, run.steps.x.out.checks)
  end)

  it("takes the statuses that it is told", function()
    local run = simulate {
      source = workflow [[http.wait { url = "http://x", expect = { 204, 404 } }]],
      steps = { ["x/request-1"] = answered(200), ["x/request-2"] = answered(404) },
    }
    assert.equal(404, run.steps.x.out.status)
  end)

  it("asks a function, and fails at once where it never will be", function()
    local run = simulate {
      source = workflow [[http.wait { url = "http://x", check = function(answer)
        if answer.text == "broken" then return nil, "it broke" end
        return answer.text == "done", answer.text
      end }]],
      steps = { ["x/request-1"] = answered(200, "busy"), ["x/request-2"] = answered(200, "broken") },
    }
    assert.equal("it broke", run.steps.x.reason)
    assert.equal(2, run.duration)
  end)

  it("gives up at its deadline", function()
    local run = simulate {
      source = workflow [[http.wait { url = "http://x", interval = "20s", deadline = "30s" }]],
      steps = { ["x/request-*"] = answered(503) },
    }
    assert.matches("^not yet after 30s and 3 checks: HTTP 503", run.steps.x.reason)
  end)
end)

describe("http.download", function()
  it("asks curl", function()
    local digest = ("a1"):rep(32)
    local run = simulate { source = workflow(([[http.download {
      url = "https://x/y z", to = "cache/a b", sha256 = %q, headers = { A = "b" },
    }]]):format(digest)) }
    assert.same({ "cache/a b", digest, "--url", "https://x/y z" }, { table.unpack(run.steps.x.args, 5) })
    assert.equal("A: b\n", run.steps.x.stdin)
  end)
end)

describe("ctx:http", function()
  it("has no status where there was no answer, and a failure is allowed", function()
    local run = simulate {
      source = [[
        step "x" { function(ctx)
          local answer = ctx:http { url = "http://x", allow_failure = true, retry = 0 }
          return { ok = answer.ok, has_status = answer.status ~= nil, reason = answer.reason, text = answer.text }
        end }
      ]],
      steps = { ["x/*"] = { fail = "no answer: connection refused" } },
    }
    assert.equal("succeeded", run.status)
    assert.same({ ok = false, has_status = false, reason = "no answer: connection refused", text = "" },
      run.steps.x.out)
  end)
end)

it("tells mistakes with the line of whoever made them", function()
  assert.blames_caller('http.request: "url" is missing', http.request, {})
  assert.blames_caller('http.request: "url" must begin with http:// or https://, unlike "x"', http.request, "x")
  assert.blames_caller(
    'http.request: "method" must be one of "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", not "get"',
    http.request, { url = "http://x", method = "get" })
  assert.blames_caller(
    'http.request: either "body" or "json", not both', http.request, { url = "http://x", body = "a", json = {} })
  assert.blames_caller(
    'http.request: "expect" must be a status such as 200 or a list of them, not "200"',
    http.request, { url = "http://x", expect = "200" })
  assert.blames_caller(
    'http.request: "retry" must be how often to try again, or a table such as '
      .. '{ attempts = 3, backoff = "2s" }, not "often"',
    http.request, { url = "http://x", retry = "often" })
  assert.blames_caller(
    'http.request: "A b" is no name of a header', http.request, { url = "http://x", headers = { ["A b"] = "c" } })
  assert.blames_caller(
    'http.wait: there is no option "chekc": did you mean "check"?', http.wait, { url = "http://x", chekc = print })
  assert.blames_caller(
    'http.wait: "retry" is not for you to say: interval and deadline say it',
    http.wait, { url = "http://x", retry = 3 })
  assert.blames_caller('http.wait: "check" must be a function, not "up"', http.wait, { url = "http://x", check = "up" })
  assert.blames_caller(
    'http.download: "sha256" must be 64 hexadecimal digits, not "abc"',
    http.download, { url = "http://x", to = "a", sha256 = "abc" })
  assert.blames_caller('http.download: "to" is missing', http.download, { url = "http://x" })
end)
