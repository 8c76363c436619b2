---@meta baton.options
-- Option tables of modules: what they may say, checked, with errors that blame whoever called the module.

local options = {}

---@alias baton.options.Kind
---| "any"
---| "boolean"
---| "choice" With `of`.
---| "command" A string, a list or a function.
---| "duration"
---| "function"
---| "integer" With `min` and `max`.
---| "number" With `min` and `max`.
---| "string"
---| "strings" One or a list of them.
---| "table"
---| "text" A string, a number or a ref.
---| "texts" One or a list of them.
---| "values" A table with names.

---@class baton.options.Rule
---@field [1] baton.options.Kind|fun(value: any): boolean A function needs `expected`.
---@field required? boolean
---@field default? any
---@field expected? string What it must be, in words.
---@field of? string[]
---@field above? number Of a duration: it must be longer than so many seconds.
---@field filled? boolean Of a text, or a list of them: none is empty.
---@field min? number
---@field max? number

---@class baton.options.Settings
---@field step? boolean `false`: the fields of a step are unknown.
---@field fields? string[] What may stand beside the options in place of the fields of a step: `options.service_fields`.
---@field taken? table<string, string> Fields of the step that the module fills in → a sentence that says so.
---@field main? string The option that a bare value stands for.

---Names of the fields of a step, without `run`.
---@type string[]
options.step_fields = {}

---Names of the fields of a service, without `run` and `ports`.
---@type string[]
options.service_fields = {}

---A function that reads option tables: it gives the options with their defaults, and apart from them the fields of a
---step that stood beside them. `level`: 1, the standard, blames whoever called the function that calls it.
---@param who string As messages name the function.
---@param rules table<string, baton.options.Rule>
---@param settings? baton.options.Settings
---@return fun(given: any, level?: integer): table<string, any>, baton.Step
function options.schema(who, rules, settings) end

---Whether it is a value that is known later: a ref, a secret, or a text that has one in it.
---@param value any
---@return boolean
function options.is_ref(value) end

---Whether it may stand where a word is wanted: a string, a number, or a value that is known later.
---@param value any
---@return boolean
function options.is_text(value) end

---A value in a few words, for messages.
---@param value any
---@return string
function options.phrase(value) end

---Seconds of a duration; nil where it is none.
---@param value any
---@return number?
function options.seconds(value) end

---The known name that is nearest to another; nil where none is near.
---@param name string
---@param known string[]
---@return string?
function options.nearest(name, known) end

---One list out of values and lists of them, which may stand in one another; nil is nothing.
---@param ... any
---@return any[]
function options.list(...) end

---The results of a step: the sources of a module, and what the script says besides.
---@param own any One or a list.
---@param more? any
---@return any[]
function options.results(own, more) end

return options
