-- When the steps of a job run, and what they are told of those before them. A part of baton.actions.

local expressions = require "baton.actions.expressions"

local jobs = {}

local good = { succeeded = true, kept = true, cached = true }
local results = {
  succeeded = "success", kept = "success", cached = "success", skipped = "skipped", cancelled = "cancelled",
}

local function find(deps, name)
  for key, dependency in pairs(deps) do
    if key == name or key:sub(-#name - 1) == "/" .. name then return dependency end
    local inner = dependency.steps and find(dependency.steps, name)
    if inner then return inner end
  end
end

local function set(names)
  local made = {}
  for _, name in ipairs(names or {}) do made[name] = true end
  return made
end

-- What a condition is told: `success()`, `failure()`, `cancelled()`, `always()`; `out(step, value)`, `outcome(step)`,
-- `result(job)`. `settings`: as in `when`.
local function job(deps, settings)
  local is_tolerated, is_other = set(settings.tolerated), set(settings.jobs)
  local is_needed = settings.needs and set(settings.needs)
  local function any(test, looks_behind)
    for name, dependency in pairs(deps) do
      local counts = not (is_tolerated[name] or is_tolerated[name:match "[^/]*$"] or is_other[name:match "^[^.]*"])
      if is_needed and not is_needed[name] and not looks_behind then counts = false end
      if counts and test(dependency) then return true end
    end
    return false
  end
  local function failed(dependency) return dependency.status == "failed" end
  local function cancelled(dependency) return dependency.status == "cancelled" end
  local self = {}
  function self.success()
    return not any(function(dependency)
      -- A step that was skipped by its own condition stops nothing; a job that was skipped stops what needs it.
      return failed(dependency) or cancelled(dependency)
        or ((is_needed or dependency.steps) and not good[dependency.status])
    end)
  end
  function self.failure() return any(failed, true) end
  function self.cancelled() return any(cancelled) end
  function self.always() return true end
  function self.out(step, name)
    local found = find(deps, step)
    return found and found.out and found.out[name] or ""
  end
  function self.outcome(step)
    local found = find(deps, step)
    return found and (results[found.status] or "failure") or ""
  end
  function self.conclusion(step)
    if is_tolerated[step] and self.outcome(step) == "failure" then return "success" end
    return self.outcome(step)
  end
  self.result = self.outcome
  function self.status()
    return self.failure() and "failure" or self.cancelled() and "cancelled" or "success"
  end
  return self
end

-- For `when`: the condition of a step or job. `tolerated`: steps whose failure stops nothing. `jobs`: other jobs that a
-- step waits for; only `out` and `result` look at them. `needs`: what a job needs, called workflows among them; at what
-- else it waits for, the jobs behind those, only `failure()` looks. `runner`: what it is to run on; all that is not
-- Linux is skipped.
function jobs.when(condition, settings)
  settings = settings or {}
  local runner = settings.runner
  return function(deps)
    if runner and not expressions.is_linux(runner) then
      return false, "it runs on " .. expressions.text(runner) .. ", and this is Linux"
    end
    local own = job(deps, settings)
    if condition == nil then
      return own.success(), "what it needs did not succeed"
    end
    return condition(own) and true or false, "its condition is not met"
  end
end

-- For `run`: the step's text, made when its turn has come. `settings`: as in `when`. What steps emitted is not filled
-- in again: the step's shell takes the mark away. No output has one of its own.
function jobs.run(make, settings)
  return function(deps)
    local own = job(deps, settings or {})
    local out = own.out
    function own.out(step, name)
      local value = out(step, name)
      return type(value) == "string" and (value:gsub("%${{", "$\1{{")) or value
    end
    return make(own)
  end
end

-- Makes every member of a sequence wait for all before it, so that conditions see them.
function jobs.chain(members)
  for i = 3, #members do
    local before = {}
    for j = 1, i - 2 do before[j] = members[j] end
    depends(members[i], before)
  end
  return members
end

return jobs
