-- Durable bodies: `ctx` and what stands on it. Every body is one coroutine. What it asks for goes to the host, which
-- answers from the run's records where it can; where it can't, the coroutine yields until the answer is recorded.

local host, sandbox, seal, unseal = host, sandbox, host.seal, host.unseal
local create, resume, running, isyieldable, yield =
  coroutine.create, coroutine.resume, coroutine.running, coroutine.isyieldable, coroutine.yield
local error, ipairs, pairs, pcall, type = error, ipairs, pairs, pcall, type
local floor, ult = math.floor, math.ult

-- Step → coroutine; the step whose body runs now; whether a function of ctx:effect does.
local threads, current, in_effect = {}, nil, false

-- Raises at the script's own line.
local function raise(message) error(host.where() .. message, 0) end

-- What is raised when a step of a body fails.

local Failure = { __baton = "failure", __name = "failure" }

function Failure.__index(self, name) return (unseal(self))[name] end

function Failure.__newindex() raise "a failure can't be changed" end

function Failure.__tostring(self) return (unseal(self)).message end

function Failure.__concat(left, right) return sandbox.tostring(left) .. sandbox.tostring(right) end

-- Waiting: what for is left here, so that a body that yields by itself is told from one that waits.

local asked, asked_any

local function check_thread(what)
  if running() ~= threads[current] then
    raise(what .. " can't be used inside a coroutine of your own: let ctx:start run it at the same time")
  end
  if not isyieldable() then
    raise(what .. " can't wait here, inside a function that Lua itself calls (table.sort, string.gsub, a metamethod): "
      .. "call it before, and use its result there")
  end
end

local function wait(what, node, key)
  while true do
    local ready, ok, value = host.body_result(node, key)
    if ready then return ok, value end
    check_thread(what)
    asked, asked_any = key, nil
    yield()
  end
end

-- The same for what has no result. Called last of all, so that a body that waits keeps one frame less.
local function pass(what, node, key)
  while not host.body_result(node, key) do
    check_thread(what)
    asked, asked_any = key, nil
    yield()
  end
end

local function wait_for(what, node, keys, any)
  while true do
    local results = host.body_results(node, keys, any)
    if results then return results end
    check_thread(what)
    asked, asked_any = keys, any
    yield()
  end
end

-- The step that a ctx belongs to.
local function own(self, what)
  local node, kind = unseal(self)
  if kind ~= "ctx" then raise(what .. " is called with a colon: ctx:" .. what .. "(…)") end
  if in_effect then raise("ctx:" .. what .. " can't be used inside the function of ctx:effect") end
  if node ~= current then
    raise("ctx:" .. what .. ": this ctx belongs to another body; use the one that this function was given")
  end
  return node
end

-- The same, of what may have to wait: said before anything is asked for, so that a replay says it too.
local function patient(self, what)
  local node = own(self, what)
  check_thread("ctx:" .. what)
  return node
end

