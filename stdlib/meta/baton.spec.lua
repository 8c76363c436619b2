---@meta
-- Specs: `WORKFLOW_test.lua`, run by `baton test`. Steps are mocked, time is virtual.

---What a mocked step comes to.
---@class baton.Mock
---@field out? table<string, any> What it emits.
---@field code? integer Its exit code, 0 to 255.
---@field signal? string What ends it: `"SIGKILL"`.
---@field fail? string Why it fails.
---@field halt? string Why it halts the run.
---@field timeout? boolean It never ends by itself.
---@field duration? baton.Duration How long it takes, in virtual time.
---@field output? string What it prints.
---@field metrics? table<string, number> What it measures.
---@field checkpoint? any What the next attempt finds in `$BATON_CHECKPOINT`.
---@field cached? boolean It is taken from the cache.
---@field results? baton.ResultItem[] What its tests came to; where one failed, it ends with 1.

---What the function of a mock is told.
---@class baton.MockCall
---@field name string
---@field attempt integer
---@field command string The command as a shell would take it.
---@field args string[] The program and its arguments.
---@field cwd string
---@field executor string Where it runs: `"local"`, `"container alpine:3"`, `"ssh build1"`.
---@field env table<string, string>
---@field stdin? string
---@field checkpoint? string
---@field tests? string[] What it is to run.
---@field call? table The workflow that it calls, and with which parameters.

---`true`, `"succeeded"`, `false`, `"failed"`, `"cached"`, an exit code, or a table.
---@alias baton.MockResult boolean|"succeeded"|"failed"|"cached"|integer|baton.Mock

---@alias baton.MockFunction fun(attempt: integer, call: baton.MockCall): baton.MockResult?

---A list has one result for each attempt.
---@alias baton.MockOfStep baton.MockResult|baton.MockResult[]|baton.MockFunction

---What somebody answers to a gate.
---@class baton.MockAnswer
---@field approved? boolean Default `true`.
---@field by? string In whose name.
---@field after? baton.Duration How long after it is asked.
---@field reason? string
---@field fields? table<string, any> The form.

---@class baton.Simulation
---@field file? string The workflow, relative to the spec; default: the one that the spec is named after.
---@field source? string The workflow's text, in place of a file.
---@field params? table<string, any>
---@field env? table<string, string> Environment variables that the script sees.
---@field config? table<string, any> In place of what `baton.json` says.
---@field flags? table<string, boolean> In place of what `baton.json` says.
---@field secrets? table<string, string>
---@field steps? table<string, baton.MockOfStep> Name, or pattern with `*` → what it comes to; else it succeeds.
---@field default? baton.MockOfStep What steps come to that `steps` does not name.
---@field strict? boolean Steps that `steps` does not name are mistakes.
---@field approvals? table<string, boolean|baton.MockAnswer|baton.MockAnswer[]> Gate → what people say.
---@field signals? table<string, any> Name → value, or `{ value = …, after = "3d" }`, or a list of these.
---@field at? string|number|table<string, string|number> When it begins, or what is done when: `{ ["30s"] = "cancel" }`.
---@field baseline? table<string, table<string, number>> Gate → metric → what earlier runs measured.
---@field previous? "succeeded"|"failed"|"halted"|"cancelled"|"interrupted" How the run before it ended.
---@field only? string|string[] As `baton run --only` has it.
---@field tags? string|string[] As `baton run --tags` has it.
---@field jobs? integer
---@field resources? table<string, number>
---@field seed? integer

---@class baton.SimulatedTry
---@field outcome string
---@field started number Seconds since the run began.
---@field finished number
---@field command string
---@field args string[]
---@field executor string

---@class baton.SimulatedResults
---@field tests integer
---@field passed integer
---@field failed integer
---@field skipped integer
---@field flaky integer
---@field failures string[] Names of what failed.
---@field flaky_cases string[]
---@field quarantined string[]
---@field problems string[]

---What became of one step. What belongs to its last start (`command`, `env`, …) is nil where it was not started.
---@class baton.SimulatedStep
---@field name string
---@field kind string
---@field status string `"succeeded"`, `"failed"`, `"skipped"`, …
---@field reason? string
---@field attempts integer
---@field tries baton.SimulatedTry[] Each attempt.
---@field results baton.SimulatedResults What its tests came to; nil where it has none.
---@field out table<string, any>
---@field metrics table<string, number>
---@field output string
---@field started? number Seconds since the run began.
---@field finished? number
---@field command string
---@field args string[]
---@field cwd string
---@field executor string Where it ran: `"local"`, `"container alpine:3"`, `"ssh build1"`.
---@field env table<string, string>
---@field stdin string
---@field tests string[]
---@field call? table

