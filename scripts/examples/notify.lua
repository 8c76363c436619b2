-- Tells people and programs how a run went. A message can never fail the run; it carries an idempotency key, so that a
-- receiver can tell when it is sent again.
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

-- The address is a secret: it is read when the message leaves, and never stands in a log, a record or an error.
if env.CHAT_WEBHOOK then
  notify "chat" {
    on = { "succeeded", "failed" },
    to = webhook { url = secret "CHAT_WEBHOOK" },
    message = "processed " .. work.out.items .. " items",
  }
end
