-- NATS as a service: a message server of the run's own, with its own ports and a folder for the messages that it keeps.
--
--   local nats = require "baton.nats"
--
--   local bus = service "bus" (nats.server { jetstream = true })
--   step "test" { run = "make test", env = { NATS_URL = bus.out.url } }
--
-- It runs what the machine has: `nats-server` of Debian's package. It listens on 127.0.0.1 alone. Streams of JetStream
-- are kept in the service's folder: a server that is killed has them again.

local options = require "baton.options"

local nats = {}

local serve = [[
PATH=$PATH:/usr/sbin
if ! command -v nats-server > /dev/null; then
  echo "there is no NATS on this machine: apt-get install nats-server" >&2
  exit 127
fi
exec nats-server --addr 127.0.0.1 --port "$BATON_PORT_NATS" --http_port "$BATON_PORT_MONITOR" "$@"]]

local read_server = options.schema("nats.server", {
  jetstream = { "boolean", default = false }, config = { "text" }, user = { "text" }, password = { "text" },
  arguments = { "texts", default = {} },
}, {
  fields = options.service_fields,
  taken = { ready = "the module knows when it is" },
})

-- The fields of a service. `config` is a file as nats-server takes it, relative to the folder of the workflow;
-- `jetstream` keeps messages; `user` and `password` are asked of whoever connects. It emits `url`, without them, and
-- `monitor`, where it tells of itself, beside `host`, `port.nats` and `port.monitor` as every service does.
function nats.server(given)
  local own, fields = read_server(given)
  if (own.user == nil) ~= (own.password == nil) then error("nats.server: user and password go together", 2) end
  fields.run = options.list({ "/bin/sh", "-c", serve, "sh" },
    own.jetstream and { "--jetstream", "--store_dir", service.folder } or {},
    own.config and { "--config", own.config } or {},
    own.user and { "--user", own.user, "--pass", own.password } or {}, own.arguments)
  fields.ports = { "nats", "monitor" }
  local monitor = "http://127.0.0.1:" .. service.port.monitor
  fields.ready = probe.http { url = monitor .. "/healthz", json = { status = "ok" } }
  fields.health = fields.health or probe.http { url = monitor .. "/healthz", json = { status = "ok" }, interval = "2s" }
  local outputs = {}
  for name, value in pairs(fields.outputs or {}) do outputs[name] = value end
  outputs.url, outputs.monitor = "nats://127.0.0.1:" .. service.port.nats, monitor
  fields.outputs = outputs
  return fields
end

return nats
