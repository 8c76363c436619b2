---@meta
-- Where notifications go.

---@class baton.Webhook
---@field url baton.Text
---@field method? string Default `"POST"`.
---@field headers? table<string, baton.Text>
---@field body? any Takes the place of the event.
---@field sign? baton.Text A key: the request is signed as Standard Webhooks has it (HMAC-SHA256).
---@field ca? baton.Text A PEM file of who signs the server's certificate.

---POSTs JSON to a URL.
---```lua
---step "test" "make test"
---notify "hook" { on = "failed", to = webhook { url = "https://example.org/hook", sign = secret "HOOK_KEY" } }
---```
---@param settings string|baton.Ref|baton.Webhook
---@return baton.Channel
function webhook(settings) end

---@class baton.Slack
---@field url? baton.Text Of an incoming webhook; with a token: of the API, for proxies.
---@field token? baton.Text A bot's, with the scope chat:write.
---@field channel? baton.Text Its id or name; with a token.
---@field mention? baton.Text|baton.Text[] `here`, `channel`, `everyone`, a user's id or a group's.
---@field ca? baton.Text

---Posts to Slack, through an incoming webhook or as a bot.
---```lua
---step "test" "make test"
---notify "team" { on = "failed", to = slack { url = secret "SLACK_WEBHOOK", mention = "here" } }
---```
---@param settings string|baton.Ref|baton.Slack
---@return baton.Channel
function slack(settings) end

---@class baton.Teams
---@field url baton.Text Of a workflow that begins with a webhook request.
---@field ca? baton.Text

---Posts a card to Microsoft Teams.
---```lua
---step "test" "make test"
---notify "team" { on = "failed", to = teams(secret "TEAMS_WEBHOOK") }
---```
---@param settings string|baton.Ref|baton.Teams
---@return baton.Channel
function teams(settings) end

---@class baton.Discord
---@field url baton.Text Of a webhook.
---@field username? baton.Text
---@field mention? baton.Text|baton.Text[] `here`, `everyone`, `role:ID` or a user's id.
---@field ca? baton.Text

---Posts to Discord.
---```lua
---step "test" "make test"
---notify "team" { on = "failed", to = discord { url = secret "DISCORD_WEBHOOK" } }
---```
---@param settings string|baton.Ref|baton.Discord
---@return baton.Channel
function discord(settings) end

---@class baton.Email
---@field server baton.Text `mail.example.com`, `mail.example.com:587`, `smtps://…`.
---@field from baton.Text `Baton <baton@example.com>`
---@field to baton.Text|baton.Text[]
---@field cc? baton.Text|baton.Text[]
---@field bcc? baton.Text|baton.Text[]
---@field reply_to? baton.Text
---@field subject? baton.Text In place of the notification's title.
---@field user? baton.Text
---@field password? baton.Text
---@field tls? "starttls"|"tls"|"none" Default `"starttls"`: no mail without TLS.
---@field ca? baton.Text

---Sends a mail.
---```lua
---step "test" "make test"
---notify "mail" {
---  on = "failed",
---  to = email {
---    server = "mail.example.org:587", from = "baton@example.org", to = "team@example.org",
---    user = "baton", password = secret "MAIL_PASSWORD",
---  },
---}
---```
---@param settings baton.Email
---@return baton.Channel
function email(settings) end

---@class baton.PagerDuty
---@field key baton.Text The integration key of a service.
---@field url? baton.Text Of the API; `https://events.eu.pagerduty.com` in Europe.
---@field severity? "critical"|"error"|"warning"|"info"
---@field source? baton.Text Default: the workflow.
---@field component? baton.Text
---@field group? baton.Text
---@field class? baton.Text
---@field ca? baton.Text

---An incident for each cause of failure, resolved by `recovered`; of failed tests, for what they have in common.
---```lua
---step "probe" "make probe"
---notify "duty" { on = { "failed", "recovered" }, to = pagerduty(secret "PAGERDUTY_KEY") }
---```
---@param settings string|baton.Ref|baton.PagerDuty
---@return baton.Channel
function pagerduty(settings) end

---@class baton.Jira
---@field url baton.Text Of the site.
---@field project baton.Text Its key.
---@field token baton.Text An API token (with `user`), or a personal access token.
---@field user? baton.Text
---@field type? baton.Text Of new issues; default `"Bug"`.
---@field labels? baton.Text|baton.Text[]
---@field fields? table Further fields of new issues, as Jira's API has them.
---@field reopen? baton.Text The transition that leads out of a state that is done.
---@field close? baton.Text The transition of what has recovered; default: it is left open.
---@field deployment? "cloud"|"server" Default: by the host.
---@field ca? baton.Text

---One issue for each cause of failure, with a comment each time; of failed tests, for what they have in common.
---```lua
---step "test" "make test"
---notify "issue" {
---  on = "failed",
---  to = jira { url = "https://example.atlassian.net", project = "SHOP", user = "ci", token = secret "JIRA_TOKEN" },
---}
---```
---@param settings baton.Jira
---@return baton.Channel
function jira(settings) end

---Runs a command with the event on its standard input.
---```lua
---step "test" "make test"
---notify "log" { on = "finished", to = command { run = "cat >> told.txt" } }
---```
---@param settings string|baton.Ref|{ run: baton.Text|baton.Text[] }
---@return baton.Channel
function command(settings) end
