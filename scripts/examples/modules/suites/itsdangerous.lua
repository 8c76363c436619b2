-- itsdangerous, for Python: pytest, in a virtual environment.

local project = require "suites.project"
local folder = project.folder .. "/itsdangerous"
local file = "itsdangerous-2.2.0.tar.gz"
local archive = project.folder .. "/archives/" .. file
local sha256 = "e0050c0b7da1eea53ffaf149c0cfbb5c6e2e2b69c4bef22c81fa6eb73e5f6173"

return function()
  local test = step "test" {
    run = [[
      sh suites/told.sh build/suites/itsdangerous/log '.* in [0-9.]+s.*' 1 \
        env --chdir=build/suites/itsdangerous/source ../venv/bin/python -m pytest -q -p no:cacheprovider \
        --junitxml=../report.xml
    ]],
    env = { PYTHONDONTWRITEBYTECODE = "1" },
    timeout = "10m",
    results = junit(folder .. "/report.xml"),
  }

  return sequence "suite" {
    step "fetch" {
      env = { FILE = archive, SHA256 = sha256, VENV = project.folder .. "/pip" },
      run = [[
        set -e
        test -x "$VENV/bin/pip" || python3 -m venv "$VENV"
        "$VENV/bin/pip" --quiet download --no-deps --no-binary :all: --dest "${FILE%/*}" \
          itsdangerous==2.2.0
        printf '%s  %s\n' "$SHA256" "$FILE" | sha256sum --check --quiet
      ]],
      retry = { attempts = 3, backoff = "2s", factor = 2 },
      timeout = "5m",
      inputs = {},
      outputs = { archive },
    },
    step "build" {
      env = { ARCHIVE = archive, FOLDER = folder, PIP = project.folder .. "/pip/bin/pip" },
      run = [[
        set -e
        rm -rf "$FOLDER"
        mkdir -p "$FOLDER/source"
        tar -xf "$ARCHIVE" -C "$FOLDER/source" --strip-components=1
        python3 -m venv "$FOLDER/venv"
        "$FOLDER/venv/bin/pip" --quiet install pytest==8.3.3 freezegun==1.5.1 "./$FOLDER/source"
      ]],
      retry = { attempts = 3, backoff = "2s", factor = 2 },
      timeout = "10m",
      inputs = { archive },
      outputs = { folder .. "/source/**", folder .. "/venv/**" },
    },
    test,
    -- 2 failed, 412 passed, 1 skipped, 1 xfailed, 1 error in 1.02s
    project.agrees(test, require("suites.pytest").told),
  }
end
