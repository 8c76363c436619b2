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

describe("mistakes", function()
  local function says(sentence, make, given)
    return function()
      local function call() return #make(given) end
      local _, message = pcall(call)
      assert.matches("^%S*http_test.lua:%d+: ", message)
      assert.has_error(call, sentence)
    end
  end

  it("name addresses that are missing", says('http.request: "url" is missing', http.request, {}))
  it("name addresses", says('http.request: "url" must begin with http:// or https://, unlike "x"', http.request, "x"))
  it("name methods", says(
    'http.request: "method" must be one of "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", not "get"',
    http.request, { url = "http://x", method = "get" }))
  it("name bodies", says('http.request: either "body" or "json", not both', http.request,
    { url = "http://x", body = "a", json = {} }))
  it("name statuses", says('http.request: "expect" must be a status such as 200 or a list of them, not "200"',
    http.request, { url = "http://x", expect = "200" }))
  it("name retries", says('http.request: "retry" must be how often to try again, or a table such as '
    .. '{ attempts = 3, backoff = "2s" }, not "often"', http.request, { url = "http://x", retry = "often" }))
  it("name headers", says('http.request: "A b" is no name of a header', http.request,
    { url = "http://x", headers = { ["A b"] = "c" } }))
  it("name what is unknown", says(
    'http.wait: there is no option "chekc": did you mean "check"?', http.wait, { url = "http://x", chekc = print }))
  it("take deadlines for retries", says('http.wait: "retry" is not for you to say: interval and deadline say it',
    http.wait, { url = "http://x", retry = 3 }))
  it("name checks", says('http.wait: "check" must be a function, not "up"', http.wait,
    { url = "http://x", check = "up" }))
  it("name checksums", says('http.download: "sha256" must be 64 hexadecimal digits, not "abc"', http.download,
    { url = "http://x", to = "a", sha256 = "abc" }))
  it("name targets", says('http.download: "to" is missing', http.download, { url = "http://x" }))
end)
