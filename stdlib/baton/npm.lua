-- npm: dependencies that are installed once, scripts, and the tests of Node.js.
--
--   local npm = require "baton.npm"
--   local modules = step "modules" (npm.ci {})
--   step "build" (npm.run { script = "build", depends = modules })
--   step "lint" (npm.run { script = "lint", args = { "--max-warnings", "0" }, depends = modules })
--   step "test" (npm.node_test { files = "test", depends = modules, retry = 2 })
--
-- Lists of tests, dealt out:
--
--   local list = step "list" (npm.discover { files = "test" })
--   matrix "unit" { axes = { shard = shards(4, list.out.tests) }, step = function(cell)
--     return npm.node_test { tests = cell.shard.tests, report = "reports/" .. cell.shard.index .. ".xml" }
--   end }

local options = require "baton.options"
local runner = require "baton.runner"

local npm = {}

local read_ci = options.schema("npm.ci", {
  folder = { "text", default = "." }, args = { "texts" }, command = { "texts", default = "npm" },
})

-- The lock says what is installed; the marker lies where `npm ci` removes it.
local install = [[
set -e
folder=$1
shift
cd -- "$folder"
[ -f package-lock.json ] || [ -f npm-shrinkwrap.json ] || { echo "there is no package-lock.json in $PWD" >&2; exit 2; }
key=$({
  node --version && "$1" --version && uname -sm && printf '%s\n' "$@" && cat package.json
  for file in package-lock.json npm-shrinkwrap.json .npmrc; do [ ! -f "$file" ] || cat "$file"; done
} | sha256sum)
key=${key%% *}
cached=true
if [ "$(cat node_modules/.baton 2> /dev/null)" != "$key" ]; then
  cached=false
  "$@"
  mkdir -p node_modules
  echo "$key" > node_modules/.baton
fi
printf 'cached=%s\n' "$cached" >> "$BATON_OUTPUT"]]

-- A step that installs what package-lock.json says, with `npm ci`, unless that very thing is installed: the same lock,
-- package.json, .npmrc, arguments, npm and Node.js. It emits `cached`. Steps that share a folder must depend on it.
function npm.ci(given)
  local own, step = read_ci(given)
  step.run = options.list("/bin/sh", "-c", install, "sh", own.folder, own.command, "ci", "--no-audit", "--no-fund",
    own.args)
  return step
end

local read_run = options.schema("npm.run", {
  script = { "text", required = true }, args = { "texts" }, folder = { "text" }, workspace = { "texts" },
  workspaces = { "boolean" }, if_present = { "boolean" }, command = { "texts", default = "npm" },
}, { main = "script" })

