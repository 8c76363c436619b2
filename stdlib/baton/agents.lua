-- Steps that name an agent, an action and its configuration, as test orchestrators have them. Workflows in their JSON
-- form run by it, and what `baton import` makes of them says the same in Lua:
--
--   local agents = require "baton.agents"
--   agents.environment "staging"
--   local smoke = agents.step "smoke" {
--     agent = "test_runner", action = "run_tests", config = { test_suite = "smoke", parallel = true },
--   }
--
-- What names mean stands in baton.json, below "agents": suites, channels, templates, environments. There, "modules"
-- names Lua modules that register further agents:
--
--   agents.register("deployer", { deploy = function(config, about)
--     return { run = { "deploy", "--to", config.target }, env = about.env }
--   end })
--
-- An action returns the fields of its step. `about` tells `name` (the step's), `env` (the environment's variables),
-- `environment`, and finds `suite(name)`, `channels(names)` and `template(name)`.

local checked = require "baton.options"

local _, _, settings = ...
settings = settings or {}

local agents = {}

local registered = {}
-- The environment that was chosen: its name and what it says.
local chosen, choice = nil, {}
-- The environment of the project that was chosen for the run (--env), where agents know one of that name: it wins over
-- what documents say.
local given_environment = (settings.environments or {})[settings.chosen] and settings.chosen
-- What steps give to those that depend on them: step → variables.
local given = {}
-- What is wrong with a document, told together at its end.
local problems = {}

-- Mistakes.

-- A mistake is a table, so that whoever catches it can add where it is.
local function mistake(text, key) error({ text = text, key = key }, 0) end

