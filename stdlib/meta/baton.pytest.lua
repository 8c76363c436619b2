---@meta baton.pytest
-- pytest: suites as steps, and which tests there are.

---@class baton.pytest.Options: baton.Runner
---@field coverage? boolean|baton.Text|baton.Text[] `true`, or what is counted; needs pytest-cov.

---@class baton.pytest.Discover: baton.Common
---@field path? baton.Text|baton.Text[]
---@field args? baton.Text|baton.Text[]
---@field command? baton.Text|baton.Text[]

---A step that runs tests. With `retry`, only those that failed are run again; `tests` are node ids.
---@class baton.pytest
---@overload fun(options?: baton.pytest.Options|baton.Text): baton.Step
local pytest = {}

---A step that lists the tests, as its value `tests`.
---@param options? baton.pytest.Discover|baton.Text
---@return baton.Step
function pytest.discover(options) end

return pytest
