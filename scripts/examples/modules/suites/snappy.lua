-- snappy, compression for C++: CMake and GoogleTest.

local project = require "suites.project"
local folder = project.folder .. "/snappy"

return function()
  return project.suite {
    name = "snappy",
    package = "snappy",
    file = "snappy_1.1.9.orig.tar.gz",
    sha256 = "75c1fbb3d618dd3a0483bff0e26d0a92b495bbe5059c8b4f1c962b478b6e06e7",
    -- The release comes without GoogleTest, which is a package of its own.
    build = [[
      rm -rf source/third_party/googletest
      ln -s /usr/src/googletest source/third_party/googletest
      cmake -S source -B build -DCMAKE_BUILD_TYPE=Release -DSNAPPY_BUILD_BENCHMARKS=OFF -DCMAKE_CXX_FLAGS=-Wno-error
      cmake --build build -j 2 --target snappy_unittest
    ]],
    outputs = { folder .. "/source/**", folder .. "/build/snappy_unittest" },
    test = [[
      sh suites/told.sh build/suites/snappy/log '^\[[A-Z= ]+\] [0-9]+ tests?( from|[.,]).*' 1 \
        env --chdir=build/suites/snappy/source ../build/snappy_unittest --gtest_output=xml:../report.xml
    ]],
    results = junit(folder .. "/report.xml"),
    -- [==========] 20 tests from 3 test suites ran. (812 ms total)
    -- [  PASSED  ] 19 tests.
    -- [  SKIPPED ] 1 test, listed below:
    -- [  FAILED  ] 1 test, listed below:
    told = function(text)
      local tests = text:match("%] (%d+) tests? from")
      return tests and {
        tests = tonumber(tests),
        passed = project.number(text, "PASSED  %] (%d+) test"),
        failed = project.number(text, "FAILED  %] (%d+) test"),
        skipped = project.number(text, "SKIPPED +%] (%d+) test"),
      }
    end,
  }
end
