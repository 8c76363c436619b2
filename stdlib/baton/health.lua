-- Probes: steps that try until something answers.
--
--   local health = require "baton.health"
--   local database = step "database" (health.tcp { host = "db.internal", port = 5432, retries = 60 })
--   local schema = step "schema" (health.sql { postgres = env.DATABASE_URL, query = "select 1", depends = database })
--   step "app" (health.http { url = "http://localhost:8080/health", contains = "ok", interval = "1s" })
--
-- All take `interval`, between two tries ("2s"); `timeout`, of one ("5s"); and `retries`, how often to try again (30).
-- They run where the step's executor is, with what is there: curl, sqlite3, psql, mysql, and bash, nc or python3.

local options = require "baton.options"

local health = {}

local function schema(name, rules, main)
  rules.interval = { "duration", default = "2s" }
  rules.timeout = { "duration", above = 0, default = "5s" }
  rules.retries = { "integer", min = 0, max = 999999, default = 30 }
  return options.schema(name, rules, { main = main, taken = { retry = "interval and retries say it" } })
end

-- The fields of a step that tries.
local function probe(own, step, run)
  step.run, step.timeout = run, own.timeout
  step.retry = { attempts = own.retries + 1, backoff = own.interval, factor = 1 }
  return step
end

local function command(script, ...) return options.list({ "/bin/sh", "-c", script, "sh" }, ...) end

local read_command = schema("health.command", { run = { "command", required = true } }, "run")

-- Tries a command until its exit code is 0.
function health.command(given)
  local own, step = read_command(given)
  return probe(own, step, own.run)
end

local read_tcp = schema("health.tcp", { host = { "text", default = "127.0.0.1" }, port = { "any", required = true } })

local function is_port(port)
  if options.is_ref(port) then return true end
  local number = type(port) == "string" and port:find "^%d+$" and tonumber(port) or port
  return math.type(number) == "integer" and number >= 1 and number <= 65535
end

local connect = [[
if command -v bash > /dev/null; then
  bash -c 'exec 3<> "/dev/tcp/$1/$2"' bash "$1" "$2"
elif command -v nc > /dev/null; then
  nc -z -- "$1" "$2"
elif command -v python3 > /dev/null; then
  python3 -c 'import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2]))).close()' "$1" "$2"
else
  echo "a TCP probe needs bash, nc or python3" >&2
  exit 127
fi]]

-- Tries to connect to a TCP port.
function health.tcp(given)
  local own, step = read_tcp(given)
  if not is_port(own.port) then
    error('health.tcp: "port" must be a number from 1 to 65535, not ' .. options.phrase(own.port), 2)
  end
  return probe(own, step, command(connect, own.host, own.port))
end

local read_http = schema("health.http", {
  url = { "text", required = true }, expect = { "any", default = { "2??", "3??" } }, contains = { "text" },
  method = { "choice", of = { "GET", "HEAD", "POST", "PUT", "OPTIONS" }, default = "GET" }, headers = { "values" },
  ca = { "text" },
}, "url")

-- Headers go by standard input: arguments are seen by everyone on the machine.
local request = [[
expect=$1 contains=$2 method=$3
shift 3
body=$(mktemp) || exit
trap 'rm -f "$body"' EXIT
if [ "$method" = HEAD ]; then set -- --head "$@"; else set -- --request "$method" "$@"; fi
code=$(curl --silent --show-error --header @- --output "$body" --write-out '%{http_code}' "$@") || exit
fits=
set -f
for pattern in $expect; do
  case $code in $pattern) fits=1;; esac
done
[ "$fits" ] || { echo "HTTP $code" >&2; head -c 1000 "$body" >&2; exit 22; }
if [ "$contains" ] && ! grep -qF -e "$contains" "$body"; then
  echo "HTTP $code, without the text that is to be in it" >&2
  head -c 1000 "$body" >&2
  exit 1
fi
printf 'status=%s\n' "$code" >> "$BATON_OUTPUT"]]

local function statuses(expect, level)
  local all = options.list(expect)
  for i, status in ipairs(all) do
    local is_class = type(status) == "string" and status:find "^[1-5][%d?][%d?]$"
    if not is_class and not (math.type(status) == "integer" and status >= 100 and status <= 599) then
      error('health.http: "expect" must be a status such as 200 or "2??" or a list of them, not '
        .. options.phrase(status), level + 1)
    end
    all[i] = tostring(status)
  end
  return table.concat(all, " ")
end

-- Tries a request until the answer has one of the statuses of `expect` (numbers, or such as "2??"; default: 2?? and
-- 3??), and, where it is said, a text that it `contains`. Values of `headers` may be secrets; `ca` is a PEM file. It
-- emits `status`.
function health.http(given)
  local own, step = read_http(given)
  local expect = statuses(own.expect, 2)
  if type(own.url) == "string" and not own.url:find "^https?://" then
    error('health.http: "url" must begin with http:// or https://, unlike ' .. options.phrase(own.url), 2)
  end
  if own.headers and step.stdin then error('health.http: "stdin" is what headers go by', 2) end
  local lines = ""
  for name, value in pairs(own.headers or {}) do
    if not name:find "^[%w_-]+$" then error("health.http: " .. options.phrase(name) .. " is no name of a header", 2) end
    lines = lines .. name .. ": " .. value .. "\n"
  end
  step.stdin = lines
  local ca = own.ca and { "--cacert", own.ca }
  return probe(own, step, command(request, expect, own.contains or "", own.method, ca or {}, "--url", own.url))
end

local read_sql = schema("health.sql", {
  sqlite = { "text" }, postgres = { "text" }, mysql = { "texts" }, query = { "text", default = "select 1" },
  expect = { "text" },
})

-- The answer is compared without the blanks around it.
local compare = [[
if [ "$expected" ] && [ "$answer" != "$expected" ]; then
  printf 'the answer is "%s", not "%s"\n' "$answer" "$expected" >&2
  exit 1
fi]]

local clients = {
  sqlite = [[case $1 in -*) set -- "./$1";; esac
answer=$(sqlite3 -batch -readonly -bail "$1" "$query") || exit]],
  postgres = [[answer=$(psql --no-psqlrc --quiet --tuples-only --no-align --no-password --set=ON_ERROR_STOP=1 \
  --command="$query" --dbname="$1") || exit]],
  mysql = [[answer=$(mysql "$@" --batch --skip-column-names --execute="$query") || exit]],
}

-- Tries a query until it is answered, and, where `expect` is said, with that. Of `sqlite`, a file that must be there;
-- `postgres`, a connection string or URL; or `mysql`, the arguments of its client, such as { "--host=db", "shop" }.
-- Passwords belong into `env`: PGPASSWORD, MYSQL_PWD.
function health.sql(given)
  local own, step = read_sql(given)
  local client
  for name in pairs(clients) do
    if own[name] then
      if client then error(('health.sql: either "%s" or "%s", not both'):format(client, name), 2) end
      client = name
    end
  end
  if not client then error('health.sql: "sqlite", "postgres" or "mysql" says what is asked', 2) end
  local script = "expected=$1 query=$2\nshift 2\n" .. clients[client] .. "\n" .. compare
  return probe(own, step, command(script, own.expect or "", own.query, own[client]))
end

return health
