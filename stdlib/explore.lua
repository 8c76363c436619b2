-- What a durable body would do, found by running it with unknown results. Nothing is done: `ctx` only writes down what
-- it was asked for, and every result is an unknown value. Where the script asks whether an unknown value is true, or
-- equal to another, or smaller, the host decides, and the body is run once for each way. So that the script asks, the
-- host has put these functions of the sandbox into its text (Sources/BatonLua/Explore/BranchMarks.swift).

local host, sandbox, seal = host, sandbox, host.seal
local error, ipairs, pairs, pcall, rawequal, setmetatable, type =
  error, ipairs, pairs, pcall, rawequal, setmetatable, type
local concat, pack, unpack, format, find, gsub = table.concat, table.pack, table.unpack, string.format, string.find,
  string.gsub
local tostring = tostring

local function raise(message) error(host.where() .. message, 0) end

-- Raised to end a path; no pcall of the script keeps it.
local CUT = seal("cut", { __baton = "cut" })

local exploring, known, loops, head, guarded, quiet = false, {}, {}, nil, 0, 0

-- Unknown values.

local Unknown = { __baton = "unknown", __name = "unknown" }
-- Unknown → { text, children, holds, is_template, value, has_value }.
local about = setmetatable({}, { __mode = "k" })
local longest = 120

-- holds: whether it can't be nil or false.
local function unknown(text, holds, is_template)
  if #text > longest then text = text:sub(1, longest - 3) .. "…" end
  local made = seal(text, Unknown)
  about[made] = { text = text, children = {}, holds = holds, is_template = is_template }
  return made
end

local function is_unknown(value) return type(value) == "table" and about[value] ~= nil end

-- Within a string: known parts as they are.
local function plain(value)
  local state = type(value) == "table" and about[value]
  if state then return state.is_template and state.text or "${" .. state.text .. "}" end
  if type(value) == "string" or type(value) == "number" then return tostring(value) end
  return host.x_text(value)
end

-- As an operand.
local function operand(value)
  local state = type(value) == "table" and about[value]
  if state then return state.is_template and "\"" .. state.text .. "\"" or state.text end
  if type(value) == "string" then return "\"" .. value .. "\"" end
  if value == nil or type(value) == "boolean" or type(value) == "number" then return tostring(value) end
  return host.x_text(value)
end

-- Asks the host which way to go; the same question has the same answer on one path.
local function decide(text, first)
  if known[text] ~= nil then return known[text] end
  if quiet > 0 then return first end
  if head then
    head.is_unknown = true
    return first
  end
  known[text] = host.x_decide(text, first)
  return known[text]
end

function Unknown.__index(self, name)
  local state = about[self]
  local child = state.children[name]
  if not child then
    local path = type(name) == "string" and find(name, "^[%a_][%w_]*$") and "." .. name or "[" .. operand(name) .. "]"
    child = unknown(state.text .. path)
    state.children[name] = child
  end
  return child
end

function Unknown.__newindex() end
function Unknown.__call(self) return unknown(about[self].text .. "(…)") end
function Unknown.__concat(left, right) return unknown(plain(left) .. plain(right), true, true) end
function Unknown.__len(self) return unknown("#" .. about[self].text, true) end
function Unknown.__tostring(self) return plain(self) end
function Unknown.__lt(left, right) return decide(operand(left) .. " < " .. operand(right), true) end
function Unknown.__le(left, right) return decide(operand(left) .. " <= " .. operand(right), true) end
function Unknown.__unm(self) return unknown("-" .. operand(self), true) end
function Unknown.__bnot(self) return unknown("~" .. operand(self), true) end

for name, sign in pairs {
  add = "+", sub = "-", mul = "*", div = "/", mod = "%", pow = "^", idiv = "//", band = "&", bor = "|", bxor = "~",
  shl = "<<", shr = ">>",
} do
  Unknown["__" .. name] = function(left, right)
    return unknown(operand(left) .. " " .. sign .. " " .. operand(right), true)
  end
end

-- The result of a step: what is always there holds.
local function result(name)
  local made = unknown(name, true)
  for _, field in ipairs { "out", "status", "attempts", "text", "lines", "json", "step" } do
    about[made].children[field] = unknown(name .. "." .. field, true)
  end
  return made
end

-- What the host puts into the script.

-- The value where it holds, else false: `test(a) and b`, `if test(a) then`.
local function test(value)
  local state = type(value) == "table" and about[value]
  if not state then return value end
  if state.has_value then return state.value and value end
  if state.holds then return value end
  if state.negates then return not test(state.negates) and value end
  local holds = decide(state.text, true)
  -- In the condition of a loop nothing was decided.
  if holds and state.same and not head and quiet == 0 then state.same.has_value, state.same.value = true, state.as end
  return holds and value
end

sandbox.__test = test

-- What is compared is unknown, until someone wants to know.
local function answer(text)
  if known[text] ~= nil then return known[text] end
  return unknown(text)
end

