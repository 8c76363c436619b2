-- Jest as a step, with the reporter jest-junit, which has to be among the packages of the project. When it is tried
-- again, only the tests that failed are run again.
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
--   max_failures  it stops after so many failures; what was not run then is run again with what failed
--   retry         as a step's; the failed tests alone are run again, unless it says tests = "all"

local runner = require "baton.runner"

local schema = { path = "words", args = "words", command = "words", report = "string" }
local taken = { run = "command, path and args say what is run" }

-- A test is known by the titles around it, joined by spaces.
local function choose(cases)
  local names, files, seen = {}, {}, {}
  for _, case in ipairs(cases) do
    if not case.file then return nil, "jest-junit does not tell the file of \"" .. case.id .. "\"" end
    local around = case.class and case.class .. " " or ""
    names[#names + 1] = runner.literal(around .. runner.name(case))
    if not seen[case.file] then files[#files + 1] = case.file end
    seen[case.file] = true
  end
  return runner.words("--testNamePattern", "^(" .. table.concat(names, "|") .. ")$", "--runTestsByPath", files)
end

return function(options)
  local own, step = runner.options("jest", options, schema, taken)
  local report = own.report or "reports/jest.xml"
  local limit = step.max_failures and ("--bail=" .. tostring(step.max_failures))
  local base = runner.words(
    own.command or { "npx", "--no-install", "jest" }, "--ci", "--reporters=default", "--reporters=jest-junit", limit,
    own.args)
  step.run = runner.words(base, own.path)
  step.env = runner.env(step.env, {
    JEST_JUNIT_OUTPUT_FILE = report,
    JEST_JUNIT_CLASSNAME = "{classname}",
    JEST_JUNIT_TITLE = "{title}",
    JEST_JUNIT_ADD_FILE_ATTRIBUTE = "true",
  })
  step.results = runner.results(junit(report), step.results)
  step.retry = runner.retry(step.retry, base, choose)
  return step
end
