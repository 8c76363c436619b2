---@meta baton.gotest
-- `go test` as steps, and which tests there are.

---@class baton.gotest.Options: baton.Runner
---@field coverage? boolean Lines that the tests of each package execute are counted.

---@class baton.gotest.Discover: baton.Common
---@field path? baton.Text|baton.Text[] Packages; default `"./..."`.
---@field args? baton.Text|baton.Text[]
---@field command? baton.Text|baton.Text[]

---A step that runs tests. With `retry`, only functions that failed are run again; `tests` are PACKAGE.FUNCTION.
---@class baton.gotest
---@overload fun(options?: baton.gotest.Options|baton.Text): baton.Step
local go = {}

---A step that lists tests, examples and fuzz tests, as its value `tests`.
---@param options? baton.gotest.Discover|baton.Text
---@return baton.Step
function go.discover(options) end

return go
