---@meta baton.ctest
-- CTest: the tests of a build as steps, and which there are.

---@class baton.ctest.Options: baton.Runner

---@class baton.ctest.Discover: baton.Common
---@field path? baton.Text The build folder; default `"build"`.
---@field args? baton.Text|baton.Text[]
---@field command? baton.Text|baton.Text[]

---A step that runs tests. With `retry`, only those that failed are run again; `tests` are names.
---@class baton.ctest
---@overload fun(options?: baton.ctest.Options|baton.Text): baton.Step
local ctest = {}

---A step that lists the tests, without disabled ones, as its value `tests`.
---@param options? baton.ctest.Discover|baton.Text
---@return baton.Step
function ctest.discover(options) end

return ctest
