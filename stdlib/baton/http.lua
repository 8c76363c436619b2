-- Requests as steps, with the engine's own client: each is recorded, tried again where the network fails, and never
-- repeated by a resumed run.
--
--   local http = require "baton.http"
--   local release = step "release" (http.request {
--     url = "https://api.example.org/releases", json = { tag = "v1.4" },
--     headers = { Authorization = "Bearer " .. secret "TOKEN" }, expect = { 200, 201 },
--   })
--   step "show" { run = { "echo", release.out.json.id } }
--   step "up" (http.wait { url = "https://example.org/health", interval = "2s", deadline = "5m" })
--   step "tool" (http.download {
--     url = "https://example.org/tool.tgz", to = "cache/tool.tgz",
--     sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
--   })
--
-- In a body, ctx:http does the same without a step of its own.

local json = require "baton.json"
local options = require "baton.options"
local poll = require "baton.poll"

local http = {}

local methods = { "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT" }

local function schema(name, more, settings)
  local rules = {
    url = { "text", required = true }, method = { "choice", of = methods }, headers = { "values" },
    body = { "text" }, json = { "any" }, expect = { "any" }, timeout = { "duration", above = 0 },
  }
  for option, rule in pairs(more) do rules[option] = rule end
  settings = settings or {}
  settings.main = "url"
  return options.schema(name, rules, settings)
end

-- Whether JSON can be made of it: values, refs, and tables of them.
local function is_json(value)
  if type(value) == "table" and not options.is_ref(value) and getmetatable(value) == nil then
    for _, item in pairs(value) do
      if not is_json(item) then return false end
    end
    return true
  end
  return type(value) ~= "function" and type(value) ~= "thread"
end

local retry_fields = { attempts = true, backoff = true, factor = true, max = true, jitter = true, when = true }

-- Whether it says how often to try again.
local function is_retry(retry)
  if type(retry) ~= "table" then return math.type(retry) == "integer" and retry >= 0 end
  for name in pairs(retry) do
    if not retry_fields[name] then return false end
  end
  return math.type(retry.attempts) == "integer" and retry.attempts >= 1
end

-- What can be checked before it runs.
local function check(who, own, level)
  local function wrong(sentence) error(who .. ": " .. sentence, level + 3) end
  if type(own.url) == "string" and not own.url:find "^https?://" then
    wrong('"url" must begin with http:// or https://, unlike ' .. options.phrase(own.url))
  end
  if own.body ~= nil and own.json ~= nil then wrong 'either "body" or "json", not both' end
  for _, status in ipairs(options.list(own.expect)) do
    if math.type(status) ~= "integer" or status < 100 or status > 599 then
      wrong('"expect" must be a status such as 200 or a list of them, not ' .. options.phrase(status))
    end
  end
  if own.json ~= nil and not is_json(own.json) then
    wrong('"json" must be a value that JSON has, or a table of such values, not ' .. options.phrase(own.json))
  end
  if own.retry ~= nil and not is_retry(own.retry) then
    wrong('"retry" must be how often to try again, or a table such as { attempts = 3, backoff = "2s" }, not '
      .. options.phrase(own.retry))
  end
  for name in pairs(own.headers or {}) do
    if not name:find "^[%w_-]+$" then wrong(options.phrase(name) .. " is no name of a header") end
  end
end

local function request_of(own)
  return {
    url = own.url, method = own.method, headers = own.headers, body = own.body, json = own.json, expect = own.expect,
    timeout = own.timeout,
  }
end

-- What a step emits of an answer.
local function emitted(answer)
  local out = { status = answer.status, headers = answer.headers, text = answer.text }
  if (answer.headers["content-type"] or ""):find "[/+]json" then
    local done, value = pcall(json.decode, answer.text)
    if done then out.json = value end
  end
  return out
end

local read_request = schema("http.request", { retry = { "any" } })

