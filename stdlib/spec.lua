-- The words of specs (FILE_test.lua): describe, it, assert, simulate. Runs once, behind the prelude, with the host's
-- functions at hand (Sources/BatonSimulation/Spec).

local host, sandbox, unseal = host, sandbox, host.unseal
local error, ipairs, pairs, pcall, rawequal, rawset, select, setmetatable, tonumber, tostring, type =
  error, ipairs, pairs, pcall, rawequal, rawset, select, setmetatable, tonumber, tostring, type
local concat, pack, sort = table.concat, table.pack, table.sort
local find, format, gmatch, gsub, lower, match =
  string.find, string.format, string.gmatch, string.gsub, string.lower, string.match
local abs, math_type = math.abs, math.type

local function raise(message) error(host.where() .. message, 0) end

-- What declares belongs into a workflow.
for _, name in ipairs {
  "workflow", "step", "depends", "parallel", "sequence", "matrix", "gate", "notify", "transaction", "service", "call",
} do
  sandbox[name] = function()
    raise(name .. " declares, which a spec does in a workflow of its own: simulate { source = [[ … ]] }")
  end
end

-- Values in words, the same for equal ones: keys sorted, one entry a line where a line would be too long.

local function quoted(text)
  return (gsub(format("%q", text), "\\\n", "\\n"))
end

local function rank(key) return type(key) == "number" and 1 or type(key) == "string" and 2 or 3 end

local function by_key(left, right)
  local here, there = rank(left), rank(right)
  if here ~= there then return here < there end
  if here == 3 then return tostring(left) < tostring(right) end
  return left < right
end

local phrase

