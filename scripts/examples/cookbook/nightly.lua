-- Run every night, bounded and never twice at once
-- A timer of the system starts it; a line for crontab:
--   15 2 * * *  cd /srv/shop && baton run nightly.lua --quiet
workflow "nightly" {
  deadline = "4h",
  env = { STAMP = os.date("%Y-%m-%d") },
}

step "backup" { mutex = "nightly", run = [[mkdir -p nightly && echo "$STAMP" > nightly/stamp]], timeout = "2h" }
step "clean" { depends = "backup", run = "find nightly -name '*.old' -mtime +14 -delete", allow_failure = true }

-- One message when it fails, one when it is well again.
notify "owners" {
  on = { "failed", "recovered" },
  to = command { run = [[printf '%s\n' "$BATON_NOTIFY_TEXT" >> nightly/messages]] },
}
