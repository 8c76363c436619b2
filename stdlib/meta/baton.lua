---@meta
-- The language of Baton, for editors that use the Lua language server. Written by `baton init`.

---A duration: `"250ms"`, `"90s"`, `"1h30m"`, or a number of seconds.
---@alias baton.Duration string|number

---A size: `"512M"`, `"4G"` (powers of 1024), or a number of bytes.
---@alias baton.Size string|number

---A value that a step emits, known once the step has succeeded, or failed where it may
---(`allow_failure`). Can be joined with `..`, indexed further and mapped.
---@class baton.Ref: baton.Value
---@field [string] baton.Ref
---@field [integer] baton.Ref
---@operator concat(string|number|baton.Ref): baton.Ref

---What refs and secrets have in common.
---@class baton.Value: userdata
local ref = {}

---A ref to what a function makes of the value, once it is known.
---```lua
---local list = step "list" { run = [[echo '{"files":["a.txt","b.txt"]}' >> "$BATON_OUTPUT"]] }
---step "count" { run = { "echo", list.out.files:map(function(files) return #files end) } }
---```
---@param transform fun(value: any): any
---@return baton.Ref
function ref:map(transform) end

---A string that may be made of refs and secrets.
---@alias baton.Text string|number|boolean|baton.Ref

---What a declaration returns. It can be used wherever a name can.
---@class baton.Handle: userdata
---@field name string The full name.
---@field out baton.Ref What the step emits: `build.out.version`.

---A member of a group: a step, a group, or a list of them that runs side by side.
---@alias baton.Member baton.Handle|string|(baton.Handle|string)[]

---What a step waits for: a handle, a name, a ref, or a list of them.
---@alias baton.Dependency baton.Handle|string|baton.Ref|(baton.Handle|string|baton.Ref)[]

---A string for the shell, a list for a program without a shell, or a function that returns one of them.
---@alias baton.Command baton.Text|baton.Text[]|baton.CommandFunction

---@alias baton.CommandFunction fun(deps: table<string, baton.Dependent>): string|(string|number|boolean)[]

---A durable body: what it returns is what the step emits.
---@alias baton.Body fun(ctx: baton.Ctx): table<string, any>?

---What a function is told about a step that it depends on.
---@class baton.Dependent
---@field status string `"succeeded"`, `"failed"`, `"skipped"` and so on.
---@field reason? string Why it failed or was skipped.
---@field out table<string, any> What it emitted; where it failed: in its last attempt.
---@field attempts integer
---@field metrics table<string, number> What it reported.
---@field steps table<string, baton.Dependent> Of a group, in place of the three before: its members.

---What a gate's `check` is told: what the gate depends on, by name, and what all of that measured.
---@class baton.Results
---@field metrics table<string, number> Also `pass_rate`, `flaky_rate` and `duration`, in seconds.
---@field [string] baton.Dependent

---@class baton.Retry
---@field attempts integer How many attempts at most, the first included.
---@field backoff? baton.Duration The wait before the second attempt.
---@field factor? number Each wait is the one before times this. Default 2.
---@field max? baton.Duration No wait is longer. Default `"1h"`.
---@field jitter? number Each wait is varied by up to this part of itself; 0 to 1.
---@field when? (integer|string)[]|integer|string|fun(attempt: table): boolean Exit codes, signals, `"timeout"`.
---@field tests? "all"|"failed" `"failed"`: the next attempt runs what failed, named in `$BATON_FAILED_TESTS`.
---@field run? baton.Command What runs then instead of the step's own command.
---@field select? fun(cases: baton.FailedCase[]): string[]?, string? Words that select them, added to the command.

---An alternative: what it says replaces what the step says.
---@class baton.Alternative
---@field run? baton.Command
---@field env? table<string, baton.Text> Added to that of the step.
---@field cwd? baton.Text Another folder.
---@field shell? string[] Another shell.
---@field stdin? baton.Text What it reads.
---@field timeout? baton.Duration For one attempt.
---@field grace? baton.Duration Between the polite signal and the kill.
---@field retry? integer|baton.Retry How often it is tried again.
---@field executor? "local"|baton.Executor Where it runs: `"local"` (default), `container {…}`, `ssh {…}`, `pod {…}`.

