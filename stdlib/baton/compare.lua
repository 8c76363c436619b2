-- Two methods or versions side by side: both are run, in turn, measured, and one has to hold against the other.
--
--   local compare, git = require "baton.compare", require "baton.git"
--   local old = step "old" (git.worktree { path = "build/old", revision = "v1.4" })
--   compare.speed {
--     name = "sorting", runs = 7, tolerance = 0.05,
--     baseline  = { run = "./sort data.txt", cwd = old.out.path },
--     candidate = { run = "./sort data.txt" },
--   }
--   step "same" (compare.output { baseline = "./sort-old data.txt", candidate = { "./sort-new", "data.txt" } })
--
-- speed declares a step for each run, one for what came of them, and a gate, and returns the handles of both last ones.

local options = require "baton.options"
local shell = require "baton.shell"

local compare = {}

-- Commands.

-- One word of a shell string. Of a text that has refs in it the engine quotes only the refs: as a whole it is quoted
-- where it is mapped.
local function word(value)
  if not options.is_ref(value) then return shell.quote(value) end
  local done, mapped = pcall(function() return value:map(function(known) return known end) end)
  return done and mapped or value
end

-- A command as a text for the shell.
local function text_of(run)
  if type(run) ~= "table" or getmetatable(run) == false then return run end
  local text = "exec"
  for _, part in ipairs(run) do text = text .. " " .. word(part) end
  return text
end

-- A side: a command, or fields of a step with one.
local function side(who, name, given, level)
  local is_command = options.is_ref(given) or type(given) ~= "table" or given[1] ~= nil
  local fields = {}
  for field, value in pairs(is_command and { run = given } or given) do fields[field] = value end
  local kind = type(fields.run)
  if kind ~= "string" and kind ~= "table" then
    error(('%s: "%s" must be a command, or have "run", a string or a list, not %s'):format(
      who, name, options.phrase(fields.run)), level + 1)
  end
  return fields
end

-- Speed.

-- Around the command, in a shell of its own, so that it can't end before its time is told.
local before = "baton_started=$(date +%s%N)\n(\n"
local after = [[

)
baton_code=$?
baton_ended=$(date +%s%N)
[ $baton_code != 0 ] || awk "BEGIN { printf \"{\\\"metric\\\":\\\"seconds\\\",\\\"value\\\":%.6f}\\n\", \
($baton_ended - $baton_started) / 1e9 }" >> "$BATON_EVENTS"
exit $baton_code]]

