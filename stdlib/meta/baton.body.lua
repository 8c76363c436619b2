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
---```lua
---step "rollout" {
---  function(ctx)
---    local upload = ctx:start "upload" { run = "deploy --quiet" }
---    ctx:sh "make docs"
---    upload:await()
---  end,
---}
---```
---@return baton.Result
function future:await() end

---Ends it: its result is not needed any more.
---```lua
---step "rollout" {
---  function(ctx)
---    local mirror = ctx:start "mirror" { run = "make mirror" }
---    if ctx:sh("echo ready").text == "ready" then mirror:cancel() else mirror:await() end
---  end,
---}
---```
function future:cancel() end

---What a durable body touches the world with. Each operation is recorded before its result is used: a body that was
---cut off runs again from its top, and recorded operations give back at once what they gave back then.
---@class baton.Ctx
---@field name string The full name of the step.
local ctx = {}

---A child step. Raises where it fails.
---```lua
---step "rollout" {
---  function(ctx)
---    local result = ctx:step "build" { run = [[echo "version=1.4" >> "$BATON_OUTPUT"]], retry = 2 }
---    ctx:log("built", result.out.version)
---  end,
---}
---```
---@param name string
---@return fun(fields: baton.Step): baton.Result
function ctx:step(name) end

---A command for the shell, its output captured.
---```lua
---step "rollout" {
---  function(ctx)
---    local revision = ctx:sh("echo 4f2a").text
---    ctx:log("at", revision)
---  end,
---}
---```
---@param command baton.Text
---@param fields? baton.Step
---@return baton.Captured
function ctx:sh(command, fields) end

---A program and its arguments, its output captured; fields of a step may stand beside them.
---```lua
---step "rollout" {
---  function(ctx)
---    local told = ctx:exec({ "echo", '{"healthy":true}' }).json()
---    if not told.healthy then ctx:fail "it is not healthy" end
---  end,
---}
---```
---@param command (baton.Text)[]|baton.Step
---@return baton.Captured
function ctx:exec(command) end

---Starts a child step and goes on.
---```lua
---step "rollout" {
---  function(ctx)
---    local upload = ctx:start "upload" { run = "deploy --quiet" }
---    ctx:sh "make docs"
---    upload:await()
---  end,
---}
---```
---@param name string
---@return fun(fields: baton.Step): baton.Future
function ctx:start(name) end

---Waits for all; raises the first failure. Results stand under the keys of the futures.
---```lua
---step "rollout" {
---  function(ctx)
---    local both = ctx:all {
---      docs = ctx:start "docs" { run = "make docs" },
---      test = ctx:start "test" { run = "make test" },
---    }
---    ctx:log(both.docs.status)
---  end,
---}
---```
---@param futures table<any, baton.Future>
---@return table<any, baton.Result>
function ctx:all(futures) end

---Waits for the first that ends, and ends the others.
---```lua
---step "rollout" {
---  function(ctx)
---    local result, which = ctx:any {
---      near = ctx:start "near" { run = "make fetch" },
---      far  = ctx:start "far" { run = "make fetch FROM=far" },
---    }
---    ctx:log(which, result.status)
---  end,
---}
---```
---@param futures table<any, baton.Future>
---@return baton.Result result
---@return any key
function ctx:any(futures) end

---A child step for each item.
---```lua
---step "rollout" {
---  function(ctx)
---    ctx:map({ "eu", "us", "ap" }, function(region)
---      return "deploy-" .. region, { run = { "deploy", region } }
---    end, { max = 2 })
---  end,
---}
---```
---@generic T
---@param list T[]
---@param make fun(item: T, i: integer): string, baton.Step The name and the fields.
---@param options? { max?: integer, fail_fast?: boolean }
---@return baton.Result[]
function ctx:map(list, make, options) end

---Waits, without holding a process; goes on at the right time also when the machine was off meanwhile.
---```lua
---step "rollout" {
---  function(ctx)
---    ctx:sh "deploy"
---    ctx:sleep "50ms"
---    ctx:sh "make probe"
---  end,
---}
---```
---@param duration baton.Duration
function ctx:sleep(duration) end

---Waits for a time.
---```lua
---step "rollout" {
---  function(ctx)
---    ctx:sleep_until(ctx:now() + 1)
---    ctx:sh "deploy"
---  end,
---}
---```
---@param time number|string Seconds since 1970, or `"2026-01-31T12:00:00Z"`.
function ctx:sleep_until(time) end

---Waits for `baton signal RUN NAME --json …`; nil when it did not come in time.
---```lua
---step "rollout" {
---  function(ctx)
---    local told = ctx:signal("deployed", { timeout = "50ms" })
---    if told == nil then ctx:log "nobody said that it was deployed" end
---  end,
---}
---```
---@param name string
---@param options? { timeout?: baton.Duration }
---@return any
function ctx:signal(name, options) end

