---@meta baton.health
-- Probes: steps that try until something answers.

local health = {}

---@class baton.health.Probe: baton.Common
---@field interval? baton.Duration Between two tries; default `"2s"`.
---@field timeout? baton.Duration Of one try; default `"5s"`.
---@field retries? integer How often to try again; default 30.

---@class baton.health.Command: baton.health.Probe
---@field run baton.Command

---Tries a command until its exit code is 0.
---@param options baton.health.Command|baton.Text
---@return baton.Step
function health.command(options) end

---@class baton.health.TCP: baton.health.Probe
---@field host? baton.Text Default `"127.0.0.1"`.
---@field port baton.Text

---Tries to connect to a TCP port.
---@param options baton.health.TCP
---@return baton.Step
function health.tcp(options) end

---@class baton.health.HTTP: baton.health.Probe
---@field url baton.Text
---@field method? "GET"|"HEAD"|"POST"|"PUT"|"OPTIONS"
---@field expect? integer|string|(integer|string)[] Statuses: `200`, `"2??"`; default `{ "2??", "3??" }`.
---@field contains? baton.Text
---@field headers? table<string, baton.Text> Values may be secrets.
---@field ca? baton.Text A PEM file.

---Tries a request, with curl, until the answer is as it should be. Emits `status`.
---@param options baton.health.HTTP|baton.Text
---@return baton.Step
function health.http(options) end

---@class baton.health.SQL: baton.health.Probe
---@field sqlite? baton.Text A file.
---@field postgres? baton.Text A connection string or URL.
---@field mysql? baton.Text|baton.Text[] Arguments of the client.
---@field query? baton.Text Default `"select 1"`.
---@field expect? baton.Text The answer, without the blanks around it.

---Tries a query until it is answered.
---@param options baton.health.SQL
---@return baton.Step
function health.sql(options) end

return health
