-- What a body is given while it is explored, and how it is followed along one path (unknown.lua).

local host, sandbox = host, sandbox
local error, ipairs, pairs, pcall, rawequal, setmetatable, type =
  error, ipairs, pairs, pcall, rawequal, setmetatable, type
local concat = table.concat
local explore = host.explore
local way, about, unknown, is_unknown, plain, decide, result, number, raise, cut, CUT =
  explore.way, explore.about, explore.unknown, explore.is_unknown, explore.plain, explore.decide, explore.result,
  explore.number, explore.raise, explore.cut, explore.CUT

local methods = {}

-- Where something catches a failure, both ways are shown.
local function may_fail(name)
  if way.guarded > 0 and decide(name .. " fails", false) then
    local failure = unknown("failure of " .. name, true)
    error(failure, 0)
  end
end

local Ctx

local function ask(kind, name, spec, starts)
  if not host.x_ask(kind, plain(name), spec, starts == true) then cut("long", "") end
end

-- A table of the script's own, as opposed to a ref or a handle, whose fields are no fields of a step.
local function is_plain_table(value)
  return type(value) == "table" and not is_unknown(value) and not host.unseal(value)
end

local function child(kind, name, spec, starts)
  ask(kind, name, spec, starts)
  local body = is_plain_table(spec) and spec[1]
  if type(body) ~= "function" then return end
  host.x_open("body", 0)
  local outer = way.counts
  way.counts = {}
  body(setmetatable({}, Ctx))
  way.counts = outer
  host.x_close(0)
end

local function named(method, act)
  methods[method] = function(_, name, spec)
    if type(name) ~= "string" and type(name) ~= "number" and not is_unknown(name) then
      raise("ctx:" .. method .. " needs a name, not " .. host.phrase(name))
    end
    if spec ~= nil then return act(name, spec) end
    return function(body) return act(name, body) end
  end
end

named("step", function(name, spec)
  child("step", name, spec)
  may_fail(plain(name))
  return result(plain(name))
end)

local futures = {}
local Future = { __index = futures }

function futures.await(self)
  may_fail(self.name)
  return result(self.name)
end

function futures.cancel() end

named("start", function(name, spec)
  child("step", name, spec, true)
  return setmetatable({ name = plain(name) }, Future)
end)

for _, method in ipairs { "sh", "exec" } do
  methods[method] = function(_, spec, options)
    local name = type(options) == "table" and options.name
    if not name and is_plain_table(spec) then name = spec.name end
    name = name or method .. "-" .. number(method)
    ask(method, name, spec)
    may_fail(plain(name))
    return result(plain(name))
  end
end

function methods.all(_, list)
  if is_unknown(list) then return unknown("all of " .. about[list].text, true) end
  local values = {}
  for key, future in pairs(list) do values[key] = is_unknown(future) and future or futures.await(future) end
  return values
end

function methods.any(_, list)
  local names = {}
  if is_unknown(list) then return unknown("first of " .. about[list].text, true), unknown "the first" end
  for _, future in pairs(list) do names[#names + 1] = future.name end
  local text = "first of " .. concat(names, ", ")
  may_fail(text)
  return result(text), unknown("the " .. text, true)
end

function methods.map(_, list, make, options)
  local limit = type(options) == "table" and options.max
  local most_at_once = limit and ", at most " .. plain(limit) .. " at once" or ""
  local items, values = list, {}
  if is_unknown(list) then
    items = { unknown("each of " .. about[list].text, true) }
    host.x_open("map", 0, "for each of " .. about[list].text .. ", side by side" .. most_at_once)
  else
    host.x_open("map", 0, "side by side" .. most_at_once)
  end
  for i, item in ipairs(items) do
    local name, spec = make(item, is_unknown(list) and unknown("number in " .. about[list].text, true) or i)
    child("step", name, spec)
    values[i] = result(plain(name))
  end
  host.x_close(0)
  may_fail "one of them"
  return is_unknown(list) and unknown("results for " .. about[list].text, true) or values
end

for _, method in ipairs { "sleep", "sleep_until" } do
  methods[method] = function(_, duration) ask(method, "", duration) end
end

function methods.signal(_, name, options)
  ask("signal", name, options)
  return unknown("signal " .. plain(name))
end

function methods.approval(_, options)
  local name = type(options) == "table" and not is_unknown(options) and options.name or "approval-" .. number "approval"
  ask("approval", name, options)
  may_fail(plain(name))
  return unknown(plain(name), true)
end

function methods.call(_, file, params)
  if type(file) == "table" and not is_unknown(file) then file, params = file.workflow or file[1], file.params end
  ask("call", file, params)
  may_fail(plain(file))
  return result(plain(file))
end

function methods.effect(_, name, action)
  if type(name) == "function" then name, action = "effect-" .. number "effect", name end
  if type(action) ~= "function" then raise "ctx:effect takes a name and a function" end
  ask("effect", name)
  may_fail(plain(name))
  return unknown(plain(name))
end

function methods.http(_, request)
  local name = type(request) == "table" and not is_unknown(request) and request.name or "http-" .. number "http"
  ask("http", name, request)
  may_fail(plain(name))
  return result(plain(name))
end

function methods.undo(_, action) ask("undo", "", type(action) == "function" and { action } or action) end

for _, method in ipairs { "now", "random", "uuid" } do
  methods[method] = function() return unknown(method .. "-" .. number(method), true) end
end

function methods.value(_, ref) return unknown(host.x_text(ref)) end

for _, method in ipairs { "output", "metric", "log", "progress", "artifact" } do methods[method] = function() end end

function methods.halt(_, reason) sandbox.halt(reason) end
function methods.fail(_, reason) sandbox.fail(reason) end

Ctx = {
  __index = function(_, name)
    if name == "name" then return unknown("the name of this step", true) end
    return methods[name] or raise(host.x_no_method(name, methods))
  end,
  __newindex = function() raise "ctx can't be changed" end,
  __metatable = "ctx",
}

-- Given back to the host: runs a body along one path; says how it ended.
return {
  explore = function(body)
    way.exploring, way.known, way.loops, way.head, way.guarded, way.quiet, way.counts = true, {}, {}, nil, 0, 0, {}
    local fine, message = pcall(body, setmetatable({}, Ctx))
    way.exploring = false
    if fine then return "returns" end
    if rawequal(message, CUT) then return "cut" end
    if is_unknown(message) then return "raises", about[message].text end
    return "raises", type(message) == "string" and message or sandbox.tostring(message)
  end,
}