---Waits until people have answered: `baton approve RUN STEP/approval-1`. `approved` says what they said.
---```lua
---step "rollout" {
---  function(ctx)
---    local answer = ctx:approval { by = "ops", timeout = "50ms" }
---    if answer.out.approved == false then ctx:fail "it was refused" end
---  end,
---}
---```
---@param fields table `by`, `quorum`, `timeout`, `form` as a gate's approval has them, and `name`.
---@return baton.Result
function ctx:approval(fields) end

---Another workflow, with a run of its own.
---```lua
---step "rollout" {
---  function(ctx)
---    ctx:call("deploy.lua", { region = "eu" })
---  end,
---}
---```
---@param file baton.Text
---@param params? table<string, any>
---@param fields? baton.Call
---@return baton.Result
function ctx:call(file, params, fields) end

---Any other side effect: the function is called once, its result is recorded.
---```lua
---step "rollout" {
---  function(ctx)
---    local number = ctx:effect("draw", function() return 41 + 1 end)
---    ctx:log(number)
---  end,
---}
---```
---@generic T
---@param name string
---@param action fun(): T
---@return T
function ctx:effect(name, action) end

---A recorded HTTP request. No answer, a timeout, and the statuses 408, 425, 429 and from 500 on are failures, which are
---tried again; every other answer is a result.
---```lua
---step "rollout" {
---  function(ctx)
---    local answer = ctx:http { url = "http://127.0.0.1:9/health", allow_failure = true, retry = 0, timeout = "1s" }
---    if not answer.ok then ctx:log(answer.reason) end
---  end,
---}
---```
---@param request baton.Request
---@return baton.Answer
function ctx:http(request) end

---Seconds since 1970, recorded.
---```lua
---step "rollout" {
---  function(ctx)
---    local started = ctx:now()
---    ctx:sh "make"
---    ctx:metric("took", ctx:now() - started)
---  end,
---}
---```
---@return integer
function ctx:now() end

---As `math.random`; the same when the body is replayed.
---```lua
---step "rollout" {
---  function(ctx)
---    if ctx:random(1, 10) == 1 then ctx:sh "make audit" end
---  end,
---}
---```
---@param low? integer
---@param high? integer
---@return number
function ctx:random(low, high) end

---A UUID, the same when the body is replayed.
---```lua
---step "rollout" {
---  function(ctx)
---    ctx:exec { "deploy", "--request", ctx:uuid() }
---  end,
---}
---```
---@return string
function ctx:uuid() end

---The value of a ref: `ctx:value(build.out.version)`.
---```lua
---local build = step "build" { run = [[echo "version=1.4" >> "$BATON_OUTPUT"]] }
---step "rollout" {
---  depends = build,
---  function(ctx)
---    ctx:log(ctx:value(build.out.version))
---  end,
---}
---```
---@param ref baton.Ref
---@return any
function ctx:value(ref) end

---Registers a compensation. When the body fails, all of them are run, the newest first.
---```lua
---step "rollout" {
---  function(ctx)
---    ctx:sh "deploy"
---    ctx:undo "deploy --rollback"
---    ctx:sh "make probe"
---  end,
---}
---```
---@param action baton.Command|baton.Step|fun(ctx: baton.Ctx)
function ctx:undo(action) end

---A value that the body emits.
---```lua
---local rollout = step "rollout" {
---  function(ctx)
---    ctx:output("version", "1.4")
---  end,
---}
---step "tell" { run = { "echo", rollout.out.version } }
---```
---@param name string
---@param value any
function ctx:output(name, value) end

---A number that the step reports, for gates and history.
---```lua
---step "rollout" {
---  function(ctx)
---    ctx:metric("errors", 0.01)
---  end,
---}
---```
---@param name string
---@param value number
function ctx:metric(name, value) end

---How far the step is, for whoever watches.
---```lua
---step "rollout" {
---  function(ctx)
---    for i = 1, 4 do
---      ctx:sh "make part"
---      ctx:progress(i / 4, "part " .. i .. " of 4")
---    end
---  end,
---}
---```
---@param fraction? number From 0 to 1.
---@param text? string
function ctx:progress(fraction, text) end

---A line of the step's log.
---```lua
---step "rollout" {
---  function(ctx)
---    ctx:log("deploying to", "eu")
---  end,
---}
---```
function ctx:log(...) end

---A file, or a glob of files, to keep with the run.
---```lua
---step "rollout" {
---  function(ctx)
---    ctx:sh "echo all is well > report.txt"
---    ctx:artifact "report.txt"
---  end,
---}
---```
---@param path string
function ctx:artifact(path) end

---Ends the run: nothing that has not started starts.
---```lua
---step "rollout" {
---  function(ctx)
---    if tonumber(ctx:sh("echo 0").text) > 10 then ctx:halt "too many errors to go on" end
---  end,
---}
---```
---@param reason? string
function ctx:halt(reason) end

---Ends the step as failed.
---```lua
---step "rollout" {
---  function(ctx)
---    if ctx:sh("echo 1.4").text == "" then ctx:fail "there is no version" end
---  end,
---}
---```
---@param reason? string
function ctx:fail(reason) end
