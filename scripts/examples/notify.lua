-- Tells people and programs how a run went. A message can never fail the run; it carries an idempotency key, so that a
-- receiver can tell when it is sent again. Channels whose secret is not there are left out.
--
--   CHAT_WEBHOOK=https://chat.example/hooks/… baton run notify.lua
--   baton run notify.lua -p fail=true

workflow "notify" {
  description = "Sends messages at the moments that matter",
  params = { fail = param.boolean { default = false } },
}

local work = step "work" {
  run = params.fail and "exit 1" or [[echo "items=42" >> "$BATON_OUTPUT"]],
}

-- A command gets the message in $BATON_NOTIFY_TEXT and the event as JSON on its standard input.
notify "log" {
  on = { "succeeded", "failed", "recovered" },
  to = command { run = [[mkdir -p build && printf '%s\n' "$BATON_NOTIFY_TEXT" >> build/notify.log]] },
}

-- The address is a secret: it is read when the message leaves, and never stands in a log, a record or an error. With
-- `sign`, the receiver can tell that the message is Baton's.
if env.CHAT_WEBHOOK then
  notify "chat" {
    on = { "succeeded", "failed" },
    to = webhook { url = secret "CHAT_WEBHOOK", sign = env.CHAT_KEY and secret "CHAT_KEY" },
    message = "processed " .. work.out.items .. " items",
  }
end

-- A chat that people read: at once, and then not again for eight hours, however many runs fail in a night. What
-- happened meanwhile leaves as one message with the first run after that.
if env.SLACK_WEBHOOK then
  notify "team" {
    on = { "failed", "halted" },
    to = slack { url = secret "SLACK_WEBHOOK" },
    rate = "1/8h",
    scope = "project",
  }
end

-- Everything that a run has to tell within ten minutes in one mail.
if env.MAIL_PASSWORD then
  notify "owners" {
    on = { "retrying", "failed", "recovered" },
    to = email {
      server = "mail.example.com:587", user = "baton", password = secret "MAIL_PASSWORD",
      from = "Baton <baton@example.com>", to = { "ann@example.com", "Bob <bob@example.com>" },
    },
    title = function(event) return "[ci] " .. event.workflow .. " " .. (event.status or "digest") end,
    digest = "10m",
  }
end

-- One incident and one issue for each cause, however often it fails; a run that recovers resolves the incident.
if env.PAGERDUTY_KEY then
  notify "on-call" { on = { "failed", "recovered" }, to = pagerduty { key = secret "PAGERDUTY_KEY" } }
end
if env.JIRA_TOKEN then
  notify "issues" {
    on = { "failed", "recovered" },
    to = jira {
      url = "https://example.atlassian.net", project = "CI", user = "ci@example.com", token = secret "JIRA_TOKEN",
    },
  }
end
