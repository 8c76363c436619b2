-- Runs the test suites of seven well-known projects, each with its own runner, as their authors ship them; counts every
-- test case, compares the counts with what each runner says of itself, and makes a page of it all.
--
--   baton run suites.lua                            everything; the second run finds downloads and builds in the cache
--   baton run suites.lua --only 'suites[project=jansson]'
--   baton show; baton tests --slow                  what came out, and which tests take the longest
--
-- A project's steps are in modules/suites/, the two scripts that they share in suites/.

workflow "suites" {
  description = "Suites of pytest, CTest, GoogleTest, go test, prove, busted and bats",
  params = {
    pass_rate = param.number {
      default = 1, min = 0, max = 1, description = "Passed of all tests that were not skipped",
    },
  },
  env = { PIP_DISABLE_PIP_VERSION_CHECK = "1", PIP_ROOT_USER_ACTION = "ignore" },
}

local suites = matrix "suites" {
  axes = {
    project = { "bats-support", "itsdangerous", "jansson", "luassert", "snappy", "try-tiny", "uuid" },
  },
  step = function(cell) return require("suites." .. cell.project)() end,
}

gate "quality" {
  depends = suites,
  require = { tests = ">= 800", pass_rate = ">= " .. params.pass_rate },
}

-- However the run ends, there is a page of it, and all test cases in one file for other programs. `baton` must be in
-- PATH, or its path in BATON.
notify "report" {
  on = "finished",
  to = command {
    run = [[
      run=$(sed -n 's/.*"run":"\([a-z0-9]*\)".*/\1/p')
      mkdir -p build/suites
      "${BATON:-baton}" report "$run" --format html -o build/suites/report.html &&
        "${BATON:-baton}" report "$run" --format junit -o build/suites/report.xml
    ]],
  },
}
