-- ctest as a step. When it is tried again, only the tests that failed are run again.
--
--   local ctest = require "baton.ctest"
--   step "unit" (ctest { path = "build", retry = 2, args = { "-j4" } })
--
-- Options, beside everything that a step may say:
--   path          the build folder; default: "build"
--   args          further arguments
--   command       how ctest (3.21 or later) is called; default: "ctest"
--   report        where its results are written, below the build folder; default: "baton-ctest.xml". Steps that run
--                 side by side need one each.
--   max_failures  1: it stops at the first failure; more: ctest has no such limit, and runs all
--   tests         names of tests, such as a shard's. Fixtures that they need run too, and are on no list: with lists,
--                 set-up belongs into the tests, or into a step before.
--   retry         as a step's; the failed tests alone are run again, unless it says tests = "all"
--
-- ctest counts no lines: what a compiler or another tool counts is told in results, such as lcov "coverage.info".
--
-- ctest.discover { path = "build" } is a step that lists the tests of a build, without those that are disabled, as its
-- value tests.

local options = require "baton.options"
local runner = require "baton.runner"

local taken = { run = "command and args say what is run" }
local rules = runner.rules { path = { "text", default = "build" }, command = { "texts", default = "ctest" } }
local read = options.schema("ctest", rules, { main = "path", taken = taken })

-- ctest takes any number of tests by their numbers in a file, whatever their names are (`ctest -I`); which numbers they
-- have, it tells itself. The file's first three numbers are a range, of which 0 says that there is none.
local numbered = runner.listed .. [[
(
  for word do
    shift
    case $word in -Q|--quiet) ;; *) set -- "$@" "$word";; esac
  done
  exec "$@" -N
) > "$tests.all" || { code=$?; cat "$tests.all" >&2; rm -f "$tests.all"; exit $code; }
awk '
  NR == FNR { wanted[$0] = 1; left++; next }
  match($0, /^ *Test +#[0-9]+: /) {
    number = substr($0, 1, RLENGTH)
    gsub(/[^0-9]/, "", number)
    name = substr($0, RLENGTH + 1)
    if (!(name in wanted)) sub(/ \(Disabled\)$/, "", name)
    if (name in wanted) { line = line "," number; found[name] = 1; any = 1 }
  }
  END {
    for (name in wanted) if (!(name in found)) print "ctest knows no test \"" name "\"" > "/dev/stderr"
    if (any) print "0,0,0" line
  }
' "$tests" "$tests.all" > "$tests.numbers"
if [ -s "$tests.numbers" ]; then
  "$@" -I "$tests.numbers"
  code=$?
else
  code=2
fi
rm -f "$tests.all" "$tests.numbers"
exit $code]]

local function choose(cases)
  local names = {}
  for i, case in ipairs(cases) do names[i] = runner.name(case) end
  return names
end

local function suite(given)
  local own, step = read(given)
  runner.refuse("ctest", own.args, { ["--stop-on-failure"] = "say max_failures = 1" })
  local report = own.report or "baton-ctest.xml"
  local limit = step.max_failures == 1 and "--stop-on-failure" or nil
  local base = options.list(
    own.command, "--test-dir", own.path, "--output-junit", report, "--output-on-failure", limit, own.args)
  -- What stops at once after one failure has not run the others; without that, all have run.
  if step.max_failures ~= 1 then step.max_failures = nil end
  local some = options.list("/bin/sh", "-c", numbered, "sh", #base, base)
  step.run = step.tests and some or base
  step.results = options.results(junit(own.path .. "/" .. report), step.results)
  step.retry = runner.retry(step.retry, some, choose)
  return step
end

local read_discover = options.schema("ctest.discover", {
  path = rules.path, args = { "texts" }, command = rules.command,
}, { main = "path", taken = taken })

local function discover(given)
  local own, step = read_discover(given)
  -- With these, ctest tells nothing.
  local args = runner.without(own.args, "-Q", "--quiet")
  step.run = runner.listing(
    options.list(own.command, "--test-dir", own.path, "-N", args),
    [[sed -n '/ (Disabled)$/d; s/^ *Test  *#[0-9]*: //p']])
  return step
end

return runner.module(suite, { discover = discover })
