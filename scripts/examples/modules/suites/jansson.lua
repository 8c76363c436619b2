-- jansson, JSON for C: CMake and CTest, which writes JUnit XML.

local project = require "suites.project"
local folder = project.folder .. "/jansson"

return function()
  return project.suite {
    name = "jansson",
    package = "jansson",
    file = "jansson_2.14.orig.tar.gz",
    sha256 = "c739578bf6b764aa0752db9a2fdadcfe921c78f1228c7ec0bb47fa804c55d17b",
    build = [[
      cmake -S source -B build -DJANSSON_BUILD_DOCS=OFF
      cmake --build build -j 2
    ]],
    outputs = { folder .. "/source/**", folder .. "/build/**" },
    test = [[
      sh suites/told.sh build/suites/jansson/log '.*tests passed, .*' 8 \
        ctest --test-dir build/suites/jansson/build --output-junit ../report.xml -j 2
    ]],
    results = junit(folder .. "/report.xml"),
    -- 99% tests passed, 1 tests failed out of 213
    told = function(text)
      local failed, tests = text:match("(%d+) tests failed out of (%d+)")
      return tests and { tests = tonumber(tests), failed = tonumber(failed) }
    end,
  }
end
