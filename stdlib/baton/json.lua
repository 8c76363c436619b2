-- JSON (RFC 8259) of plain values.
--
--   local json = require "baton.json"
--   local build = step "build" "./build"   -- it emits image, an object
--   local url = "https://example.org/messages"
--   step "post" { run = { "curl", "--json", json.encode { text = "shipped", regions = { "eu", "us" } }, url } }
--   step "show" { run = { "echo", build.out.image:map(json.encode) } }
--
-- A list is a table with the keys 1 to n; an empty table is a list, unless json.object made it. Names are sorted, so
-- that equal values are equal texts. As of ctx:sh(…).json(), null is nil: a member that is not there, a gap in a list.
-- json.decode(text, { null = json.null }) keeps it.

local options = require "baton.options"

local json = {}

local Object = { __name = "json.object", __metatable = "json.object" }

-- Stands for null, in texts that are read (where it is asked for) and written.
json.null = setmetatable({}, {
  __name = "json.null", __metatable = "json.null", __tostring = function() return "null" end,
  __newindex = function() error("json.null is no table", 2) end,
})

-- Marks a table as an object, so that it is one when it is empty too.
function json.object(value)
  if type(value) ~= "table" or getmetatable(value) ~= nil then
    error("json.object takes a plain table, not " .. options.phrase(value), 2)
  end
  return setmetatable(value, Object)
end

-- How deep tables may stand in one another.
local deepest = 500

-- Writing.

local escapes = {
  ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t",
}

local function escape(letter) return escapes[letter] or ("\\u%04x"):format(letter:byte()) end

local function quoted(text) return '"' .. text:gsub('[%c"\\]', escape) .. '"' end

-- What is wrong with a value, thrown to `encode`.
local Wrong = {}

local function wrong(path, sentence)
  error(setmetatable({ text = (path == "" and "the value" or path:gsub("^%.", "")) .. " " .. sentence }, Wrong), 0)
end

local function number(value, path)
  if math.type(value) == "integer" then return ("%d"):format(value) end
  if value ~= value or value == math.huge or value == -math.huge then wrong(path, "is no number that JSON knows") end
  for digits = 15, 17 do
    local text = ("%." .. digits .. "g"):format(value)
    if tonumber(text) == value then
      return text:find "[.eE]" and text or text .. ".0"
    end
  end
end

-- The number of members where it is a list; nil where it is an object.
local function length(value, path)
  if getmetatable(value) == Object.__metatable then return nil end
  local count, names = 0, 0
  for key in pairs(value) do
    if math.type(key) == "integer" then count = count + 1 else names = names + 1 end
  end
  if count > 0 and names > 0 then wrong(path, "has both members and names") end
  if names > 0 then return nil end
  if count ~= #value then wrong(path, "is a list with gaps: json.null stands for null") end
  return count
end

local write

