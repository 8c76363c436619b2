---@meta baton.s3
-- S3 as a service.

local s3 = {}

---@class baton.s3.Server: baton.MadeService
---@field buckets? string|string[] Their names: 3 to 63 small letters, digits, dots and hyphens.
---@field objects? table<string, string> Name → file: `{ ["photos/cat.jpg"] = "fixtures/cat.jpg" }`.
---@field command? baton.Text The server's program; default: `minio` or `moto_server`, which of them there is.
---@field region? string Default `"us-east-1"`.
---@field access_key? baton.Text Default `"baton"`.
---@field secret_key? baton.Text Default `"baton-secret"`; for MinIO at least 8 characters.

---A server with its own port: MinIO, which keeps objects in the service's folder, or moto's, which keeps them in
---memory. Emits `url`, `access_key`, `secret_key`, `region`, `bucket` (the first one), `host` and `port.s3`.
---```lua
---local s3 = require "baton.s3"
---local store = service "store" (s3.server { buckets = "photos" })
---step "test" { run = "make test", env = { AWS_ENDPOINT_URL = store.out.url } }
---```
---@param options? string|string[]|baton.s3.Server
---@return baton.Service
function s3.server(options) end

return s3
