-- What the host puts into a script, so that it asks where it decides by an unknown value (unknown.lua).

local host, sandbox = host, sandbox
local rawequal, setmetatable, type = rawequal, setmetatable, type
local explore = host.explore
local way, about, unknown, is_unknown, operand, decide, cut =
  explore.way, explore.about, explore.unknown, explore.is_unknown, explore.operand, explore.decide, explore.cut

-- The value where it holds, else false: `test(a) and b`, `if test(a) then`.
local function test(value)
  local state = type(value) == "table" and about[value]
  if not state then return value end
  if state.has_value then return state.value and value end
  if state.holds then return value end
  if state.negates then return not test(state.negates) and value end
  local holds = decide(state.text, true)
  -- In the condition of a loop nothing was decided.
  if holds and state.same and not way.head and way.quiet == 0 then
    state.same.has_value, state.same.value = true, state.as
  end
  return holds and value
end

sandbox.__test = test

-- What is compared is unknown, until someone wants to know.
local function answer(text)
  if way.known[text] ~= nil then return way.known[text] end
  return unknown(text)
end

function sandbox.__not(value)
  local state = type(value) == "table" and about[value]
  if not state then return not value end
  if state.has_value then return not state.value end
  if state.holds then return false end
  if way.known[state.text] ~= nil then return not way.known[state.text] end
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
  while #way.loops > 0 do
    local last = way.loops[#way.loops]
    way.loops[#way.loops] = nil
    if last == loop then break end
  end
  host.x_close(loop.line)
end }

function sandbox.__loop(line)
  if not way.exploring then return nil end
  local loop = setmetatable({ line = line, count = 0 }, Loop)
  way.loops[#way.loops + 1] = loop
  host.x_open("loop", line)
  return loop
end

-- It is not known how often the innermost loop goes round. begins_here: what was done before belongs to its head.
local function repeats(text, begins_here)
  local loop = way.loops[#way.loops]
  if not loop or loop.repeats then return end
  loop.repeats = true
  host.x_repeats(loop.line, text, begins_here == true)
end

local most = 100

-- Around the condition of a loop.
function sandbox.__mark()
  if not way.exploring then return nil end
  local outer = way.head
  way.head = { outer = outer }
  return way.head
end

-- A round of the loop: itself, its condition, and whether that is unknown, which repeats it.
local function round(mark, value, text)
  value = test(value)
  way.head = mark.outer
  local loop = way.loops[#way.loops]
  loop.count = loop.count + 1
  if mark.is_unknown then repeats(text) end
  return loop, value, mark.is_unknown
end

function sandbox.__while(mark, value, text)
  if not mark then return value end
  local loop, holds, is_unknown_now = round(mark, value, text)
  if is_unknown_now then return loop.count == 1 end
  if not holds then return false end
  if loop.count > 1 and text == "while true" then
    repeats(text)
    cut("repeats", text)
  end
  if loop.count > most then cut("long", text) end
  return true
end

function sandbox.__until(mark, value, text)
  if not mark then return value end
  local loop, holds, is_unknown_now = round(mark, value, text)
  if is_unknown_now or holds then return true end
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
  local loop = way.loops[#way.loops]
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
  local loop = way.loops[#way.loops]
  if not loop or not loop.is_counted then return value end
  return unknown("number up to " .. loop.is_counted, true)
end

function sandbox.__break()
  local loop = way.loops[#way.loops]
  if way.exploring and loop then host.x_leave(loop.line) end
end

explore.test = test
