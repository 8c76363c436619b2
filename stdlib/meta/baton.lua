---@meta
-- The language of Baton, for editors that use the Lua language server. Written by `baton init`.

---A duration: `"250ms"`, `"90s"`, `"1h30m"`, or a number of seconds.
---@alias baton.Duration string|number

---A size: `"512M"`, `"4G"` (powers of 1024), or a number of bytes.
---@alias baton.Size string|number

---A value that a step emits, known once the step has succeeded. Can be joined with `..`, indexed further and mapped.
---@class baton.Ref: baton.Value
---@field [string] baton.Ref
---@field [integer] baton.Ref
---@operator concat(string|number|baton.Ref): baton.Ref

---What refs and secrets have in common.
---@class baton.Value: userdata
local ref = {}

---A ref to what a function makes of the value, once it is known.
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
---@field out table<string, any> What it emitted.
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

---A failed test, as a retry is told it.
---@class baton.FailedCase
---@field id string As Baton shows it.
---@field name string
---@field suite? string
---@field class? string
---@field parameters? string
---@field file? string

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
---@field executor? "local" Where it runs.

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
---@field inputs? baton.Text|baton.Text[] Globs: with outputs, the step is skipped when nothing changed.
---@field outputs? baton.Text|baton.Text[] Globs. Globs of what it writes; what was deleted comes back.
---@field cache? boolean|{ key: any } `false`: always run; `key`: also part of what is compared.
---@field artifacts? baton.Text|baton.Text[] Files to keep with the run.
---@field results? baton.Source|baton.ResultFiles|(baton.Source|baton.ResultFiles)[]|baton.ResultFunction Its reports.
---@field max_failures? integer After so many failed tests the runner is to stop: `$BATON_MAX_FAILURES`.
---@field executor? "local" Where it runs.
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

---@class baton.Approval
---@field by? string|string[] Roles (`"roles"` in `baton.json`) or people; default: anyone.
---@field quorum? integer How many different people must agree; default 1.
---@field timeout? baton.Duration Then the gate is refused.
---@field form? table<string, baton.Param> What they fill in: the gate's `out`.

---@class baton.Gate
---@field depends? baton.Dependency What is judged.
---@field require? table<string, string|number|table> Metric → comparison, such as `pass_rate = ">= 0.98"`.
---@field check? fun(results: baton.Results): boolean, string? A yes or no, and a reason.
---@field approval? baton.Approval People who must agree.
---@field otherwise? "halt"|"branch"|"warn"|"ask" What a refusal does; default `"halt"`.
---@field when? baton.When Default `"succeeded"`.
---@field description? string Shown to people.

---@alias baton.Moment "started"|"succeeded"|"failed"|"halted"|"waiting"|"recovered"|"retrying"|"finished"

---@class baton.Channel

---@class baton.Notify
---@field on baton.Moment|baton.Moment[]|fun(event: baton.Event): boolean When it is sent.
---@field to baton.Channel|baton.Channel[] Where it is sent.
---@field title? baton.Text|fun(event: baton.Event): string The subject of a mail, the heading of a card.
---@field message? baton.Text|fun(event: baton.Event): string Plain text; standard: what failed, why, and what to do.
---@field digest? baton.Duration What happens within so long of the first event becomes one message.
---@field rate? string At most so many messages in so long, such as `"5/1h"`; what is over becomes one message.
---@field scope? "run"|"project" Over what both are reckoned; `"project"`: over all runs of the workflow.

---What a notification tells of. Of a digest (`kind = "digest"`), `events` are the last 100 of `count`.
---@class baton.Event
---@field kind string `run.failed`, `step.retrying`, `digest`, …
---@field run string
---@field workflow string
---@field time string RFC 3339.
---@field status? string
---@field step? string
---@field attempt? integer
---@field reason? string
---@field failed? integer How many steps failed.
---@field failures? { step: string, reason?: string, attempt?: integer, cause: string }[] At most 50.
---@field causes? string[] Keys of what failed, the same in every run.
---@field recovered? string[] Keys of what had failed before and is well again.
---@field command? string What carries the run on, or shows more of it.
---@field duration? number Seconds.
---@field count? integer
---@field events? baton.Event[]
---@field kinds? table<string, integer>

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
---@field executor? "local" Where steps run.
---@field interrupted? "rerun"|"fail"|"ask" What a resumed run does with an attempt that was cut off.
---@field on_divergence? "fail"|"rerun" Of bodies that ask for something else than their records tell.

