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
--   tests         names of tests, such as a shard's. What sets up and cleans up fixtures that they need runs with them,
--                 in each shard that has such a test, and is told where it fails.
--   retry         as a step's; the failed tests alone are run again, unless it says tests = "all"
--
-- ctest counts no lines: what a compiler or another tool counts is told in results, such as lcov "coverage.info".
--
-- ctest.discover { path = "build" } is a step that lists the tests of a build, as its value tests: without those that
-- are disabled, and those that set up or clean up a fixture which another test needs.

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
  LISTED
else
  code=2
fi
rm -f "$tests.all" "$tests.numbers"
exit $code]]

-- Of the report, what is on the list and what failed: fixtures that did their work are none of the tests that were
-- asked for. ctest writes a line for each element; what tests print has no < in it.
local listed_alone = [[
if [ -s "$report" ]; then
  awk '
    function plain(text) {
      gsub(/&quot;/, "\"", text); gsub(/&apos;/, "\047", text); gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text)
      gsub(/&amp;/, "\\&", text)
      return text
    }
    NR == FNR { wanted[$0] = 1; next }
    /^\t<testcase name="/ {
      name = $0
      sub(/^\t<testcase name="/, "", name)
      sub(/" classname=".*/, "", name)
      left = !(plain(name) in wanted) && index($0, " status=\"run\"") > 0
    }
    { if (!left) kept[++count] = $0; else if (/^\t<testcase /) gone++ }
    /^\t<\/testcase>/ { left = 0 }
    END {
      for (i = 1; i <= count; i++) {
        if (gone && match(kept[i], /^\ttests="[0-9]+"/)) {
          number = substr(kept[i], 9, RLENGTH - 9)
          kept[i] = "\ttests=\"" number - gone "\"" substr(kept[i], RLENGTH + 1)
        }
        print kept[i]
      }
    }
  ' "$tests" "$report" > "$report.listed" && mv "$report.listed" "$report"
fi
]]

local function choose(cases)
  local names = {}
  for i, case in ipairs(cases) do names[i] = runner.name(case) end
  return names
end

local function suite(given)
  local own, step = read(given)
  runner.refuse("ctest", own.args, { ["--stop-on-failure"] = "say max_failures = 1" })
  local report = own.report or "baton-ctest.xml"
  -- What stops at once after one failure has not run the others; without that, all have run.
  local limit = runner.stop_at_first(step, "--stop-on-failure")
  local base = options.list(
    own.command, "--test-dir", own.path, "--output-junit", report, "--output-on-failure", limit, own.args)
  local some = options.list(
    "/bin/sh", "-c", "report=$1\nshift\n" .. numbered:gsub("LISTED", function() return listed_alone end), "sh",
    own.path .. "/" .. report, #base, base)
  step.run = step.tests and some or base
  step.results = options.results(junit(own.path .. "/" .. report), step.results)
  step.retry = runner.retry(step.retry, some, choose)
  return step
end

-- ctest tells names alone (-N), and fixtures with names that are escaped, a line for each brace and each value: the
-- n-th of the ones is the n-th of the others.
local both = '"$@" -N && exec "$@" --show-only=json-v1'
local tests_alone = [=[awk '
  /^\{/ { told = 1 }
  !told && match($0, /^ *Test +#[0-9]+: /) { name[++names] = substr($0, RLENGTH + 1) }
  /^  "tests" : *$/ { all = 1 }
  !all { next }
  /^      "name" : "/ { count++ }
  /^          "name" : "/ { property = $0; gsub(/^ *"name" : "|",?$/, "", property) }
  /^          "value" : true/ { if (property == "DISABLED") off[count] = 1 }
  /^            "/ {
    item = $0
    gsub(/^ *"|",?$/, "", item)
    if (property == "FIXTURES_REQUIRED") needs[count] = needs[count] "\n" item
    if (property ~ /^FIXTURES_(SETUP|CLEANUP)$/) makes[count] = makes[count] "\n" item
  }
  END {
    for (i = 1; i <= count; i++) if (!off[i]) {
      size = split(needs[i], list, "\n")
      for (j = 1; j <= size; j++) if (list[j] != "") needed[list[j]] = 1
    }
    for (i = 1; i <= count; i++) if (!off[i]) {
      size = split(makes[i], list, "\n")
      serves = 0
      for (j = 1; j <= size; j++) if (list[j] in needed) serves = 1
      if (!serves) print name[i]
    }
  }
']=]

local read_discover = options.schema("ctest.discover", {
  path = rules.path, args = { "texts" }, command = rules.command,
}, { main = "path", taken = taken })

local function discover(given)
  local own, step = read_discover(given)
  -- With these, ctest tells nothing.
  local args = runner.without(own.args, "-Q", "--quiet")
  step.run = runner.listing(
    options.list("/bin/sh", "-c", both, "sh", own.command, "--test-dir", own.path, args), tests_alone)
  return step
end

return runner.module(suite, { discover = discover })