-- A step that runs a script of package.json, with arguments for the script; in one or more of its workspaces, or all.
-- `if_present`: a script that is not there is no mistake.
function npm.run(given)
  local own, step = read_run(given)
  if own.workspace and own.workspaces then error('npm.run: either "workspace" or "workspaces", not both', 2) end
  local places = {}
  for _, workspace in ipairs(options.list(own.workspace)) do places[#places + 1] = "--workspace=" .. workspace end
  step.run = options.list(own.command, own.folder and { "--prefix", own.folder } or {}, "run", places,
    own.workspaces and "--workspaces" or {}, own.if_present and "--if-present" or {}, own.script,
    own.args and { "--", own.args } or {})
  return step
end

-- Node's own report of JUnit does not tell which file a test is in, nor which tests it was not asked to run.
local reporter = [[
import { relative } from "node:path";
const letters = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\t": "&#9;", "\r": "&#13;" };
const text = (value) => String(value).replace(/[&<>"\n\t\r]/g, (one) => letters[one])
  .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "\ufffd");
export default async function* report(source) {
  yield '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n';
  const around = [], parents = new Set();
  for await (const { type, data } of source) {
    if (type === "test:start") {
      around.length = data.nesting;
      around[data.nesting] = data.name;
      if (data.nesting > 0) parents.add(around.slice(0, data.nesting).join("\0") + "\0" + data.file);
    }
    if (type !== "test:pass" && type !== "test:fail") continue;
    const error = type === "test:fail" ? data.details.error : undefined;
    const isParent = parents.has(around.slice(0, data.nesting).concat(data.name).join("\0") + "\0" + data.file);
    if (isParent || data.details.type === "suite") {
      if (!error || error.failureType === "subtestsFailed") continue;
    }
    if (data.skip === "test name does not match pattern") continue;
    const file = data.file ? relative(process.cwd(), data.file) : "";
    const place = text(file + "::" + around.slice(0, data.nesting).join(" \u203a "));
    const name = text(data.name === data.file ? file : data.name || "(no name)");
    const seconds = data.details.duration_ms / 1000;
    yield `<testcase classname="${place}" name="${name}" file="${text(file)}" time="${seconds}">`;
    const why = data.skip !== undefined ? data.skip : data.todo;
    if (why !== undefined && why !== false) {
      const said = why !== true && why !== "" ? why : data.todo !== undefined ? "todo" : "skipped";
      yield `<skipped message="${text(said)}"/>`;
    } else if (error) {
      const cause = error.cause && error.cause.message !== undefined ? error.cause : error;
      yield `<failure type="${text(cause.code || cause.name || error.failureType)}" message="${text(cause.message)}">`;
      yield text(cause.stack || cause.message).replace(/&#10;/g, "\n") + "</failure>";
    }
    yield "</testcase>\n";
  }
  yield "</testsuites>\n";
}]]

local reporter_address = "data:text/javascript," .. reporter:gsub("[^%w%-_.~]", function(letter)
  return ("%%%02X"):format(letter:byte())
end)

local read_test = options.schema("npm.node_test", {
  files = { "texts" }, args = { "texts" }, report = { "string", default = "reports/node.xml" },
  coverage = { "boolean" }, name = { "texts" }, command = { "texts", default = "node" },
})

local folder = [[
mkdir -p -- "$(dirname -- "$1")" || exit
shift
]]

-- The titles in what the report says is around a test.
local function split(around)
  local titles = {}
  for title in (around .. " › "):gmatch "(.-) › " do
    if title ~= "" then titles[#titles + 1] = title end
  end
  return titles
end

-- Up to version 21, Node compares a pattern with each title by itself, from then on with all of them, joined by spaces.
-- What is around a test has to be selected too.
local function choose(cases)
  local patterns, files, seen = {}, {}, {}
  local function add(list, word)
    if not seen[word] then list[#list + 1] = word end
    seen[word] = true
  end
  for _, case in ipairs(cases) do
    local file, around = (case.class or ""):match "^(.-)::(.*)$"
    local name = runner.name(case)
    if not file or file == "" then return nil, "Node does not tell the file of " .. case.id end
    if name == file then return nil, file .. " failed as a whole" end
    add(files, file)
    local path
    for _, title in ipairs(options.list(split(around), name)) do
      path = path and path .. " " .. title or title
      add(patterns, "--test-name-pattern=^" .. runner.literal(title) .. "$")
      add(patterns, "--test-name-pattern=^" .. runner.literal(path) .. "$")
    end
  end
  return options.list(patterns, files)
end

-- A step that runs tests with Node's own runner (Node.js 20 and later), and reads their results: a test is known as
-- FILE::titles around it.title. `files`: files, globs or folders; default: what it finds. `name`: patterns that names
-- of tests have to match. `report`: where results are written; steps that run side by side need one each. With
-- `coverage`, lines are counted too, beside the report. `tests`: files, such as a shard's, in place of `files`. With
-- `retry`, only the tests that failed are run again.
function npm.node_test(given)
  local own, step = read_test(given)
  local names = {}
  for _, name in ipairs(options.list(own.name)) do names[#names + 1] = "--test-name-pattern=" .. name end
  local sources = { junit(own.report) }
  local reporters = { "--test-reporter=spec", "--test-reporter-destination=stdout",
    "--test-reporter=" .. reporter_address, "--test-reporter-destination=" .. own.report }
  if own.coverage then
    local report = own.report:gsub("%.xml$", "") .. ".lcov"
    sources[2] = lcov(report)
    reporters = options.list(reporters, "--experimental-test-coverage", "--test-reporter=lcov",
      "--test-reporter-destination=" .. report)
  end
  local command = options.list(own.command, "--test", reporters, own.args)
  local base = options.list("/bin/sh", "-c", folder .. 'exec "$@"', "sh", own.report, command)
  step.results = options.results(sources, step.results)
  step.run = step.tests
    and options.list("/bin/sh", "-c", folder .. runner.named .. 'exec "$@"', "sh", own.report, command, names)
    or options.list(base, names, own.files)
  step.retry = runner.retry(step.retry, base, choose)
  return step
end

local read_discover = options.schema("npm.discover", { files = { "texts", default = "." } }, { main = "files" })

-- A step that lists the files of tests in folders, as its value `tests`: those that `node --test` finds there. Node
-- does not tell which tests are in them without running them.
function npm.discover(given)
  local own, step = read_discover(given)
  local found = {}
  for _, ending in ipairs { "js", "cjs", "mjs" } do
    for _, form in ipairs { "*.test", "*-test", "*_test", "test-*", "test" } do
      found = options.list(found, "-o", "-name", form .. "." .. ending)
    end
    found = options.list(found, "-o", "-path", "*/test/*." .. ending)
  end
  found[1] = "("
  step.run = runner.listing(
    options.list("find", own.files, "-name", "node_modules", "-prune", "-o", "-type", "f", found, ")", "-print"),
    [[sed 's|^\./||; s|//*|/|g; /^$/d' | LC_ALL=C sort]])
  return step
end

return npm
