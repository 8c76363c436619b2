-- `go test` as a step. When it is tried again, only the tests that failed are run again.
--
--   local go = require "baton.gotest"
--   step "unit" (go { path = "./...", retry = 2, args = { "-race" } })
--
-- Options, beside everything that a step may say:
--   path          packages; default: "./..."
--   args          further arguments
--   command       how go is called; default: "go"
--   report        where its events are written; default: "reports/go.json". Steps that run side by side need one each.
--   max_failures  1: each package stops at its first failure; more: go has no such limit, and runs all
--   retry         as a step's; the failed tests alone are run again, unless it says tests = "all"

local runner = require "baton.runner"

local schema = { path = "words", args = "words", command = "words", report = "string" }
local taken = { run = "command, path and args say what is run" }

-- The events go to the report; where it fails, what the tests printed is shown.
local script = [[mkdir -p "$(dirname "$0")"; "$@" > "$0"; code=$?
if [ $code -ne 0 ]; then sed -n 's/.*"Output":"\(.*\)\\n"}$/\1/p' "$0"; fi
exit $code]]

-- `-run` takes one expression for all packages: the functions that failed, with all of their subtests.
local function choose(cases)
  local names, packages, seen = {}, {}, {}
  for _, case in ipairs(cases) do
    local package = case.suite
    if not package or case.name == "(package)" then
      return nil, (package or "a package") .. " failed as a whole"
    end
    local test = runner.name(case):match("^[^/]+")
    if not seen["test " .. test] then names[#names + 1] = runner.literal(test) end
    if not seen["package " .. package] then packages[#packages + 1] = package end
    seen["test " .. test], seen["package " .. package] = true, true
  end
  return runner.words("-run", "^(" .. table.concat(names, "|") .. ")$", packages)
end

return function(options)
  local own, step = runner.options("gotest", options, schema, taken)
  local report = own.report or "reports/go.json"
  local limit = step.max_failures == 1 and "-failfast" or nil
  if step.max_failures ~= 1 then step.max_failures = nil end
  local base = runner.words(
    "/bin/sh", "-c", script, report, own.command or "go", "test", "-json", limit, own.args)
  step.run = runner.words(base, own.path or "./...")
  step.results = runner.results(gotest(report), step.results)
  step.retry = runner.retry(step.retry, base, choose)
  return step
end
