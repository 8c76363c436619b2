-- What the modules of test runners have in common: how their options are checked, and what becomes of `retry`.
--
--   local runner = require "baton.runner"
--   local own, step = runner.options("pytest", options, { path = "words", report = "string" })

local checked = require "baton.options"

local runner = {}

-- What a step may say; the modules leave it to the engine to read it.
runner.step_fields = checked.list(checked.step_fields, "run")

local is_step_field = {}
for _, name in ipairs(runner.step_fields) do is_step_field[name] = true end

local is_word = checked.is_text

local function is_words(value)
  if type(value) ~= "table" or checked.is_ref(value) then return is_word(value) end
  for key, word in pairs(value) do
    if type(key) ~= "number" or not is_word(word) then return false end
  end
  return true
end

local kinds = {
  words = { "a string or a list of strings", is_words },
  string = { "a string", is_word },
  boolean = { "true or false", function(value) return type(value) == "boolean" end },
}

-- The options of a module and the fields of its step, apart. What is wrong is told with the line of whoever called the
-- module.
--
-- `schema`: option → "words", "string" or "boolean". `taken`: step fields that the module fills in itself.
function runner.options(who, options, schema, taken)
  local level = 3
  if is_word(options) and type(options) ~= "number" then options = { path = options } end
  if type(options) ~= "table" then
    error(("%s takes a table of options, such as %s { path = \"tests\" }, not %s"):format(
      who, who, checked.phrase(options)), level)
  end
  local own, step = {}, {}
  local known = {}
  for name in pairs(schema) do known[#known + 1] = name end
  for _, name in ipairs(runner.step_fields) do known[#known + 1] = name end
  table.sort(known)
  for name, value in pairs(options) do
    local kind = schema[name] and kinds[schema[name]]
    if type(name) ~= "string" then
      error(("%s: options have names, such as path = %s"):format(who, checked.phrase(value)), level)
    elseif kind then
      if not kind[2](value) then
        error(("%s: \"%s\" must be %s, not %s"):format(who, name, kind[1], checked.phrase(value)), level)
      end
      own[name] = value
    elseif taken and taken[name] then
      error(("%s: \"%s\" is said by the module itself: %s"):format(who, name, taken[name]), level)
    elseif is_step_field[name] then
      step[name] = value
    else
      local near = checked.nearest(name, known)
      error(("%s: there is no option \"%s\"%s"):format(
        who, name, near and (": did you mean \"" .. near .. "\"?") or ""), level)
    end
  end
  return own, step
end

-- One list of words out of words and lists of them; nil is nothing.
runner.words = checked.list

-- `retry` of a step whose failed tests can be run alone: a number, or a table, to which is added how.
--
-- `run`: what is run then. `choose(cases)`: the words that select the cases; nil and a reason where that cannot be
-- said.
function runner.retry(retry, run, choose)
  if retry == nil then return nil end
  local made = { tests = "failed" }
  if type(retry) == "table" then
    for name, value in pairs(retry) do made[name] = value end
  elseif math.type(retry) == "integer" then
    made.attempts = retry + 1
  else
    return retry
  end
  if made.tests == "failed" then
    made.run = made.run or run
    made.select = made.select or choose
  end
  return made
end

-- `a.b` with every letter that means something in a regular expression as itself.
function runner.literal(text)
  return (text:gsub("[%^%$%(%)%%%.%[%]%*%+%-%?{}|\\]", "\\%0"))
end

-- The name of a case with its parameters, as its runner wrote it.
function runner.name(case)
  return case.parameters and case.name .. "[" .. case.parameters .. "]" or case.name
end

-- The environment of a step: what the script says wins.
function runner.env(own, more)
  if type(own) ~= "table" and own ~= nil then return own end
  local all = {}
  for name, value in pairs(more) do all[name] = value end
  for name, value in pairs(own or {}) do all[name] = value end
  return all
end

-- The results of a step: those of the runner, and what the script adds.
function runner.results(own, more)
  if more == nil then return own end
  return checked.results(own, more)
end

return runner
