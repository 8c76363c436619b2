---@meta
-- Services: processes that are kept well while steps need them.

---What is asked of a service: made by `probe.tcp`, `probe.http` and so on.
---@class baton.Probe

---What all probes have.
---@class baton.ProbeTimes
---@field interval? baton.Duration Between two questions; default: 50 ms to 1 s until it is ready, then 5 s.
---@field timeout? baton.Duration For one question; default 5 s.
---@field retries? integer So many failures in a row say that it is not well; default 5.
---@field start_period? baton.Duration Failures do not count so long after its start; default 30 s.

---@class baton.CommandProbe: baton.ProbeTimes
---@field run baton.Text|baton.Text[] As `ready`, it may emit what the service does: `echo a=1 >> "$BATON_OUTPUT"`.

---@class baton.TCPProbe: baton.ProbeTimes
---@field port integer|baton.Text
---@field host? baton.Text Default `"127.0.0.1"`.

---@class baton.HTTPProbe: baton.ProbeTimes
---@field url baton.Text
---@field status? integer|integer[] Default: 200 to 399.
---@field body? baton.Text A text that its answer must hold.
---@field json? table<string, any> Path → value of its answer, such as `{ ["nodes[1].state"] = "up" }`.

---@class baton.LogProbe: baton.ProbeTimes
---@field text baton.Text A text that a line of its output must hold; `*` stands for any letters.

---@class baton.SQLProbe: baton.ProbeTimes
---@field url baton.Text `psql` is asked.
---@field query? baton.Text Default `"select 1"`.
---@field expect? baton.Text What it must answer.

---What services have, and alternatives of them.
---@class baton.ServiceSettings
---@field env? table<string, baton.Text>
---@field cwd? baton.Text
---@field shell? string[]
---@field executor? "local"|baton.Executor Where it runs: `"local"` (default), `container {…}`, `ssh {…}`, `pod {…}`.
---@field grace? baton.Duration Between the polite signal and the kill of all its processes; default 10 s.
---@field health? baton.Probe Asked while it is ready; default: only its process is watched.
---@field restart? integer|baton.Retry How often it is started again when it is lost; default 3, half a second apart.
---@field teardown? baton.Text|(baton.Text|baton.Text[])[] Done before it is asked to end.
---@field outputs? table<string, any> What it emits, beside `host`, `port.NAME` and `folder`, until `ready` says more.

---What a service may have of its own in an alternative.
---@class baton.ServiceAlternative: baton.ServiceSettings
---@field run? baton.Text|baton.Text[] A command that stays in the foreground; default: the service's own.
---@field ready? baton.Probe Until it answers nothing that depends on it starts; default: its ports take connections.
---@field setup? baton.Text|(baton.Text|baton.Text[])[] Done once, when it first answers; may emit.
---@field setup_timeout? baton.Duration For each command of `setup`; default 5 min.

---What services have that modules make.
---@class baton.MadeService: baton.ServiceSettings
---@field depends? baton.Dependency Steps that must have succeeded, services that must be ready.
---@field failover? baton.ServiceAlternative[] Tried in turn when its restarts are used up.
---@field inputs? string|string[] Globs of what it is made of: once they changed, `baton resume` runs anew what used it.
---@field network? "private"|"host"|baton.Handle A network of its own, or that of a service; default: the machine's.
---@field scope? "run"|"group"|"step" One for the run (default), each group or cell, or each step that uses it.
---@field tags? string[]
---@field description? string Shown to people.

---@class baton.Service: baton.ServiceAlternative, baton.MadeService
---@field run? baton.Text|baton.Text[] Stays in the foreground; default: what its own `container {…}` or `pod {…}` says.
---@field ports? string|string[] Names of ports that it is given: `service.port.NAME`, `$BATON_PORT_NAME`.

---@class baton.ServiceWord
---@field port table<string, baton.Ref> Its ports, by name.
---@field folder baton.Ref A folder of its own, kept until the run has succeeded.
---@field host baton.Ref `127.0.0.1`.
---@overload fun(name: string): fun(fields: baton.Service): baton.Handle
---@overload fun(name: string, fields: baton.Service): baton.Handle

