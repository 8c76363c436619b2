local settings = [[
local agents = require "baton.agents"
agents.configure {
  suites = {
    smoke = { runner = "pytest", path = "tests/smoke" },
    unit = { runner = "command", run = "make test", results = { junit = "reports/*.xml" }, env = { CI = "1" } },
    c = { runner = "ctest", path = "build" },
  },
  channels = {
    email = { server = "mail.example.com", from = "a@example.com", to = "b@example.com" },
    team = { kind = "command", run = "cat" },
  },
  templates = { nightly = { title = "{workflow} {status}", message = "run {run}" }, short = "{step}" },
  environments = {
    staging = { env = { BASE_URL = "https://staging" }, setup = { "make venv", "make data" }, teardown = "make clean",
      suites = { smoke = { runner = "pytest", path = "tests/staging" } } },
    prod = {},
  },
}
]]

local function run(source, mocks) return simulate { source = settings .. source, steps = mocks } end

local function fails(source)
  local ok, message = pcall(run, source)
  assert.equal(false, ok)
  return message
end

describe("test_runner", function()
  it("runs a suite of baton.json with its runner", function()
    local done = run [[
      agents.step "smoke" { agent = "test_runner", action = "run_tests",
        config = { test_suite = "smoke", parallel = true, max_workers = 2 } }
      agents.step "c" { agent = "test_runner", action = "run_tests", config = { test_suite = "c", parallel = true } }
      agents.step "unit" { agent = "test_runner", action = "run_tests",
        config = { test_suite = "unit", args = { "-k x" } } }
    ]]
    assert.equal("succeeded", done.status)
    assert.matches("pytest %-%-junitxml=reports/smoke.xml .* %-n 2 tests/smoke", done.steps.smoke.command)
    assert.matches("%-j 4", done.steps.c.command)
    assert.equal("make test '-k x'", done.steps.unit.command)
  end)

  it("sets the environment up, and gives it to what depends on it", function()
    local seen = {}
    local function note(_, step)
      seen[step.name] = step
      return true
    end
    local done = run([[
      agents.environment "staging"
      local prepare = agents.step "prepare" { agent = "test_runner", action = "setup_environment",
        config = { browser = "firefox", headless = true } }
      agents.step "smoke" { agent = "test_runner", action = "run_tests", depends = prepare,
        config = { test_suite = "smoke" } }
      agents.step "clean" { agent = "test_runner", action = "cleanup_environment", depends = "smoke" }
    ]], { prepare = note, smoke = 1, clean = note })
    assert.equal("failed", done.status)
    assert.equal("set -e\nmake venv\nmake data", seen.prepare.args[#seen.prepare.args])
    assert.equal("firefox", seen.prepare.env.BROWSER)
    assert.equal("make clean", seen.clean.command)
    assert.equal("https://staging", seen.clean.env.BASE_URL)
    assert.equal("firefox", seen.clean.env.BROWSER)
  end)
end)

describe("a failed step", function()
  it("is tried again, and what depends on it runs then", function()
    local done = run([[
      local retry = { attempts = 2, backoff = "60s", factor = 1 }
      local smoke = agents.step "smoke" { agent = "test_runner", action = "run_tests", retry = retry,
        config = { test_suite = "unit" } }
      agents.step "report" { agent = "report_generator", action = "generate_html_report", depends = smoke,
        retry = retry }
    ]], { smoke = { 1, true } })
    assert.equal("succeeded", done.status)
    assert.equal(2, done.steps.smoke.attempts)
    assert.equal(60, done.duration // 1)
    assert.equal(1, done.steps.report.attempts)
  end)
end)

describe("notifier", function()
  it("sends through the channels of baton.json when its turn has come", function()
    local done = run [[
      agents.step "tell" { agent = "notifier", action = "send_notification",
        config = { channels = { "email", "team" }, template = "nightly" } }
      notify "on-failure" (agents.notice { on = "failed", channels = { "team" }, template = "short" })
    ]]
    assert.equal("succeeded", done.status)
  end)
end)

describe("what is unknown", function()
  it("is an error with the nearest name", function()
    local step = 'agents.step "x" '
    assert.matches('there is no agent "test_runer": did you mean "test_runner"%?',
      fails(step .. '{ agent = "test_runer", action = "run_tests" }'))
    assert.matches('there is no action "run_test": did you mean "run_tests"%? %(of test_runner%)',
      fails(step .. '{ agent = "test_runner", action = "run_test" }'))
    assert.matches('there is no option "test_sute": did you mean "test_suite"%?',
      fails(step .. '{ agent = "test_runner", action = "run_tests", config = { test_sute = "smoke" } }'))
    assert.matches('there is no suite "smok": did you mean "smoke"%?',
      fails(step .. '{ agent = "test_runner", action = "run_tests", config = { test_suite = "smok" } }'))
    assert.matches('there is no channel "emial": did you mean "email"%?',
      fails(step .. '{ agent = "notifier", action = "send_notification", config = { channels = { "emial" } } }'))
    assert.matches('there is no template "nightli": did you mean "nightly"%?',
      fails 'notify "n" (agents.notice { on = "failed", channels = { "team" }, template = "nightli" })')
    assert.matches('there is no environment "stagin": did you mean "staging"%?', fails 'agents.environment "stagin"')
    assert.matches('there is no part "suite": did you mean "suites"%?', fails "agents.configure { suite = {} }")
  end)

  it("is told with its path in a document, all of it at once", function()
    local message = fails [[
      agents.step "x" { path = "$.steps[0]", agent = "test_runner", action = "run_test" }
      agents.step "y" { path = "$.steps[1]", agent = "test_runner", action = "run_tests", config = { test_sute = 1 } }
      agents.finish()
    ]]
    assert.matches('%$%.steps%[0%]%.action: there is no action "run_test"', message)
    assert.matches('%$%.steps%[1%]%.config%.?[%w_]*: ', message)
  end)
end)

describe("agents.register", function()
  it("adds agents and actions", function()
    local done = run [[
      agents.register("deployer", { deploy = function(config, about)
        return { run = { "deploy", "--to", config.target, about.name } }
      end })
      agents.step "ship" { agent = "deployer", action = "deploy", config = { target = "eu" } }
    ]]
    assert.equal("deploy --to eu ship", done.steps.ship.command)
  end)

  it("tells what is wrong with its arguments", function()
    assert.matches("takes a table of actions, not nil", fails 'agents.register("x")')
    assert.matches('the action "go" of "x" must be a function', fails 'agents.register("x", { go = 1 })')
    assert.matches("the action returned nil", fails [[
      agents.register("x", { go = function() end })
      agents.step "y" { agent = "x", action = "go" }
    ]])
  end)
end)

describe("collector and report_generator", function()
  it("keep files, read results, and make Baton's own reports", function()
    local done = run [[
      agents.step "keep" { agent = "collector", action = "collect_artifacts", config = { paths = { "logs/*.log" } } }
      agents.step "read" { agent = "collector", action = "collect_results", config = { junit = { "reports/*.xml" } } }
      agents.step "report" { agent = "report_generator", action = "generate_markdown_report",
        config = { include_screenshots = true, output = "out/r.md" } }
    ]]
    assert.equal("true", done.steps.keep.command)
    assert.matches("out/r.md md$", done.steps.report.command)
    assert.matches("it names no results", fails
      'agents.step "x" { agent = "collector", action = "collect_results", config = {} }')
  end)
end)