---The file's name, description, parameters and defaults; at most once.
---@param name string
---@return fun(fields: baton.Workflow)
function workflow(name) end

---@class baton.Quarantine
---@field test string The name of a test as Baton shows it; `*` and `?` stand for any letters and one.
---@field owner string Who is to mend it.
---@field reason string Why it is there.
---@field expires string The last day, in UTC: `"2026-12-31"`. Steps that run the test fail once it is over.

---Tests that run and are shown, and whose failures fail nothing.
---@param entries baton.Quarantine|baton.Quarantine[]
function quarantine(entries) end

---One unit of work: `step "name" { run = "…" }` or `step "name" "command"`.
---@param name string|integer
---@return fun(fields: baton.Step|baton.Body[]|string|baton.Ref): baton.Handle
---@overload fun(name: string|integer, fields: baton.Step|baton.Body[]|string|baton.Ref): baton.Handle
function step(name) end

---Further dependencies of a step declared anywhere in the file.
---@param step string|baton.Handle
---@return fun(dependencies: baton.Dependency): baton.Handle
---@overload fun(step: string|baton.Handle, dependencies: baton.Dependency): baton.Handle
function depends(step) end

---A group whose members run side by side.
---@param name string
---@return fun(members: baton.Group|baton.Member[]): baton.Handle
function parallel(name) end

---A group whose members run one after the other; an inner plain list runs side by side.
---@param name string
---@return fun(members: baton.Group|baton.Member[]): baton.Handle
function sequence(name) end

---A group whose members run one after the other, and are undone, newest first, when one of them fails or is cancelled.
---@param name string
---@return fun(members: baton.Group|baton.Member[]): baton.Handle
function transaction(name) end

---One step for each cell of a product of axes.
---@param name string
---@return fun(fields: baton.Matrix): baton.Handle
function matrix(name) end

---What is urgent among tests: patterns of names with `*` and `?`; one without either may be any part of a name.
---@class baton.TestTags
---@field critical? string|string[]
---@field smoke? string|string[]

---One part of a list of tests.
---@class baton.Shard
---@field index integer From 1 on.
---@field count integer
---@field tests string[] In the order in which they run best.
---@field name string Such as `2of4`.
---@field seconds? number How long it is expected to take.
---@field known integer How many of its tests an earlier run has timed.

---Deals a list of tests out to n shards that take about as long, by what earlier runs tell: for an axis of a matrix,
---whose steps then run `cell.shard.tests`. In each shard, urgent tests stand first (see `prioritized`).
---@param n integer|baton.Ref 1 to 1000.
---@param tests string[]|baton.Ref
---@param tags? baton.TestTags
---@return baton.Ref shards A list of `baton.Shard`.
function shards(n, tests, tags) end

---The same tests, the most telling first: `critical`, `smoke`; then what failed lately, what changed since the last run
---that succeeded, what is new; then the quick before the slow.
---@param tests string[]|baton.Ref
---@param tags? baton.TestTags
---@return baton.Ref
function prioritized(tests, tags) end

---A condition that the run must pass.
---@param name string
---@return fun(fields: baton.Gate): baton.Handle
function gate(name) end

---A message sent at given moments; it can never fail the run.
---@param name string
---@return fun(fields: baton.Notify)
function notify(name) end

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
---@field allow_failure? boolean

---@class baton.Answer
---@field status? integer nil: with `allow_failure`, where the request failed.
---@field ok boolean Whether there was an answer, and its status is below 400.
---@field reason? string Why the request failed.
---@field headers table<string, string> By their names in lower case.
---@field text string
---@field lines string[]
---@field json fun(): any

---Where results are read from.
---@class baton.Source

---Files, and whether it is no problem when there are none.
---@class baton.Files
---@field [1]? baton.Text Globs, relative to the folder of the step, one after the other.
---@field optional? boolean

---Of coverage: also what changed lines are counted from.
---@class baton.CoverageFiles: baton.Files
---@field base? string A revision, such as `"origin/main"`.

