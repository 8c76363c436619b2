-- `swift test` (Swift Testing, 6.2 or later) as a step. When it is tried again, only the tests that failed are run
-- again.
--
--   local swift = require "baton.swifttest"
--   step "unit" (swift { retry = 2, args = { "--parallel" } })
--
-- Options, beside everything that a step may say:
--   path     the package's folder; default: the step's own
--   args     further arguments
--   command  how swift is called; default: "swift"
--   report   where its events are written; default: "reports/swift.jsonl". Steps that run side by side need one each.
--   retry    as a step's; the failed tests alone are run again, unless it says tests = "all"
--
-- Tests of XCTest run too, and are not in its events: say --disable-xctest, or name their report in results.

local runner = require "baton.runner"

local schema = { path = "string", args = "words", command = "words", report = "string" }
local taken = {
  run = "command and args say what is run",
  max_failures = "swift test has no such limit",
}

local script = [[mkdir -p "$(dirname "$0")" && exec "$@"]]

-- A test is known as Module.Type/Inner/function(), then its place; a parametrised one is run with all of its arguments.
local function choose(cases)
  local filters, seen = {}, {}
  for _, case in ipairs(cases) do
    if not case.class or case.name == "(issue)" then return nil, case.id .. " is no test" end
    local module, types = case.class:match("^([^.]+)%.?(.*)$")
    local id = module .. "." .. (types ~= "" and types:gsub("%.", "/") .. "/" or "") .. case.name
    if not seen[id] then
      filters[#filters + 1] = "--filter"
      filters[#filters + 1] = "^" .. runner.literal(id) .. "/"
      seen[id] = true
    end
  end
  return filters
end

return function(options)
  local own, step = runner.options("swifttest", options, schema, taken)
  local report = own.report or "reports/swift.jsonl"
  local base = runner.words(
    "/bin/sh", "-c", script, report, own.command or "swift", "test", own.path and { "--package-path", own.path },
    "--event-stream-output-path", report, "--event-stream-version", "0", own.args)
  step.run = base
  step.results = runner.results(swifttest(report), step.results)
  step.retry = runner.retry(step.retry, base, choose)
  return step
end
