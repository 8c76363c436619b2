-- Tell people when a run fails, and when it is well again
--   baton run notify.lua -p fail=true
-- A chat is told by slack, teams, discord or webhook; mails by email; incidents by pagerduty and jira.
workflow "notified" { params = { fail = param.boolean { default = false } } }

local work = step "work" { run = params.fail and "exit 1" or [[echo "items=42" >> "$BATON_OUTPUT"]] }

notify "log" {
  on = { "succeeded", "failed", "recovered" },
  to = command { run = [[printf '%s\n' "$BATON_NOTIFY_TEXT" >> messages.txt]] },
  message = params.fail and "it failed" or "processed " .. work.out.items .. " items",
}