---Fields that groups give to their members.
---@class baton.Inherited
---@field env? table<string, baton.Text> Added to what is inherited.
---@field cwd? baton.Text Relative to the folder of the file.
---@field shell? string[] Default `{ "/bin/sh", "-c" }`.
---@field stdin? baton.Text What it reads; default: nothing.
---@field tests? string[]|baton.Ref What it is to run: one a line in the file `$BATON_TESTS`, and checked.
---@field timeout? baton.Duration For one attempt.
---@field deadline? baton.Duration For the step, retries and waits included.
---@field grace? baton.Duration Between the polite signal and the kill. Default `"10s"`.
---@field retry? integer|baton.Retry How often to try again (`2`: at most three attempts).
---@field failover? baton.Alternative[] Tried in order when the retries are used up.
---@field allow_failure? boolean A failure does not fail the run, nor stop dependents.
---@field priority? integer Order among ready steps; the higher first.
---@field tags? string|string[] For selection; at equal priority, `critical` and then `smoke` go first.
---@field resources? table<string, number|string> Out of the pool. Default `{ cpu = 1 }`.
---@field mutex? string Steps that share it never run together, across runs too.
---@field lease? baton.Pool|baton.Lease|(baton.Pool|baton.Lease)[] Members of pools that it has while it runs.
---@field inputs? baton.Text|baton.Text[] Globs: with outputs, the step is skipped when nothing changed.
---@field outputs? baton.Text|baton.Text[] Globs. Globs of what it writes; what was deleted comes back.
---@field cache? boolean|{ key: any } `false`: always run; `key`: also part of what is compared.
---@field artifacts? baton.Text|baton.Text[] Files to keep with the run.
---@field results? baton.Source|baton.ResultFiles|(baton.Source|baton.ResultFiles)[]|baton.ResultFunction Its reports.
---@field max_failures? integer After so many failed tests the runner is to stop: `$BATON_MAX_FAILURES`.
---@field executor? "local"|baton.Executor Where it runs: `"local"` (default), `container {…}`, `ssh {…}`, `pod {…}`.
---@field network? "private"|"host"|baton.Handle A network of its own, or that of a service; default: the machine's.
---@field undo? baton.Command How to compensate the step, in a transaction or body that fails; tried three times.
---@field interrupted? "rerun"|"fail"|"ask" What a resumed run does with an attempt that was cut off.
---@field on_divergence? "fail"|"rerun" Of a body that asks for something else than its records tell.

---When it runs: after what it depends on succeeded, failed or ended; or a function that says so, and why not.
---@alias baton.When "succeeded"|"failed"|"finished"|baton.WhenFunction

---@alias baton.WhenFunction fun(deps: table<string, baton.Dependent>): boolean, string?

---@class baton.Common: baton.Inherited
---@field depends? baton.Dependency What it waits for: handles, names, groups, refs, or a list of them.
---@field when? baton.When Default `"succeeded"`: only after what it depends on.
---@field description? string Shown to people.

---What a step runs finds in its environment: `BATON_OUTPUT`, a file to which it appends its values, `name=value` or a
---JSON object a line; `BATON_EVENTS`, a file for progress, metrics and checkpoints, a JSON object a line;
---`BATON_CHECKPOINT`, the last checkpoint of the attempt before; `BATON_TESTS`, a file with the tests that it is to
---run, one a line; `BATON_FAILED_TESTS`, in a retry of the failed tests a file with those, a JSON object a line:
---`id` as Baton shows it, `name`, and where they are known `suite`, `class`, `parameters`, `file`;
---`BATON_MAX_FAILURES`, after how many it may stop; `BATON_RUN`, `BATON_WORKFLOW`, `BATON_STEP`,
---`BATON_ATTEMPT_NUMBER`; and `BATON_ATTEMPT`, by which its processes are known.
---@class baton.Step: baton.Common
---@field run? baton.Command A step has either this or a durable body.
---@field [1]? baton.Body A durable body.

---@class baton.Call: baton.Common
---@field workflow baton.Text The other workflow's file, relative to the folder of this one.
---@field params? table<string, any> Values of its parameters.

---@class baton.Group: baton.Common
---@field max? integer How many members at once.
---@field fail_fast? boolean The first failure cancels the others.
---@field max_failures? integer After so many failed tests of members that have ended, the others are cancelled.
---@field [1]? baton.Member Members, one after the other.

---@alias baton.CellFunction fun(cell: table<string, any>): baton.Step|baton.Handle|string

---@class baton.Matrix: baton.Common
---@field max? integer How many cells at once.
---@field fail_fast? boolean The first failure cancels the others.
---@field max_failures? integer After so many failed tests of cells that have ended, the others are cancelled.
---@field axes? table<string, any[]|baton.Ref> Name → values, or a ref to a list that is known later.
---@field include? table<string, any>[] As GitHub Actions has it.
---@field exclude? table<string, any>[] As GitHub Actions has it.
---@field order? string[] Axes in the order in which names show them.
---@field step baton.Step|baton.CellFunction Fields of each cell, or a function that returns them or a group.

---One unit of work: `step "name" { run = "…" }` or `step "name" "command"`.
---```lua
---local build = step "build" {
---  run = [[make && echo "version=1.4" >> "$BATON_OUTPUT"]],
---  timeout = "5m",
---  retry = { attempts = 3, backoff = "2s" },
---}
---step "ship" { run = "deploy --version " .. build.out.version }
---step "note" "echo a command alone"
---```
---@param name string|integer
---@return fun(fields: baton.Step|baton.Body[]|string|baton.Ref): baton.Handle
---@overload fun(name: string|integer, fields: baton.Step|baton.Body[]|string|baton.Ref): baton.Handle
function step(name) end

