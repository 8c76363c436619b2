-- Redis as a service: a server of the run's own, with its own folder and port, filled once.
--
--   local redis = require "baton.redis"
--
--   local cache = service "cache" (redis.server { seed = "fixtures.redis", settings = { maxmemory = "64mb" } })
--   step "test" { run = "make test", env = { REDIS_URL = cache.out.url } }
--
-- It runs what the machine has: `redis-server` of Debian's package. It listens on 127.0.0.1 alone. What it holds is
-- appended to a file, so that a server that is killed has it again; nothing is synced to the disk unless
-- `durable = true`: a machine that loses its power may lose some.

local options = require "baton.options"

local redis = {}

local serve = [[
if ! command -v redis-server > /dev/null; then
  echo "there is no Redis on this machine: apt-get install redis-server" >&2
  exit 127
fi
cd "$BATON_SERVICE_FOLDER" || exit
exec redis-server --bind 127.0.0.1 --port "$BATON_PORT_REDIS" --dir "$BATON_SERVICE_FOLDER" --daemonize no --save "" \
  --appendonly yes "$@"]]

-- While it still reads what it held before, it answers with an error.
local is_ready = [[
answer=$(redis-cli -h 127.0.0.1 -p "$BATON_PORT_REDIS" ping 2>&1)
[ "$answer" = PONG ] || { echo "$answer"; exit 1; }]]

-- There is all of it, or it is begun anew: nobody uses the server before. Of what it reads without `--pipe`, redis-cli
-- says that all went well, also where a command is wrong or the server is gone. What fails within MULTI and EXEC is
-- not seen with it either.
local fill = [[
[ -e "$BATON_SERVICE_FOLDER/filled" ] && exit
ask() { redis-cli -h 127.0.0.1 -p "$BATON_PORT_REDIS" "$@" > /dev/null; }
ask -e flushall || exit
for file in "$@"; do
  ask --pipe --pipe-timeout 60 < "$file" && continue
  # Lines of RESP tell how long they are.
  awk 'FNR == 1 && /^[*]/ { exit }
    length > 65535 { print ", whose line " FNR " is longer than 64 KB,"; exit }' "$file" |
    { read -r why; echo "$file${why:-} could not be loaded" >&2; }
  exit 1
done
: > "$BATON_SERVICE_FOLDER/filled"]]

local read_server = options.schema("redis.server", {
  seed = { "texts" }, settings = { "values" }, durable = { "boolean", default = false },
}, {
  fields = options.service_fields,
  taken = { setup = "seed says it", ready = "the module knows when it is" },
})

-- The fields of a service. `seed` are files of commands as `redis-cli --pipe` takes them, relative to the folder of the
-- workflow, run in turn when the server is there for the first time; `settings` are directives of redis.conf. It emits
-- `url`, and `host` and `port.redis` as every service does.
function redis.server(given)
  local own, fields = read_server(given)
  local words = { "/bin/sh", "-c", serve, "sh" }
  local settings = { appendfsync = own.durable and "always" or "no" }
  for name, value in pairs(own.settings or {}) do settings[name] = value end
  for name, value in pairs(settings) do
    words[#words + 1] = "--" .. name
    words[#words + 1] = type(value) == "boolean" and (value and "yes" or "no") or value
  end
  fields.run, fields.ports = words, { "redis" }
  fields.ready = probe.command { run = { "/bin/sh", "-c", is_ready } }
  fields.health = fields.health or probe.command { run = { "/bin/sh", "-c", is_ready }, interval = "2s" }
  fields.setup = own.seed and { options.list({ "/bin/sh", "-c", fill, "sh" }, own.seed) } or nil
  local outputs = {}
  for name, value in pairs(fields.outputs or {}) do outputs[name] = value end
  outputs.url = "redis://127.0.0.1:" .. service.port.redis .. "/0"
  fields.outputs = outputs
  return fields
end

return redis
