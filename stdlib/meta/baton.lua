---@meta
-- The language of Baton, for editors that use the Lua language server. Written by `baton init`.

---A duration: `"250ms"`, `"90s"`, `"1h30m"`, or a number of seconds.
---@alias baton.Duration string|number

---A size: `"512M"`, `"4G"` (powers of 1024), or a number of bytes.
---@alias baton.Size string|number

---A value that a step emits, known once the step has succeeded. Can be joined with `..`, indexed further and mapped.
---@class baton.Ref
---@field [string] baton.Ref
---@field [integer] baton.Ref
---@field map fun(self: baton.Ref, transform: fun(value: any): any): baton.Ref Called once it is known.
---@operator concat(string|number|baton.Ref): baton.Ref

---A string that may be made of refs and secrets.
---@alias baton.Text string|number|boolean|baton.Ref

---What a declaration returns. It can be used wherever a name can.
---@class baton.Handle
---@field name string The full name.
---@field out baton.Ref What the step emits: `build.out.version`.

---@alias baton.Dependency baton.Handle|string|baton.Ref|(baton.Handle|string|baton.Ref)[]

---A string for the shell, a list for a program without a shell, or a function that returns one of them.
---@alias baton.Command baton.Text|baton.Text[]|fun(deps: table<string, baton.Dependent>): string|string[]

---What a function is told about a step that it depends on.
---@class baton.Dependent
---@field status string
---@field out table<string, any>

---@class baton.Retry
---@field attempts integer How many attempts at most, the first included.
---@field backoff? baton.Duration The wait before the second attempt.
---@field factor? number Each wait is the one before times this. Default 2.
---@field max? baton.Duration No wait is longer. Default `"1h"`.
---@field jitter? number Each wait is varied by up to this part of itself; 0 to 1.
---@field when? (integer|string)[]|integer|string|fun(attempt: table): boolean Exit codes, signals, `"timeout"`.

---An alternative: what it says replaces what the step says.
---@class baton.Alternative
---@field run? baton.Command
---@field env? table<string, baton.Text>
---@field cwd? baton.Text
---@field shell? string[]
---@field stdin? baton.Text
---@field timeout? baton.Duration
---@field grace? baton.Duration
---@field retry? integer|baton.Retry
---@field executor? "local"

---Fields that groups give to their members.
---@class baton.Inherited
---@field env? table<string, baton.Text> Added to what is inherited.
---@field cwd? baton.Text Relative to the folder of the file.
---@field shell? string[] Default `{ "/bin/sh", "-c" }`.
---@field stdin? baton.Text
---@field timeout? baton.Duration For one attempt.
---@field deadline? baton.Duration For the step, retries and waits included.
---@field grace? baton.Duration Between the polite signal and the kill. Default `"10s"`.
---@field retry? integer|baton.Retry How often to try again (`2`: at most three attempts).
---@field failover? baton.Alternative[] Tried in order when the retries are used up.
---@field allow_failure? boolean A failure does not fail the run, nor stop dependents.
---@field priority? integer Order among ready steps; the higher first.
---@field tags? string|string[] For selection.
---@field resources? table<string, number|string> Out of the pool. Default `{ cpu = 1 }`.
---@field mutex? string Steps that share it never run together, across runs too.
---@field inputs? baton.Text|baton.Text[] Globs: with outputs, the step is skipped when nothing changed.
---@field outputs? baton.Text|baton.Text[] Globs.
---@field cache? boolean|{ key: any }
---@field artifacts? baton.Text|baton.Text[] Files to keep with the run.
---@field executor? "local"
---@field undo? baton.Command How to compensate the step.
---@field interrupted? "rerun"|"fail"|"ask" What a resumed run does with an attempt that was cut off.

---@class baton.Common: baton.Inherited
---@field depends? baton.Dependency
---@field when? "succeeded"|"failed"|"finished"|fun(deps: table<string, baton.Dependent>): boolean, string?
---@field description? string Shown to people.

---@class baton.Step: baton.Common
---@field run baton.Command

---@class baton.Group: baton.Common
---@field max? integer How many members at once.
---@field fail_fast? boolean The first failure cancels the others.
---@field [integer] baton.Handle|string|(baton.Handle|string)[]

---@class baton.Matrix: baton.Common
---@field max? integer How many cells at once.
---@field fail_fast? boolean
---@field axes? table<string, any[]|baton.Ref>
---@field include? table<string, any>[] As GitHub Actions has it.
---@field exclude? table<string, any>[] As GitHub Actions has it.
---@field order? string[] Axes in the order in which names show them.
---@field step baton.Step|fun(cell: table<string, any>): baton.Step|baton.Handle|string