---Further dependencies of a step declared anywhere in the file.
---```lua
---step "test" "make test"
---local build = step "build" "make"
---depends "test" { build }
---```
---@param step string|baton.Handle
---@return fun(dependencies: baton.Dependency): baton.Handle
---@overload fun(step: string|baton.Handle, dependencies: baton.Dependency): baton.Handle
function depends(step) end

---A group whose members run side by side.
---```lua
---local checks = parallel "checks" {
---  max = 2,
---  step "lint" "make lint",
---  step "types" { run = "make types", timeout = "5m" },
---}
---step "ship" { run = "deploy", depends = checks }
---```
---@param name string
---@return fun(members: baton.Group|baton.Member[]): baton.Handle
function parallel(name) end

---A group whose members run one after the other; an inner plain list runs side by side.
---```lua
---sequence "release" {
---  step "build" "make",
---  { step "unit" "make test", step "lint" "make lint" },  -- side by side
---  step "ship" "deploy",
---}
---```
---@param name string
---@return fun(members: baton.Group|baton.Member[]): baton.Handle
function sequence(name) end

---A group whose members run one after the other, and are undone, newest first, when one of them fails or is cancelled.
---```lua
---transaction "order" {
---  step "reserve" { run = "echo reserved", undo = "echo released" },
---  step "charge"  { run = "echo charged", undo = function(deps) return { "echo", "refund", deps.charge.status } end },
---  step "ship"    { run = "deploy" },
---}
---```
---@param name string
---@return fun(members: baton.Group|baton.Member[]): baton.Handle
function transaction(name) end

---One step for each cell of a product of axes.
---```lua
---matrix "test" {
---  axes    = { browser = { "chrome", "firefox" }, os = { "linux", "mac" } },
---  exclude = { { browser = "firefox", os = "mac" } },
---  max     = 2,
---  step    = function(cell)
---    return { run = { "make", "test", "BROWSER=" .. cell.browser, "OS=" .. cell.os } }
---  end,
---}
---```
---@param name string
---@return fun(fields: baton.Matrix): baton.Handle
function matrix(name) end

---@class baton.Request
---@field url baton.Text
---@field method? "GET"|"HEAD"|"POST"|"PUT"|"PATCH"|"DELETE"|"OPTIONS" Default: GET, or POST where something is sent.
---@field headers? table<string, baton.Text>
---@field body? baton.Text
---@field json? any Sent as JSON.
---@field expect? integer|integer[] Answers with another status are failures.
---@field timeout? baton.Duration For one attempt; default 30 s.
---@field retry? integer|baton.Retry Default: three attempts, a second apart at first.
---@field name? string Default: http-1, http-2, …
---@field allow_failure? boolean A failure is an answer whose `ok` is false, and raises nothing.
---@field deadline? baton.Duration For all attempts and the waits between them.
---@field description? string Shown to people.
---@field mutex? string Steps that share it never run together, across runs too.
---@field priority? integer Order among what is ready; the higher first.
---@field resources? table<string, number|string> Out of the pool.
---@field tags? string|string[] For selection.
---@field undo? baton.Command How to compensate the request.

---@class baton.Answer
---@field status? integer nil: with `allow_failure`, where the request failed.
---@field ok boolean Whether there was an answer, and its status is below 400.
---@field reason? string Why the request failed.
---@field headers table<string, string> By their names in lower case.
---@field text string
---@field lines string[]
---@field json fun(): any

---Another workflow as one step, with a run of its own. It emits what its steps emitted: `sub.out.build.version`. Texts,
---numbers and booleans that it is given mean what `-p` makes of them: `"3"` is a number where one is asked for.
---```lua
---call "deploy" { workflow = "deploy.lua", params = { region = "eu" } }
---```
---@param name string
---@return fun(fields: baton.Call): baton.Handle
function call(name) end

---Nothing that has not started starts; the run ends halted. In `check`, `when`, `run` and `map` functions.
---```lua
---local probe = step "probe" { run = [[echo '{"errors":0}' >> "$BATON_OUTPUT"]] }
---step "ship" {
---  run = "deploy", depends = probe,
---  when = function(deps)
---    if deps.probe.out.errors > 10 then halt "too many errors to go on" end
---    return true
---  end,
---}
---```
---@param reason? string
function halt(reason) end

---The step fails. In `check`, `when`, `run` and `map` functions.
---```lua
---local probe = step "probe" { run = [[echo '{"version":"1.4"}' >> "$BATON_OUTPUT"]] }
---step "ship" {
---  depends = probe,
---  run = function(deps)
---    if deps.probe.out.version == "" then fail "there is no version to ship" end
---    return { "deploy", deps.probe.out.version }
---  end,
---}
---```
---@param reason? string
function fail(reason) end
