---@meta
-- Durable bodies: `ctx` and what it gives back.

---What a step of a body came to.
---@class baton.Result
---@field step string
---@field status string
---@field out table<string, any> What it emitted.
---@field attempts integer
---@field code? integer The exit code.
---@field reason? string

---What `ctx:sh` and `ctx:exec` give back.
---@class baton.Captured: baton.Result
---@field text string Standard output, without the last line's end.
---@field lines string[]
---@field json fun(): any The output, read as JSON.

---A step that runs beside its body.
---@class baton.Future
local future = {}

---Waits for its result; raises where it failed.
---@return baton.Result
function future:await() end

---Ends it: its result is not needed any more.
function future:cancel() end

---What a durable body touches the world with. Each operation is recorded before its result is used: a body that was
---cut off runs again from its top, and recorded operations give back at once what they gave back then.
---@class baton.Ctx
---@field name string The full name of the step.
local ctx = {}

---A child step. Raises where it fails.
---@param name string
---@return fun(fields: baton.Step): baton.Result
function ctx:step(name) end

---A command for the shell, its output captured.
---@param command baton.Text
---@param fields? baton.Step
---@return baton.Captured
function ctx:sh(command, fields) end

---A program and its arguments, its output captured; fields of a step may stand beside them.
---@param command (baton.Text)[]|baton.Step
---@return baton.Captured
function ctx:exec(command) end

---Starts a child step and goes on.
---@param name string
---@return fun(fields: baton.Step): baton.Future
function ctx:start(name) end

---Waits for all; raises the first failure. Results stand under the keys of the futures.
---@param futures table<any, baton.Future>
---@return table<any, baton.Result>
function ctx:all(futures) end

---Waits for the first that ends, and ends the others.
---@param futures table<any, baton.Future>
---@return baton.Result result
---@return any key
function ctx:any(futures) end

---A child step for each item.
---@generic T
---@param list T[]
---@param make fun(item: T, i: integer): string, baton.Step The name and the fields.
---@param options? { max?: integer, fail_fast?: boolean }
---@return baton.Result[]
function ctx:map(list, make, options) end

---Waits, without holding a process; goes on at the right time also when the machine was off meanwhile.
---@param duration baton.Duration
function ctx:sleep(duration) end

---@param time number|string Seconds since 1970, or `"2026-01-31T12:00:00Z"`.
function ctx:sleep_until(time) end

---Waits for `baton signal RUN NAME --json …`; nil when it did not come in time.
---@param name string
---@param options? { timeout?: baton.Duration }
---@return any
function ctx:signal(name, options) end

---Waits until people have answered: `baton approve RUN STEP/approval-1`. `approved` says what they said.
---@param fields table `by`, `quorum`, `timeout`, `form` as a gate's approval has them, and `name`.
---@return baton.Result
function ctx:approval(fields) end

---Another workflow, with a run of its own.
---@param file baton.Text
---@param params? table<string, any>
---@param fields? baton.Call
---@return baton.Result
function ctx:call(file, params, fields) end

---Any other side effect: the function is called once, its result is recorded.
---@generic T
---@param name string
---@param action fun(): T
---@return T
function ctx:effect(name, action) end

---A recorded HTTP request. No answer, a timeout, and the statuses 408, 425, 429 and from 500 on are failures, which are
---tried again; every other answer is a result.
---@param request baton.Request
---@return baton.Answer
function ctx:http(request) end

---Seconds since 1970, recorded.
---@return integer
function ctx:now() end

---As `math.random`; the same when the body is replayed.
---@param low? integer
---@param high? integer
---@return number
function ctx:random(low, high) end

---@return string
function ctx:uuid() end

---The value of a ref: `ctx:value(build.out.version)`.
---@param ref baton.Ref
---@return any
function ctx:value(ref) end

---Registers a compensation. When the body fails, all of them are run, the newest first.
---@param action baton.Command|baton.Step|fun(ctx: baton.Ctx)
function ctx:undo(action) end

---A value that the body emits.
---@param name string
---@param value any
function ctx:output(name, value) end

---@param name string
---@param value number
function ctx:metric(name, value) end

---@param fraction? number From 0 to 1.
---@param text? string
function ctx:progress(fraction, text) end

---A line of the step's log.
function ctx:log(...) end

---A file, or a glob of files, to keep with the run.
---@param path string
function ctx:artifact(path) end

---Ends the run: nothing that has not started starts.
---@param reason? string
function ctx:halt(reason) end

---Ends the step as failed.
---@param reason? string
function ctx:fail(reason) end
