-- npm: dependencies that are installed once, scripts, and the tests of Node.js.
--
--   local npm = require "baton.npm"
--   local modules = step "modules" (npm.ci {})
--   step "build" (npm.run { script = "build", depends = modules })
--   step "lint" (npm.run { script = "lint", args = { "--max-warnings", "0" }, depends = modules })
--   step "test" (npm.node_test { files = "test", depends = modules, retry = 2 })

local options = require "baton.options"

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

local read_test = options.schema("npm.node_test", {
  files = { "texts" }, args = { "texts" }, report = { "string", default = "reports/node.xml" },
  coverage = { "boolean" }, name = { "texts" }, command = { "texts", default = "node" },
})

-- A step that runs tests with Node's own runner (Node.js 20 and later), and reads their results. `files`: files,
-- globs or folders; default: what it finds. `name`: patterns that names of tests have to match. `report`: where
-- results are written; steps that run side by side need one each. With `coverage`, lines are counted too, beside the
-- report.
function npm.node_test(given)
  local own, step = read_test(given)
  local names = {}
  for _, name in ipairs(options.list(own.name)) do names[#names + 1] = "--test-name-pattern=" .. name end
  local sources = { junit(own.report) }
  local reporters = { "--test-reporter=spec", "--test-reporter-destination=stdout", "--test-reporter=junit",
    "--test-reporter-destination=" .. own.report }
  if own.coverage then
    local report = own.report:gsub("%.xml$", "") .. ".lcov"
    sources[2] = lcov(report)
    reporters = options.list(reporters, "--experimental-test-coverage", "--test-reporter=lcov",
      "--test-reporter-destination=" .. report)
  end
  step.results = options.results(sources, step.results)
  step.run = options.list("/bin/sh", "-c", [[mkdir -p -- "$(dirname -- "$1")" && shift && exec "$@"]], "sh", own.report,
    own.command, "--test", reporters, names, own.args, own.files)
  return step
end

return npm