---A process that is kept well while what depends on it runs: `service "db" { run = "…", ports = { "sql" } }`.
---Within its braces it is that service: `service.port.sql`, `service.folder`.
---```lua
---local web = service "web" {
---  run = "exec python3 -m http.server $BATON_PORT_HTTP --bind 127.0.0.1",
---  ports = "http",
---  ready = probe.http("http://127.0.0.1:" .. service.port.http),
---}
---step "ask" { run = "curl -fsS http://127.0.0.1:" .. web.out.port.http }
---```
---With `scope = "step"` each step that uses it has its own, with ports and a folder of its own; it starts when the step
---has its turn and ends with it. With `"group"` each group or cell of a matrix has one. `db` of the step `a` is `db@a`.
---```lua
---local db = service "db" {
---  run = "exec python3 -m http.server $BATON_PORT_SQL --bind 127.0.0.1",
---  ports = "sql",
---  scope = "step",
---}
---matrix "ask" {
---  axes = { page = { "a", "b" } },
---  step = { run = "curl -fsS http://127.0.0.1:" .. db.out.port.sql },
---}
---```
---@type baton.ServiceWord
service = {}

---Questions to a service: `ready` until it answers, `health` while it is used.
---```lua
---local web = service "web" {
---  run = "exec python3 -u -m http.server $BATON_PORT_HTTP --bind 127.0.0.1",
---  ports = "http",
---  ready = probe.log "Serving HTTP on *",
---  health = probe.tcp { port = service.port.http, interval = "1s" },
---}
---step "ask" { run = "curl -fsS http://127.0.0.1:" .. web.out.port.http }
---```
probe = {}

---Its exit code is 0.
---```lua
---local web = service "web" {
---  run = "exec python3 -m http.server $BATON_PORT_HTTP --bind 127.0.0.1",
---  ports = "http",
---  ready = probe.command "curl -fsS http://127.0.0.1:$BATON_PORT_HTTP",
---}
---step "ask" { run = "curl -fsS http://127.0.0.1:" .. web.out.port.http }
---```
---@param fields baton.Text|baton.Text[]|baton.CommandProbe
---@return baton.Probe
function probe.command(fields) end

---It takes a connection.
---```lua
---local web = service "web" {
---  run = "exec python3 -m http.server $BATON_PORT_HTTP --bind 127.0.0.1",
---  ports = "http",
---  health = probe.tcp { port = service.port.http, interval = "1s", retries = 3 },
---}
---step "ask" { run = "curl -fsS http://127.0.0.1:" .. web.out.port.http }
---```
---@param fields integer|baton.Text|baton.TCPProbe
---@return baton.Probe
function probe.tcp(fields) end

---It answers a request.
---```lua
---local web = service "web" {
---  run = "exec python3 -m http.server $BATON_PORT_HTTP --bind 127.0.0.1",
---  ports = "http",
---  ready = probe.http { url = "http://127.0.0.1:" .. service.port.http .. "/", status = 200, body = "Directory" },
---}
---step "ask" { run = "curl -fsS http://127.0.0.1:" .. web.out.port.http }
---```
---@param fields baton.Text|baton.HTTPProbe
---@return baton.Probe
function probe.http(fields) end

---It has written a line that holds a text.
---```lua
---local web = service "web" {
---  run = "exec python3 -u -m http.server $BATON_PORT_HTTP --bind 127.0.0.1",
---  ports = "http",
---  ready = probe.log "Serving HTTP on 127.0.0.1 port *",
---}
---step "ask" { run = "curl -fsS http://127.0.0.1:" .. web.out.port.http }
---```
---@param fields baton.Text|baton.LogProbe
---@return baton.Probe
function probe.log(fields) end

---It answers a query, of which `psql` asks it.
---```lua
---local postgres = require "baton.postgres"
---local made = postgres.server { database = "shop" }
---made.health = probe.sql { url = made.outputs.url, query = "select count(*) from pg_tables", interval = "1s" }
---local db = service "db" (made)
---step "ask" { run = "psql --command 'select 1' " .. db.out.url }
---```
---@param fields baton.SQLProbe
---@return baton.Probe
function probe.sql(fields) end
