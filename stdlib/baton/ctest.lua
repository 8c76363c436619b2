-- ctest as a step. When it is tried again, only the tests that failed are run again.
--
--   local ctest = require "baton.ctest"
--   step "unit" (ctest { path = "build", retry = 2, args = { "-j4" } })
--
-- Options, beside everything that a step may say:
--   path          the build folder; default: "build"
--   args          further arguments
--   command       how ctest (3.21 or later) is called; default: "ctest"
--   report        where its results are written, below the build folder; default: "baton-ctest.xml"
--   max_failures  1: it stops at the first failure; more: ctest has no such limit, and runs all
--   retry         as a step's; the failed tests alone are run again, unless it says tests = "all"

local runner = require "baton.runner"

local schema = { path = "string", args = "words", command = "words", report = "string" }
local taken = { run = "command and args say what is run" }

-- ctest takes one regular expression (a list from a file only since 3.29).
local function choose(cases)
  local names = {}
  for i, case in ipairs(cases) do names[i] = runner.literal(runner.name(case)) end
  return { "-R", "^(" .. table.concat(names, "|") .. ")$" }
end

return function(options)
  local own, step = runner.options("ctest", options, schema, taken)
  local folder, report = own.path or "build", own.report or "baton-ctest.xml"
  local limit = step.max_failures == 1 and "--stop-on-failure" or nil
  local base = runner.words(
    own.command or "ctest", "--test-dir", folder, "--output-junit", report, "--output-on-failure", limit, own.args)
  -- What stops at once after one failure has not run the others; without that, all have run.
  if step.max_failures ~= 1 then step.max_failures = nil end
  step.run = base
  step.results = runner.results(junit(folder .. "/" .. report), step.results)
  step.retry = runner.retry(step.retry, base, choose)
  return step
end
