---@meta baton.mock
-- Servers of others, played by a table.

local mock = {}

---@class baton.mock.Answer
---@field status? integer Default 200.
---@field headers? table<string, string|number>
---@field body? string
---@field json? any In place of `body`.
---@field file? string In place of `body`: a file, relative to the folder of the workflow.
---@field delay? baton.Duration Until it is sent.

---An answer, or several in turn, the last one for good.
---@alias baton.mock.Answers string|baton.mock.Answer|(string|baton.mock.Answer)[]

---@class baton.mock.Server: baton.MadeService
---@field routes table<string, baton.mock.Answers> `"GET /users/*"` → what is answered.

---A server that answers as it is told and writes down what it was asked. Emits `url`, `calls` (a file with a JSON
---object for each request), `host` and `port.http`.
---```lua
---local mock = require "baton.mock"
---local api = service "api" (mock.http { routes = { ["GET /users/*"] = { json = { name = "Ada" } } } })
---local use = step "use" { run = "curl -fsS " .. api.out.url .. "/users/1" }
---step "asked" (mock.check { api, depends = use, calls = { ["GET /users/*"] = 1 } })
---```
---@param options baton.mock.Server
---@return baton.Service
function mock.http(options) end

---@class baton.mock.Check: baton.Common
---@field [1] baton.Handle The service.
---@field calls? table<string, integer> Route → how often it was asked.
---@field bodies? table<string, string|string[]> Route → texts that bodies of its requests hold.
---@field unmatched? boolean Whether requests that no route fits may pass; default `false`.

---A step that fails where the server was asked otherwise than expected.
---@param options baton.mock.Check
---@return baton.Step
function mock.check(options) end

return mock
