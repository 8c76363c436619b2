-- Libraries: what is made of unknown values is unknown (unknown.lua).

local host, sandbox = host, sandbox
local error, ipairs, pairs, pcall, rawequal, type = error, ipairs, pairs, pcall, rawequal, type
local concat, pack, unpack, format, gsub = table.concat, table.pack, table.unpack, string.format, string.gsub
local explore = host.explore
local way, about, unknown, is_unknown, plain, operand, test, number, cut, CUT =
  explore.way, explore.about, explore.unknown, explore.is_unknown, explore.plain, explore.operand, explore.test,
  explore.number, explore.cut, explore.CUT

local function any_unknown(arguments)
  for i = 1, arguments.n do if is_unknown(arguments[i]) then return true end end
  return false
end

local function lift(library, name, prefix)
  local original = library[name]
  if type(original) ~= "function" then return end
  library[name] = function(...)
    if not way.exploring then return original(...) end
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
  way.quiet = way.quiet + 1
  -- An order by unknown values is none; the list stays as it is then.
  local fine, message = pcall(sort, list, ...)
  way.quiet = way.quiet - 1
  if not fine and not way.exploring then error(message, 0) end
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
function sandbox.print(...) if not way.exploring then print(...) end end

-- A path goes on behind a pcall, unless it was ended.
local function guard(original)
  return function(...)
    if not way.exploring then return original(...) end
    local outer, depth, level = way.head, way.guarded, way.quiet
    way.head, way.guarded = nil, way.guarded + 1
    local results = pack(original(...))
    way.head, way.guarded, way.quiet = outer, depth, level
    if not results[1] and rawequal(results[2], CUT) then error(CUT, 0) end
    return unpack(results, 1, results.n)
  end
end

sandbox.pcall = guard(sandbox.pcall)
sandbox.xpcall = guard(sandbox.xpcall)

for _, how in ipairs { "halt", "fail" } do
  local original = sandbox[how]
  sandbox[how] = function(reason)
    if not way.exploring then return original(reason) end
    cut(how .. "s", reason ~= nil and plain(reason) or "")
  end
end

-- Time and chance.

local time, date, random = sandbox.os.time, sandbox.os.date, sandbox.math.random

function sandbox.os.time(...)
  if way.exploring and ... == nil then return unknown("now-" .. number "now", true) end
  return time(...)
end

function sandbox.os.date(form, moment)
  if way.exploring and moment == nil then return unknown("date-" .. number "date", true) end
  return date(form, moment)
end

function sandbox.math.random(...)
  if way.exploring then return unknown("random-" .. number "random", true) end
  return random(...)
end
