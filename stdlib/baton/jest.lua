-- Jest as a step, with the reporter jest-junit, which has to be among the packages of the project. When it is tried
-- again, only the tests that failed are run again.
--
--   local jest = require "baton.jest"
--   step "unit" (jest { path = "src", retry = 2 })
--
-- Options, beside everything that a step may say:
--   path          patterns of test files; default: all of the project's
--   args          further arguments
--   command       how Jest is called; default: { "npx", "--no-install", "jest" }
--   report        where its results are written; default: "reports/jest.xml". Steps that run side by side need one
--                 each.
--   coverage      true: the lines that are executed are counted
--   max_failures  it stops after so many failures; what was not run then is run again with what failed
--   tests         files of tests, such as a shard's: path counts no more
--   retry         as a step's; the failed tests alone are run again, unless it says tests = "all"
--
-- jest.discover {} is a step that lists the files of tests, as its value tests. Jest does not tell which tests are in
-- them without running them, so that files are what shards deal out: a test is known as FILE::titles around it.title.

local options = require "baton.options"
local runner = require "baton.runner"

local jest = { "npx", "--no-install", "jest" }
local taken = { run = "command, path and args say what is run" }
local rules = runner.rules { command = { "texts", default = jest }, coverage = { "boolean" } }
local read = options.schema("jest", rules, { main = "path", taken = taken })

-- A test is known by the titles around it, joined by spaces.
local function choose(cases)
  local names, files, seen = {}, {}, {}
  for _, case in ipairs(cases) do
    local file, around = (case.class or ""):match "^(.-)::(.*)$"
    if not file or file == "" then return nil, "jest-junit does not tell the file of \"" .. case.id .. "\"" end
    names[#names + 1] = runner.literal((around ~= "" and around .. " " or "") .. runner.name(case))
    if not seen[file] then files[#files + 1] = file end
    seen[file] = true
  end
  return options.list("--testNamePattern", "^(" .. table.concat(names, "|") .. ")$", "--runTestsByPath", files)
end

local function suite(given)
  local own, step = read(given)
  runner.refuse("jest", own.args, { ["--bail"] = "say max_failures" })
  local report = own.report or "reports/jest.xml"
  local limit = step.max_failures and ("--bail=" .. tostring(step.max_failures))
  local sources, covered = { junit(report) }, nil
  if own.coverage then
    sources[2] = lcov(report .. ".coverage/lcov.info")
    covered = { "--coverage", "--coverageReporters=lcovonly", "--coverageDirectory=" .. report .. ".coverage" }
  end
  local base = options.list(
    own.command, "--ci", "--reporters=default", "--reporters=jest-junit", limit, covered, own.args)
  step.run = step.tests
    and options.list("/bin/sh", "-c", runner.named .. 'exec "$@"', "sh", base, "--runTestsByPath")
    or options.list(base, own.path)
  step.env = runner.env(step.env, {
    JEST_JUNIT_OUTPUT_FILE = report,
    JEST_JUNIT_CLASSNAME = "{filepath}::{classname}",
    JEST_JUNIT_TITLE = "{title}",
    JEST_JUNIT_ADD_FILE_ATTRIBUTE = "true",
  })
  step.results = options.results(sources, step.results)
  step.retry = runner.retry(step.retry, base, choose)
  return step
end

local read_discover = options.schema("jest.discover", {
  path = { "texts" }, args = { "texts" }, command = rules.command,
}, { main = "path", taken = taken })

local function discover(given)
  local own, step = read_discover(given)
  step.run = runner.listing(options.list(own.command, "--listTests", own.args, own.path), [[awk -v folder="$PWD/" '
  index($0, "/") == 1 { if (index($0, folder) == 1) $0 = substr($0, length(folder) + 1); print }' | sort]])
  return step
end

return runner.module(suite, { discover = discover })
