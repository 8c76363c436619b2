-- Runs the test suites of three well-known Python libraries as their authors ship them: fetches the source
-- distributions, makes a virtual environment for each, runs pytest in all of them side by side, counts every test case,
-- compares the counts with what pytest says at its end, and lets pass what is good enough.
--
--   baton run pytest.lua                      everything; the second run finds downloads and environments in the cache
--   baton run pytest.lua -p pass_rate=1.0     demands more
--   baton resume                              after a broken connection, a failed suite, or a kill

local project = require "suites.project"
local told = require("suites.pytest").told

workflow "pytest" {
  description = "The test suites of click, itsdangerous and jinja2",
  params = {
    pass_rate = param.number {
      default = 0.98, min = 0, max = 1, description = "Passed of all tests that were not skipped",
    },
  },
  env = { PIP_DISABLE_PIP_VERSION_CHECK = "1", PIP_ROOT_USER_ACTION = "ignore", PYTHONDONTWRITEBYTECODE = "1" },
}

-- What each suite needs beside the library itself.
local pytest = "pytest==8.3.3"
local libraries = {
  click        = { version = "8.1.7", needs = { pytest } },
  itsdangerous = { version = "2.2.0", needs = { pytest, "freezegun==1.5.1" } },
  jinja2       = { version = "3.1.2", needs = { pytest, "markupsafe==2.1.5" } },
}
local names = {}
for name in pairs(libraries) do names[#names + 1] = name end

-- One pip for all environments, which then need none of their own.
local tools = step "tools" {
  description = "A virtual environment with pip",
  run = "test -x build/pytest/tools/bin/pip || python3 -m venv build/pytest/tools",
}

local suites = matrix "suites" {
  depends = tools,
  axes = { library = names },
  step = function(cell)
    local name = cell.library
    local library = libraries[name]
    local sdist = "build/pytest/sdist/" .. name
    local source = "build/pytest/source/" .. name
    local venv = "build/pytest/venv/" .. name
    local report = "build/pytest/report/" .. name

    local test = step "test" {
      env = { SOURCE = source, VENV = venv, REPORT = report },
      -- 1 means that tests failed: that is for the gate to judge. Anything else is a broken suite.
      run = [[
        sh suites/told.sh "$REPORT.log" '.* in [0-9.]+s.*' 1 \
          env --chdir="$SOURCE" "$PWD/$VENV/bin/python" -m pytest -q -p no:cacheprovider --junitxml="$PWD/$REPORT.xml"
      ]],
      timeout = "10m",
      results = junit(report .. ".xml"),
      artifacts = { report .. ".xml" },
    }

    return sequence "suite" {
      step "fetch" {
        run = {
          "build/pytest/tools/bin/pip", "--quiet", "download", "--no-deps", "--no-binary", name,
          "--dest", sdist, name .. "==" .. library.version,
        },
        -- Networks fail; the second and the third try wait 2 and 4 seconds.
        retry = { attempts = 3, backoff = "2s", factor = 2 },
        timeout = "5m",
        inputs = {},
        outputs = { sdist .. "/*.tar.gz" },
      },
      step "install" {
        env = { SDIST = sdist, SOURCE = source, VENV = venv, NEEDS = table.concat(library.needs, " ") },
        run = [[
          set -e
          rm -rf "$SOURCE" "$VENV"
          mkdir -p "$SOURCE"
          tar -xzf "$SDIST"/*.tar.gz -C "$SOURCE" --strip-components=1
          python3 -m venv --without-pip "$VENV"
          build/pytest/tools/bin/pip --quiet --python "$VENV/bin/python" install $NEEDS "./$SOURCE"
        ]],
        retry = { attempts = 3, backoff = "2s", factor = 2 },
        timeout = "10m",
        inputs = { sdist .. "/*.tar.gz" },
        outputs = { source .. "/**", venv .. "/**" },
      },
      test,
      project.agrees(test, told),
    }
  end,
}

local quality = gate "quality" {
  depends = suites,
  require = { tests = ">= 1000", pass_rate = ">= " .. params.pass_rate },
}

step "summary" {
  depends = quality,
  run = [[
    for log in build/pytest/report/*.log; do
      printf '%-14s%s\n' "$(basename "$log" .log)" "$(tail -n 1 "$log")"
    done | tee build/pytest/summary.txt
  ]],
}

notify "report" {
  on = { "succeeded", "failed", "halted" },
  to = command { run = [[printf '%s\n' "$BATON_NOTIFY_TEXT" >> build/pytest/notified.txt]] },
}
