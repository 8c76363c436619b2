-- bats-support, a library for tests in Bash: bats, which writes JUnit XML.

local project = require "suites.project"
local folder = project.folder .. "/bats-support"

return function()
  return project.suite {
    name = "bats-support",
    package = "bats-support",
    file = "bats-support_0.3.0.orig.tar.gz",
    sha256 = "7815237aafeb42ddcc1b8c698fc5808026d33317d8701d5ec2396e9634e2918f",
    env = { TERM = "dumb" },
    test = [[
      sh suites/told.sh build/suites/bats-support/log '^[0-9]+ tests?, .*' 1 \
        bats --formatter pretty --report-formatter junit --output build/suites/bats-support \
        build/suites/bats-support/source/test
    ]],
    results = junit(folder .. "/report.xml"),
    -- 37 tests, 1 failure, 2 skipped
    told = function(text)
      local tests, failed = text:match("(%d+) tests?, (%d+) failure")
      return tests and {
        tests = tonumber(tests), failed = tonumber(failed), skipped = project.number(text, "(%d+) skipped"),
      }
    end,
  }
end
