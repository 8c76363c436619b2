-- S3 as a service: an object store of the run's own, with its own port, its buckets made and filled.
--
--   local s3 = require "baton.s3"
--
--   local store = service "store" (s3.server { buckets = { "photos", "backups" } })
--   step "test" { run = "make test", env = {
--     AWS_ENDPOINT_URL = store.out.url, AWS_ACCESS_KEY_ID = store.out.access_key,
--     AWS_SECRET_ACCESS_KEY = store.out.secret_key, AWS_DEFAULT_REGION = store.out.region,
--   } }
--
-- It runs what the machine has: `minio`, which keeps objects in the service's folder, or `moto_server` of the Python
-- package moto, which keeps them in memory. It listens on 127.0.0.1 alone. A virtual environment will do:
--
--   local venv = require "baton.python".venv { packages = "moto[server]" }
--   local store = service "store" (s3.server { command = venv.path .. "/bin/moto_server", buckets = "photos" })

local options = require "baton.options"

local s3 = {}

local serve = [[
command=$1
[ "$command" ] || command=$(command -v minio || command -v moto_server)
if ! command -v "$command" > /dev/null; then
  echo "there is no S3 on this machine${command:+: no $command}: install minio, or: pip install 'moto[server]'" >&2
  exit 127
fi
case ${command##*/} in
  *moto*) exec "$command" -H 127.0.0.1 -p "$BATON_PORT_S3";;
  *)
    cd "$BATON_SERVICE_FOLDER" && mkdir -p data || exit
    exec env MINIO_ROOT_USER="$2" MINIO_ROOT_PASSWORD="$3" MINIO_REGION="$4" MINIO_BROWSER=off \
      "$command" server --address "127.0.0.1:$BATON_PORT_S3" data;;
esac]]

-- Any answer is one: who may ask what is not its question.
local is_ready = [[curl -sS -o /dev/null --max-time 5 "http://127.0.0.1:$BATON_PORT_S3/"]]

-- Buckets and objects that are there already stay as they are.
local fill = [[
key=$1 secret=$2 region=$3 address=http://127.0.0.1:$BATON_PORT_S3
shift 3
ask() {
  printf 'user = "%s:%s"\n' "$key" "$secret" \
    | curl -s -o /dev/null -w '%{http_code}' --max-time 60 -K - --aws-sigv4 "aws:amz:$region:s3" "$@"
}
while [ $# -ge 2 ]; do
  what=$1 file=$2
  shift 2
  if [ "$file" ]; then
    [ -r "$file" ] || { echo "cannot read $file, which is to be the object $what" >&2; exit 1; }
    code=$(ask -I "$address/$what")
    [ "$code" = 200 ] || code=$(ask -T "$file" "$address/$what")
  else
    body= kind="Content-Type: application/xml"
    if [ "$region" != us-east-1 ]; then
      body="<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
      body="$body<LocationConstraint>$region</LocationConstraint></CreateBucketConfiguration>"
    fi
    code=$(ask -I "$address/$what")
    [ "$code" = 200 ] || code=$(ask -X PUT ${body:+-H "$kind" --data-binary "$body"} "$address/$what")
  fi
  [ "$code" = 200 ] || { echo "$what cannot be made: the server answers with $code" >&2; exit 1; }
done]]

local read_server = options.schema("s3.server", {
  buckets = { "strings", default = {} }, objects = { "values", default = {} }, command = { "text", default = "" },
  region = { "string", default = "us-east-1" }, access_key = { "text", default = "baton" },
  secret_key = { "text", default = "baton-secret" },
}, {
  main = "buckets", fields = options.service_fields,
  taken = { setup = "buckets and objects say it", ready = "the module knows when it is" },
})

-- The fields of a service. `buckets`: their names, one or a list; `objects`: name → file, relative to the folder of the
-- workflow, the name beginning with its bucket: { ["photos/cat.jpg"] = "fixtures/cat.jpg" }; `command`: the server's
-- program; `region`, `access_key`, `secret_key` are what clients say. It emits `url`, these three, and `bucket`, the
-- first one, beside `host` and `port.s3` as every service does.
function s3.server(given)
  local own, fields = read_server(given)
  local buckets, made = options.list(own.buckets), {}
  local words = {}
  for _, bucket in ipairs(buckets) do
    if not bucket:find("^[a-z0-9][a-z0-9.-]+[a-z0-9]$") or #bucket > 63 then
      error(('s3.server: "%s" is no name of a bucket: 3 to 63 small letters, digits, dots, hyphens'):format(bucket), 2)
    end
    made[bucket] = true
    words[#words + 1] = bucket
    words[#words + 1] = ""
  end
  for name, file in pairs(own.objects) do
    local bucket, key = name:match("^([^/]+)/(.+)$")
    if not bucket or not made[bucket] then
      error(('s3.server: the object "%s" needs the name of one of the buckets before it, as in "bucket/%s"')
        :format(name, key or name), 2)
    end
    local path = name:gsub("[^%w/._~-]", function(letter)
      return ("%%%02X"):format(letter:byte())
    end)
    words[#words + 1] = path
    words[#words + 1] = file
  end
  fields.run = { "/bin/sh", "-c", serve, "sh", own.command, own.access_key, own.secret_key, own.region }
  fields.ports = { "s3" }
  fields.ready = probe.command { run = { "/bin/sh", "-c", is_ready }, start_period = "1m" }
  fields.health = fields.health or probe.command { run = { "/bin/sh", "-c", is_ready }, interval = "2s" }
  fields.setup = words[1] and {
    options.list({ "/bin/sh", "-c", fill, "sh", own.access_key, own.secret_key, own.region }, words),
  } or nil
  local outputs = {}
  for name, value in pairs(fields.outputs or {}) do outputs[name] = value end
  outputs.url = "http://127.0.0.1:" .. service.port.s3
  outputs.access_key, outputs.secret_key, outputs.region = own.access_key, own.secret_key, own.region
  outputs.bucket = buckets[1]
  fields.outputs = outputs
  return fields
end

return s3