---@class baton.Gate
---@field depends? baton.Dependency
---@field require? table<string, string|number|table> Metric → comparison, such as `pass_rate = ">= 0.98"`.
---@field check? fun(results: table<string, baton.Dependent>): boolean, string?
---@field otherwise? "halt"|"branch"|"warn"
---@field when? "succeeded"|"failed"|"finished"|fun(deps: table<string, baton.Dependent>): boolean, string?
---@field description? string

---@alias baton.Moment "started"|"succeeded"|"failed"|"halted"|"waiting"|"recovered"|"retrying"|"finished"

---@class baton.Channel

---@class baton.Notify
---@field on baton.Moment|baton.Moment[]|fun(event: table): boolean
---@field to baton.Channel|baton.Channel[]
---@field message? baton.Text|fun(event: table): string

---@class baton.Workflow
---@field description? string
---@field params? table<string, baton.Param>
---@field env? table<string, baton.Text>
---@field resources? table<string, number|string> The pool that steps take from.
---@field deadline? baton.Duration For the whole run.
---@field fail_fast? boolean The first failure stops what has not started.
---@field cwd? baton.Text
---@field shell? string[]
---@field timeout? baton.Duration
---@field grace? baton.Duration
---@field retry? integer|baton.Retry
---@field priority? integer
---@field tags? string|string[]
---@field cache? boolean|{ key: any }
---@field executor? "local"
---@field interrupted? "rerun"|"fail"|"ask"

---The file's name, description, parameters and defaults; at most once.
---@param name string
---@return fun(fields: baton.Workflow)
function workflow(name) end

---One unit of work: `step "name" { run = "…" }` or `step "name" "command"`.
---@param name string|integer
---@return fun(fields: baton.Step|string|baton.Ref): baton.Handle
---@overload fun(name: string|integer, fields: baton.Step|string|baton.Ref): baton.Handle
function step(name) end

---Further dependencies of a step declared anywhere in the file.
---@param step string|baton.Handle
---@return fun(dependencies: baton.Dependency): baton.Handle
---@overload fun(step: string|baton.Handle, dependencies: baton.Dependency): baton.Handle
function depends(step) end

---A group whose members run side by side.
---@param name string
---@return fun(members: baton.Group): baton.Handle
function parallel(name) end

---A group whose members run one after the other; an inner plain list runs side by side.
---@param name string
---@return fun(members: baton.Group): baton.Handle
function sequence(name) end

---One step for each cell of a product of axes.
---@param name string
---@return fun(fields: baton.Matrix): baton.Handle
function matrix(name) end

---A condition that the run must pass.
---@param name string
---@return fun(fields: baton.Gate): baton.Handle
function gate(name) end

---A message sent at given moments; it can never fail the run.
---@param name string
---@return fun(fields: baton.Notify)
function notify(name) end

---@class baton.Webhook
---@field url baton.Text
---@field method? string Default `"POST"`.
---@field headers? table<string, baton.Text>
---@field body? any Takes the place of the event.

---POSTs JSON to a URL.
---@param settings string|baton.Ref|baton.Webhook
---@return baton.Channel
function webhook(settings) end

---Runs a command with the event on its standard input.
---@param settings string|baton.Ref|{ run: baton.Text|baton.Text[] }
---@return baton.Channel
function command(settings) end

---A secret: an environment variable that only processes see.
---@param name string
---@return baton.Ref
function secret(name) end

---A ref that is not quoted when it stands in a shell string.
---@param ref baton.Ref|string
---@return baton.Ref
function raw(ref) end

---Nothing that has not started starts; the run ends halted. In `check`, `when`, `run` and `map` functions.
---@param reason? string
function halt(reason) end

---The step fails. In `check`, `when`, `run` and `map` functions.
---@param reason? string
function fail(reason) end

---Environment variables, recorded with the run.
---@type table<string, string?>
env = {}

---The values of the workflow's parameters.
---@type table<string, any>
params = {}

---The values of a cell, in a matrix whose `step` is a table.
---@type table<string, baton.Ref>
cell = {}

---@class baton.Param

---Kinds of parameters. One without a default must be given: `-p name=value`.
param = {}

---@param fields? { default?: string, pattern?: string, description?: string }
---@return baton.Param
function param.string(fields) end

---@param fields? { default?: integer, min?: integer, max?: integer, description?: string }
---@return baton.Param
function param.integer(fields) end

---@param fields? { default?: number, min?: number, max?: number, description?: string }
---@return baton.Param
function param.number(fields) end

---@param fields? { default?: boolean, description?: string }
---@return baton.Param
function param.boolean(fields) end

---`param.enum { "dev", "prod", default = "dev" }`
---@param fields { [integer]: string, default?: string, description?: string }
---@return baton.Param
function param.enum(fields) end

---@param fields? { default?: any[], description?: string }
---@return baton.Param
function param.list(fields) end

---@param fields? { default?: table, description?: string }
---@return baton.Param
function param.table(fields) end
