-- Asking again and again until the answer is yes, and no longer than it can become yes.
--
--   local poll = require "baton.poll"
--
--   step "ready" (poll.step { run = "test -S /run/app.sock", interval = "500ms", deadline = "30s" })
--
--   step "rollout" (poll.step {
--     interval = "10s", deadline = "15m",
--     check = function(ctx)
--       local state = ctx:exec({ "deploy", "status" }).json()
--       if state.phase == "failed" then return nil, state.message end    -- no use waiting: fails at once
--       return state.phase == "done", state.done .. " of " .. state.total    -- true: yes; false: not yet
--     end,
--   })
--
-- In a body of one's own: local answer = poll.wait(ctx, { check = function(ctx, n) … end, interval = "10s" })
--
-- A function that checks returns true and, if it likes, a value; false, not yet, and how far it is; or nil and why it
-- never will. The waits between are timers of the body: they hold no process and survive a restart.

local options = require "baton.options"

local poll = {}

local rules = {
  run = { "command" }, check = { "function" }, failed = { "any" }, interval = { "duration", above = 0, default = "5s" },
  factor = { "number", min = 1, max = 1000, default = 1 }, max_interval = { "duration", above = 0, default = "1h" },
  deadline = { "duration", above = 0 }, attempts = { "integer", min = 1, max = 1000000 },
}

local function rules_of(...)
  local chosen = {}
  for _, name in ipairs { ... } do chosen[name] = rules[name] end
  return chosen
end

local function plural(count, noun) return ("%d %s%s"):format(count, noun, count == 1 and "" or "s") end

-- Without any bound it would never end.
local function bounded(own)
  if not own.deadline and not own.attempts then own.deadline = "10m" end
  return own
end

local function ask(ctx, own)
  local interval, longest = options.seconds(own.interval), options.seconds(own.max_interval)
  local deadline = own.deadline and options.seconds(own.deadline)
  local started, waited, count = ctx:now(), 0, 0
  local last
  while true do
    count = count + 1
    local answer, told = own.check(ctx, count)
    if answer == true then return told, count end
    if answer == nil and type(told) == "string" then error(told, 0) end
    if answer ~= false then
      error("the function of check must return true, false, or nil and a reason, not a " .. type(answer), 0)
    end
    last = type(told) == "string" and told or last
    if last then ctx:progress(nil, last) end
    -- Time is recorded in whole seconds, so that one of them may not have passed; waits are exact.
    local elapsed = math.max(waited, ctx:now() - started - 1)
    local is_over = deadline and elapsed >= deadline
    if is_over or own.attempts and count >= own.attempts then
      local after = is_over and "after " .. tostring(own.deadline) .. " and " or "after "
      error("not yet " .. after .. plural(count, "check") .. (last and ": " .. last or ""), 0)
    end
    local pause = math.min(interval, longest)
    if deadline then pause = math.min(pause, deadline - elapsed) end
    ctx:sleep(pause)
    waited = waited + pause
    interval = interval * own.factor
  end
end

local read_wait = options.schema("poll.wait", rules_of("check", "interval", "factor", "max_interval", "deadline",
  "attempts"), { step = false })

-- In a durable body: calls `check(ctx, n)` until it says yes, and returns the value that it gave and how often it was
-- asked. It raises where check says that it never will, and when `deadline` (the whole time; default 10m where attempts
-- are not bounded) or `attempts` are used up. The waits are `interval` long, each `factor` times the one before, up to
-- `max_interval`.
function poll.wait(ctx, given)
  local own = bounded((read_wait(given)))
  if not own.check then error('poll.wait: "check" is missing', 2) end
  return ask(ctx, own)
end

-- The exit codes that end it at once, as a set.
local function codes_of(failed, level)
  local codes = {}
  for _, code in ipairs(options.list(failed)) do
    if math.type(code) ~= "integer" or code < 1 or code > 255 then
      error('poll.step: "failed" must be an exit code from 1 to 255 or a list of them, not ' .. options.phrase(code),
        level + 1)
    end
    codes[code] = true
  end
  return codes
end

local read_step = options.schema("poll.step", rules, {
  taken = { retry = "interval, attempts and deadline say it" },
})

-- A step that asks until the answer is yes: with `run`, a command whose exit code 0 is a yes, and `failed`, one or a
-- list of exit codes that mean that it never will be; with `check`, a function as of `poll.wait`, whose value the
-- step emits, as it is where it is a table with names, else as `value`, with `checks`, how many there were.
function poll.step(given)
  local own, step = read_step(given)
  if (own.run == nil) == (own.check == nil) then
    error('poll.step: either "run" or "check" says what is asked', 2)
  end
  bounded(own)
  if own.check then
    if own.failed then error('poll.step: "failed" is for exit codes of "run": check returns nil and a reason', 2) end
    step[1] = function(ctx)
      local value, checks = ask(ctx, own)
      local out = {}
      if type(value) == "table" and #value == 0 then
        for name, part in pairs(value) do out[name] = part end
      else
        out.value = value
      end
      out.checks = checks
      return out
    end
    return step
  end
  local codes = codes_of(own.failed, 2)
  step.run, step.deadline = own.run, own.deadline
  step.retry = {
    attempts = own.attempts or 1000000, backoff = own.interval, factor = own.factor, max = own.max_interval,
  }
  if next(codes) then
    step.retry.when = function(attempt) return not codes[attempt.code] end
  end
  return step
end

return poll
