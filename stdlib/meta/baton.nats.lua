---@meta baton.nats
-- NATS as a service.

local nats = {}

---@class baton.nats.Server: baton.MadeService
---@field jetstream? boolean Whether it keeps messages, in its folder; default `false`.
---@field config? baton.Text A file as nats-server takes it, relative to the folder of the workflow.
---@field user? baton.Text Asked of whoever connects, with `password`.
---@field password? baton.Text
---@field arguments? baton.Text|baton.Text[] More words for nats-server.

---A message server with its own ports. Emits `url`, `monitor`, `host`, `port.nats` and `port.monitor`.
---```lua
---local nats = require "baton.nats"
---local bus = service "bus" (nats.server { jetstream = true })
---step "ask" { run = "curl -fsS " .. bus.out.monitor .. "/jsz" }
---```
---@param options? baton.nats.Server
---@return baton.Service
function nats.server(options) end

return nats
