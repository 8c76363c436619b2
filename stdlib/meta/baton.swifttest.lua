---@meta baton.swifttest
-- `swift test` as steps, and which tests there are.

---@class baton.swifttest.Options: baton.Runner
---@field coverage? boolean
---@field xctest? boolean `false`: tests of XCTest are not run. Otherwise tests run in parallel.

---@class baton.swifttest.Discover: baton.Common
---@field path? baton.Text The package's folder.
---@field args? baton.Text|baton.Text[]
---@field command? baton.Text|baton.Text[]

---A step that runs tests. With `retry`, only those that failed are run again; `tests` are as `swift test list` has
---them.
---@class baton.swifttest
---@overload fun(options?: baton.swifttest.Options|baton.Text): baton.Step
local swift = {}

---A step that builds and lists the tests, as its value `tests`.
---@param options? baton.swifttest.Discover|baton.Text
---@return baton.Step
function swift.discover(options) end

return swift
