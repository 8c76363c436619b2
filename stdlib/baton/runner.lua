-- What the modules of test runners have in common: the tests that a step is handed, what becomes of `retry`, and how
-- the tests of a suite are listed.
--
--   local runner = require "baton.runner"
--   step.run = { "/bin/sh", "-c", runner.named .. 'exec "$@"', "sh", "mytest" }

local options = require "baton.options"

local runner = {}

-- The rules of the options that every runner has, and more of its own.
function runner.rules(more)
  local rules = { path = { "texts" }, args = { "texts" }, command = { "texts" }, report = { "text" } }
  for name, rule in pairs(more or {}) do rules[name] = rule end
  return rules
end

-- For the shell: the arguments grow by the tests in $BATON_TESTS, each a word. (A name has no newline in it.)
runner.named = [[
set -f
IFS='
'
set -- "$@" $(cat "$BATON_TESTS")
set +f
unset IFS
]]

-- For the shell: of the arguments, the first $count stay.
runner.first = [[
place=0
for word do
  shift
  [ $place -ge "$count" ] || set -- "$@" "$word"
  place=$((place + 1))
done
]]

-- For the shell: so many words as the first argument says are a command, and stay in place; what stands behind them,
-- the tests that failed, goes into a file, a line each; without them, those in $BATON_TESTS. Its name is in $tests.
runner.listed = [[
set -e
count=$1
shift
tests=$(mktemp)
trap 'rm -f "$tests"' EXIT
if [ $# -gt "$count" ]; then
  place=0
  for word do
    [ $place -lt "$count" ] || printf '%s\n' "$word"
    place=$((place + 1))
  done > "$tests"
]] .. runner.first .. [[
else
  cat "$BATON_TESTS" > "$tests"
fi
set +e
]]

-- A command that lists the tests of a suite, and emits them as `tests`.
--
-- `words`: what lists them. `filter`: for the shell, makes the names of tests out of its output, a line each.
-- `settings`: `codes`: exit codes beside 0 with which there are tests, or none; `check`: for the shell, before the list
-- is emitted: there is $list, what was printed, and $tests, the names.
function runner.listing(words, filter, settings)
  local codes = "0"
  for _, code in ipairs(settings and settings.codes or {}) do codes = codes .. "|" .. code end
  local script = ([[
list=$("$@")
code=$?
case $code in
  CODES) ;;
  *) printf '%s\n' "$list" >&2; exit $code ;;
esac
tests=$(printf '%s\n' "$list" | FILTER)
CHECK
if [ -n "$tests" ]; then
  tests=$(printf '%s\n' "$tests" | sed 's/[\"]/\\&/g; s/	/\\t/g; s/.*/"&"/' | paste -sd, -)
fi
printf '{"tests":[%s]}\n' "$tests" >> "$BATON_OUTPUT"]]):gsub("%u%u+", {
    CODES = codes, FILTER = filter, CHECK = settings and settings.check or "",
  })
  return options.list("/bin/sh", "-c", script, "sh", words)
end

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

-- The same for sed, of every line.
runner.literals = [[sed 's/[][^$().*+?{}|\]/\\&/g']]

-- The name of a case with its parameters, as its runner wrote it.
function runner.name(case)
  return case.parameters and case.name .. "[" .. case.parameters .. "]" or case.name
end

-- Whether some words, of those that are known already, have one that begins so.
function runner.says(words, beginning)
  for _, word in ipairs(options.list(words)) do
    if type(word) == "string" and word:sub(1, #beginning) == beginning then return true end
  end
  return false
end

-- Words without some of them.
function runner.without(words, ...)
  local left, unwanted = {}, {}
  for _, word in ipairs { ... } do unwanted[word] = true end
  for _, word in ipairs(options.list(words)) do
    if not unwanted[word] then left[#left + 1] = word end
  end
  return left
end

-- Refuses words that make a runner stop early without anyone's knowing that it did: what was not run would be taken for
-- what there is not. `words`: beginning → what is to be said in its place.
function runner.refuse(who, args, words)
  for beginning, cure in pairs(words) do
    if runner.says(args, beginning) then
      error(('%s: "%s" is not for args: %s'):format(who, beginning, cure), 3)
    end
  end
end

-- The word that has a runner stop at its first failure, where that is the limit: another one it does not know, and all
-- of the tests run.
function runner.stop_at_first(step, word)
  if step.max_failures == 1 then return word end
  step.max_failures = nil
  return nil
end

-- The environment of a step: what the script says wins.
function runner.env(own, more)
  if type(own) ~= "table" and own ~= nil then return own end
  local all = {}
  for name, value in pairs(more) do all[name] = value end
  for name, value in pairs(own or {}) do all[name] = value end
  return all
end

-- A module that is called for a step that runs tests, and has functions beside that.
function runner.module(suite, functions)
  return setmetatable(functions, { __call = function(_, given) return suite(given) end })
end

return runner