---@class baton.SimulatedMessage
---@field name string Of the notification.
---@field channel string
---@field message string
---@field title? string
---@field event string
---@field step? string
---@field status? string
---@field settings table<string, any>
---@field key string
---@field time number Seconds since the run began.

---@class baton.SimulatedGate
---@field passed boolean
---@field findings string[] What was not met.
---@field measured table<string, number>
---@field time number

---What became of a simulated run.
---@class baton.Simulated
---@field status "succeeded"|"failed"|"halted"|"cancelled"|"interrupted"|"waiting"
---@field exit_code integer
---@field reason? string
---@field duration number Seconds of virtual time.
---@field steps table<string, baton.SimulatedStep>
---@field order string[] Names of the steps that were started, in order.
---@field gates table<string, baton.SimulatedGate>
---@field notifications baton.SimulatedMessage[]
---@field events table[] As `baton events --json` prints them.
---@field printed string[] What the script printed.
---@field warnings string[]

---Runs a workflow to its end, with mocked steps, in virtual time.
---@overload fun(settings: baton.Simulation): baton.Simulated
---@overload fun(file: string, settings: baton.Simulation): baton.Simulated
---@param file string The workflow, relative to the spec.
---@return fun(settings: baton.Simulation): baton.Simulated
function simulate(file) end

---What every simulation of this file begins with, and `baton chaos --mocks`.
---@param settings baton.Simulation
function mocks(settings) end

---Tests that belong together.
---@param name string
---@param body fun()
function describe(name, body) end

---The same as `describe`.
---@param name string
---@param body fun()
function context(name, body) end

---A test. Without a body it is pending.
---@param name string
---@param body? fun()
function it(name, body) end

---The same as `it`.
---@param name string
---@param body? fun()
function test(name, body) end

---Before a test: one that is not to run. Within one: it ends there.
---@param name? string
---@param body? fun()
function pending(name, body) end

---Runs before each test of the block.
---@param body fun()
function before_each(body) end

---Runs after each test of the block, also where it failed.
---@param body fun()
function after_each(body) end

---Runs once, before the block.
---@param body fun()
function setup(body) end

---Runs once, after the block.
---@param body fun()
function teardown(body) end

---Assertions, as busted has them. Words may stand in between: `assert.is_true`, `assert.are.same`,
---`assert.is_not.equal`, `assert.has_no.errors`. A last argument more than it takes is a message of your own.
---@class baton.Assert
---@field is baton.Assert
---@field are baton.Assert
---@field was baton.Assert
---@field has baton.Assert
---@field does baton.Assert
---@field no baton.Assert Denies what follows.
---@field is_not baton.Assert Denies what follows.
---@field are_not baton.Assert Denies what follows.
---@field has_no baton.Assert Denies what follows.
---@field equal fun(expected: any, actual: any, message?: string): any `==`
---@field equals fun(expected: any, actual: any, message?: string): any
---@field same fun(expected: any, actual: any, message?: string): any Of tables: the same content.
---@field is_true fun(value: any, message?: string): any
---@field is_false fun(value: any, message?: string): any
---@field is_nil fun(value: any, message?: string): any
---@field truthy fun(value: any, message?: string): any
---@field falsy fun(value: any, message?: string): any
---@field boolean fun(value: any, message?: string): any
---@field number fun(value: any, message?: string): any
---@field string fun(value: any, message?: string): any
---@field table fun(value: any, message?: string): any
---@field thread fun(value: any, message?: string): any
---@field userdata fun(value: any, message?: string): any
---@field near fun(expected: number, actual: number, tolerance: number, message?: string): any
---@field match fun(pattern: string, text?: string, message?: string): any A pattern of Lua.
---@field matches fun(pattern: string, text?: string, message?: string): any
---@field contains fun(part: any, whole: string|table|nil, message?: string): any
---@field error fun(body: function, expected?: any, message?: string): any It raises, and what it raises.
---@field errors fun(body: function, expected?: any, message?: string): any
---@field error_match fun(body: function, pattern: string, message?: string): any
---@field error_matches fun(body: function, pattern: string, message?: string): any
---@field blames_caller fun(sentence: string, body: any, given: any): any Raises it at the caller.
---@field [string] any
---@overload fun(value: any, message?: any, ...: any): any

---@type baton.Assert
assert = {}
