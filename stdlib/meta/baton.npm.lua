---@meta baton.npm
-- npm: dependencies that are installed once, scripts, and the tests of Node.js.

local npm = {}

---@class baton.npm.Install: baton.Common
---@field folder? baton.Text
---@field args? baton.Text|baton.Text[]
---@field command? baton.Text|baton.Text[] Default `"npm"`.

---A step that installs what package-lock.json says, unless that is installed. Emits `cached`.
---@param options? baton.npm.Install
---@return baton.Step
function npm.ci(options) end

---@class baton.npm.Run: baton.Common
---@field script baton.Text
---@field args? baton.Text|baton.Text[]
---@field folder? baton.Text
---@field workspace? baton.Text|baton.Text[]
---@field workspaces? boolean In all workspaces.
---@field if_present? boolean A script that is not there is no mistake.
---@field command? baton.Text|baton.Text[] Default `"npm"`.

---A step that runs a script of package.json.
---@param options baton.npm.Run|baton.Text
---@return baton.Step
function npm.run(options) end

---@class baton.npm.NodeTest: baton.Common
---@field files? baton.Text|baton.Text[] Files, globs or folders.
---@field name? baton.Text|baton.Text[] Patterns that names of tests have to match.
---@field coverage? boolean
---@field report? string Default `"reports/node.xml"`.
---@field args? baton.Text|baton.Text[]
---@field command? baton.Text|baton.Text[] Default `"node"`.

---A step that runs tests with Node's own runner, and reads their results. With `retry`, only those that failed are run
---again; `tests` are files.
---@param options? baton.npm.NodeTest
---@return baton.Step
function npm.node_test(options) end

---@class baton.npm.Discover: baton.Common
---@field files? baton.Text|baton.Text[] Folders; default `"."`.

---A step that lists the files of tests that `node --test` finds in folders, as its value `tests`.
---@param options? baton.npm.Discover|baton.Text
---@return baton.Step
function npm.discover(options) end

return npm
