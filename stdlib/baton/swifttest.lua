-- `swift test` (Swift Testing, 6.2 or later) as a step. When it is tried again, only the tests that failed are run
-- again.
--
--   local swift = require "baton.swifttest"
--   step "unit" (swift { retry = 2, args = { "--parallel" } })
--
-- Options, beside everything that a step may say:
--   path      the package's folder; default: the step's own
--   args      further arguments
--   command   how swift is called; default: "swift"
--   report    where its events are written; default: "reports/swift.jsonl". Steps that run side by side need one each.
--   xctest    false: tests of XCTest are not run. Otherwise their results are read too, for which SwiftPM wants the
--             tests to run in parallel.
--   coverage  true: the lines that are executed are counted; SwiftPM tells them of a run without failures, and what a
--             retry of the failed tests executes is left out
--   tests     tests as `swift test list` has them (Module.Type/function()), such as a shard's
--   retry     as a step's; the failed tests alone are run again, unless it says tests = "all"
--
-- swift.discover {} is a step that builds and lists the tests of a package, as its value tests.

local options = require "baton.options"
local runner = require "baton.runner"

local taken = {
  run = "command and args say what is run",
  max_failures = "swift test has no such limit",
}
local rules = runner.rules {
  path = { "text" }, command = { "texts", default = "swift" }, xctest = { "boolean", default = true },
  coverage = { "boolean" },
}
local read = options.schema("swifttest", rules, { main = "path", taken = taken })

local folder = [[
mkdir -p "$(dirname "$1")" || exit
shift
]]

-- One expression for as many tests as a word of the command line takes. Behind a test of Swift Testing, its place is
-- told: Module.Type/function()/file.swift:1:2
local listed = folder .. [[
set -f
IFS='
'
set -- "$@" $(]] .. runner.literals .. [[ "$BATON_TESTS" | awk '
  function flush() { if (all != "") print "--filter\n^(" all ")(/|$)"; all = "" }
  length(all) + length($0) > 100000 { flush() }
  { all = all (all == "" ? "" : "|") $0 }
  END { flush() }
')
set +f
unset IFS
exec "$@"]]

local forget = [[
package=$1
shift
"$@"
code=$?
rm -f "$package"/.build/*/codecov/*.json
exit $code]]

-- A test is known as Module.Type/Inner/function(); a parametrised one is run with all of its arguments.
local function choose(cases)
  local filters, seen, all = {}, {}, nil
  local function flush()
    if all then filters = options.list(filters, "--filter", "^(" .. all .. ")(/|$)") end
    all = nil
  end
  for _, case in ipairs(cases) do
    if not case.class or case.name == "(issue)" then return nil, case.id .. " is no test" end
    local module, types = case.class:match("^([^.]+)%.?(.*)$")
    local id = runner.literal(module .. "." .. (types ~= "" and types:gsub("%.", "/") .. "/" or "") .. case.name)
    if not seen[id] then
      if all and #all + #id > 100000 then flush() end
      all = all and all .. "|" .. id or id
      seen[id] = true
    end
  end
  flush()
  return filters
end

local function suite(given)
  local own, step = read(given)
  local report = own.report or "reports/swift.jsonl"
  local place = own.path and { "--package-path", own.path } or {}
  local sources = { swifttest(report) }
  local words = { "--event-stream-output-path", report, "--event-stream-version", "0" }
  if not own.xctest then
    words = options.list("--disable-xctest", words)
  elseif not runner.says(own.args, "--disable-xctest") then
    sources[2] = junit(report .. ".xctest.xml")
    words = options.list("--parallel", "--xunit-output", report .. ".xctest.xml", words)
  end
  if own.coverage then
    local exported = (own.path and own.path .. "/" or "") .. ".build/*/*/codecov/*.json"
    sources[#sources + 1] = llvmcov { exported, optional = true }
    words = options.list("--enable-code-coverage", words)
  end
  local command = options.list(own.command, "test", place, words, own.args)
  local base = options.list("/bin/sh", "-c", folder .. 'exec "$@"', "sh", report, command)
  -- What a retry of a few tests executes is not what all of them do.
  local again = own.coverage and options.list("/bin/sh", "-c", folder .. forget, "sh", report, own.path or ".", command)
    or base
  step.run = step.tests and options.list("/bin/sh", "-c", listed, "sh", report, command) or base
  step.results = options.results(sources, step.results)
  step.retry = runner.retry(step.retry, again, choose)
  return step
end

local read_discover = options.schema("swifttest.discover", {
  path = rules.path, args = { "texts" }, command = rules.command,
}, { main = "path" })

local function discover(given)
  local own, step = read_discover(given)
  step.run = runner.listing(
    options.list(own.command, "test", "list", own.path and { "--package-path", own.path } or {}, own.args),
    [[grep -E '^[^][ ./:]+\..*(\(.*\)|/[^/ ]+)$']])
  return step
end

return runner.module(suite, { discover = discover })
