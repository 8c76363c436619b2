---@meta baton.postgres
-- PostgreSQL as a service, and a database for each step that wants one.

local postgres = {}

---@class baton.postgres.Server: baton.MadeService
---@field database? string Its name; default `"app"`.
---@field schema? string|string[] SQL files, relative to the folder of the workflow, loaded once.
---@field seed? string|string[] SQL files, loaded behind those.
---@field settings? table<string, string|number|boolean> Parameters of the server: `{ work_mem = "64MB" }`.
---@field durable? boolean Whether it survives a loss of power; default `false`.

---A server with its own folder and port. Emits `url`, `database`, `user`, `host` and `port.sql`.
---@param options? baton.postgres.Server
---@return baton.Service
function postgres.server(options) end

---@class baton.postgres.Clone: baton.Common
---@field [1] baton.Handle The service.
---@field run baton.Text|baton.Text[]

---A step with a database of its own, in `DATABASE_URL`: a copy of the server's, dropped behind it.
---@param options baton.postgres.Clone
---@return baton.Step
function postgres.clone(options) end

return postgres