local function median(values)
  local sorted = table.move(values, 1, #values, 1, {})
  table.sort(sorted)
  local middle = #sorted // 2
  if #sorted % 2 == 1 then return sorted[middle + 1] end
  return (sorted[middle] + sorted[middle + 1]) / 2
end

-- How far values are from their median, as a share of it: the median of the distances.
local function spread(values)
  local center = median(values)
  if center == 0 then return 0 end
  local distances = {}
  for i, value in ipairs(values) do distances[i] = math.abs(value - center) end
  return median(distances) / math.abs(center)
end

local function shown(value) return ("%.4g"):format(value) end

local function percent(share) return ("%.3g %%"):format(share * 100) end

-- What two lists of values say: medians, their ratio, how much worse the candidate is, as a share, and a sentence.
function compare.judge(baseline, candidate, given)
  local better = given and given.better or "lower"
  local old, new = median(baseline), median(candidate)
  local ratio = old ~= 0 and new / old or (new == 0 and 1 or math.huge)
  local worse = better == "lower" and ratio - 1 or 1 - ratio
  local sentence = ("candidate %s (median of %d, ± %s), baseline %s (± %s): "):format(
    shown(new), #candidate, percent(spread(candidate)), shown(old), percent(spread(baseline)))
  if ratio == math.huge then
    sentence = sentence .. "the baseline is 0"
  else
    sentence = sentence .. percent(math.abs(worse)) .. (worse > 0 and " worse" or " better")
  end
  return { baseline = old, candidate = new, ratio = ratio, worse = worse, sentence = sentence }
end

local read_speed = options.schema("compare.speed", {
  name = { "string", required = true }, baseline = { "any", required = true }, candidate = { "any", required = true },
  runs = { "integer", min = 1, max = 1000, default = 5 }, warmup = { "integer", min = 0, max = 100, default = 1 },
  metric = { "string" }, better = { "choice", of = { "lower", "higher" }, default = "lower" },
  tolerance = { "number", min = 0, default = 0.05 },
  otherwise = { "choice", of = { "halt", "branch", "warn", "ask" }, default = "halt" },
}, { taken = { run = "baseline and candidate say it", results = "each side says its own" } })

-- The values of a side, out of what its steps reported.
local function values_of(deps, handles, metric)
  local values = {}
  for i, name in ipairs(handles) do
    local known = deps[name] and deps[name].metrics[metric]
    if not known then fail(('step "%s" reported no metric "%s"'):format(name, metric)) end
    values[i] = known
  end
  return values
end

-- Declares the runs of both sides, one at a time and in turn, so that both see the same machine; a step `name`, which
-- reports the metrics `ratio` (candidate to baseline), `baseline` and `candidate` (medians); and a gate `name-gate`,
-- which does not pass where the candidate is worse by more than `tolerance`, a share. Each side is a command, or the
-- fields of a step with one. What is measured is the time that the command takes, in seconds, or a `metric` that it
-- reports itself. `runs` of each are counted, after `warmup` that are not. Fields of a step beside these are given to
-- all runs. Returns `{ step, gate }`.
function compare.speed(given)
  local own, fields = read_speed(given)
  local sides = {
    baseline = side("compare.speed", "baseline", own.baseline, 2),
    candidate = side("compare.speed", "candidate", own.candidate, 2),
  }
  local group, counted = {}, { baseline = {}, candidate = {} }
  for field, value in pairs(fields) do
    if field ~= "depends" and field ~= "when" and field ~= "description" then
      for _, one in pairs(sides) do
        if one[field] == nil then one[field] = value end
      end
    end
  end
  group.depends, group.when, group.description = fields.depends, fields.when, fields.description
  local handles = {}
  for number = 1, own.warmup + own.runs do
    -- AB, BA, AB, …: what gets slower or faster meanwhile is no one's advantage.
    local order = number % 2 == 1 and { "baseline", "candidate" } or { "candidate", "baseline" }
    for _, which in ipairs(order) do
      local spec = {}
      for field, value in pairs(sides[which]) do spec[field] = value end
      if not own.metric then spec.run = before .. text_of(spec.run) .. after end
      local is_warmup = number <= own.warmup
      local handle = step(("%s-%s-%s%d"):format(own.name, which, is_warmup and "warmup-" or "",
        is_warmup and number or number - own.warmup))(spec)
      group[#group + 1] = handle
      handles[#handles + 1] = handle
      if not is_warmup then counted[which][#counted[which] + 1] = handle.name end
    end
  end
  sequence(own.name .. "-runs")(group)
  local metric, better, tolerance = own.metric or "seconds", own.better, own.tolerance
  local function judged(deps)
    local baseline = values_of(deps, counted.baseline, metric)
    local candidate = values_of(deps, counted.candidate, metric)
    return compare.judge(baseline, candidate, { better = better })
  end
  local summary = step(own.name) {
    depends = handles,
    run = function(deps)
      local result = judged(deps)
      local lines = {}
      for i, name in ipairs { "ratio", "baseline", "candidate" } do
        if result[name] ~= math.huge then
          lines[i] = ('{"metric":"%s","value":%.17g}'):format(name, result[name])
        end
      end
      return { "/bin/sh", "-c", [[printf '%s\n' "$1"; shift; printf '%s\n' "$@" >> "$BATON_EVENTS"]], "sh",
        result.sentence, table.unpack(lines) }
    end,
  }
  local verdict = gate(own.name .. "-gate") {
    depends = options.list(handles, summary), otherwise = own.otherwise,
    check = function(results)
      local result = judged(results)
      return result.worse <= tolerance, result.sentence .. ", allowed are " .. percent(tolerance)
    end,
  }
  return { step = summary, gate = verdict }
end

-- Output.

local read_output = options.schema("compare.output", {
  baseline = { "command", required = true }, candidate = { "command", required = true },
  sort = { "boolean", default = false }, ignore_space = { "boolean", default = false },
})

-- The text that runs a side and keeps what it prints.
local function kept(name, run)
  return "(\n" .. text_of(run) .. "\n) > \"$folder/" .. name .. "\" || { code=$?; echo 'the " .. name
    .. " failed' >&2; exit $code; }\n"
end

-- A step that runs both commands and fails where they do not print the same, or either fails; the difference is its
-- output. `sort`: the order of lines is no matter; `ignore_space`: neither are blanks.
function compare.output(given)
  local own, fields = read_output(given)
  for _, name in ipairs { "baseline", "candidate" } do
    if type(own[name]) == "function" then
      error(('compare.output: "%s" must be a string or a list, not a function'):format(name), 2)
    end
  end
  fields.run = "set -e\nfolder=$(mktemp -d)\ntrap 'rm -rf \"$folder\"' EXIT\n"
    .. kept("baseline", own.baseline) .. kept("candidate", own.candidate)
    .. (own.sort and "for side in baseline candidate; do LC_ALL=C sort -o \"$folder/$side\" \"$folder/$side\"; done\n"
      or "")
    .. "cd \"$folder\" && diff -u --label baseline --label candidate " .. (own.ignore_space and "-b " or "")
    .. "baseline candidate"
  return fields
end

return compare