---Reads a file of results: gives a list of tests, metrics, findings and lines.
---@alias baton.ResultFunction fun(text: string, path: string): baton.ResultItem[]

---Files that a function reads.
---@class baton.ResultFiles: baton.Files
---@field read baton.ResultFunction

---What a function reads out of a file: a test (`name` and `status`), a metric (`metric` and `value`), a finding (`rule`
---and `message`), the coverage of a file (`file` and `lines`), or a problem.
---@class baton.ResultItem
---@field name? string
---@field status? "passed"|"failed"|"errored"|"skipped"
---@field suite? string
---@field class? string
---@field parameters? string
---@field duration? number In seconds.
---@field message? string
---@field type? string
---@field details? string
---@field file? string
---@field line? integer
---@field attachments? string[]
---@field tags? string[]
---@field metric? string
---@field value? number
---@field unit? string
---@field samples? number[]
---@field rule? string
---@field severity? "critical"|"high"|"medium"|"low"|"note"
---@field tool? string
---@field lines? table<integer, integer> Line → how often it was executed.
---@field problem? string

---JUnit XML, as pytest, GoogleTest, Surefire, Jest, nextest, Bazel and `swift test` write it.
---@param files baton.Text|baton.Files
---@return baton.Source
function junit(files) end

---TAP 13 or 14.
---@param files baton.Text|baton.Files
---@return baton.Source
function tap(files) end

---What `go test -json` prints.
---@param files baton.Text|baton.Files
---@return baton.Source
function gotest(files) end

---The event stream of Swift Testing.
---@param files baton.Text|baton.Files
---@return baton.Source
function swifttest(files) end

---Coverage as lcov and geninfo write it.
---@param files baton.Text|baton.CoverageFiles
---@return baton.Source
function lcov(files) end

---Coverage as Cobertura, coverage.py and gcovr write it.
---@param files baton.Text|baton.CoverageFiles
---@return baton.Source
function cobertura(files) end

---Coverage as `llvm-cov export` writes it.
---@param files baton.Text|baton.CoverageFiles
---@return baton.Source
function llvmcov(files) end

---Coverage of single tests: which files each touches. With it, `baton run --changed-since REV` runs of the step's
---`tests` only what a change can affect. As `coverage json --show-contexts` writes it after
---`pytest --cov --cov-context=test`; as LCOV's tracefiles tell it, of the test in `TN:`; or as `llvm-cov export` writes
---it, a file a test. What names no test is of the one that its own name tells: `cov/cart%2Ftotal.json`, `cart/total`.
---@param files baton.Text|baton.Files
---@return baton.Source
function contexts(files) end

---SARIF 2.1, as linters and scanners write it.
---@param files baton.Text|baton.Files
---@return baton.Source
function sarif(files) end

---Google Benchmark, pytest-benchmark or hyperfine, as JSON.
---@param files baton.Text|baton.Files
---@return baton.Source
function benchmark(files) end

---Any JSON object of numbers.
---@param files baton.Text|baton.Files
---@return baton.Source
function metrics(files) end

---A secret: an environment variable that only processes see.
---@param name string
---@return baton.Ref
function secret(name) end

---A ref that is not quoted when it stands in a shell string.
---@param ref baton.Ref|string
---@return baton.Ref
function raw(ref) end

---Another workflow as one step, with a run of its own. It emits what its steps emitted: `sub.out.build.version`.
---@param name string
---@return fun(fields: baton.Call): baton.Handle
function call(name) end

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
---@param fields { [1]: string, default?: string, description?: string }
---@return baton.Param
function param.enum(fields) end

---@param fields? { default?: any[], description?: string }
---@return baton.Param
function param.list(fields) end

---@param fields? { default?: table, description?: string }
---@return baton.Param
function param.table(fields) end

---What the modules of test runners are called with: `baton.pytest`, `baton.ctest`, `baton.gotest`, `baton.swifttest`,
---`baton.jest`. Each returns the fields of a step, whose `retry` runs the failed tests alone, unless it says otherwise.
---@class baton.Runner: baton.Common
---@field path? baton.Text|baton.Text[] What is run: files, packages, or the folder of a build.
---@field args? baton.Text|baton.Text[] Further arguments.
---@field command? baton.Text|baton.Text[] How the runner is called.
---@field report? baton.Text Where its results are written; steps that run side by side need one each.
