-- Expressions, with GitHub's rules: strings are compared without regard to case, and numbers are made of everything. A
-- part of baton.actions.

local checked = require "baton.options"
local json = require "baton.json"
local shell = require "baton.shell"

local expressions = {}

local function is_empty(value) return value == nil or value == false or value == "" or value == 0 end

function expressions.truthy(value) return not is_empty(value) and value == value end

function expressions.both(left, right) if is_empty(left) then return left end return right end

function expressions.either(left, right) if is_empty(left) then return right end return left end

local function number(value)
  if value == nil or value == "" then return 0 end
  if type(value) == "boolean" then return value and 1 or 0 end
  if type(value) == "table" then return 0 / 0 end
  return tonumber(value) or 0 / 0
end

-- The value as GitHub writes it into a text; a ref as it is.
function expressions.text(value)
  if value == nil then return "" end
  if checked.is_ref(value) then return value end
  if type(value) == "table" then return #value > 0 and "Array" or "Object" end
  if math.type(value) == "float" and value == math.floor(value) and math.abs(value) < 1e15 then
    return ("%d"):format(value)
  end
  return type(value) == "string" and value or tostring(value)
end

-- The value as a called workflow is given it: numbers and booleans stay what they are.
function expressions.given(value)
  if type(value) == "number" or type(value) == "boolean" then return value end
  return expressions.text(value)
end

function expressions.same(left, right)
  if type(left) == "string" and type(right) == "string" then return left:lower() == right:lower() end
  if type(left) == type(right) then return left == right end
  return number(left) == number(right)
end

function expressions.less(left, right)
  if type(left) == "string" and type(right) == "string" then return left:lower() < right:lower() end
  return number(left) < number(right)
end

function expressions.at_most(left, right) return expressions.less(left, right) or expressions.same(left, right) end

function expressions.contains(where, what)
  if type(where) == "table" then
    for _, item in ipairs(where) do
      if expressions.same(item, what) then return true end
    end
    return false
  end
  return expressions.text(where):lower():find(expressions.text(what):lower(), 1, true) ~= nil
end

function expressions.starts_with(text, start)
  text, start = expressions.text(text):lower(), expressions.text(start):lower()
  return text:sub(1, #start) == start
end

function expressions.ends_with(text, ending)
  text, ending = expressions.text(text):lower(), expressions.text(ending):lower()
  return ending == "" or text:sub(-#ending) == ending
end

function expressions.format(form, ...)
  local values = table.pack(...)
  return (form:gsub("{{", "\1"):gsub("}}", "\2"):gsub("{(%d+)}", function(index)
    local position = tonumber(index) + 1
    if position > values.n then error("actions.format: there is no value for {" .. index .. "}", 0) end
    return expressions.text(values[position])
  end):gsub("\1", "{"):gsub("\2", "}"))
end

function expressions.join(list, separator)
  if type(list) ~= "table" then return expressions.text(list) end
  local texts = {}
  for i, item in ipairs(list) do texts[i] = expressions.text(item) end
  return table.concat(texts, separator or ",")
end

function expressions.to_json(value) return json.encode(value) end

function expressions.from_json(text) return json.decode(text) end

-- What stands below keys, one after the other; nil where one of them is missing.
function expressions.at(value, ...)
  for _, key in ipairs { ... } do
    if type(value) ~= "table" then return nil end
    value = value[math.type(key) == "integer" and key + 1 or key]
  end
  return value
end

-- What stands below a key in every item of a list, or in every value of a map, where there is any; without a key: the
-- items themselves.
function expressions.each(values, key)
  local found = {}
  if type(values) ~= "table" then return found end
  for _, item in pairs(values) do
    if key == nil then
      found[#found + 1] = item
    elseif type(item) == "table" then
      found[#found + 1] = item[key]
    end
  end
  return found
end

-- The text as one word of a shell.
function expressions.quote(text) return shell.quote(expressions.text(text)) end

-- Whether what a job runs on can be this machine.
function expressions.is_linux(label)
  if type(label) == "table" then
    for _, one in ipairs(label) do
      if not expressions.is_linux(one) then return false end
    end
    return true
  end
  label = expressions.text(label):lower()
  return not (label:find("windows", 1, true) or label:find("macos", 1, true))
end

return expressions
