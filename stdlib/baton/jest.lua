-- Jest (24 or later) as a step. Its results are told by a reporter that comes along: the project needs no package for
-- that. When it is tried again, only the tests that failed are run again.
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

-- Writes JUnit XML, file by file, so that what is cut off has those that were run.
local reporter = [==[
"use strict";
const fs = require("fs"), path = require("path");
const report = process.env.BATON_JEST_REPORT;
const escaped = (text) => String(text).replace(/\u001b\[[0-9;]*[A-Za-z]/g, "")
  .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
  .replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;")
  .replace(/\n/g, "&#10;").replace(/\r/g, "&#13;").replace(/\t/g, "&#9;");
const first = (text) => String(text).split("\n").map((line) => line.trim()).find((line) => /^[^●]/.test(line)) || "";
const told = (tag, text) => `<${tag} message="${escaped(first(text))}">${escaped(text)}</${tag}>`;
const place = (name) => path.relative(process.cwd(), name).split(path.sep).join("/");
module.exports = class {
  onRunStart() {
    fs.mkdirSync(path.dirname(path.resolve(report)), { recursive: true });
    fs.writeFileSync(report, "<testsuites>\n");
  }
  onTestResult(test, result) {
    const file = place(result.testFilePath), cases = [];
    const add = (around, title, ms, inner) => cases.push(`<testcase classname="${escaped(`${file}::${around}`)}" `
      + `name="${escaped(title)}" file="${escaped(file)}" time="${(ms || 0) / 1000}">${inner}</testcase>\n`);
    for (const item of result.testResults || []) {
      const before = Math.max(0, (item.invocations || 1) - 1), reasons = item.retryReasons || [];
      const tries = Array.from({ length: Math.max(before, reasons.length) }, (_, i) => reasons[i] || "failed");
      let inner = "";
      if (item.status === "failed") {
        const all = item.failureMessages || [];
        inner = told("failure", all[all.length - 1] || "failed")
          + all.slice(0, -1).map((text) => told("rerunFailure", text)).join("");
      } else if (item.status === "passed") inner = tries.map((text) => told("flakyFailure", text)).join("");
      else inner = `<skipped message="${escaped(item.status)}"/>`;
      add(item.ancestorTitles.join(" "), item.title, item.duration, inner);
    }
    if (result.testExecError || (result.failureMessage && cases.length === 0)) {
      const error = result.testExecError || {};
      add("", "(file)", 0, told("error", result.failureMessage || error.stack || error.message || "it cannot be run"));
    }
    fs.appendFileSync(report, `<testsuite name="${escaped(file)}">\n${cases.join("")}</testsuite>\n`);
  }
  onRunComplete() { fs.appendFileSync(report, "</testsuites>\n"); }
};
]==]

-- The reporter is put beside the report; Jest wants its path to be absolute.
local prepare = [[
mkdir -p "$(dirname "$1")" && printf '%s' "$2" > "$1.reporter.cjs" || exit
export BATON_JEST_REPORT="$1"
case $1 in
  /*) reporter=$1.reporter.cjs ;;
  *) reporter=$PWD/$1.reporter.cjs ;;
esac
shift 2
]]
local go = 'exec "$@" "--reporters=$reporter"'

-- A test is known by the titles around it, joined by spaces.
local function choose(cases)
  local names, files, seen = {}, {}, {}
  for _, case in ipairs(cases) do
    local file, around = (case.class or ""):match "^(.-)::(.*)$"
    if not file or file == "" then return nil, "nothing tells the file of \"" .. case.id .. "\"" end
    if case.name == "(file)" then return nil, file .. " cannot be run" end
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
  -- Behind `--reporters`, Jest takes every word for a reporter, up to the next option.
  local base = options.list(own.command, "--reporters=default", "--ci", limit, covered, own.args)
  local function run(names, ...)
    return options.list("/bin/sh", "-c", prepare .. names .. go, "sh", report, reporter, base, ...)
  end
  local all = run ""
  step.run = step.tests and run(runner.named, "--runTestsByPath") or options.list(all, own.path)
  step.results = options.results(sources, step.results)
  step.retry = runner.retry(step.retry, all, choose)
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
