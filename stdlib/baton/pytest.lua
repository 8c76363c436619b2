-- pytest as a step. When it is tried again, only the tests that failed are run again.
--
--   local pytest = require "baton.pytest"
--   step "unit" (pytest { path = "tests", retry = 2, args = { "-q" } })
--
-- Options, beside everything that a step may say:
--   path          files, folders or node ids, relative to the step's folder; default: what pytest finds by itself
--   args          further arguments
--   command       how pytest is called; default: { "python3", "-m", "pytest" }
--   report        where its results are written; default: "reports/pytest.xml". Steps that run side by side need one
--                 each.
--   coverage      true, or the packages and folders whose lines are counted; needs pytest-cov
--   max_failures  it stops after so many failures; what was not run then is run again with what failed. Without it, all
--                 is run, whatever pytest's own configuration says.
--   tests         node ids, such as a shard's: path counts no more
--   retry         as a step's; the failed tests alone are run again, unless it says tests = "all"
--
-- pytest.discover { path = "tests" } is a step that lists the tests of a suite, as its value tests:
--
--   local list = step "list" (pytest.discover { path = "tests", inputs = "tests/**" })
--   matrix "shards" { axes = { shard = shards(4, list.out.tests) }, step = function(cell)
--     return pytest { tests = cell.shard.tests, report = "reports/" .. cell.shard.index .. ".xml" }
--   end }

local options = require "baton.options"
local runner = require "baton.runner"

local pytest = { "python3", "-m", "pytest" }
local taken = { run = "command and args say what is run" }

local function is_coverage(value)
  if type(value) == "boolean" or options.is_text(value) then return true end
  if type(value) ~= "table" or #value == 0 then return false end
  for _, name in pairs(value) do
    if not options.is_text(name) then return false end
  end
  return true
end

local read = options.schema("pytest", runner.rules { coverage = {
  is_coverage, expected = "true, or a package or folder or a list of them",
} }, { main = "path", taken = taken })

-- Node ids are relative to the step's folder, whatever pytest takes for the root of the project.
local function root(args)
  return not runner.says(args, "--rootdir") and "--rootdir=." or nil
end

-- How many of the parts of a class name are those of its module: those up to the last that is named as pytest wants its
-- files to be; else those in front of the first that begins with a capital.
local function length_of_module(parts)
  for i = #parts, 1, -1 do
    if parts[i]:find("^test_") or parts[i]:find("_test$") then return i end
  end
  for i, part in ipairs(parts) do
    if part:find("^%u") then return i - 1 end
  end
  return #parts
end

-- The node id of a case. With xunit1, pytest tells the file, and a class name that begins with it:
-- tests.test_a.TestCart
local function node(case)
  local class, file = case.class or "", case.file
  local classes
  if file and file:find("%.py$") then
    local module = file:gsub("%.py$", ""):gsub("/", ".")
    if class == module then
      classes = ""
    elseif class:sub(1, #module + 1) == module .. "." then
      classes = class:sub(#module + 2)
    end
  end
  if not classes then
    -- The test was inherited from a class in another file.
    local parts = {}
    for part in class:gmatch("[^.]+") do parts[#parts + 1] = part end
    local length = length_of_module(parts)
    if length == 0 then return nil end
    file = table.concat(parts, "/", 1, length) .. ".py"
    classes = table.concat(parts, ".", length + 1)
  end
  local id = file
  for part in classes:gmatch("[^.]+") do id = id .. "::" .. part end
  return id .. "::" .. runner.name(case)
end

local function choose(cases)
  local ids = {}
  for _, case in ipairs(cases) do
    local id = node(case)
    -- What failed while tests were collected is no test.
    if not id then return nil, "pytest does not tell where \"" .. case.id .. "\" is" end
    ids[#ids + 1] = id
  end
  return ids
end

-- A long list goes by its file, which pytest takes since 8.2.
local listed = [[
if [ "$(wc -c < "$BATON_TESTS")" -gt 1000000 ]; then exec "$@" "@$BATON_TESTS"; fi
]] .. runner.named .. 'exec "$@"'

local limits = {
  ["-x"] = "say max_failures = 1", ["--exitfirst"] = "say max_failures = 1", ["--maxfail"] = "say max_failures",
}

local function suite(given)
  local own, step = read(given)
  runner.refuse("pytest", own.args, limits)
  local report = own.report or "reports/pytest.xml"
  local limit = "--maxfail=" .. tostring(step.max_failures or 0)
  local sources, covered = { junit(report) }, {}
  if own.coverage then
    sources[2] = cobertura(report .. ".coverage")
    covered = { "--cov-report=xml:" .. report .. ".coverage" }
    for _, name in ipairs(own.coverage == true and {} or options.list(own.coverage)) do
      covered[#covered + 1] = "--cov=" .. name
    end
    if #covered == 1 then covered[2] = "--cov" end
    -- Steps that run side by side must not write to one file.
    step.env = runner.env(step.env, { COVERAGE_FILE = report .. ".data" })
  end
  local base = options.list(
    own.command or pytest, "--junitxml=" .. report, "-o", "junit_family=xunit1", root(own.args), limit, covered,
    own.args)
  if step.tests then
    step.run = options.list("/bin/sh", "-c", listed, "sh", base)
  else
    step.run = options.list(base, own.path)
  end
  step.results = options.results(sources, step.results)
  step.retry = runner.retry(step.retry, base, choose)
  return step
end

local read_discover = options.schema("pytest.discover", {
  path = { "texts" }, args = { "texts" }, command = { "texts", default = pytest },
}, { main = "path", taken = taken })

-- 5: there are no tests.
local listing = {
  codes = { 5 },
  check = [[
if [ -z "$tests" ] && [ $code -eq 0 ]; then
  printf '%s\n' "$list" "pytest --collect-only listed no node ids: is there a -q among its options in a file?" >&2
  exit 1
fi]],
}

local function discover(given)
  local own, step = read_discover(given)
  -- How much is said decides what is listed: node ids with one -q alone.
  local args = runner.without(own.args, "-q", "-qq", "--quiet", "-v", "-vv", "--verbose")
  step.run = runner.listing(
    options.list(own.command, "--collect-only", "-q", root(args), args, own.path), "grep ::", listing)
  return step
end

return runner.module(suite, { discover = discover })
