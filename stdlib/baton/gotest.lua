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
--   coverage      true: the lines that the tests of each package execute are counted
--   max_failures  1: each package stops at its first failure; more: go has no such limit, and runs all
--   tests         tests as PACKAGE.FUNCTION, such as a shard's: path counts no more, and packages are tested one after
--                 the other
--   retry         as a step's; the functions that failed are run again, with all of their subtests, unless it says
--                 tests = "all"
--
-- go.discover { path = "./..." } is a step that lists the tests, examples and fuzz tests of packages, as its value
-- tests.

local options = require "baton.options"
local runner = require "baton.runner"

local taken = { run = "command, path and args say what is run" }
local rules = runner.rules {
  path = { "texts", default = "./..." }, command = { "texts", default = "go" }, coverage = { "boolean" },
}
local read = options.schema("gotest", rules, { main = "path", taken = taken })

-- What the tests printed, out of the events.
local told = [[
awk '
  at = index($0, "\"Output\":\"") {
    text = substr($0, at + 10)
    out = ""
    while (match(text, /^[^"\\]+/) || match(text, /^\\u[0-9a-f][0-9a-f][0-9a-f][0-9a-f]/) || match(text, /^\\./)) {
      part = substr(text, 1, RLENGTH)
      text = substr(text, RLENGTH + 1)
      if (part == "\\n") part = "\n"
      else if (part == "\\t") part = "\t"
      else if (part == "\\u003c") part = "<"
      else if (part == "\\u003e") part = ">"
      else if (part == "\\u0026") part = "&"
      else if (part ~ /^\\["\\\/]/) part = substr(part, 2)
      out = out part
    }
    printf "%s", out
  }
' "$report"]]

-- A profile of Go as LCOV, below the module's folder: what Go tells of blocks, of each of their lines.
local profile = [[
if [ -s "$report.cover" ]; then
  go_module=$(go list -m -f '{{.Path}} {{.Dir}}' | head -n 1)
  awk -v module="${go_module%% *}" -v folder="${go_module#* }" '
    /^mode:/ { next }
    {
      split($0, fields, ":")
      file = fields[1]
      if (index(file, module "/") == 1) file = folder substr(file, length(module) + 1)
      split(fields[2], parts, /[., ]/)
      from = parts[1] + 0
      to = parts[3] + 0
      for (line = from; line <= to; line++) {
        key = file SUBSEP line
        if (!(key in count) || count[key] < parts[6] + 0) count[key] = parts[6] + 0
      }
      if (!(file in first) || from < first[file]) first[file] = from
      if (!(file in last) || to > last[file]) last[file] = to
    }
    END {
      for (file in first) {
        print "SF:" file
        for (line = first[file]; line <= last[file]; line++)
          if ((file SUBSEP line) in count) print "DA:" line "," count[file SUBSEP line]
        print "end_of_record"
      }
    }
  ' "$report.cover" > "$report.lcov"
fi
]]

local before = [[
report=$1
shift
mkdir -p "$(dirname "$report")"
]]

-- The events go to the report; where it fails, what the tests printed is shown.
local function behind(own)
  return (own.coverage and profile or "") .. "if [ $code -ne 0 ]; then\n" .. told .. "\nfi\nexit $code"
end

-- Tests of one name may be in several packages, so that each package is asked for its own.
local each = [=[
awk '
  match($0, /\.[^.\/]*$/) {
    package = substr($0, 1, RSTART - 1)
    name = substr($0, RSTART + 1)
    if (package in pattern) {
      pattern[package] = pattern[package] "|" name
    } else {
      order[++count] = package
      pattern[package] = name
    }
  }
  END { for (i = 1; i <= count; i++) print order[i] "\t^(" pattern[order[i]] ")$" }
' "$tests" > "$tests.packages"
: > "$report"
code=0
while IFS="$(printf '\t')" read -r package pattern; do
  "$@"COVER -run "$pattern" "$package" >> "$report" < /dev/null || code=$?
  MERGE
done < "$tests.packages"
rm -f "$tests.packages"
]=]

local function one_by_one(own)
  return (each:gsub("COVER", own.coverage and [[ "-coverprofile=$tests.cover"]] or ""):gsub("MERGE", own.coverage
    and [[if [ -f "$tests.cover" ]; then cat "$tests.cover" >> "$report.cover"; rm -f "$tests.cover"; fi]] or ":"))
end

local function choose(cases)
  local names, seen = {}, {}
  for _, case in ipairs(cases) do
    local package = case.suite
    if not package or case.name == "(package)" then
      return nil, (package or "a package") .. " failed as a whole"
    end
    local name = package .. "." .. runner.name(case):match("^[^/]+")
    if not seen[name] then names[#names + 1] = name end
    seen[name] = true
  end
  return names
end

local function suite(given)
  local own, step = read(given)
  runner.refuse("gotest", own.args, { ["-failfast"] = "say max_failures = 1" })
  local report = own.report or "reports/go.json"
  local limit = runner.stop_at_first(step, "-failfast")
  local base = options.list(own.command, "test", "-json", limit, own.args)
  local fresh = own.coverage and 'rm -f "$report.cover" "$report.lcov"\n' or ""
  local some = options.list(
    "/bin/sh", "-c", before .. fresh .. runner.listed .. one_by_one(own) .. behind(own), "sh", report, #base, base)
  local sources = { gotest(report) }
  if own.coverage then sources[2] = lcov { report .. ".lcov", optional = true } end
  step.run = step.tests and some or options.list(
    "/bin/sh", "-c", before .. fresh .. '"$@" > "$report"\ncode=$?\n' .. behind(own), "sh", report, base,
    own.coverage and "-coverprofile=" .. report .. ".cover", own.path)
  step.results = options.results(sources, step.results)
  step.retry = runner.retry(step.retry, some, choose)
  return step
end

local read_discover = options.schema("gotest.discover", {
  path = rules.path, args = { "texts" }, command = rules.command,
}, { main = "path", taken = taken })

local names = [[sed -n ']]
  .. [[s/.*"Package":"\([^"]*\)".*"Output":"\(\(Test\|Example\|Fuzz\)[^"\\ ]*\)\\n".*/\1.\2/p']]

local function discover(given)
  local own, step = read_discover(given)
  step.run = runner.listing(options.list(own.command, "test", "-json", "-list", ".", own.args, own.path), names)
  return step
end

return runner.module(suite, { discover = discover })
