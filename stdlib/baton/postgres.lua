-- PostgreSQL as a service: a server of the run's own, with its own folder and port, filled once, and a database for
-- each step that wants one.
--
--   local postgres = require "baton.postgres"
--
--   local db = service "db" (postgres.server { database = "shop", schema = "schema.sql", seed = { "a.sql", "b.sql" } })
--   step "migrate" { run = "make migrate", env = { DATABASE_URL = db.out.url } }
--   step "test" (postgres.clone { db, run = "make test" })    -- DATABASE_URL: a copy of "shop" that is its own
--
-- It runs what the machine has: `initdb` and `postgres` of Debian's package, as the user postgres where Baton is run by
-- root. It listens on 127.0.0.1 alone, and trusts who connects there. Nothing is synced to the disk unless
-- `durable = true`: a server that is killed recovers all the same, a machine that loses its power may not.

local options = require "baton.options"

local postgres = {}

-- Where the programs are, and who runs them: a server refuses to be root's.
local prelude = [[
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ "$bin" ] || bin=$(dirname "$(command -v postgres)" 2>/dev/null)
if [ ! -x "$bin/postgres" ]; then
  echo "there is no PostgreSQL on this machine: apt-get install postgresql" >&2
  exit 127
fi
as=
if [ "$(id -u)" = 0 ]; then
  as="setpriv --reuid=postgres --regid=postgres --init-groups --pdeathsig KILL"
fi
]]

local serve = prelude .. [[
data=$BATON_SERVICE_FOLDER/data
if [ "$as" ]; then
  chown postgres "$BATON_SERVICE_FOLDER" || exit
  if ! $as test -x "$BATON_SERVICE_FOLDER"; then
    echo "the user postgres, as whom the server runs, can't reach $BATON_SERVICE_FOLDER:" >&2
    echo "put the project where everybody may go, or run baton as another user than root" >&2
    exit 1
  fi
fi
cd "$BATON_SERVICE_FOLDER" || exit
if [ ! -s "$data/PG_VERSION" ]; then
  rm -rf "$data" "$data.new"
  $as "$bin/initdb" --no-sync --auth=trust --username=postgres --encoding=UTF8 --locale=C.UTF-8 --pgdata="$data.new" \
    > initdb.log 2>&1 || { cat initdb.log >&2; exit 1; }
  # There is all of it, or nothing.
  mv "$data.new" "$data" || exit
fi
# What was killed with the engine may not have been buried yet, and is no other server.
if [ -s "$data/postmaster.pid" ]; then
  before=$(head -n 1 "$data/postmaster.pid")
  for look in 1 2 3 4 5 6 7 8 9 10; do
    state=$(grep '^State:' "/proc/$before/status" 2>/dev/null | cut -c 8)
    case $state in
      "" | Z | X) rm -f "$data/postmaster.pid"; break;;
    esac
    sleep 0.2
  done
fi
exec $as "$bin/postgres" -D "$data" -p "$BATON_PORT_SQL" -c listen_addresses=127.0.0.1 \
  -c unix_socket_directories= "$@"]]

local is_ready = prelude .. [[
exec "$bin/pg_isready" --quiet --host=127.0.0.1 --port="$BATON_PORT_SQL" --username=postgres --dbname=postgres]]

-- The database gets its name last of all: there is never half of it.
local fill = [[
database=$1
shift
ask() {
  psql --no-psqlrc --quiet --no-password --set=ON_ERROR_STOP=1 --host=127.0.0.1 --port="$BATON_PORT_SQL" \
    --username=postgres --set=name="$database" "$@"
}
found=$(echo "select 1 from pg_database where datname = :'name';" | ask --dbname=postgres --tuples-only) || exit
[ "$found" ] && exit
printf '%s\n' 'drop database if exists "filling";' 'create database "filling";' | ask --dbname=postgres || exit
for file in "$@"; do
  ask --dbname=filling --single-transaction --file="$file" > /dev/null || exit
done
echo 'alter database "filling" rename to :"name";' | ask --dbname=postgres]]

local read_server = options.schema("postgres.server", {
  database = { "string", default = "app" }, schema = { "texts" }, seed = { "texts" }, settings = { "values" },
  durable = { "boolean", default = false },
}, {
  fields = options.service_fields,
  taken = { setup = "schema and seed say it", ready = "the module knows when it is" },
})

-- The fields of a service. `schema` and `seed` are SQL files, relative to the folder of the workflow, loaded in turn
-- into `database` when the server is there for the first time; `settings` are parameters of the server, such as
-- { work_mem = "64MB" }. It emits `url`, `database`, `user`, and `host` and `port.sql` as every service does.
function postgres.server(given)
  local own, fields = read_server(given)
  local words = { "/bin/sh", "-c", serve, "sh" }
  local settings = own.durable and {} or { fsync = "off", full_page_writes = "off" }
  for name, value in pairs(own.settings or {}) do settings[name] = value end
  for name, value in pairs(settings) do
    words[#words + 1] = "-c"
    words[#words + 1] = name .. "=" .. value
  end
  fields.run, fields.ports = words, { "sql" }
  fields.ready = probe.command { run = { "/bin/sh", "-c", is_ready } }
  fields.health = fields.health or probe.command { run = { "/bin/sh", "-c", is_ready }, interval = "2s" }
  fields.setup = { options.list({ "/bin/sh", "-c", fill, "sh" }, own.database, own.schema, own.seed) }
  local outputs = {}
  for name, value in pairs(fields.outputs or {}) do outputs[name] = value end
  outputs.url = "postgresql://postgres@127.0.0.1:" .. service.port.sql .. "/" .. own.database
  outputs.database, outputs.user = own.database, "postgres"
  fields.outputs = outputs
  return fields
end

local copy = [[
copy=copy_$$
url=$1 database=$2
shift 2
base=${url%/*}
ask() {
  psql --no-psqlrc --quiet --no-password --set=ON_ERROR_STOP=1 --dbname="$base/postgres" --set=copy="$copy" "$@"
}
echo 'create database :"copy" template :"database";' | ask --set=database="$database" || exit
trap 'echo "drop database if exists :\"copy\" with (force);" | ask' EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
DATABASE_URL=$base/$copy PGDATABASE=$copy "$@"]]

local read_clone = options.schema("postgres.clone", { run = { "command", required = true } })

-- The fields of a step that has a database of its own: a copy of the server's, made in some tens of milliseconds before
-- it runs and dropped behind it. Its address is in `DATABASE_URL`. Nobody may be connected to the database itself while
-- copies are made.
function postgres.clone(given)
  local fields = {}
  for name, value in pairs(type(given) == "table" and given or {}) do
    if name ~= 1 then fields[name] = value end
  end
  local own, step = read_clone(fields)
  local db = type(given) == "table" and given[1]
  if not pcall(function() return db.out.url end) then
    error("postgres.clone: the service stands first: postgres.clone { db, run = … }", 2)
  end
  if type(own.run) == "function" then error('postgres.clone: "run" must be a command, not a function', 2) end
  local is_list = type(own.run) == "table" and not options.is_ref(own.run)
  local command = is_list and own.run or { "/bin/sh", "-c", own.run }
  step.run = options.list({ "/bin/sh", "-c", copy, "sh" }, db.out.url, db.out.database, command)
  return step
end

return postgres
