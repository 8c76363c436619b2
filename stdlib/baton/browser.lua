-- Chromium as a service: a browser of the run's own, driven by WebDriver, with one session that all steps share.
--
--   local browser = require "baton.browser"
--
--   local page = service "page" (browser.chromium { size = "1280x800" })
--   sequence "shopping" {
--     env = { WEBDRIVER_SESSION = page.out.session },
--     step "sign-in" { run = "python3 tests/sign_in.py" },
--     step "buy" { run = "python3 tests/buy.py" },        -- in the same window, signed in
--   }
--
-- It runs what the machine has: `chromedriver` and `chromium` of Debian's package chromium-driver. The session is
-- opened when the service starts, and anew when it had to be started again: then nothing of the old window is left.
-- What the browser keeps (profile, caches) is in the service's own folder.

local json = require "baton.json"
local options = require "baton.options"

local browser = {}

-- Its folder is named in few letters: a socket in it may have no longer name.
local serve = [[
for program in chromedriver curl; do
  if ! command -v "$program" > /dev/null; then
    echo "there is no $program on this machine: apt-get install chromium-driver curl" >&2
    exit 127
  fi
done
cd "$BATON_SERVICE_FOLDER" || exit
rm -rf session org.chromium.*
export TMPDIR=/proc/self/cwd HOME="$BATON_SERVICE_FOLDER"
exec chromedriver --port="$BATON_PORT_WEBDRIVER"]]

-- The one session: what a question that was cut off has opened is closed first. Once the driver answers, the file is of
-- its own time: what a killed one left is gone before it starts.
local open_session = [[
cd "$BATON_SERVICE_FOLDER" || exit
driver=http://127.0.0.1:$BATON_PORT_WEBDRIVER
curl -fsS -m 5 -o status "$driver/status" || exit
if ! [ -s session ]; then
  for old in $(curl -fsS -m 5 "$driver/sessions" | grep -o '"id":"[0-9a-f]*"' | cut -d '"' -f 4); do
    curl -fsS -m 10 -o status -X DELETE "$driver/session/$old"
  done
  wanted=$1
  [ "$(id -u)" = 0 ] && wanted=$(printf '%s' "$wanted" | sed 's/"args":\[/"args":["--no-sandbox",/')
  curl -sS -m 50 -o answer -H "Content-Type: application/json" -d "$wanted" "$driver/session" || exit
  id=$(grep -o '"sessionId":"[0-9a-f]*"' answer | cut -d '"' -f 4)
  pid=$(grep -o '"goog:processID":[0-9]*' answer | cut -d : -f 3)
  if ! [ "$id" ]; then
    cut -c 1-400 answer
    exit 1
  fi
  echo "$id $pid" > session
fi
read -r id pid < session
printf 'session=%s\nid=%s\n' "$driver/session/$id" "$id" >> "$BATON_OUTPUT"]]

-- The driver answers, and the browser has not died below it.
local is_well = [[
cd "$BATON_SERVICE_FOLDER" && curl -fsS -m 4 -o status "http://127.0.0.1:$BATON_PORT_WEBDRIVER/status" || exit
read -r id pid < session
[ -z "$pid" ] || kill -0 "$pid" 2> /dev/null || { echo "the browser is gone"; exit 1; }]]

local function is_size(value)
  return type(value) == "string" and value:match "^[1-9]%d?%d?%d?x[1-9]%d?%d?%d?$" ~= nil
end

local read_chromium = options.schema("browser.chromium", {
  size = { is_size, expected = 'width and height such as "1280x800"', default = "1280x800" },
  arguments = { "strings", default = {} }, preferences = { "table" },
  page_load = { "choice", of = { "normal", "eager", "none" } },
  headless = { "boolean", default = true },
}, {
  fields = options.service_fields,
  taken = { setup = "the session is opened by the module", ready = "the module knows when it is" },
})

-- The fields of a service. `arguments` are switches of Chromium such as "--lang=de"; `preferences` those of its
-- profile; `page_load` how long a step waits for a page. It emits `session`, the address of the session, beside `url`,
-- the driver's, `id`, the session's, and `host` and `port.webdriver` as every service does.
function browser.chromium(given)
  local own, fields = read_chromium(given)
  local words = options.list(own.headless and "--headless=new" or {}, "--window-size=" .. own.size:gsub("x", ","),
    "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run", "--remote-debugging-pipe", own.arguments)
  local chrome = { args = words, prefs = own.preferences }
  local wanted = json.encode {
    capabilities = {
      alwaysMatch = {
        browserName = "chrome", pageLoadStrategy = own.page_load or "normal", ["goog:chromeOptions"] = chrome,
      },
    },
  }
  fields.run, fields.ports = { "/bin/sh", "-c", serve }, { "webdriver" }
  fields.ready = probe.command {
    run = { "/bin/sh", "-c", open_session, "sh", wanted }, timeout = "60s", interval = "100ms",
  }
  fields.health = fields.health or probe.command { run = { "/bin/sh", "-c", is_well }, interval = "2s" }
  local outputs = {}
  for name, value in pairs(fields.outputs or {}) do outputs[name] = value end
  outputs.url = "http://127.0.0.1:" .. service.port.webdriver
  -- Until it is open.
  outputs.session, outputs.id = outputs.url .. "/session/none", "none"
  fields.outputs = outputs
  return fields
end

return browser
