---@meta baton.compare
-- Two methods or versions side by side.

local compare = {}

---A command, or the fields of a step with one.
---@alias baton.compare.Side baton.Text|baton.Text[]|baton.Step

---@class baton.compare.Speed: baton.Common
---@field name string
---@field baseline baton.compare.Side
---@field candidate baton.compare.Side
---@field runs? integer Of each side; default 5.
---@field warmup? integer Runs that are not counted; default 1.
---@field metric? string What the commands report; default: the time that they take, in seconds.
---@field better? "lower"|"higher" Default `"lower"`.
---@field tolerance? number How much worse the candidate may be, as a share; default 0.05.
---@field otherwise? "halt"|"branch"|"warn"|"ask" Of the gate.

---Declares the runs of both sides, a step that reports `ratio`, `baseline` and `candidate`, and a gate.
---@param options baton.compare.Speed
---@return { step: baton.Handle, gate: baton.Handle }
function compare.speed(options) end

---@class baton.compare.Output: baton.Common
---@field baseline baton.Text|baton.Text[]
---@field candidate baton.Text|baton.Text[]
---@field sort? boolean The order of lines is no matter.
---@field ignore_space? boolean

---A step that fails where two commands do not print the same.
---@param options baton.compare.Output
---@return baton.Step
function compare.output(options) end

---@class baton.compare.Verdict
---@field baseline number The median.
---@field candidate number The median.
---@field ratio number Candidate to baseline.
---@field worse number How much worse the candidate is, as a share; below 0: better.
---@field sentence string

---What two lists of values say.
---@param baseline number[]
---@param candidate number[]
---@param options? { better?: "lower"|"higher" }
---@return baton.compare.Verdict
function compare.judge(baseline, candidate, options) end

return compare
