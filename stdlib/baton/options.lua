-- Option tables of modules: what they may say, checked, with errors that blame whoever called the module.
--
--   local options = require "baton.options"
--
--   local read = options.schema("shop.deploy", {
--     region = { "choice", of = { "eu", "us" }, required = true },
--     hosts  = { "texts", default = { "localhost" } },
--     wait   = { "duration", default = "10s" },
--   })
--
--   function deploy(given)
--     local own, step = read(given)     -- own.region; step: the fields of a step that stood beside them
--     step.run = { "deploy", own.region }
--     return step
--   end
--
-- Kinds: text (a string, a number or a ref), texts (one or a list of them), string, strings, boolean, integer, number
-- (both with min and max), duration (above = 0: not nothing), choice (with of), command (a text, a list or a function),
-- function, table, values (a table with names), any, or a function(value) that says whether it may stand there. Each
-- may say required, default, and expected: what it must be, in words, which a function needs; text, texts and strings
-- may say filled: not empty.

local options = {}

-- What a step may say beside `run`, a body and what a module fills in.
options.step_fields = {
  "allow_failure", "artifacts", "cache", "cwd", "deadline", "depends", "description", "env", "executor", "failover",
  "grace", "inputs", "interrupted", "lease", "max_failures", "mutex", "network", "on_divergence", "outputs", "priority",
  "resources", "results", "retry", "shell", "stdin", "tags", "tests", "timeout", "undo", "when",
}

-- What a service may say beside what a module fills in.
options.service_fields = {
  "cwd", "depends", "description", "env", "failover", "grace", "health", "inputs", "network", "outputs", "ready",
  "restart", "scope", "setup", "setup_timeout", "shell", "tags", "teardown",
}

-- Refs, handles, secrets and the like, which a script can't look into.
local function is_sealed(value) return type(value) == "table" and getmetatable(value) == false end

-- Whether it is a value that is known later: a ref, a secret, or a text that has one in it.
function options.is_ref(value) return is_sealed(value) and not pcall(tostring, value) end

-- A value in a few words, for messages.
function options.phrase(value)
  local kind = type(value)
  if kind == "string" then
    if #value > 40 then value = value:sub(1, 40):gsub("[\x80-\xFF]+$", "") .. "…" end
    return '"' .. value .. '"'
  end
  if kind == "number" or kind == "boolean" or kind == "nil" then return tostring(value) end
  if is_sealed(value) then return options.is_ref(value) and "a ref" or tostring(value) end
  return "a " .. kind
end

local factors = { ms = 0.001, s = 1, m = 60, h = 3600, d = 86400 }

-- Seconds of a duration such as "250ms", "90s", "1h30m" or a number of seconds; nil where it is none.
function options.seconds(value)
  if type(value) == "number" then return value >= 0 and value < 1e10 and value or nil end
  if type(value) ~= "string" then return nil end
  local total, rest = 0, value
  while rest ~= "" do
    local count, unit, more = rest:match "^(%d+%.?%d*)(%a+)(.*)$"
    if not factors[unit] then return nil end
    total, rest = total + tonumber(count) * factors[unit], more
  end
  return value ~= "" and total or nil
end

-- Whether it may stand where a word is wanted: a string, a number, or a value that is known later.
function options.is_text(value)
  local kind = type(value)
  return kind == "string" or kind == "number" or options.is_ref(value)
end

local is_text = options.is_text

-- Whether it is a plain list, not empty, of what the test takes.
local function is_list(value, test)
  if type(value) ~= "table" or is_sealed(value) or #value == 0 then return false end
  local count = 0
  for _, item in pairs(value) do
    count = count + 1
    if not test(item) then return false end
  end
  return count == #value
end

-- Whether it is an empty text, or a list that has one in it.
local function is_empty(value)
  if type(value) ~= "table" or is_sealed(value) then return value == "" end
  for _, item in ipairs(value) do
    if item == "" then return true end
  end
  return false
end

local function is_string(value) return type(value) == "string" end

local function between(rule, value)
  return (rule.min == nil or value >= rule.min) and (rule.max == nil or value <= rule.max)
end

local function numbers(rule, noun)
  if rule.min and rule.max then return ("%s from %s to %s"):format(noun, rule.min, rule.max) end
  if rule.min then return ("%s from %s on"):format(noun, rule.min) end
  if rule.max then return ("%s up to %s"):format(noun, rule.max) end
  return noun
end

-- Kind → what it must be, and the test.
local kinds = {
  any = { "anything", function() return true end },
  boolean = { "true or false", function(value) return type(value) == "boolean" end },
  choice = {
    function(rule) return 'one of "' .. table.concat(rule.of, '", "') .. '"' end,
    function(value, rule)
      for _, one in ipairs(rule.of) do
        if one == value then return true end
      end
      return false
    end,
  },
  command = {
    "a command: a string, a list or a function",
    function(value) return is_text(value) or type(value) == "function" or is_list(value, is_text) end,
  },
  duration = {
    function(rule) return rule.above and 'a duration above 0, such as "10s"' or 'a duration such as "10s"' end,
    function(value, rule)
      local seconds = options.seconds(value)
      return seconds ~= nil and (rule.above == nil or seconds > rule.above)
    end,
  },
  ["function"] = { "a function", function(value) return type(value) == "function" end },
  integer = {
    function(rule) return numbers(rule, "an integer") end,
    function(value, rule) return math.type(value) == "integer" and between(rule, value) end,
  },
  number = {
    function(rule) return numbers(rule, "a number") end,
    function(value, rule) return type(value) == "number" and value == value and between(rule, value) end,
  },
  string = { "a string", is_string },
  strings = {
    "a string or a list of strings", function(value) return is_string(value) or is_list(value, is_string) end,
  },
  table = { "a table", function(value) return type(value) == "table" and not is_sealed(value) end },
  text = { "a string", is_text },
  texts = { "a string or a list of strings", function(value) return is_text(value) or is_list(value, is_text) end },
  values = {
    "a table such as { name = value }",
    function(value)
      if type(value) ~= "table" or is_sealed(value) then return false end
      for name in pairs(value) do
        if type(name) ~= "string" then return false end
      end
      return true
    end,
  },
}

