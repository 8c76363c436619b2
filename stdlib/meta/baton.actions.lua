---@meta baton.actions
-- What workflows need that come from GitHub Actions: their shells, files and expressions.

local actions = {}

---@class baton.actions.Shell
---@field shell? string `bash`, `sh`, `python`, `pwsh`, or a command line with `{0}` for the script's file.
---@field cwd? string A folder below the job's.
---@field values? string[] Names of values that the steps have in any case.

---The `shell` of steps.
---@param options string|baton.actions.Shell
---@return string[]
function actions.shell(options) end

---GitHub's standard: `bash -e`.
---@type string[]
actions.standard = {}
---`bash -eo pipefail`, without files of the user's.
---@type string[]
actions.bash = {}

---`sh -e`.
---@type string[]
actions.sh = {}

---Python.
---@type string[]
actions.python = {}

---PowerShell, where it is installed.
---@type string[]
actions.pwsh = {}

---The context `github`; environment variables GITHUB_… win.
---@param told? table<string, any>
---@return table<string, any>
function actions.context(told) end

---The workflow's environment, with the variables GITHUB_….
---@param github table<string, any>
---@param more? table<string, baton.Text>
---@return table<string, baton.Text>
function actions.env(github, more) end

---The environment of a step, which stands over what the steps before it wrote to GITHUB_ENV. `["secrets.NAME"]` is no
---variable, but the value of `${{ secrets.NAME }}` in the step's text.
---@param variables table<string, baton.Text>
---@return table<string, baton.Text>
function actions.own(variables) end

---What a condition is told.
---@class baton.actions.Job
---@field success fun(): boolean
---@field failure fun(): boolean
---@field cancelled fun(): boolean
---@field always fun(): boolean
---@field status fun(): string
---@field out fun(step: string, value: string): any
---@field outcome fun(step: string): string
---@field conclusion fun(step: string): string
---@field result fun(job: string): string

---@class baton.actions.Settings
---@field tolerated? string[] Steps whose failure stops nothing.
---@field jobs? string[] Other jobs that a step waits for: only `out` and `result` look at them.
---@field needs? string[] What a job needs: at what else it waits for, only `failure` looks.

---@class baton.actions.WhenSettings : baton.actions.Settings
---@field runner? string|string[] What it is to run on: all that is not Linux is skipped.

---For `when`.
---@param condition? fun(job: baton.actions.Job): boolean Default: what came before succeeded.
---@param settings? baton.actions.WhenSettings
---@return fun(deps: table<string, baton.Dependent>): boolean, string?
function actions.when(condition, settings) end

---For `run`: a text that is made when the step's turn has come.
---@param make fun(job: baton.actions.Job): string
---@param settings? baton.actions.Settings
---@return fun(deps: table<string, baton.Dependent>): string
function actions.run(make, settings) end

---Makes every member of a sequence wait for all before it.
---@param members baton.Group
---@return baton.Group
function actions.chain(members) end

---`actions/checkout`: the job's own copy of the project.
---@param path? baton.Text
---@return baton.Step
function actions.checkout(path) end

---`actions/checkout` where the job works in the project's own folder: only its values.
---@return baton.Step
function actions.revision() end

---`actions/setup-…`: checks that a tool is there.
---@param tool "go"|"java"|"node"|"python"|"ruby"|"rust"
---@param version? any
---@return baton.Step
function actions.setup(tool, version) end

---`actions/upload-artifact`.
---@param name baton.Text
---@param paths baton.Text
---@param missing? "warn"|"error"|"ignore"
---@param hidden? boolean Whether files and folders count whose names begin with a dot.
---@return baton.Step
function actions.upload(name, paths, missing, hidden) end

---`actions/download-artifact`.
---@param name? baton.Text
---@param path? baton.Text
---@param merged? boolean Without a name: all artifacts in one folder.
---@return baton.Step
function actions.download(name, path, merged) end

---A step that only has values.
---@param values table<string, string>
---@return baton.Step
function actions.values(values) end

---A step that does nothing.
---@return baton.Step
function actions.nothing() end

---A step that fails and says why.
---@param what string
---@param why string
---@return baton.Step
function actions.unsupported(what, why) end

---The fields of a step, with others added.
---@param step baton.Step
---@param more table
---@return baton.Step
function actions.with(step, more) end

---The text of a value as one word of a shell.
---@param text any
---@return string
function actions.quote(text) end

---Whether a value counts as true: neither nil, `false`, `""`, 0 nor no number.
---@param value any
---@return boolean
function actions.truthy(value) end

---`left && right`.
---@param left any
---@param right any
---@return any
function actions.both(left, right) end

---`left || right`.
---@param left any
---@param right any
---@return any
function actions.either(left, right) end

---A value as GitHub writes it into a text.
---@param value any
---@return string
function actions.text(value) end

---A value as a called workflow is given it: a number or a boolean, else a text.
---@param value any
---@return string|number|boolean
function actions.given(value) end

---`left == right`: texts without regard to case, other kinds as numbers.
---@param left any
---@param right any
---@return boolean
function actions.same(left, right) end

---`left < right`.
---@param left any
---@param right any
---@return boolean
function actions.less(left, right) end

---`left <= right`.
---@param left any
---@param right any
---@return boolean
function actions.at_most(left, right) end

---`contains(where, what)`: in a list, or in a text.
---@param where any
---@param what any
---@return boolean
function actions.contains(where, what) end

---`startsWith(text, start)`.
---@param text any
---@param start any
---@return boolean
function actions.starts_with(text, start) end

---`endsWith(text, ending)`.
---@param text any
---@param ending any
---@return boolean
function actions.ends_with(text, ending) end

---`format(form, …)`: `{0}` is the first value behind the form.
---@param form string
---@param ... any
---@return string
function actions.format(form, ...) end

---`join(list, separator)`.
---@param list any
---@param separator? string Default `","`.
---@return string
function actions.join(list, separator) end

---`toJSON(value)`.
---@param value any
---@return string
function actions.to_json(value) end

---`fromJSON(text)`.
---@param text string
---@return any
function actions.from_json(text) end

---What stands below keys, one after the other; nil where one is missing.
---@param value any
---@param ... string|integer Of lists, counted from 0.
---@return any
function actions.at(value, ...) end

---What stands below a key in every item of a list, or value of a map, that has one; without a key: the items.
---@param values any
---@param key? string
---@return any[]
function actions.each(values, key) end

---Whether what a job runs on can be this machine: anything but Windows and macOS.
---@param label string|string[]
---@return boolean
function actions.is_linux(label) end

return actions
