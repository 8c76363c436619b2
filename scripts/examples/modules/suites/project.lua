-- What the suites of all projects have in common: the source is fetched and built, the suite is run, and what its
-- runner says of it must be what was counted.

local project = {}

project.folder = "build/suites"

-- The step that fetches the source of a project from Debian: `package` is its source package there, `file` the archive
-- that its authors released, `sha256` the checksum of that.
function project.fetch(options)
  return step "fetch" {
    description = "The source of " .. options.package .. ", checked",
    run = { "sh", "suites/fetch.sh", options.package, options.file, options.sha256 },
    -- Networks fail; the second and the third try wait 2 and 4 seconds.
    retry = { attempts = 3, backoff = "2s", factor = 2 },
    timeout = "5m",
    mutex = "suites-fetch",
    inputs = {},
    outputs = { project.folder .. "/archives/" .. options.file },
  }
end

-- The step that unpacks the source into `source` in the project's own folder, and runs there what `build` says.
function project.build(options)
  local folder = project.folder .. "/" .. options.name
  local archive = project.folder .. "/archives/" .. options.file
  return step "build" {
    env = { FOLDER = folder, ARCHIVE = archive },
    run = [[
      set -e
      rm -rf "$FOLDER"
      mkdir -p "$FOLDER/source"
      tar -xf "$ARCHIVE" -C "$FOLDER/source" --strip-components=1
      cd "$FOLDER"
    ]] .. (options.build or ""),
    timeout = "15m",
    inputs = { archive },
    outputs = options.outputs or { folder .. "/source/**" },
  }
end

-- The gate that compares: `told` gives, for what the runner says, a table of some of `tests`, `passed`, `failed` and
-- `skipped`; each must be what was counted of the step `test`.
function project.agrees(test, told)
  return gate "counts" {
    description = "What was counted is what the runner says",
    depends = test,
    check = function(results)
      local suite = results[test.name]
      local text = suite.out.told or ""
      local said = told(text)
      if not said or next(said) == nil then return false, "the runner's summary is not understood: " .. text end
      local differences = {}
      for what, number in pairs(said) do
        local counted = suite.metrics[what] or 0
        if counted ~= number then
          differences[#differences + 1] = ("the runner says %d %s, counted were %d"):format(number, what, counted)
        end
      end
      if #differences > 0 then return false, table.concat(differences, "; ") end
      return true, ("%d tests, %d failed, as the runner says"):format(
        suite.metrics.tests or 0, suite.metrics.failed or 0)
    end,
  }
end

-- A project of Debian, from its source to the comparison. `test` is a command for the shell that leaves a report and
-- calls suites/told.sh; `results` names the report.
function project.suite(options)
  local test = step "test" {
    env = options.env,
    run = options.test,
    timeout = "10m",
    results = options.results,
  }
  return sequence "suite" {
    project.fetch(options),
    project.build(options),
    test,
    project.agrees(test, options.told),
  }
end

-- The number that a pattern finds in a text; 0 where it finds none.
function project.number(text, pattern)
  return math.tointeger(tonumber(text:match(pattern) or 0))
end

return project