local function names(of)
  local all = {}
  for name in pairs(of or {}) do all[#all + 1] = name end
  table.sort(all)
  return all
end

local function unknown(what, name, known)
  local near = checked.nearest(name, known)
  local cure = near and ('did you mean "' .. near .. '"?')
    or (#known > 0 and "there are " .. table.concat(known, ", ") or "there are none")
  return ('there is no %s "%s": %s'):format(what, name, cure)
end

-- Runs `body`; what is wrong is told with the path in the document, or with the line of the caller.
local function guarded(path, who, level, body)
  local ok, result = pcall(body)
  if ok then return result end
  local text, key = result, nil
  if type(result) == "table" then text, key = result.text, result.key end
  if type(text) ~= "string" then error(text, 0) end
  if not path then error(who .. ": " .. text, level + 1) end
  -- Texts of checked options begin with a place that means nothing here.
  text = text:gsub("^[^\n]-:%d+: ", "")
  problems[#problems + 1] = path .. (key and "." .. key or "") .. ": " .. text
  return nil
end

-- Reads a configuration by rules; a mistake names its key.
local function read(who, config, rules)
  local ok, own = pcall(checked.schema(who, rules, { step = false }), config or {})
  if ok then return own end
  local first
  for line in own:gmatch "[^\n]+" do
    line = line:match(who:gsub("%p", "%%%0") .. ": (.*)$") or line
    -- A key that was misspelt is the one that is missing, too.
    if not first or line:find("there is no option", 1, true) then first = line end
  end
  local key = first:match '"([^"]*)"'
  mistake(first, "config" .. (key and (config or {})[key] ~= nil and "." .. key or ""))
end

-- What baton.json says.

local function said(kind, name)
  local own = choice[kind] and choice[kind][name]
  if own ~= nil then return own end
  return (settings[kind] or {})[name]
end

local function all_names(kind)
  local all = {}
  for _, from in ipairs { settings[kind] or {}, choice[kind] or {} } do
    for name in pairs(from) do all[name] = true end
  end
  return names(all)
end

local kinds = {
  command = command, discord = discord, email = email, jira = jira, pagerduty = pagerduty, slack = slack, teams = teams,
  webhook = webhook,
}

-- A value of baton.json: `{ "secret": "NAME" }` and `{ "env": "NAME" }` come from outside.
local function resolved(value)
  if type(value) ~= "table" then return value end
  if type(value.secret) == "string" and next(value, next(value)) == nil then return secret(value.secret) end
  if type(value.env) == "string" and next(value, next(value)) == nil then return env[value.env] or "" end
  local made = {}
  for key, inner in pairs(value) do made[key] = resolved(inner) end
  return made
end

local function channel(name)
  local found = said("channels", name)
  if not found then
    mistake(unknown("channel", name, all_names "channels") .. ' (channels stand in baton.json, below "agents")')
  end
  local fields = {}
  for key, value in pairs(found) do
    if key ~= "kind" then fields[key] = resolved(value) end
  end
  return kinds[found.kind or name](fields)
end

local function channels(list)
  local made = {}
  for i, name in ipairs(list) do made[i] = channel(name) end
  return made
end

-- `{run}`, `{workflow}`, `{status}`, `{step}`, `{reason}` and the like of an event.
local function filled(text)
  return function(event)
    return (text:gsub("{(%w+)}", function(field)
      local value = event[field]
      return value ~= nil and tostring(value) or ""
    end))
  end
end

local function template(name)
  local found = said("templates", name)
  if not found then
    mistake(unknown("template", name, all_names "templates") .. ' (templates stand in baton.json, below "agents")')
  end
  if type(found) == "string" then found = { message = found } end
  return { title = found.title and filled(found.title), message = found.message and filled(found.message) }
end

-- Declarations.

if given_environment then chosen, choice = given_environment, settings.environments[given_environment] end

-- The environment: picks the configuration of that name.
function agents.environment(name, path)
  guarded(path, "agents.environment", 2, function()
    local known = settings.environments or {}
    if not known[name] then mistake(unknown("environment", name, names(known)) .. " (they stand in baton.json)") end
    chosen = given_environment or name
    choice = known[chosen]
  end)
end

local configurable = { "channels", "environments", "modules", "reports", "suites", "templates" }

-- What baton.json says below "agents", said in Lua: its parts take the place of those there.
function agents.configure(parts)
  if type(parts) ~= "table" then error("agents.configure takes a table, not " .. checked.phrase(parts), 2) end
  local made = {}
  for name, value in pairs(settings) do made[name] = value end
  for name, value in pairs(parts) do
    local is_known = false
    for _, known in ipairs(configurable) do is_known = is_known or known == name end
    if not is_known then error("agents.configure: " .. unknown("part", tostring(name), configurable), 2) end
    if type(value) ~= "table" then
      error(('agents.configure: "%s" must be a table, not %s'):format(name, checked.phrase(value)), 2)
    end
    made[name] = value
  end
  settings = made
end

-- Adds actions to an agent, which is made where there is none: action → function(config, about) → the step's fields.
function agents.register(name, actions)
  if type(name) ~= "string" or name == "" then
    error("agents.register takes the name of an agent, not " .. checked.phrase(name), 2)
  end
  if type(actions) ~= "table" then
    error("agents.register takes a table of actions, not " .. checked.phrase(actions), 2)
  end
  local agent = registered[name] or {}
  for action, make in pairs(actions) do
    if type(action) ~= "string" or type(make) ~= "function" then
      error(('agents.register: the action "%s" of "%s" must be a function'):format(tostring(action), name), 2)
    end
    agent[action] = make
  end
  registered[name] = agent
end

local own_fields = { agent = true, action = true, config = true, path = true }

-- The project's own agents, read when the first step is declared: then they can require this module.
local function load_modules()
  local modules = settings.modules or {}
  settings.modules = nil
  for _, module in ipairs(modules) do require(module) end
end

local function fields_of(name, given_fields)
  local agent = registered[given_fields.agent]
  if not agent then mistake(unknown("agent", tostring(given_fields.agent), names(registered)), "agent") end
  local action = agent[given_fields.action]
  if not action then
    local text = unknown("action", tostring(given_fields.action), names(agent))
    mistake(text .. " (of " .. given_fields.agent .. ")", "action")
  end
  local variables = {}
  for key, value in pairs(choice.env or {}) do variables[key] = resolved(value) end
  for _, before in ipairs(checked.list(given_fields.depends)) do
    local known = given[type(before) == "string" and before or before.name]
    for key, value in pairs(known or {}) do variables[key] = value end
  end
  local about = {
    name = name, env = variables, environment = chosen, settings = choice, channels = channels, template = template,
    suite = function(suite)
      local found = said("suites", suite)
      if not found then
        local text = unknown("suite", suite, all_names "suites")
        mistake(text .. ' (suites stand in baton.json, below "agents")', "config.test_suite")
      end
      return found
    end,
  }
  local ok, made = pcall(action, given_fields.config or {}, about)
  if not ok then
    if type(made) == "table" and made.text then error(made, 0) end
    mistake(tostring(made), "config")
  end
  if type(made) ~= "table" then
    mistake(("the action returned %s, where the fields of a step are needed"):format(checked.phrase(made)), "action")
  end
  given[name] = about.gives or variables
  return made
end

-- agents.step "name" { agent = …, action = …, config = {…} }, with any field that a step may have beside them.
function agents.step(name)
  return function(fields)
    load_modules()
    local who = 'step "' .. tostring(name) .. '"'
    local made = guarded(fields.path, who, 2, function() return fields_of(name, fields) end) or { run = "true" }
    local notice = made.notice
    made.notice = nil
    for key, value in pairs(fields) do
      if not own_fields[key] then made[key] = value end
    end
    local handle = step(name)(made)
    if notice then
      notice.on = function(event) return event.kind == "step.succeeded" and event.step == name end
      notify(name)(notice)
    end
    return handle
  end
end

-- The fields of a notification: `channels` are names, `template` too.
function agents.notice(fields)
  return guarded(fields.path, "agents.notice", 2, function()
    local own = read("agents.notice", {
      channels = fields.channels, template = fields.template, on = fields.on, message = fields.message,
    }, { channels = { "strings", required = true }, template = { "string" }, on = { "any" }, message = { "string" } })
    local made = own.template and template(own.template) or {}
    if own.message then made.message = filled(own.message) end
    made.on, made.to = own.on, channels(own.channels)
    return made
  end) or { on = "failed", to = command "true" }
end

-- Tells what was wrong with a document's steps, all of it at once.
function agents.finish()
  if #problems > 0 then error(table.concat(problems, "\n"), 0) end
end

-- The agents that ship with Baton.

local runners = {
  ctest = function(workers) return { "-j", workers } end,
  gotest = function(workers) return { "-parallel", workers } end,
  jest = function(workers) return { "--maxWorkers=" .. workers } end,
  pytest = function(workers) return { "-n", workers } end,
  swifttest = function(workers) return { "--parallel", "--num-workers", workers } end,
}

local function with_browser(about, own)
  local variables = about.env
  if own.browser then variables.BROWSER = own.browser end
  if own.headless ~= nil then variables.HEADLESS = tostring(own.headless) end
  return variables
end

local formats = {
  cobertura = cobertura, contexts = contexts, gotest = gotest, junit = junit, lcov = lcov, llvmcov = llvmcov,
  metrics = metrics, sarif = sarif, swifttest = swifttest, tap = tap,
}

local function sources(results)
  local made = {}
  for _, format in ipairs(names(results)) do
    made[#made + 1] = formats[format](results[format])
  end
  return made
end

-- A command of baton.json: a string for the shell, or a list of them, one after the other.
local function script(commands)
  if type(commands) ~= "table" then return commands end
  return "set -e\n" .. table.concat(commands, "\n")
end

agents.register("test_runner", {
  -- Runs the environment's `setup`, and gives its variables to what depends on it.
  setup_environment = function(config, about)
    local own = read("setup_environment", config, { browser = { "string" }, headless = { "boolean" } })
    return { env = with_browser(about, own), run = script(about.settings.setup or "true") }
  end,

  -- Runs the environment's `teardown`, however the steps before have ended.
  cleanup_environment = function(config, about)
    read("cleanup_environment", config, {})
    return { env = about.env, run = script(about.settings.teardown or "true"), when = "finished" }
  end,

  run_tests = function(config, about)
    local own = read("run_tests", config, {
      test_suite = { "string", required = true }, parallel = { "boolean" },
      max_workers = { "integer", min = 1, max = 1000 }, browser = { "string" }, headless = { "boolean" },
      timeout = { "duration" }, args = { "strings" },
    })
    local suite, options = about.suite(own.test_suite), {}
    local variables = with_browser(about, own)
    for key, value in pairs(suite) do options[key] = resolved(value) end
    for key, value in pairs(options.env or {}) do variables[key] = value end
    local runner = options.runner
    options.runner, options.env, options.timeout = nil, variables, own.timeout or options.timeout
    local workers = own.parallel and (own.max_workers or 4) or nil
    if runner == "command" then
      if workers then variables.WORKERS = tostring(workers) end
      local run = options.run
      if own.args then
        run = type(run) == "table" and checked.list(run, own.args)
          or run .. " " .. require("baton.shell").join(own.args)
      end
      options.run, options.results = run, options.results and sources(options.results)
      return options
    end
    local args = checked.list(options.args, workers and runners[runner](tostring(workers)), own.args)
    options.args = #args > 0 and args or nil
    options.report = options.report or "reports/" .. about.name .. (runner == "gotest" and ".json" or ".xml")
    if options.results then options.results = sources(options.results) end
    return require("baton." .. runner)(options)
  end,
})

local endings = { html = "html", markdown = "md", json = "json", junit = "xml", pdf = "pdf" }
local report_actions = {}

for name, ending in pairs(endings) do
  report_actions["generate_" .. name .. "_report"] = function(config, about)
    local own = read("generate_" .. name .. "_report", config, {
      include_screenshots = { "boolean" }, include_videos = { "boolean" }, output = { "string" },
    })
    local output = own.output or ("reports/" .. about.name .. "." .. ending)
    local keep = { output }
    local reports = settings.reports or {}
    if own.include_screenshots then keep = checked.list(keep, reports.screenshots or "reports/**/*.png") end
    if own.include_videos then keep = checked.list(keep, reports.videos or "reports/**/*.{webm,mp4}") end
    return {
      env = about.env,
      -- Of this run, by the program that drives it, which is the parent of the shell.
      run = {
        "/bin/sh", "-c",
        [[mkdir -p "$(dirname "$1")" && exec "/proc/$PPID/exe" report "$BATON_RUN" --format "$2" -o "$1"]],
        "report", output, name == "markdown" and "md" or name,
      },
      artifacts = keep,
    }
  end
end

agents.register("report_generator", report_actions)

local function collect(who)
  return function(config, about)
    local own = read(who, config, { paths = { "strings", required = true } })
    return { env = about.env, run = "true", artifacts = own.paths }
  end
end

agents.register("collector", {
  collect_artifacts = collect "collect_artifacts",
  collect_logs = collect "collect_logs",

  -- Reads results that other programs have written: format → files.
  collect_results = function(config, about)
    local rules = {}
    for format in pairs(formats) do rules[format] = { "strings" } end
    local own = read("collect_results", config, rules)
    if next(own) == nil then mistake("it names no results, such as junit", "config") end
    return { env = about.env, run = "true", results = sources(own) }
  end,
})

agents.register("notifier", {
  send_notification = function(config, about)
    local own = read("send_notification", config, {
      channels = { "strings", required = true }, template = { "string" }, title = { "string" }, message = { "string" },
    })
    local notice = {}
    if own.template then
      local ok, found = pcall(about.template, own.template)
      if not ok then mistake(type(found) == "table" and found.text or found, "config.template") end
      notice = found
    end
    if own.title then notice.title = filled(own.title) end
    if own.message then notice.message = filled(own.message) end
    local ok, to = pcall(about.channels, own.channels)
    if not ok then mistake(type(to) == "table" and to.text or to, "config.channels") end
    notice.to = to
    return { env = about.env, run = "true", notice = notice }
  end,
})

return agents
