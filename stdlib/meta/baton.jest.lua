---@meta baton.jest
-- Jest as steps, and which files of tests there are.

---@class baton.jest.Options: baton.Runner
---@field coverage? boolean

---@class baton.jest.Discover: baton.Common
---@field path? baton.Text|baton.Text[] Patterns of test files.
---@field args? baton.Text|baton.Text[]
---@field command? baton.Text|baton.Text[]

---A step that runs tests. With `retry`, only those that failed are run again; `tests` are files.
---@class baton.jest
---@overload fun(options?: baton.jest.Options|baton.Text): baton.Step
local jest = {}

---A step that lists the files of tests, as its value `tests`.
---@param options? baton.jest.Discover|baton.Text
---@return baton.Step
function jest.discover(options) end

return jest
