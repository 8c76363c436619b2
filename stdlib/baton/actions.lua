-- What workflows need that come from GitHub Actions: their shells, files and expressions. `baton import` writes scripts
-- that use it.
--
--   local actions = require "baton.actions"
--   local github = actions.context { workflow = "CI", event_name = "push" }
--   workflow "CI" { env = actions.env(github, { CC = "gcc" }) }
--   sequence "build" { shell = actions.bash, step "build.compile" "make && echo \"dir=out\" >> \"$GITHUB_OUTPUT\"" }
--
-- A step's text runs as on GitHub: in its shell, with GITHUB_OUTPUT (what it writes there are the step's values),
-- GITHUB_ENV and GITHUB_PATH (for the later steps of its job), GITHUB_STEP_SUMMARY, RUNNER_TEMP, and ${{ github.… }},
-- ${{ runner.… }} and ${{ env.… }} filled in when it starts. A job's own files lie in the run's folder below actions/,
-- so a resumed run goes on with them. The job of a step is what stands before the last "." or "/" of its name.

local json = require "baton.json"

local actions = {}

for _, part in ipairs { "shells", "expressions", "jobs", "counterparts" } do
  for name, value in pairs(require("baton.actions." .. part)) do actions[name] = value end
end

local defaults = {
  actor = "USER", repository = false, ref = false, ref_name = false, ref_type = false, event_name = false,
  workflow = false, server_url = false, api_url = false, head_ref = false, base_ref = false, repository_owner = false,
}

-- The context `github`: what is told here, or the environment variable GITHUB_…, which wins.
function actions.context(told)
  local github = {
    event_name = "push", ref = "refs/heads/main", ref_type = "branch", repository = "local/project", head_ref = "",
    base_ref = "", server_url = "https://github.com", api_url = "https://api.github.com", event = json.object {},
    actor = env.USER or "baton", workflow = "",
  }
  for name, value in pairs(told or {}) do github[name] = value end
  for name in pairs(defaults) do github[name] = env["GITHUB_" .. name:upper()] or github[name] end
  github.ref_name = github.ref_name or github.ref:gsub("^refs/%a+/", "")
  github.repository_owner = github.repository_owner or github.repository:match "^[^/]*"
  return github
end

-- The workflow's environment: the variables GITHUB_… of the context, and `more`. With `workspace = "job"` in the
-- context, each job has a folder of its own.
function actions.env(github, more)
  local all = { BATON_WORKSPACE = github.workspace }
  for name in pairs(defaults) do all["GITHUB_" .. name:upper()] = github[name] end
  for name, value in pairs(more or {}) do all[name] = value end
  return all
end

-- The fields of a step, with others added; what stands in `env` is added to its own.
function actions.with(step, more)
  for name, value in pairs(more) do
    if name == "env" then
      for variable, text in pairs(value) do step.env[variable] = step.env[variable] or text end
    else
      step[name] = value
    end
  end
  return step
end

return actions