local function table_phrase(value, indent, seen)
  if seen[value] then return "(the table around it)" end
  seen[value] = true
  local keys, parts, length, count = {}, {}, 0, 0
  for key in pairs(value) do keys[#keys + 1] = key end
  sort(keys, by_key)
  local inner = indent .. "  "
  local position = 1
  for _, key in ipairs(keys) do
    count = count + 1
    if count > 1000 then
      parts[#parts + 1] = format("… (%d more)", #keys - 1000)
      break
    end
    local text = phrase(value[key], inner, seen)
    if key == position then
      position = position + 1
    elseif type(key) == "string" and find(key, "^[%a_][%w_]*$") then
      text = key .. " = " .. text
    else
      text = "[" .. phrase(key, inner, seen) .. "] = " .. text
    end
    length = length + #text + 2
    parts[#parts + 1] = text
  end
  seen[value] = nil
  if #parts == 0 then return "{}" end
  if #indent + length < 70 and not find(concat(parts), "\n", 1, true) then
    return "{ " .. concat(parts, ", ") .. " }"
  end
  return "{\n" .. inner .. concat(parts, ",\n" .. inner) .. ",\n" .. indent .. "}"
end

function phrase(value, indent, seen)
  local kind = type(value)
  if kind == "string" then return quoted(value) end
  if kind == "table" then
    local _, sealed = unseal(value)
    if sealed then return "(" .. host.phrase(value) .. ")" end
    return table_phrase(value, indent or "", seen or {})
  end
  if kind == "number" and math_type(value) == "float" then
    local short = format("%.14g", value)
    return tonumber(short) == value and short or format("%.17g", value)
  end
  if kind == "function" or kind == "thread" or kind == "userdata" then return "(a " .. kind .. ")" end
  return tostring(value)
end

local function is_same(left, right, seen)
  if rawequal(left, right) then return true end
  if type(left) ~= "table" or type(right) ~= "table" then return left == right end
  if unseal(left) or unseal(right) then return false end
  if seen[left] == right then return true end
  seen[left] = right
  for key, value in pairs(left) do
    if not is_same(value, right[key], seen) then return false end
  end
  for key in pairs(right) do
    if left[key] == nil then return false end
  end
  return true
end

-- Assertions. Each returns whether it holds, and what it would have had to be: the host tells both.

local function said(expected, actual) return { expected = phrase(expected), actual = phrase(actual) } end

local function is_type(kind)
  return function(value) return type(value) == kind, { expected = "a " .. kind, actual = phrase(value) } end, 1
end

local checks, arity, words = {}, {}, {}

local function check(names, count, sentence, body)
  for _, name in ipairs(names) do
    checks[name], arity[name], words[name] = body, count, sentence
  end
end

check({ "equal", "equals" }, 2, "to be equal", function(expected, actual)
  local result = said(expected, actual)
  if expected ~= actual and type(expected) == "table" and is_same(expected, actual, {}) then
    result.hint = "the two are different tables of the same content: assert.same compares the content"
  end
  return expected == actual, result
end)
check({ "same" }, 2, "to be the same", function(expected, actual)
  return is_same(expected, actual, {}), said(expected, actual)
end)
check({ "true" }, 1, "to be true", function(value) return value == true, said(true, value) end)
check({ "false" }, 1, "to be false", function(value) return value == false, said(false, value) end)
check({ "nil" }, 1, "to be nil", function(value) return value == nil, said(nil, value) end)
check({ "truthy" }, 1, "to be truthy", function(value)
  return value and true or false, { expected = "anything but false and nil", actual = phrase(value) }
end)
check({ "falsy" }, 1, "to be falsy", function(value)
  return not value, { expected = "false or nil", actual = phrase(value) }
end)
for _, kind in ipairs { "boolean", "number", "string", "table", "function", "thread", "userdata" } do
  check({ kind }, 1, "to be a " .. kind, is_type(kind))
end
check({ "near" }, 3, "to be near", function(expected, actual, tolerance)
  local holds = type(actual) == "number" and abs(expected - actual) <= tolerance
  return holds, { expected = phrase(expected) .. " ± " .. phrase(tolerance), actual = phrase(actual) }
end)
check({ "matches", "match" }, 2, "to match the pattern", function(pattern, text)
  return type(text) == "string" and match(text, pattern) ~= nil, said(pattern, text)
end)
check({ "contains" }, 2, "to contain it", function(part, whole)
  local holds = false
  if type(whole) == "string" then
    holds = type(part) == "string" and find(whole, part, 1, true) ~= nil
  elseif type(whole) == "table" then
    for _, value in pairs(whole) do
      if is_same(part, value, {}) then
        holds = true
        break
      end
    end
  end
  return holds, said(part, whole)
end)

local function without_place(message)
  if type(message) ~= "string" then return message end
  return (gsub(message, "^[^\n]-:%d+: ", "", 1))
end

local function raised(body)
  if type(body) ~= "function" then raise("assert.has_error takes a function, not " .. host.phrase(body)) end
  local done, message = pcall(body)
  return not done, message
end

check({ "error", "errors" }, 1, "an error", function(body, expected)
  local did, message = raised(body)
  local actual = did and phrase(without_place(message)) or "no error"
  if expected == nil then return did, { expected = "an error", actual = actual }, message end
  local holds = did and (is_same(expected, message, {}) or is_same(expected, without_place(message), {}))
  return holds, { expected = phrase(expected), actual = actual }, message
end)
check({ "error_matches", "error_match" }, 2, "an error that matches", function(body, pattern)
  local did, message = raised(body)
  local holds = did and match(tostring(message), pattern) ~= nil
  return holds, { expected = phrase(pattern), actual = did and phrase(message) or "no error" }, message
end)

-- Calls on a line of its own, which is the line that is to be blamed.
local function call(body, given)
  local made = body(given)
  return made
end

local _, place_of_call = pcall(call, function() error("", 2) end)

check({ "blames_caller", "blame_caller" }, 3, "a mistake, told with the caller's line", function(expected, body, given)
  if type(body) ~= "function" and type(body) ~= "table" then
    raise("assert.blames_caller takes a sentence, a function and its argument, not " .. host.phrase(body))
  end
  local done, message = pcall(call, body, given)
  local text = tostring(message)
  local blames = not done and text:sub(1, #place_of_call) == place_of_call
  local actual = done and "no error" or phrase(blames and text:sub(#place_of_call + 1) or message)
  local holds = blames and text == place_of_call .. tostring(expected)
  return holds, { expected = phrase(expected), actual = actual }, message
end)

-- assert.is_not.equal, assert.are_not_same, assert.has_no.errors: the words in between only say whether it is denied.

local fillers = { is = true, are = true, was = true, were = true, has = true, have = true, be = true, does = true,
  a = true, an = true }
local denials = { ["not"] = true, no = true, isnt = true, arent = true, hasnt = true }

local known = {}
for name in pairs(checks) do known[#known + 1] = name end

local function judge(name, denied, ...)
  local given = select("#", ...)
  local count = arity[name]
  if given < count then
    raise(format("assert.%s takes %d %s, not %d", name, count, count == 1 and "value" or "values", given))
  end
  local holds, told, result = checks[name](...)
  if holds == not denied then
    if result ~= nil then return result end
    return ...
  end
  local arguments = pack(...)
  local extra = arguments[count + 1]
  if name == "error" or name == "errors" then extra = arguments[3] end
  local sentence = words[name]
  if denied then
    host.assertion("did not expect " .. sentence, told.actual, nil, extra and tostring(extra), nil)
  else
    host.assertion("expected " .. sentence, told.actual, told.expected, extra and tostring(extra), told.hint)
  end
end

local chain

function chain(denied, sofar)
  return setmetatable({}, {
    __index = function(_, key)
      if type(key) ~= "string" then raise("assert has no field that is " .. host.phrase(key)) end
      local deny, name = denied, sofar
      for word in gmatch(lower(key), "[^_]+") do
        if name == "" and fillers[word] then
          name = ""
        elseif name == "" and denials[word] then
          deny = not deny
        else
          name = name == "" and word or name .. "_" .. word
        end
      end
      if name ~= "" and not checks[name] then raise(host.no_member("assert", name, known)) end
      return chain(deny, name)
    end,
    __call = function(_, ...)
      if sofar == "" then raise "assert.is, assert.has and the like need an assertion behind them" end
      return judge(sofar, denied, ...)
    end,
    __newindex = function() raise "assert can't be changed" end,
    __metatable = "assert",
  })
end

local root = chain(false, "")
sandbox.assert = setmetatable({}, {
  __index = function(_, key) return root[key] end,
  __call = function(_, value, message, ...)
    if value then return value, message, ... end
    if message ~= nil and type(message) ~= "string" then error(message, 0) end
    host.assertion("expected to be truthy", phrase(value), "anything but false and nil", message, nil)
  end,
  __newindex = function() raise "assert can't be changed" end,
  __metatable = "assert",
})

-- The tree of tests.

local function takes_function(word, name, body)
  if type(name) ~= "string" then raise(word .. " takes a name and a function, not " .. host.phrase(name)) end
  if type(body) ~= "function" then
    raise(format("%s(%s, …) takes a function, not %s", word, host.quote(name), host.phrase(body)))
  end
end

function sandbox.describe(name, body)
  takes_function("describe", name, body)
  host.block(name)
  local _ <close> = setmetatable({}, { __close = function() host.block_end() end })
  body()
end

sandbox.context = sandbox.describe

function sandbox.it(name, body)
  if body == nil and type(name) == "string" then return host.case(name) end
  takes_function("it", name, body)
  host.case(name, body)
end

sandbox.test = sandbox.it

for _, hook in ipairs { "before_each", "after_each", "setup", "teardown" } do
  sandbox[hook] = function(body)
    if type(body) ~= "function" then raise(hook .. " takes a function, not " .. host.phrase(body)) end
    host.hook(hook, body)
  end
end

-- Before a test: a test that is not to run. Within one: it ends there.
function sandbox.pending(name, _) host.pending(name) end

-- Simulations.

local function lazy(fetch, names)
  local known_absent = {}
  return setmetatable({}, {
    __index = function(self, name)
      if known_absent[name] then return nil end
      local value = fetch(name)
      if value == nil then
        known_absent[name] = true
      else
        rawset(self, name, value)
      end
      return value
    end,
    __pairs = function(self)
      local all = names()
      local position = 0
      return function()
        position = position + 1
        local name = all[position]
        if name ~= nil then return name, self[name] end
      end
    end,
    __metatable = "steps",
  })
end

local function result(number, fields)
  return setmetatable(fields, {
    __index = function(self, name)
      local value
      if name == "steps" then
        value = lazy(
          function(step) return type(step) == "string" and host.simulated_step(number, step) or nil end,
          function() return host.simulated_names(number) end)
      else
        value = host.simulated(number, name)
      end
      rawset(self, name, value)
      return value
    end,
    __metatable = "simulation",
  })
end

function sandbox.simulate(file, spec)
  if type(file) == "table" then return result(host.simulate(nil, file)) end
  if type(file) ~= "string" then raise("simulate takes a file and a table, not " .. host.phrase(file)) end
  if spec ~= nil then return result(host.simulate(file, spec)) end
  return function(later) return result(host.simulate(file, later)) end
end

-- What every simulation of this file, and `baton chaos`, begins with.
function sandbox.mocks(spec)
  if type(spec) ~= "table" then raise("mocks takes a table, not " .. host.phrase(spec)) end
  host.mocks(spec)
end
