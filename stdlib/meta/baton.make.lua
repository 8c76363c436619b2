---@meta baton.make
-- make: targets as steps, and which there are.

local make = {}

---@class baton.make.Common: baton.Common
---@field file? baton.Text
---@field folder? baton.Text
---@field variables? table<string, baton.Text> They override those of the file.
---@field command? baton.Text|baton.Text[] Default `"make"`.

---@class baton.make.Target: baton.make.Common
---@field target? baton.Text|baton.Text[] Default: the first of the file.
---@field jobs? integer How many commands at once.
---@field keep_going? boolean
---@field always? boolean
---@field dry_run? boolean
---@field args? baton.Text|baton.Text[]

---A step that makes a target, or several.
---@param options baton.make.Target|baton.Text
---@return baton.Step
function make.target(options) end

---@class baton.make.Targets: baton.make.Common
---@field match? string A pattern of Lua.

---A step that lists the targets of a file. Emits `targets` and `count`.
---@param options? baton.make.Targets|string
---@return baton.Step
function make.targets(options) end

---@class baton.make.Test: baton.Common
---@field target? baton.Text|baton.Text[]
---@field jobs? integer
---@field folder? baton.Text
---@field file? baton.Text
---@field variables? table<string, baton.Text>
---@field args? baton.Text|baton.Text[]
---@field command? baton.Text|baton.Text[]
---@field report? string Default `"reports/make.txt"`.

---A step that makes targets one after the other, each of them a test. With `retry`, only those that failed are made
---again.
---@param options baton.make.Test|baton.Text
---@return baton.Step
function make.test(options) end

return make
