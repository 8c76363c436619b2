-- What a durable body would do, found by running it with unknown results. Nothing is done: `ctx` only writes down what
-- it was asked for, and every result is an unknown value. Where the script asks whether an unknown value is true, or
-- equal to another, or smaller, the host decides, and the body is run once for each way. So that the script asks, the
-- host has put these functions of the sandbox into its text (Sources/BatonLua/Explore/BranchMarks.swift).
--
-- This file: values that are unknown. marks.lua: what the host puts into the script. lifted.lua: the libraries.
-- ctx.lua: what a body is given, and how it is followed.

local host, seal = host, host.seal
local error, ipairs, pairs, setmetatable, type = error, ipairs, pairs, setmetatable, type
local find = string.find
local tostring = tostring

local function raise(message) error(host.where() .. message, 0) end

-- Raised to end a path; no pcall of the script keeps it.
local CUT = seal("cut", { __baton = "cut" })

local function cut(how, text)
  host.x_end(how, text)
  error(CUT, 0)
end

-- The path that is followed: what was decided, the loops that are open, the condition of a loop that is being read, how
-- many pcalls are around, how many comparisons decide nothing, and how many things without a name there were, by kind.
local way = { exploring = false, known = {}, loops = {}, head = nil, guarded = 0, quiet = 0, counts = {} }

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
  if way.known[text] ~= nil then return way.known[text] end
  if way.quiet > 0 then return first end
  if way.head then
    way.head.is_unknown = true
    return first
  end
  way.known[text] = host.x_decide(text, first)
  return way.known[text]
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

-- How many there have been of a kind without a name, with this one.
local function number(kind)
  way.counts[kind] = (way.counts[kind] or 0) + 1
  return way.counts[kind]
end

host.explore = {
  way = way, about = about, unknown = unknown, is_unknown = is_unknown, plain = plain, operand = operand,
  decide = decide, result = result, number = number, raise = raise, cut = cut, CUT = CUT,
}
