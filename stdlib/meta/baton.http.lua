---@meta baton.http
-- Requests as steps, with the engine's own client.

local http = {}

---@class baton.http.Base: baton.Common
---@field url baton.Text
---@field method? "GET"|"HEAD"|"POST"|"PUT"|"PATCH"|"DELETE"|"OPTIONS" Default: GET, or POST where something is sent.
---@field headers? table<string, baton.Text>
---@field body? baton.Text
---@field json? any Sent as JSON.
---@field expect? integer|integer[] The statuses that are no failure; default: below 400.

---@class baton.http.Request: baton.http.Base
---@field timeout? baton.Duration Of one attempt; default `"30s"`.
---@field retry? integer|baton.Retry Default: three attempts.

---A step that sends a request. Emits `status`, `headers`, `text`, and, where the answer is JSON, `json`.
---@param options baton.http.Request|baton.Text
---@return baton.Step
function http.request(options) end

---@class baton.http.Wait: baton.http.Base
---@field check? fun(answer: baton.Answer): boolean?, string? True; false, not yet; nil and why it never will.
---@field interval? baton.Duration Default `"2s"`.
---@field deadline? baton.Duration Default `"5m"`.
---@field timeout? baton.Duration Of one request; default `"10s"`.

---A step that asks until the answer is as it should be. Emits what `http.request` does, and `checks`.
---@param options baton.http.Wait|baton.Text
---@return baton.Step
function http.wait(options) end

---@class baton.http.Download: baton.Common
---@field url baton.Text
---@field to baton.Text A file.
---@field sha256? baton.Text With it, a file that is there already is not loaded again.
---@field headers? table<string, baton.Text> Values may be secrets.
---@field ca? baton.Text A PEM file.

---A step that downloads a file, whole or not at all, with curl. Emits `path` and `sha256`.
---@param options baton.http.Download
---@return baton.Step
function http.download(options) end

return http
