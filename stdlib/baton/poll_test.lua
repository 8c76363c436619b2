local poll = require "baton.poll"

local function body(fields)
  return 'local poll = require "baton.poll"\nstep "x" (poll.step {' .. fields .. "})"
end

describe("poll.step with a function", function()
  it("asks until the answer is yes, and emits the value", function()
    local run = simulate {
      source = body [[ interval = "10s", check = function(ctx, n)
        local state = ctx:exec({ "status" }).json()
        return state.done == 3, { done = state.done, n = n }
      end ]],
      steps = {
        ["x/exec-1"] = { output = '{"done":1}' }, ["x/exec-2"] = { output = '{"done":2}' },
        ["x/exec-3"] = { output = '{"done":3}' },
      },
    }
    assert.equal("succeeded", run.status)
    assert.same({ done = 3, n = 3, checks = 3 }, run.steps.x.out)
    assert.equal(20, run.duration)
  end)

  it("fails at once where it never will be", function()
    local run = simulate {
      source = body [[ check = function(ctx)
        if ctx:sh("status").text == "broken" then return nil, "the rollout broke" end
        return false
      end ]],
      steps = { ["x/sh-1"] = { output = "running\n" }, ["x/sh-2"] = { output = "broken\n" } },
    }
    assert.equal("failed", run.status)
    assert.equal("the rollout broke", run.steps.x.reason)
    assert.equal(5, run.duration)
  end)

  it("gives up at its deadline, with a last check then", function()
    local run = simulate { source = body [[ interval = "20s", deadline = "50s", check = function(_, n)
      return false, n .. " of 9"
    end ]] }
    assert.equal("not yet after 50s and 4 checks: 4 of 9", run.steps.x.reason)
    assert.equal(50, run.duration)
  end)

  it("gives up after so many checks", function()
    local run = simulate { source = body [[ attempts = 1, check = function() return false end ]] }
    assert.equal("not yet after 1 check", run.steps.x.reason)
  end)

  it("waits longer each time, up to a bound", function()
    local run = simulate { source = body [[
      interval = "1s", factor = 3, max_interval = "5s", attempts = 5, check = function(_, n) return n == 5, n end ]] }
    assert.equal(1 + 3 + 5 + 5, run.duration)
    assert.same({ value = 5, checks = 5 }, run.steps.x.out)
  end)

  it("has a deadline where nothing bounds it", function()
    local run = simulate { source = body [[ interval = "1m", check = function() return false end ]] }
    assert.equal("not yet after 10m and 11 checks", run.steps.x.reason)
  end)

  it("takes no answer for none", function()
    local run = simulate { source = body [[ check = function() end ]] }
    assert.equal("the function of check must return true, false, or nil and a reason, not a nil", run.steps.x.reason)
  end)
end)

describe("poll.step with a command", function()
  it("tries again at its interval", function()
    local run = simulate {
      source = body [[ run = { "ready" }, interval = "2s", attempts = 5, timeout = "1s" ]],
      steps = { x = { 1, 1, true } },
    }
    assert.equal("succeeded", run.status)
    assert.equal(3, run.steps.x.attempts)
    assert.equal(4, run.duration)
  end)

  it("stops at an exit code that means failure", function()
    local run = simulate {
      source = body [[ run = "ready", failed = { 3, 4 }, interval = "2s" ]], steps = { x = { 1, 4, true } },
    }
    assert.equal("failed", run.status)
    assert.equal(2, run.steps.x.attempts)
  end)

  it("stops at its deadline", function()
    local run = simulate { source = body [[ run = "ready", interval = "2s", deadline = "9s" ]], steps = { x = 1 } }
    assert.equal("failed", run.status)
    assert.is_true(run.duration <= 9)
  end)
end)

describe("poll.wait", function()
  it("gives the value in a body", function()
    local run = simulate { source = [[
      local poll = require "baton.poll"
      step "x" { function(ctx)
        local value, checks = poll.wait(ctx, { interval = "1h", deadline = "3d", check = function(_, n)
          return n > 30, "v" .. n
        end })
        local ok, why = pcall(poll.wait, ctx, { check = function() return nil, "no" end })
        return { value = value, checks = checks, ok = ok, why = why }
      end }
    ]] }
    assert.same({ value = "v31", checks = 31, ok = false, why = "no" }, run.steps.x.out)
    assert.equal(30 * 3600, run.duration)
  end)
end)

describe("mistakes", function()
  local function says(sentence, make, ...)
    local arguments = { ... }
    return function()
      local function call() return #make(table.unpack(arguments)) end
      local _, message = pcall(call)
      assert.matches("^%S*poll_test.lua:%d+: ", message)
      assert.has_error(call, sentence)
    end
  end

  it("name what is missing", says('poll.step: either "run" or "check" says what is asked', poll.step, {}))
  it("name what is one too many", says('poll.step: either "run" or "check" says what is asked', poll.step,
    { run = "a", check = print }))
  it("are intervals that are none", says('poll.step: "interval" must be a duration above 0, such as "10s", not "often"',
    poll.step, { run = "a", interval = "often" }))
  it("are numbers out of bounds", says('poll.step: "attempts" must be an integer from 1 to 1000000, not 0', poll.step,
    { run = "a", attempts = 0 }))
  it("are factors that shrink", says('poll.step: "factor" must be a number from 1 to 1000, not 0.5', poll.step,
    { run = "a", factor = 0.5 }))
  it("are exit codes that are none", says(
    'poll.step: "failed" must be an exit code from 1 to 255 or a list of them, not "no"', poll.step,
    { run = "a", failed = { 3, "no" } }))
  it("are exit codes of functions", says(
    'poll.step: "failed" is for exit codes of "run": check returns nil and a reason', poll.step,
    { check = print, failed = 3 }))
  it("are retries", says('poll.step: "retry" is not for you to say: interval, attempts and deadline say it', poll.step,
    { run = "a", retry = 3 }))
  it("are unknown options", says('poll.wait: there is no option "intervall": did you mean "interval"?', poll.wait, {},
    { check = print, intervall = 3 }))
  it("are checks that are missing", says('poll.wait: "check" is missing', poll.wait, {}, {}))
end)