function sandbox.__not(value)
  local state = type(value) == "table" and about[value]
  if not state then return not value end
  if state.has_value then return not state.value end
  if state.holds then return false end
  if known[state.text] ~= nil then return not known[state.text] end
  local made = unknown("not " .. state.text)
  about[made].negates = value
  return made
end

local function equal(left, right)
  local one, other = type(left) == "table" and about[left], type(right) == "table" and about[right]
  if not one and not other then return left == right end
  if rawequal(left, right) then return true end
  if other and not one then one, other, left, right = other, nil, right, left end
  if not other then
    if one.has_value then return one.value == right end
    if one.holds and (right == nil or right == false) then return false end
  end
  local made = answer(operand(left) .. " == " .. operand(right))
  if is_unknown(made) and not other then about[made].same, about[made].as = one, right end
  return made
end

sandbox.__equal = equal
function sandbox.__differs(left, right) return sandbox.__not(equal(left, right)) end

function sandbox.__order(left, right, sign)
  if is_unknown(left) or is_unknown(right) then return answer(operand(left) .. " " .. sign .. " " .. operand(right)) end
  if sign == "<" then return left < right end
  if sign == ">" then return left > right end
  if sign == "<=" then return left <= right end
  return left >= right
end

local Loop = { __close = function(loop)
  while #loops > 0 do
    local last = loops[#loops]
    loops[#loops] = nil
    if last == loop then break end
  end
  host.x_close(loop.line)
end }

function sandbox.__loop(line)
  if not exploring then return nil end
  local loop = setmetatable({ line = line, count = 0 }, Loop)
  loops[#loops + 1] = loop
  host.x_open("loop", line)
  return loop
end

-- It is not known how often the innermost loop goes round. begins_here: what was done before belongs to its head.
local function repeats(text, begins_here)
  local loop = loops[#loops]
  if not loop or loop.repeats then return end
  loop.repeats = true
  host.x_repeats(loop.line, text, begins_here == true)
end

local function cut(how, text)
  host.x_end(how, text)
  error(CUT, 0)
end

local most = 100

-- Around the condition of a loop.
function sandbox.__mark()
  if not exploring then return nil end
  local outer = head
  head = { outer = outer }
  return head
end

local function condition(mark, value)
  value = test(value)
  head = mark.outer
  return value, mark.is_unknown
end

function sandbox.__while(mark, value, text)
  if not mark then return value end
  local is_unknown_now
  value, is_unknown_now = condition(mark, value)
  local loop = loops[#loops]
  loop.count = loop.count + 1
  if is_unknown_now then
    repeats(text)
    return loop.count == 1
  end
  if not value then return false end
  if loop.count > 1 and text == "while true" then
    repeats(text)
    cut("repeats", text)
  end
  if loop.count > most then cut("long", text) end
  return true
end

function sandbox.__until(mark, value, text)
  if not mark then return value end
  local is_unknown_now
  value, is_unknown_now = condition(mark, value)
  local loop = loops[#loops]
  loop.count = loop.count + 1
  if is_unknown_now then
    repeats(text)
    return true
  end
  if value then return true end
  if text == "until false" then
    repeats(text)
    cut("repeats", text)
  end
  if loop.count > most then cut("long", text) end
  return false
end

-- Around what `for` iterates over.
function sandbox.__each(iterator, state, control, closing)
  if not is_unknown(iterator) then return iterator, state, control, closing end
  local text = about[iterator].text
  repeats("for each of " .. text, true)
  local done = false
  return function()
    if done then return nil end
    done = true
    local item = unknown("each of " .. text, true)
    if about[iterator].is_list then return unknown("number in " .. text, true), item end
    return item, unknown("value in " .. text)
  end
end

function sandbox.__bound(value, place)
  local loop = loops[#loops]
  if not loop then return value end
  if is_unknown(value) then
    repeats("for " .. (place == 2 and "each up to " or "each of ") .. about[value].text, true)
    loop.is_counted = about[value].text
    return place == 1 and 1 or place == 3 and 1 or loop.start or 1
  end
  if place == 1 then loop.start = value end
  if place == 2 and loop.is_counted then return loop.start or 1 end
  return value
end

function sandbox.__number(value)
  local loop = loops[#loops]
  if not loop or not loop.is_counted then return value end
  return unknown("number up to " .. loop.is_counted, true)
end

function sandbox.__break() if exploring and loops[#loops] then host.x_leave(loops[#loops].line) end end

-- Libraries: what is made of unknown values is unknown.

local function any_unknown(arguments)
  for i = 1, arguments.n do if is_unknown(arguments[i]) then return true end end
  return false
end

local function lift(library, name, prefix)
  local original = library[name]
  if type(original) ~= "function" then return end
  library[name] = function(...)
    if not exploring then return original(...) end
    local arguments = pack(...)
    if not any_unknown(arguments) then return original(...) end
    for i = 1, arguments.n do arguments[i] = operand(arguments[i]) end
    return unknown(prefix .. name .. "(" .. concat(arguments, ", ") .. ")", name == "type" or name == "tostring")
  end
end

for _, name in ipairs { "string", "utf8", "math", "os" } do
  for key in pairs(sandbox[name]) do lift(sandbox[name], key, name .. ".") end
end
for _, name in ipairs { "tonumber", "type", "next", "rawlen" } do lift(sandbox, name, "") end

local to_text = sandbox.tostring
function sandbox.tostring(value)
  if is_unknown(value) then return unknown(plain(value), true, true) end
  return to_text(value)
end

for _, name in ipairs { "ipairs", "pairs" } do
  local original = sandbox[name]
  sandbox[name] = function(list, ...)
    if not is_unknown(list) then return original(list, ...) end
    local made = unknown(about[list].text, true)
    about[made].is_list = name == "ipairs"
    return made
  end
end

local join = sandbox.table.concat
function sandbox.table.concat(list, separator, ...)
  if is_unknown(list) then return unknown("${" .. about[list].text .. "}", true, true) end
  local found = false
  for _, item in ipairs(list) do found = found or is_unknown(item) end
  if not found then return join(list, separator, ...) end
  local parts = {}
  for i, item in ipairs(list) do parts[i] = plain(item) end
  return unknown(concat(parts, separator), true, true)
end

local sort = sandbox.table.sort
function sandbox.table.sort(list, ...)
  if is_unknown(list) then return end
  quiet = quiet + 1
  -- An order by unknown values is none; the list stays as it is then.
  local fine, message = pcall(sort, list, ...)
  quiet = quiet - 1
  if not fine and not exploring then error(message, 0) end
end

for _, name in ipairs { "unpack", "insert", "remove", "move" } do
  local original = sandbox.table[name]
  sandbox.table[name] = function(list, ...)
    if is_unknown(list) then return unknown(name .. "(" .. about[list].text .. ")") end
    return original(list, ...)
  end
end

local format_text = sandbox.string.format
function sandbox.string.format(pattern, ...)
  local arguments = pack(...)
  if not any_unknown(arguments) or type(pattern) ~= "string" then return format_text(pattern, ...) end
  local count = 0
  local text = gsub(pattern, "%%([-+ #0-9.]*)(%a)", function(flags, letter)
    count = count + 1
    if is_unknown(arguments[count]) then return plain(arguments[count]) end
    return format("%" .. flags .. letter, arguments[count])
  end)
  return unknown(text, true, true)
end

local plain_assert = sandbox.assert
function sandbox.assert(value, message, ...)
  if not is_unknown(value) then return plain_assert(value, message, ...) end
  if test(value) then return value, message, ... end
  error(message or "assertion failed!", 0)
end

local print = sandbox.print
function sandbox.print(...) if not exploring then print(...) end end

-- A path goes on behind a pcall, unless it was ended.
local function guard(original)
  return function(...)
    if not exploring then return original(...) end
    local outer, depth, level = head, guarded, quiet
    head, guarded = nil, guarded + 1
    local results = pack(original(...))
    head, guarded, quiet = outer, depth, level
    if not results[1] and rawequal(results[2], CUT) then error(CUT, 0) end
    return unpack(results, 1, results.n)
  end
end

sandbox.pcall = guard(sandbox.pcall)
sandbox.xpcall = guard(sandbox.xpcall)

for _, how in ipairs { "halt", "fail" } do
  local original = sandbox[how]
  sandbox[how] = function(reason)
    if not exploring then return original(reason) end
    cut(how .. "s", reason ~= nil and plain(reason) or "")
  end
end

-- ctx.

local methods, counts = {}, {}

local function number(kind)
  counts[kind] = (counts[kind] or 0) + 1
  return counts[kind]
end

-- Where something catches a failure, both ways are shown.
local function may_fail(name)
  if guarded > 0 and decide(name .. " fails", false) then
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
  local outer = counts
  counts = {}
  body(setmetatable({}, Ctx))
  counts = outer
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

-- Time and chance.

local time, date, random = sandbox.os.time, sandbox.os.date, sandbox.math.random

function sandbox.os.time(...)
  if exploring and ... == nil then return unknown("now-" .. number "now", true) end
  return time(...)
end

function sandbox.os.date(form, moment)
  if exploring and moment == nil then return unknown("date-" .. number "date", true) end
  return date(form, moment)
end

function sandbox.math.random(...)
  if exploring then return unknown("random-" .. number "random", true) end
  return random(...)
end

-- Given back to the host: runs a body along one path; says how it ended.
return {
  explore = function(body)
    exploring, known, loops, head, guarded, quiet, counts = true, {}, {}, nil, 0, 0, {}
    local fine, message = pcall(body, setmetatable({}, Ctx))
    exploring = false
    if fine then return "returns" end
    if rawequal(message, CUT) then return "cut" end
    if is_unknown(message) then return "raises", about[message].text end
    return "raises", type(message) == "string" and message or to_text(message)
  end,
}