-- A step that sends a request. `expect`: the statuses that are no failure, one or a list; default: below 400.
-- `timeout`, of one attempt (30s), and `retry` are as a step's; standard are three attempts where there is no answer
-- or the status is 408, 425, 429 or from 500 on. It emits `status`, `headers` (by their names in lower case), `text`,
-- and, where the answer is JSON, `json`.
function http.request(given)
  local own, step = read_request(given)
  check("http.request", own, 1)
  step[1] = function(ctx)
    local request = request_of(own)
    request.retry, request.name = own.retry, "request"
    local answer = ctx:http(request)
    if not own.expect and not answer.ok then ctx:fail("HTTP " .. answer.status) end
    return emitted(answer)
  end
  return step
end

local read_wait = schema("http.wait", {
  check = { "function" }, interval = { "duration", above = 0, default = "2s" },
  deadline = { "duration", above = 0, default = "5m" }, timeout = { "duration", above = 0, default = "10s" },
}, { taken = { retry = "interval and deadline say it" } })

-- A step that sends a request every `interval` until the answer is as it should be: its status one of `expect`, or
-- below 400, and, with `check(answer)`, that says true; false: not yet; nil and a reason: it never will be, the step
-- fails at once. After `deadline` (5m) it gives up. It emits what `http.request` does, and `checks`, how many there
-- were.
function http.wait(given)
  local own, step = read_wait(given)
  check("http.wait", own, 1)
  local fits
  if own.expect then
    fits = {}
    for _, status in ipairs(options.list(own.expect)) do fits[status] = true end
  end
  step[1] = function(ctx)
    local answer, checks = poll.wait(ctx, {
      interval = own.interval, deadline = own.deadline,
      check = function(_, number)
        local request = request_of(own)
        request.expect, request.retry, request.name = nil, 0, "request-" .. number
        local done, result = pcall(ctx.http, ctx, request)
        if not done then return false, tostring(result.reason or result) end
        if fits and not fits[result.status] or not fits and not result.ok then
          return false, "HTTP " .. result.status
        end
        if not own.check then return true, result end
        local verdict, reason = own.check(result)
        if verdict == true then return true, result end
        return verdict, reason
      end,
    })
    local out = emitted(answer)
    out.checks = checks
    return out
  end
  return step
end

local read_download = options.schema("http.download", {
  url = { "text", required = true }, to = { "text", required = true, filled = true }, sha256 = { "text" },
  headers = { "values" }, ca = { "text" },
}, { taken = { stdin = "headers go by it" } })

-- A step that downloads a file, whole or not at all, with curl. With `sha256` it fails where the file is another, and
-- does nothing where the file is there already. Values of `headers` may be secrets. It emits `path` and `sha256`.
function http.download(given)
  local own, step = read_download(given)
  check("http.download", own, 1)
  local sum = own.sha256
  if type(sum) == "string" and not sum:find("^" .. ("%x"):rep(64) .. "$") then
    error('http.download: "sha256" must be 64 hexadecimal digits, not ' .. options.phrase(sum), 2)
  end
  local lines = ""
  for name, value in pairs(own.headers or {}) do lines = lines .. name .. ": " .. value .. "\n" end
  step.stdin = lines
  step.run = options.list("/bin/sh", "-c", [[
set -e
to=$1 wanted=$(printf %s "$2" | tr A-F a-f)
shift 2
sum_of() { sum=$(sha256sum < "$1") && sum=${sum%% *}; }
done_with() { printf 'path=%s\nsha256=%s\n' "$to" "$sum" >> "$BATON_OUTPUT"; exit 0; }
if [ "$wanted" ] && [ -f "$to" ]; then
  sum_of "$to"
  [ "$sum" != "$wanted" ] || done_with
fi
mkdir -p -- "$(dirname -- "$to")"
part=$to.part.$$
trap 'rm -f -- "$part"' EXIT
curl --fail --location --silent --show-error --header @- --output "$part" "$@"
sum_of "$part"
if [ "$wanted" ] && [ "$sum" != "$wanted" ]; then
  printf 'its SHA-256 is %s, not %s\n' "$sum" "$wanted" >&2
  exit 1
fi
mv -f -- "$part" "$to"
done_with]], "sh", own.to, own.sha256 or "", own.ca and { "--cacert", own.ca } or {}, "--url", own.url)
  return step
end

return http
