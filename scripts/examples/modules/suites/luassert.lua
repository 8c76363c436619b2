-- luassert, assertions for Lua: busted, which writes JUnit XML.

local project = require "suites.project"
local folder = project.folder .. "/luassert"

return function()
  return project.suite {
    name = "luassert",
    package = "lua-luassert",
    file = "lua-luassert_1.9.0.orig.tar.gz",
    sha256 = "1db0fabf1bd87392860375b89a8a37d17b687325c988be0df8c42e7e96e7ed73",
    -- So that it is found before the one that busted brings along.
    build = "mkdir lua && cp -r source/src lua/luassert",
    outputs = { folder .. "/source/**", folder .. "/lua/**" },
    env = { LUA_PATH = "../lua/?.lua;../lua/?/init.lua;;" },
    -- busted writes either a report or a summary: it runs twice.
    test = [[
      env --chdir=build/suites/luassert/source busted --output=junit -Xoutput ../report.xml
      sh suites/told.sh build/suites/luassert/log '^[0-9]+ successe?s? / .*' 1 \
        env --chdir=build/suites/luassert/source busted --output=plainTerminal
    ]],
    results = junit(folder .. "/report.xml"),
    -- 209 successes / 0 failures / 0 errors / 0 pending : 0.34472 seconds
    told = function(text)
      local passed, failures, errors, pending =
        text:match("(%d+) successe?s? / (%d+) failures? / (%d+) errors? / (%d+) pending")
      return passed and {
        passed = tonumber(passed), failed = tonumber(failures) + tonumber(errors), skipped = tonumber(pending),
        tests = tonumber(passed) + tonumber(failures) + tonumber(errors) + tonumber(pending),
      }
    end,
  }
end