local function write_table(value, path, indent, depth, seen)
  if seen[value] then wrong(path, "contains itself") end
  if depth > deepest then wrong(path:sub(1, 40) .. "…", "is nested too deeply") end
  seen[value] = true
  local parts, open, close = {}, "[", "]"
  local count = length(value, path)
  if count then
    for i = 1, count do parts[i] = write(value[i], ("%s[%d]"):format(path, i), indent, depth + 1, seen) end
  else
    open, close = "{", "}"
    local names = {}
    for name in pairs(value) do
      if type(name) ~= "string" then wrong(path, "has a name that is " .. options.phrase(name)) end
      names[#names + 1] = name
    end
    table.sort(names)
    for i, name in ipairs(names) do
      local text = write(value[name], path .. "." .. name, indent, depth + 1, seen)
      parts[i] = quoted(name) .. (indent and ": " or ":") .. text
    end
  end
  seen[value] = nil
  if #parts == 0 then return open .. close end
  if not indent then return open .. table.concat(parts, ",") .. close end
  local outer = "\n" .. (" "):rep(indent * (depth - 1))
  local inner = "\n" .. (" "):rep(indent * depth)
  return open .. inner .. table.concat(parts, "," .. inner) .. outer .. close
end

function write(value, path, indent, depth, seen)
  local kind = type(value)
  if value == nil or rawequal(value, json.null) then return "null" end
  if kind == "boolean" then return tostring(value) end
  if kind == "number" then return number(value, path) end
  if kind == "string" then
    if not utf8.len(value) then wrong(path, "is no UTF-8") end
    return quoted(value)
  end
  if options.is_ref(value) then wrong(path, "is a ref, known later: use ref:map(json.encode)") end
  if kind ~= "table" or getmetatable(value) == false then
    wrong(path, "is " .. options.phrase(value) .. ", which JSON has not")
  end
  return write_table(value, path, indent, depth, seen)
end

-- The value as JSON. `settings.indent`: how many blanks a level is set in; without it, all is one line.
function json.encode(value, settings)
  local indent = type(settings) == "table" and settings.indent or nil
  if indent ~= nil and (math.type(indent) ~= "integer" or indent < 0 or indent > 16) then
    error("json.encode: \"indent\" must be an integer from 0 to 16, not " .. options.phrase(indent), 2)
  end
  local done, result = pcall(write, value, "", indent, 1, {})
  if done then return result end
  error("json.encode: " .. (getmetatable(result) == Wrong and result.text or tostring(result)), 2)
end

-- Reading.

local letters = {
  ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t",
}

local function complain(text, position, sentence)
  local _, breaks = text:sub(1, position - 1):gsub("\n", "")
  local start = breaks == 0 and 0 or text:sub(1, position - 1):match ".*()\n"
  local place = ("line %d, column %d"):format(breaks + 1, position - start)
  error(setmetatable({ text = place .. ": " .. sentence }, Wrong), 0)
end

local function skip(text, position) return text:find("[^ \t\r\n]", position) or #text + 1 end

-- The letter of \uXXXX at a position, and what stands behind it; halves of letters that stand alone become U+FFFD.
local function unescape(text, position)
  local first = text:match("^\\u(%x%x%x%x)", position)
  if not first then complain(text, position, "no such escape") end
  local code, behind = tonumber(first, 16), position + 6
  if code >= 0xD800 and code < 0xDC00 then
    local low = tonumber(text:match("^\\u(%x%x%x%x)", behind) or "0", 16)
    if low >= 0xDC00 and low < 0xE000 then
      return utf8.char(0x10000 + (code - 0xD800) * 0x400 + low - 0xDC00), behind + 6
    end
    code = 0xFFFD
  elseif code >= 0xDC00 and code < 0xE000 then
    code = 0xFFFD
  end
  return utf8.char(code), behind
end

local function read_string(text, position)
  local parts, from = {}, position + 1
  while true do
    local stop = text:find('[%c"\\]', from)
    if not stop then complain(text, position, "the string has no end") end
    parts[#parts + 1] = text:sub(from, stop - 1)
    local letter = text:sub(stop, stop)
    if letter == '"' then return table.concat(parts), stop + 1 end
    if letter == "\127" then
      parts[#parts + 1], from = letter, stop + 1
    elseif letter ~= "\\" then
      complain(text, stop, "a control character in a string")
    elseif letters[text:sub(stop + 1, stop + 1)] then
      parts[#parts + 1], from = letters[text:sub(stop + 1, stop + 1)], stop + 2
    else
      parts[#parts + 1], from = unescape(text, stop)
    end
  end
end

local function read_number(text, position)
  local whole = text:match("^-?0", position) or text:match("^-?[1-9]%d*", position)
  if not whole then complain(text, position, "a value is missing") end
  local behind = position + #whole
  local fraction = text:match("^%.%d+", behind) or ""
  local exponent = text:match("^[eE][+-]?%d+", behind + #fraction) or ""
  local digits = whole .. fraction .. exponent
  behind = position + #digits
  if text:find("^[%w.+-]", behind) then complain(text, position, "no number") end
  return tonumber(digits), behind
end

local words = { ["true"] = true, ["false"] = false }

local read

local function read_list(text, position, null, depth)
  local list, count = {}, 0
  position = skip(text, position + 1)
  if text:sub(position, position) == "]" then return list, position + 1 end
  while true do
    count = count + 1
    list[count], position = read(text, position, null, depth)
    position = skip(text, position)
    local letter = text:sub(position, position)
    if letter == "]" then return list, position + 1 end
    if letter ~= "," then complain(text, position, "a comma or ] is missing") end
    position = skip(text, position + 1)
  end
end

local function read_object(text, position, null, depth)
  local object = setmetatable({}, Object)
  position = skip(text, position + 1)
  if text:sub(position, position) == "}" then return object, position + 1 end
  while true do
    if text:sub(position, position) ~= '"' then complain(text, position, "a name in quotes is missing") end
    local name
    name, position = read_string(text, position)
    position = skip(text, position)
    if text:sub(position, position) ~= ":" then complain(text, position, "a colon is missing") end
    object[name], position = read(text, skip(text, position + 1), null, depth)
    position = skip(text, position)
    local letter = text:sub(position, position)
    if letter == "}" then return object, position + 1 end
    if letter ~= "," then complain(text, position, "a comma or } is missing") end
    position = skip(text, position + 1)
  end
end

function read(text, position, null, depth)
  if depth > deepest then complain(text, position, "nested too deeply") end
  local letter = text:sub(position, position)
  if letter == "{" then return read_object(text, position, null, depth + 1) end
  if letter == "[" then return read_list(text, position, null, depth + 1) end
  if letter == '"' then return read_string(text, position) end
  local word = text:match("^%a+", position)
  if word == "null" then return null, position + 4 end
  if words[word] ~= nil then return words[word], position + #word end
  if word then complain(text, position, "\"" .. word:sub(1, 20) .. "\" is no value") end
  if letter == "" then complain(text, position, "the text ends too early") end
  return read_number(text, position)
end

-- The value of a JSON text. `settings.null`: what stands where null stands, such as json.null; default: nothing.
function json.decode(text, settings)
  if type(text) ~= "string" then error("json.decode takes a string, not " .. options.phrase(text), 2) end
  if not utf8.len(text) then error("json.decode: the text is no UTF-8", 2) end
  local null = type(settings) == "table" and settings.null or nil
  local done, result = pcall(function()
    local value, position = read(text, skip(text, 1), null, 1)
    position = skip(text, position)
    if position <= #text then complain(text, position, "something stands behind the value") end
    return { value }
  end)
  if done then return result[1] end
  error("json.decode: " .. (getmetatable(result) == Wrong and result.text or tostring(result)), 2)
end

return json
