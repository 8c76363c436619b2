---@meta baton.poll
-- Asking again and again until the answer is yes, and no longer than it can become yes.

local poll = {}

---@class baton.poll.Wait
---@field check fun(ctx: baton.Ctx, n: integer): boolean?, any True and a value; false, not yet; nil and why not ever.
---@field interval? baton.Duration Between two checks; default `"5s"`.
---@field factor? number Each wait is the one before times this; default 1.
---@field max_interval? baton.Duration No wait is longer.
---@field deadline? baton.Duration Of it all; default `"10m"` where attempts are not bounded.
---@field attempts? integer How many checks at most.

---In a durable body: asks until the answer is yes. Raises where it never will be or did not become so in time.
---@param ctx baton.Ctx
---@param options baton.poll.Wait
---@return any value
---@return integer checks
function poll.wait(ctx, options) end

---@class baton.poll.Step: baton.Common
---@field run? baton.Command The exit code 0 is a yes.
---@field failed? integer|integer[] Exit codes of `run` that mean that it never will be.
---@field check? fun(ctx: baton.Ctx, n: integer): boolean?, any In place of `run`.
---@field interval? baton.Duration Default `"5s"`.
---@field factor? number
---@field max_interval? baton.Duration
---@field attempts? integer

---A step that asks until the answer is yes. With `check`, it emits the value and `checks`.
---@param options baton.poll.Step
---@return baton.Step
function poll.step(options) end

return poll