-- How many letters differ, where two that changed places count as one.
local function distance(left, right)
  local before, row = {}, {}
  for j = 0, #right do row[j] = j end
  for i = 1, #left do
    local last = row
    row = { [0] = i }
    for j = 1, #right do
      local same = left:byte(i) == right:byte(j)
      row[j] = math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same and 0 or 1))
      if i > 1 and j > 1 and left:byte(i) == right:byte(j - 1) and left:byte(i - 1) == right:byte(j) then
        row[j] = math.min(row[j], before[j - 2] + 1)
      end
    end
    before = last
  end
  return row[#right]
end

-- The known name that is nearest to another; nil where none is near.
function options.nearest(name, known)
  local best, found = math.max(1, #name // 3) + 1, nil
  for _, other in ipairs(known) do
    local far = distance(name:lower(), other:lower())
    if far < best and far < #name then best, found = far, other end
  end
  return found
end

local function raise(who, problems, level)
  table.sort(problems)
  local text = who .. ": " .. table.concat(problems, "\n" .. who .. ": ")
  error(text, level + 1)
end

-- A function that reads option tables: `read(given, level)` gives the options, with their defaults, and apart from
-- them the fields of a step that stood beside them.
--
-- `rules`: option → { kind, … }. `settings`: `step = false`: there is no step, so its fields are unknown; `fields`:
-- what it may say in their place, such as `options.service_fields`; `taken`:
-- fields of the step that the module fills in, with a sentence that says so; `main`: the option that a bare value
-- stands for. `level`: 1, the standard, blames whoever called the function that calls `read`; 2 who called that one.
function options.schema(who, rules, settings)
  settings = settings or {}
  local taken, known, own_names, is_field = settings.taken or {}, {}, {}, {}
  for name, rule in pairs(rules) do
    assert(kinds[rule[1]] or type(rule[1]) == "function" and rule.expected, who .. "." .. name)
    known[#known + 1] = name
    own_names[#own_names + 1] = name
  end
  if settings.step ~= false then
    for _, name in ipairs(settings.fields or options.step_fields) do
      if not rules[name] and not taken[name] then
        is_field[name] = true
        known[#known + 1] = name
      end
    end
  end
  table.sort(known)
  table.sort(own_names)

  -- What there is, for whoever is far from it.
  local function choice()
    local all = table.concat(own_names, ", ")
    if settings.step == false then return all == "" and "" or "; known: " .. all end
    return "; known: " .. all .. (all == "" and "what" or ", and what") .. " a step says"
  end

  local function problem(name, value)
    local rule = rules[name]
    if rule then
      local kind = kinds[rule[1]] or { rule.expected, rule[1] }
      if kind[2](value, rule) then
        if rule.filled and is_empty(value) then return ('"%s" is empty'):format(name) end
        return nil
      end
      local expected = rule.expected or kind[1]
      if type(expected) == "function" then expected = expected(rule) end
      return ('"%s" must be %s, not %s'):format(name, expected, options.phrase(value))
    end
    if is_field[name] then return nil end
    if type(name) ~= "string" then
      return ("options have names, unlike %s"):format(options.phrase(value))
    end
    if taken[name] then return ('"%s" is not for you to say: %s'):format(name, taken[name]) end
    local near = options.nearest(name, known)
    return ('there is no option "%s"%s'):format(name, near and (': did you mean "' .. near .. '"?')
      or choice())
  end

  return function(given, level)
    level = (level or 1) + 2
    local main = settings.main
    if given == nil then given = {} end
    if main and options.is_text(given) then given = { [main] = given } end
    if type(given) ~= "table" or is_sealed(given) then
      local example = main and (", such as { %s = … },"):format(main) or ","
      error(("%s takes a table of options%s not %s"):format(who, example, options.phrase(given)), level)
    end
    local own, step, problems = {}, {}, {}
    for name, value in pairs(given) do
      local wrong = problem(name, value)
      if wrong then
        problems[#problems + 1] = wrong
      elseif rules[name] then
        own[name] = value
      else
        step[name] = value
      end
    end
    for name, rule in pairs(rules) do
      if given[name] == nil then
        if rule.required then problems[#problems + 1] = ('"%s" is missing'):format(name) end
        own[name] = rule.default
      end
    end
    if #problems > 0 then raise(who, problems, level) end
    return own, step
  end
end

local function flatten(part, all)
  if type(part) == "table" and not is_sealed(part) then
    for _, item in ipairs(part) do flatten(item, all) end
  elseif part ~= nil then
    all[#all + 1] = part
  end
end

-- One list out of values and lists of them, which may stand in one another; nil and {} are nothing.
function options.list(...)
  local all = {}
  for i = 1, select("#", ...) do flatten((select(i, ...)), all) end
  return all
end

-- The results of a step: the sources of a module, one or a list, and what the script says besides: a source, a table
-- with `read`, a function, or a list of them.
function options.results(own, more)
  local all = {}
  for _, part in ipairs { own, more } do
    if type(part) == "table" and not is_sealed(part) and part.read == nil then
      for _, source in ipairs(part) do all[#all + 1] = source end
    else
      all[#all + 1] = part
    end
  end
  return all
end

return options
