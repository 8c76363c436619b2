-- make: targets as steps, and which there are.
--
--   local make = require "baton.make"
--   local build = step "build" (make.target { target = "all", jobs = 4, variables = { CC = "clang" } })
--   local suites = step "suites" (make.targets { match = "^test%-" })
--   matrix "test" { depends = build, axes = { target = suites.out.targets }, step = make.target(cell.target) }
--
-- Targets as tests, dealt out by the time that each took:
--
--   matrix "shards" { axes = { shard = shards(4, suites.out.targets) }, step = function(cell)
--     return make.test { tests = cell.shard.tests, report = "reports/" .. cell.shard.index .. ".txt", retry = 1 }
--   end }

local options = require "baton.options"
local runner = require "baton.runner"

local make = {}

local common = {
  file = { "text" }, folder = { "text" }, variables = { "values" }, command = { "texts", default = "make" },
}

local function rules(more)
  for name, rule in pairs(common) do more[name] = rule end
  return more
end

-- The options of make that both functions have, and the variables.
local function words(who, own)
  local variables = {}
  for name, value in pairs(own.variables or {}) do
    if not name:find "^[%a_][%w_.-]*$" then
      error(who .. ": " .. options.phrase(name) .. " is no name of a variable", 3)
    end
    if type(value) ~= "string" and type(value) ~= "number" and not options.is_ref(value) then
      error(('%s: the variable "%s" must be a string, not %s'):format(who, name, options.phrase(value)), 3)
    end
    variables[#variables + 1] = name .. "=" .. value
  end
  return options.list(own.folder and { "-C", own.folder }, own.file and { "-f", own.file }), variables
end

local function check_targets(who, targets, level)
  for _, target in ipairs(options.list(targets)) do
    if type(target) == "string" and target:find "^[-]" then
      error(('%s: "target" must not begin with a dash, unlike %s: that is for args'):format(
        who, options.phrase(target)), level + 1)
    end
  end
end

local read_target = options.schema("make.target", rules {
  target = { "texts" }, jobs = { "integer", min = 1, max = 100000 }, keep_going = { "boolean" },
  always = { "boolean" }, dry_run = { "boolean" }, args = { "texts" },
}, { main = "target" })

-- A step that makes a target, or several; default: the first of the file. `jobs`: how many commands at once, each
-- one's output in one piece; `folder` and `file` are -C and -f, `keep_going` is -k, `always` -B, `dry_run` -n;
-- `variables` override those of the file, and are read by make: a dollar sign is $$; `args`: further arguments;
-- `command`: what is run instead of make.
function make.target(given)
  local own, step = read_target(given)
  local place, variables = words("make.target", own)
  check_targets("make.target", own.target, 2)
  step.run = options.list(own.command, place, own.jobs and { "-j" .. own.jobs, "--output-sync=target" },
    own.keep_going and "-k" or nil, own.always and "-B" or nil, own.dry_run and "-n" or nil, own.args, variables,
    own.target)
  return step
end

local read_test = options.schema("make.test", rules {
  target = { "texts" }, jobs = { "integer", min = 1, max = 100000 }, args = { "texts" },
  report = { "string", default = "reports/make.txt" },
}, { main = "target" })

-- One target after the other, each a test; what came of it is a line of the report.
local each = [[
report=$1
shift
mkdir -p -- "$(dirname -- "$report")"
]] .. runner.listed .. [[
: > "$report"
left=${BATON_MAX_FAILURES:-0}
worst=0
while IFS= read -r target; do
  begun=$(date +%s.%N)
  "$@" "$target" < /dev/null
  code=$?
  printf '%s\t%s\t%s\t%s\n' "$code" "$begun" "$(date +%s.%N)" "$target" >> "$report"
  if [ $code -ne 0 ]; then
    worst=$code
    left=$((left - 1))
    [ $left -ne 0 ] || break
  fi
done < "$tests"
exit $worst]]

local function results(text)
  local items = {}
  for code, begun, ended, target in text:gmatch "(%d+)\t([%d.]+)\t([%d.]+)\t([^\n]*)\n" do
    items[#items + 1] = {
      name = target, status = code == "0" and "passed" or "failed", duration = tonumber(ended) - tonumber(begun),
      message = code ~= "0" and "make ended with exit code " .. code or nil,
    }
  end
  return items
end

-- A step that makes targets one after the other, each of them a test: a failure does not keep the others from being
-- made. `tests`: targets, such as a shard's, in place of `target`. With `retry`, only the targets that failed are made
-- again. `jobs`, `folder`, `file`, `variables`, `args` and `command` are as in make.target; `report`: where is written
-- what came of each; steps that run side by side need one each.
function make.test(given)
  local own, step = read_test(given)
  if own.target == nil and step.tests == nil then
    error('make.test: "target" or "tests" says what is made', 2)
  end
  check_targets("make.test", own.target, 2)
  local place, variables = words("make.test", own)
  local command = options.list(own.command, place, own.jobs and { "-j" .. own.jobs, "--output-sync=target" }, own.args,
    variables)
  local base = options.list("/bin/sh", "-c", each, "sh", own.report, #command, command)
  step.run = step.tests and base or options.list(base, own.target)
  step.results = options.results({ own.report, read = results }, step.results)
  step.retry = runner.retry(step.retry, base, function(cases)
    local targets = {}
    for i, case in ipairs(cases) do targets[i] = runner.name(case) end
    return targets
  end)
  return step
end

local read_targets = options.schema("make.targets", rules { match = { "string" } }, { main = "match" })

-- The targets in what `make -qp` prints: rules with a name of their own, without patterns, special targets, and files
-- that are only mentioned.
local function targets_of(text)
  local found, has, is_file_part, is_no_target = {}, {}, false, false
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    if line:find "^# Files" then
      is_file_part = true
    elseif line:find "^# files hash%-table stats" then
      is_file_part = false
    elseif line:find "^# Not a target" then
      is_no_target = true
    elseif is_file_part then
      local name = line:match "^([^%s:#=%%][^%s:#=%%]*)::?%s" or line:match "^([^%s:#=%%][^%s:#=%%]*)::?$"
      if name then
        if not is_no_target and name:sub(1, 1) ~= "." and not has[name] then
          has[name] = true
          found[#found + 1] = name
        end
        is_no_target = false
      end
    end
  end
  table.sort(found)
  return found
end

-- A step that lists the targets of a file, of GNU make: it emits `targets`, sorted, those that match a pattern of Lua
-- where one is said, and `count`.
function make.targets(given)
  local own, step = read_targets(given)
  local place, variables = words("make.targets", own)
  if own.match and not pcall(string.find, "", own.match) then
    error('make.targets: "match" is no pattern of Lua: ' .. options.phrase(own.match), 2)
  end
  -- A target that is made of nothing, so that no command of the file is run. With -q, an exit code of 1 is no mistake.
  local command = options.list("/bin/sh", "-c", [["$@" || [ $? = 1 ]
]], "sh", own.command, place, "-qp", "--no-builtin-rules", "--eval=.baton: ;", variables, ".baton")
  command.cwd, command.env = step.cwd, { LC_ALL = "C" }
  for name, value in pairs(step.env or {}) do command.env[name] = value end
  step[1] = function(ctx)
    local listed = ctx:exec(command)
    return ctx:effect("targets", function()
      local targets = {}
      for _, name in ipairs(targets_of(listed.out.text or "")) do
        if not own.match or name:find(own.match) then targets[#targets + 1] = name end
      end
      return { targets = targets, count = #targets }
    end)
  end
  return step
end

return make
