-- Try::Tiny, for Perl: prove, which keeps the TAP of each file.

local project = require "suites.project"
local folder = project.folder .. "/try-tiny"

return function()
  return project.suite {
    name = "try-tiny",
    package = "libtry-tiny-perl",
    file = "libtry-tiny-perl_0.31.orig.tar.gz",
    sha256 = "3300d31d8a4075b26d8f46ce864a1d913e0e8467ceeba6655d5d2b2e206c11be",
    test = [[
      rm -rf build/suites/try-tiny/tap
      sh suites/told.sh build/suites/try-tiny/log '^Files=.*|.* skipped: .*|Failed: [0-9]+[)]' 1 \
        env --chdir=build/suites/try-tiny/source PERL_TEST_HARNESS_DUMP_TAP=../tap prove -l -j 2 t
    ]],
    results = tap(folder .. "/tap/t/*.t"),
    -- Files=11, Tests=104,  2 wallclock secs …
    -- A file that skips everything has no test for prove, and is one that was skipped here.
    told = function(text)
      local tests = text:match("Tests=(%d+)")
      local _, files = text:gsub(" skipped: ", "")
      local failed = 0 ---@type number
      for number in text:gmatch("Failed: (%d+)%)") do failed = failed + tonumber(number) end
      return tests and { tests = tonumber(tests) + files, failed = failed }
    end,
  }
end