-- What was raised, as a text: tables have no names that would be the same for every driver.
local function told(value)
  if type(value) == "string" then return value end
  local text = sandbox.tostring(value)
  if type(value) ~= "table" or text ~= "table" then return text end
  if type(value.message) == "string" then return value.message end
  local parts = {}
  for name, field in pairs(value) do parts[#parts + 1] = sandbox.tostring(name) .. " = " .. sandbox.tostring(field) end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

local function delivered(ok, value)
  if ok then return value end
  if type(value) == "table" then error(seal(value, Failure), 0) end
  error(value, 0)
end

-- Results.

local function lines_of(text)
  local lines = {}
  for line in (text:sub(-1) == "\n" and text or text .. "\n"):gmatch "(.-)\r?\n" do lines[#lines + 1] = line end
  if text == "" then return {} end
  return lines
end

-- Of ctx:sh and ctx:exec: what the command wrote.
local function captured(node, result)
  local text = result.out.text or ""
  result.lines = lines_of(text)
  result.json = function() return host.body_json(node, text) end
  result.text = text:gsub("\r?\n$", "")
  return result
end

-- Operations.

local methods = {}

-- Called as ctx:step "name" {…} or ctx:step("name", {…}).
local function named(method, act)
  methods[method] = function(self, name, spec)
    local node = own(self, method)
    if type(name) == "number" then name = sandbox.tostring(name) end
    if type(name) ~= "string" then raise("ctx:" .. method .. " needs a name, not " .. host.phrase(name)) end
    if spec ~= nil then return act(node, name, spec) end
    return function(body)
      if node ~= current then own(self, method) end
      return act(node, name, body)
    end
  end
end

-- What an operation that is waited for gives. Called last of all, as above.
local function await(what, node, key)
  while true do
    local ready, ok, value = host.body_result(node, key)
    if ready then return delivered(ok, value) end
    check_thread(what)
    asked, asked_any = key, nil
    yield()
  end
end

named("step", function(node, name, spec)
  check_thread "ctx:step"
  local key, ready, ok, value = host.body_step(node, name, spec)
  if not ready then return await("ctx:step", node, key) end
  return delivered(ok, value)
end)

local Future = { __baton = "future", __name = "future" }
local future_methods = {}
Future.__index = function(_, name)
  return future_methods[name]
    or raise("a future has no field \"" .. sandbox.tostring(name) .. "\": its result comes from future:await()")
end
function Future.__newindex() raise "a future can't be changed" end

local function of_future(value, what)
  local payload, kind = unseal(value)
  if kind ~= "future" then raise(what .. " takes what ctx:start returns, not " .. host.phrase(value)) end
  if payload.node ~= current then raise(what .. ": this future belongs to another body") end
  return payload
end

function future_methods.await(self)
  local payload = of_future(self, "future:await")
  check_thread "future:await"
  return await("future:await", payload.node, payload.key)
end

function future_methods.cancel(self)
  local payload = of_future(self, "future:cancel")
  host.body_cancel(payload.node, payload.key)
end

local function start(node, name, spec)
  local key = host.body_start(node, name, spec)
  return seal({ node = node, key = key }, Future)
end

named("start", start)

local function keys_of(futures, what)
  if type(futures) ~= "table" or unseal(futures) then raise(what .. " takes a list of futures: { ctx:start …, … }") end
  local keys, names = {}, {}
  for name, future in pairs(futures) do
    keys[#keys + 1] = of_future(future, what).key
    names[#names + 1] = name
  end
  return keys, names
end

function methods.all(self, futures)
  local node = patient(self, "all")
  local keys, names = keys_of(futures, "ctx:all")
  local results, values = wait_for("ctx:all", node, keys, false), {}
  for place, key in ipairs(keys) do values[names[place]] = delivered(results[key].ok, results[key].value) end
  return values
end

function methods.any(self, futures)
  local node = patient(self, "any")
  local keys, names = keys_of(futures, "ctx:any")
  if #keys == 0 then raise "ctx:any needs at least one future" end
  local race, ready, ok, first = host.body_race(node, keys)
  if not ready then ok, first = wait("ctx:any", node, race) end
  delivered(ok, first)
  for place, key in ipairs(keys) do
    if place ~= first then host.body_cancel(node, key) end
  end
  return delivered(wait("ctx:any", node, keys[first])), names[first]
end

function methods.map(self, list, make, options)
  local node = patient(self, "map")
  if type(list) ~= "table" or unseal(list) then raise("ctx:map takes a list, not " .. host.phrase(list)) end
  if type(make) ~= "function" then raise "ctx:map takes a function(item, i) that returns a name and a step's fields" end
  local limit, fail_fast = host.body_map_options(node, options)
  local keys, waiting, failed = {}, {}, nil
  local function collect(any)
    local results = wait_for("ctx:map", node, waiting, any)
    local left = {}
    for _, key in ipairs(waiting) do
      local result = results[key]
      if not result then
        left[#left + 1] = key
      elseif not result.ok then
        failed = true
      end
    end
    waiting = left
  end
  for i, item in ipairs(list) do
    while #waiting >= limit and not (failed and fail_fast) do collect(true) end
    if failed and fail_fast then break end
    local name, spec = make(item, i)
    if type(name) == "number" then name = sandbox.tostring(name) end
    if type(name) ~= "string" then
      raise("the function of ctx:map must return a name and a step's fields, not " .. host.phrase(name))
    end
    local key = host.body_start(node, name, spec, "map")
    keys[i] = key
    waiting[#waiting + 1] = key
  end
  while #waiting > 0 and not (failed and fail_fast) do collect(fail_fast) end
  if failed and fail_fast then
    for _, key in ipairs(waiting) do host.body_cancel(node, key) end
  end
  local values = {}
  local results = wait_for("ctx:map", node, keys, false)
  for i, key in ipairs(keys) do
    -- What fail_fast cancelled is not the reason.
    if not results[key].ok and not results[key].value.cancelled then delivered(false, results[key].value) end
    values[i] = results[key].value
  end
  return values
end

local function command(method, list)
  methods[method] = function(self, spec, options)
    local node = patient(self, method)
    local key, ready, ok, value = host.body_command(node, list, spec, options)
    if not ready then ok, value = wait("ctx:" .. method, node, key) end
    return captured(node, delivered(ok, value))
  end
end

command("sh", false)
command("exec", true)

function methods.call(self, file, params, options)
  local node = patient(self, "call")
  local key, ready, ok, value = host.body_call(node, file, params, options)
  if not ready then return await("ctx:call", node, key) end
  return delivered(ok, value)
end

function methods.http(self, request)
  local node = patient(self, "http")
  local key, ready, ok, value = host.body_http(node, request)
  local result
  if ready then result = delivered(ok, value) else result = await("ctx:http", node, key) end
  local out = result.out or {}
  local text = out.text or ""
  -- Where a request failed and may, there is no status unless there was an answer. A mock that succeeds need say none.
  local status = out.status or result.status == "succeeded" and 200 or nil
  return {
    status = status, ok = status ~= nil and status < 400, reason = result.reason, headers = out.headers or {},
    text = text, lines = lines_of(text),
    json = function() return host.body_json(node, text) end,
  }
end

function methods.sleep(self, duration)
  local node = patient(self, "sleep")
  local key, ready = host.body_sleep(node, duration)
  if not ready then return pass("ctx:sleep", node, key) end
end

function methods.sleep_until(self, time)
  local node = patient(self, "sleep_until")
  local key, ready = host.body_sleep_until(node, time)
  if not ready then return pass("ctx:sleep_until", node, key) end
end

function methods.signal(self, name, options)
  local node = patient(self, "signal")
  local key, ready, ok, value = host.body_signal(node, name, options)
  if not ready then return await("ctx:signal", node, key) end
  return delivered(ok, value)
end

function methods.approval(self, spec)
  local node = patient(self, "approval")
  local key, ready, ok, value = host.body_approval(node, spec)
  if not ready then ok, value = wait("ctx:approval", node, key) end
  local result = delivered(ok, value)
  result.approved = result.status == "succeeded"
  return result
end

function methods.effect(self, name, action)
  local node = patient(self, "effect")
  if type(name) == "function" then name, action = nil, name end
  if type(action) ~= "function" then raise "ctx:effect takes a name and a function" end
  local key, ready, ok, value = host.body_effect(node, name)
  if not ready then
    in_effect = true
    ok, value = pcall(action)
    in_effect = false
    if not ok then value = told(value) end
    -- `answer`: whether the value is the very one that will be on record; or what is wrong with it.
    local fine, answer = pcall(host.body_done, node, key, ok, value)
    -- It can't even be handed over. What was done is done, so that goes on record.
    if not fine then
      local problem = host.where() .. "the function of ctx:effect returned what can't be kept: " .. answer
      host.body_done(node, key, false, problem)
    end
    -- It is never on record already.
    check_thread "ctx:effect"
    asked, asked_any = key, nil
    yield()
    -- It goes on because that is on record now.
    if fine and answer then return value end
    return await("ctx:effect", node, key)
  end
  return delivered(ok, value)
end

local function now(node)
  local _, _, _, value = host.body_now(node)
  return value
end

function methods.now(self) return now(own(self, "now")) end

-- As math.random: none: [0, 1); m: 1…m; m and n: m…n.
local function random(node, low, high)
  local bits = host.body_random(node)
  if low == nil then return (bits >> 11) * 0x1p-53 end
  if high == nil then low, high = 1, low end
  low, high = floor(low), floor(high)
  if low > high then raise "random: the interval is empty" end
  local width = high - low + 1
  if width <= 0 then return low + (bits >> 1) end
  -- The remainder of an unsigned division.
  local rest = bits - ((bits >> 1) // width << 1) * width
  if not ult(rest, width) then rest = rest - width end
  return low + rest
end

function methods.random(self, low, high) return random(own(self, "random"), low, high) end

function methods.uuid(self)
  local node = own(self, "uuid")
  local high, low = host.body_random(node), host.body_random(node)
  high = high & ~0xF000 | 0x4000
  low = low & ~(3 << 62) | (1 << 63)
  return ("%08x-%04x-%04x-%04x-%012x"):format(
    high >> 32 & 0xFFFFFFFF, high >> 16 & 0xFFFF, high & 0xFFFF, low >> 48 & 0xFFFF, low & 0xFFFFFFFFFFFF)
end

function methods.undo(self, action)
  local node = own(self, "undo")
  host.body_undo(node, action)
end

function methods.value(self, ref) return host.body_value(own(self, "value"), ref) end

function methods.output(self, name, value)
  host.body_output(own(self, "output"), name, value)
end

function methods.metric(self, name, value) host.body_metric(own(self, "metric"), name, value) end

function methods.progress(self, fraction, text) host.body_progress(own(self, "progress"), fraction, text) end

function methods.artifact(self, path) host.body_artifact(own(self, "artifact"), path) end

function methods.log(self, ...)
  local node = own(self, "log")
  local texts = table.pack(...)
  for i = 1, texts.n do texts[i] = sandbox.tostring(texts[i]) end
  host.body_log(node, table.concat(texts, "\t"))
end

function methods.halt(self, reason)
  own(self, "halt")
  host.halt(reason)
end

function methods.fail(self, reason)
  own(self, "fail")
  host.fail(reason)
end

local Ctx = { __baton = "ctx", __name = "ctx" }

function Ctx.__index(self, name)
  if name == "name" then return host.body_name((unseal(self))) end
  return methods[name] or raise(host.body_no_method(name, methods))
end

function Ctx.__newindex() raise "ctx can't be changed" end

-- Time and chance, as a body sees them, are recorded or follow from the run's seed.

local observed = host.observed
local time, date = observed.time, observed.date

function observed.time(fields)
  if fields == nil and current and not in_effect then return now(current) end
  return time(fields)
end

function observed.date(format, moment)
  if moment == nil and current and not in_effect then moment = now(current) end
  return date(format, moment)
end

function observed.random(...)
  if current and not in_effect then return random(current, ...) end
  return nil
end

-- Given back to the host: what it calls. Each returns what became of the body: "waits", a key or keys, any; "returned",
-- value; or "raised", message.

local function outcome(node, thread, alive, first)
  in_effect = false
  if not alive then
    threads[node] = nil
    local _, kind = unseal(first)
    if kind == "failure" then
      local failure = unseal(first)
      return "raised", failure.message, failure.step
    end
    return "raised", told(first)
  end
  if coroutine.status(thread) == "suspended" then
    if asked ~= nil then return "waits", asked, asked_any end
    threads[node] = nil
    coroutine.close(thread)
    return "raised", "a body can't yield by itself: coroutine.yield belongs into a coroutine of your own"
  end
  threads[node] = nil
  return "returned", first
end

local function run(node, ...)
  local thread = threads[node]
  current, asked = node, nil
  local how, what, more = outcome(node, thread, resume(thread, ...))
  current = nil
  return how, what, more
end

return {
  begin = function(node, body)
    threads[node] = create(body)
    return run(node, seal(node, Ctx))
  end,
  proceed = run,
  -- What ends a script went through `run`.
  leave = function() current, in_effect = nil, false end,
  drop = function(node) threads[node] = nil end,
}
