-- uuid, of Google, for Go: go test -json.

local project = require "suites.project"
local folder = project.folder .. "/uuid"

return function()
  return project.suite {
    name = "uuid",
    package = "golang-github-google-uuid",
    file = "golang-github-google-uuid_1.3.0.orig.tar.gz",
    sha256 = "7f7f37c47980e0afcc178a9ffc390bec29ed2371919b4c07658eb01791a7f921",
    -- Nothing is to be fetched: it needs the standard library alone.
    build = [[
      cd source
      GOFLAGS=-mod=mod GOPROXY=off GOTOOLCHAIN=local GOCACHE="$(dirname "$PWD")/cache" go vet ./...
    ]],
    outputs = { folder .. "/source/**", folder .. "/cache/**" },
    env = { GOFLAGS = "-mod=mod", GOPROXY = "off", GOTOOLCHAIN = "local" },
    test = [[
      GOCACHE="$PWD/build/suites/uuid/cache" sh suites/told.sh build/suites/uuid/log '--- (PASS|FAIL|SKIP): [^ ]+' 1 \
        env --chdir=build/suites/uuid/source go test -json -count=1 ./...
    ]],
    results = gotest(folder .. "/log"),
    -- go test sums nothing up. It prints a line for each test as it ends; this suite has no subtests, whose parents
    -- would have lines too, and are no cases.
    told = function(text)
      local said = { tests = 0, passed = 0, failed = 0, skipped = 0 }
      local words = { PASS = "passed", FAIL = "failed", SKIP = "skipped" }
      for word in text:gmatch("%-%-%- (%u+)") do
        local what = words[word]
        if what then
          said[what] = said[what] + 1
          said.tests = said.tests + 1
        end
      end
      return said.tests > 0 and said
    end,
  }
end
