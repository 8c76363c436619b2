---@meta baton.browser
-- Chromium as a service, driven by WebDriver.

local browser = {}

---@class baton.browser.Chromium: baton.MadeService
---@field size? string Of its window; default `"1280x800"`.
---@field arguments? string|string[] Switches of Chromium: `"--lang=de"`.
---@field preferences? table<string, any> Of its profile.
---@field page_load? "normal"|"eager"|"none" How long a command waits for a page; default `"normal"`.
---@field headless? boolean Whether it has no window that people see; default `true`.

---A browser with one session that all steps share. Emits `session` (its address), `url` (the driver's), `id`, `host`
---and `port.webdriver`.
---```lua
---local browser = require "baton.browser"
---local page = service "page" (browser.chromium { arguments = "--lang=de" })
---step "look" {
---  run = [[curl -fsS -d '{"url":"data:text/html,<title>hello</title>"}' $SESSION/url && curl -fsS $SESSION/title]],
---  env = { SESSION = page.out.session },
---}
---```
---@param options? baton.browser.Chromium
---@return baton.Service
function browser.chromium(options) end

return browser
