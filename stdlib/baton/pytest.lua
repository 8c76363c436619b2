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
--   retry         as a step's; the failed tests alone are run again, unless it says tests = "all"

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

return function(options)
  local own, step = runner.options("pytest", options, schema, taken)
  local report = own.report or "reports/pytest.xml"
  local limit = step.max_failures and ("--maxfail=" .. tostring(step.max_failures))
  local command = own.command or { "python3", "-m", "pytest" }
  local base = runner.words(command, "--junitxml=" .. report, "-o", "junit_family=xunit1", limit, own.args)
  step.run = runner.words(base, own.path)
  step.results = runner.results(junit(report), step.results)
  step.retry = runner.retry(step.retry, base, choose)
  return step
end
