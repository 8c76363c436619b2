---@meta baton.redis
-- Redis as a service.

local redis = {}

---@class baton.redis.Server: baton.MadeService
---@field seed? string|string[] Files beside the workflow, run once: commands, one a line of at most 64 KB, or RESP.
---@field settings? table<string, string|number|boolean> Directives of redis.conf: `{ maxmemory = "64mb" }`.
---@field durable? boolean Whether it survives a loss of power; default `false`.

---A server with its own folder and port. Emits `url`, `host` and `port.redis`.
---```lua
---local redis = require "baton.redis"
---local cache = service "cache" (redis.server { settings = { maxmemory = "64mb" } })
---step "warm" { run = "redis-cli -u " .. cache.out.url .. " set greeting hello" }
---```
---@param options? baton.redis.Server
---@return baton.Service
function redis.server(options) end

return redis
