---@meta
-- The workflow as a whole, and what comes from outside: parameters, environment, secrets.

---@class baton.Workflow
---@field description? string Shown to people.
---@field params? table<string, baton.Param>
---@field env? table<string, baton.Text>
---@field resources? table<string, number|string> The pool that steps take from.
---@field deadline? baton.Duration For the whole run, from its start; anew when it is resumed after its end.
---@field fail_fast? boolean The first failure stops what has not started.
---@field max_failures? integer After so many failed tests nothing new starts, and what runs is cancelled.
---@field cwd? baton.Text The folder of steps, relative to that of the file.
---@field shell? string[] What takes the commands of steps; default `{ "/bin/sh", "-c" }`.
---@field timeout? baton.Duration For one attempt of a step.
---@field grace? baton.Duration Between the polite signal and the kill.
---@field retry? integer|baton.Retry How often steps are tried again.
---@field priority? integer Of steps that say none.
---@field tags? string|string[] Of steps that say none.
---@field cache? boolean|{ key: any }
---@field executor? "local"|baton.Executor Where steps run: `"local"` (default), `container {…}`, `ssh {…}`.
---@field interrupted? "rerun"|"fail"|"ask" What a resumed run does with an attempt that was cut off.
---@field on_divergence? "fail"|"rerun" Of bodies that ask for something else than their records tell.

---The file's name, description, parameters and defaults; at most once.
---```lua
---workflow "release" {
---  description = "Builds and ships the shop",
---  params = { environment = param.enum { "dev", "prod", default = "dev" } },
---  env = { LANG = "C.UTF-8" },
---  timeout = "10m",
---}
---step "deploy" { run = { "deploy", "--to", params.environment } }
---```
---@param name string
---@return fun(fields: baton.Workflow)
function workflow(name) end

---A secret that only processes see: from the environment, from `baton secret set`, or from where `baton.json` says.
---```lua
---step "publish" { run = "deploy --quiet", env = { TOKEN = secret "API_TOKEN" } }
---```
---@param name string
---@return baton.Ref
function secret(name) end

---A ref that is not quoted when it stands in a shell string.
---```lua
---local flags = step "flags" { run = [[echo "all=-v -x" >> "$BATON_OUTPUT"]] }
---step "build" { run = "make -- " .. raw(flags.out.all) }   -- two words, not one
---```
---@param ref baton.Ref|string
---@return baton.Ref
function raw(ref) end

---Environment variables, recorded with the run; first those of `baton.json`. `env.BATON_ENV`: the environment's name.
---@type table<string, string?>
env = {}

---What `baton.json` says below `"config"` in the environment of the run; recorded with it. Unknown names are errors.
---```lua
---step "ping" { run = { "echo", config.url } }   -- baton.json: { "config": { "url": "http://localhost:8080" } }
---```
---@type table<string, any>
config = {}

---What `baton.json` says below `"flags"` in the environment of the run; recorded with it. Unknown names are errors.
---```lua
---if flags.new_checkout then step "checkout" "make checkout" end   -- baton.json: { "flags": { "new_checkout": true } }
---```
---@type table<string, boolean>
flags = {}

---The values of the workflow's parameters.
---@type table<string, any>
params = {}

---The values of a cell, in a matrix whose `step` is a table.
---@type table<string, baton.Ref>
cell = {}

---@class baton.Param

---Kinds of parameters. One without a default must be given: `-p name=value`.
param = {}

---A text; `pattern` is one of Lua that all of it must match.
---```lua
---workflow "w" { params = { value = param.string { pattern = "[%w-]+", default = "main" } } }
---step "show" { run = { "echo", params.value } }
---```
---@param fields? { default?: string, pattern?: string, description?: string }
---@return baton.Param
function param.string(fields) end

---A whole number.
---```lua
---workflow "w" { params = { value = param.integer { min = 1, max = 64, default = 4 } } }
---step "show" { run = { "echo", params.value } }
---```
---@param fields? { default?: integer, min?: integer, max?: integer, description?: string }
---@return baton.Param
function param.integer(fields) end

---A number.
---```lua
---workflow "w" { params = { value = param.number { min = 0, max = 1, default = 0.5 } } }
---step "show" { run = { "echo", params.value } }
---```
---@param fields? { default?: number, min?: number, max?: number, description?: string }
---@return baton.Param
function param.number(fields) end

---Yes or no: `-p name=true`.
---```lua
---workflow "w" { params = { value = param.boolean { default = false } } }
---step "show" { run = { "echo", tostring(params.value) } }
---```
---@param fields? { default?: boolean, description?: string }
---@return baton.Param
function param.boolean(fields) end

---`param.enum { "dev", "prod", default = "dev" }`
---```lua
---workflow "w" { params = { value = param.enum { "dev", "prod", default = "dev" } } }
---step "show" { run = { "echo", params.value } }
---```
---@param fields { [1]: string, default?: string, description?: string }
---@return baton.Param
function param.enum(fields) end

---A list: `-p name='["a","b"]'`.
---```lua
---workflow "w" { params = { value = param.list { default = { "eu", "us" } } } }
---step "show" { run = { "echo", params.value[1] } }
---```
---@param fields? { default?: any[], description?: string }
---@return baton.Param
function param.list(fields) end

---A table: `-p name='{"a":1}'`.
---```lua
---workflow "w" { params = { value = param.table { default = { eu = 2 } } } }
---step "show" { run = { "echo", params.value.eu } }
---```
---@param fields? { default?: table, description?: string }
---@return baton.Param
function param.table(fields) end
