-- Servers of others, played by a table: an HTTP service that answers as it is told and writes down what it was asked.
--
--   local mock = require "baton.mock"
--
--   local payments = service "payments" (mock.http { routes = {
--     ["POST /charges"] = { { status = 503 }, { status = 201, json = { id = 1 } } },   -- in turn, the last for good
--     ["GET /charges/*"] = { json = { state = "paid" } },
--   } })
--   local test = step "test" { run = "make test", env = { PAYMENTS_URL = payments.out.url } }
--   step "asked" (mock.check { payments, depends = test, calls = { ["POST /charges"] = 2 } })
--
-- A route is a method, or `*`, and a path in which `*` stands for any letters; of those that fit, the one with the
-- longest text before its first `*` answers. What no route fits is answered with 404.

local json = require "baton.json"
local options = require "baton.options"

local mock = {}

local read_answer = options.schema("mock.http: an answer", {
  status = { "integer", min = 200, max = 599, default = 200 }, headers = { "values" }, body = { "string" },
  json = { "any" }, file = { "string" }, delay = { "duration" },
}, { step = false, main = "body" })

local function answer(given)
  local own = read_answer(given, 3)
  local headers, body = {}, own.body
  if own.json ~= nil then
    body = json.encode(own.json)
    headers["Content-Type"] = "application/json"
  end
  for name, value in pairs(own.headers or {}) do headers[name] = tostring(value) end
  local delay = own.delay and math.floor(options.seconds(own.delay) * 1000) or 0
  return { status = own.status, headers = json.object(headers), body = body or "", file = own.file, delay_ms = delay }
end

local function is_list(value) return type(value) == "table" and #value > 0 end

local function checked(who, patterns)
  for pattern in pairs(patterns) do
    if not pattern:find "^[%u*]+ [/*]" then
      error(('%s: "%s" is no route: a method and a path such as "GET /users/*"'):format(who, pattern), 3)
    end
  end
  return patterns
end

-- The longest text before the first star first.
local function rank(pattern)
  local fixed = #pattern:match "^[^*]*"
  return fixed == #pattern and math.huge or fixed
end

local read_http = options.schema("mock.http", { routes = { "values", required = true } }, {
  fields = options.service_fields,
  taken = { setup = "routes say it", ready = "the module knows when it is" },
})

-- The fields of a service. It emits `url`, and `host` and `port.http` as every service does. What it was asked stands
-- in the file `calls`, a JSON object for each request.
function mock.http(given)
  local own, fields = read_http(given)
  local names = {}
  for name in pairs(checked("mock.http", own.routes)) do names[#names + 1] = name end
  table.sort(names, function(a, b)
    local left, right = rank(a), rank(b)
    if left ~= right then return left > right end
    return a < b
  end)
  local routes = {}
  for i, name in ipairs(names) do
    local answers = {}
    for _, one in ipairs(is_list(own.routes[name]) and own.routes[name] or { own.routes[name] }) do
      answers[#answers + 1] = answer(one)
    end
    routes[i] = { route = name, answers = answers }
  end
  fields.run, fields.ports = { "/proc/self/exe", "__mock", "serve", json.encode(routes) }, { "http" }
  local outputs = {}
  for name, value in pairs(fields.outputs or {}) do outputs[name] = value end
  outputs.url = "http://127.0.0.1:" .. service.port.http
  outputs.calls = service.folder .. "/calls.jsonl"
  fields.outputs = outputs
  return fields
end

local read_check = options.schema("mock.check", {
  calls = { "values" }, bodies = { "values" }, unmatched = { "boolean", default = false },
})

-- The fields of a step that fails where the server was asked otherwise: `calls` says how often a route was, `bodies`
-- what some body of its requests holds (one text or a list); `unmatched = true` lets requests pass that no route fits.
function mock.check(given)
  local fields = {}
  for name, value in pairs(type(given) == "table" and given or {}) do
    if name ~= 1 then fields[name] = value end
  end
  local own, step = read_check(fields)
  local server = type(given) == "table" and given[1]
  if not pcall(function() return server.out.calls end) then
    error("mock.check: the service stands first: mock.check { api, calls = { … } }", 2)
  end
  local bodies = {}
  for name, parts in pairs(checked("mock.check", own.bodies or {})) do bodies[name] = options.list(parts) end
  local expected = {
    calls = json.object(checked("mock.check", own.calls or {})), bodies = json.object(bodies),
    unmatched = not own.unmatched and 0 or nil,
  }
  step.run = { "/proc/self/exe", "__mock", "check", server.out.calls, json.encode(expected) }
  return step
end

return mock
