-- pytest as a step. When it is tried again, only the tests that failed are run again.
--
--   local pytest = require "baton.pytest"
--   step "unit" (pytest { path = "tests", retry = 2, args = { "-q" } })
--
-- Options, beside everything that a step may say:
--   path          files, folders or node ids, relative to the step's folder, pytest's root; default: what
--                 pytest finds by itself
--   args          further arguments
--   command       how pytest is called; default: { "python3", "-m", "pytest" }
--   report        where its results are written; default: "reports/pytest.xml". Steps that run side by side need one
--                 each.
--   max_failures  it stops after so many failures; what was not run then is run again with what failed
--   tests         node ids, such as a shard's: handed over in a file, so that there may be any number (pytest 8.2 or
--                 later); path counts no more
--   retry         as a step's; the failed tests alone are run again, unless it says tests = "all"

-- pytest.discover { path = "tests" } is a step that lists the tests of a suite, as its value tests:
--
--   local list = step "list" (pytest.discover { path = "tests", inputs = "tests/**" })
--   matrix "unit" { axes = { shard = shards(4, list.out.tests) }, step = function(cell)
--     return pytest { tests = cell.shard.tests, report = "reports/" .. cell.shard.index .. ".xml" }
--   end }

local runner = require "baton.runner"

local schema = { path = "words", args = "words", command = "words", report = "string" }
local taken = { run = "command and args say what is run" }

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
    local modules, inner = {}, {}
    for part in class:gmatch("[^.]+") do
      local list = (#inner > 0 or part:find("^%u")) and inner or modules
      list[#list + 1] = part
    end
    if #modules == 0 then return nil end
    file, classes = table.concat(modules, "/") .. ".py", table.concat(inner, ".")
  end
  local id = file
  for part in classes:gmatch("[^.]+") do id = id .. "::" .. part end
  id = id .. "::" .. case.name
  if case.parameters then id = id .. "[" .. case.parameters .. "]" end
  return id
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

local function suite(options)
  local own, step = runner.options("pytest", options, schema, taken)
  local report = own.report or "reports/pytest.xml"
  local limit = step.max_failures and ("--maxfail=" .. tostring(step.max_failures))
  local command = own.command or { "python3", "-m", "pytest" }
  local base = runner.words(command, "--junitxml=" .. report, "-o", "junit_family=xunit1", limit, own.args)
  if step.tests then
    step.run = runner.words({ "/bin/sh", "-c", [[exec "$@" "@$BATON_TESTS"]], "sh" }, base)
  else
    step.run = runner.words(base, own.path)
  end
  step.results = runner.results(junit(report), step.results)
  step.retry = runner.retry(step.retry, base, choose)
  return step
end

-- What pytest lists, one node id a line, as one JSON object. 5: there are no tests.
local listing = [[
list=$("$@")
code=$?
if [ $code -ne 0 ] && [ $code -ne 5 ]; then
  printf '%s\n' "$list" >&2
  exit $code
fi
ids=$(printf '%s\n' "$list" | grep :: | sed 's/[\"]/\\&/g; s/.*/"&"/' | paste -sd, -)
if [ -z "$ids" ] && [ $code -eq 0 ]; then
  printf '%s\n' "$list" "pytest --collect-only listed no node ids: is there a -q among its options in a file?" >&2
  exit 1
fi
printf '{"tests":[%s]}\n' "$ids" >> "$BATON_OUTPUT"
]]

local discovery = { path = "words", args = "words", command = "words" }

local function discover(options)
  local own, step = runner.options("pytest.discover", options or {}, discovery, taken)
  local command = own.command or { "python3", "-m", "pytest" }
  step.run = runner.words({ "/bin/sh", "-c", listing, "sh" }, command, "--collect-only", "-q", own.args, own.path)
  return step
end

return setmetatable({ discover = discover }, { __call = function(_, options) return suite(options) end })
