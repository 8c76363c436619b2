-- Bound everything that may hang
-- `timeout` is for one attempt, `deadline` for the step with its retries; `grace` is between the polite signal and the
-- kill.
workflow "timeouts" { timeout = "10m", deadline = "1h" }

step "probe" {
  run = "sleep 60",
  timeout = "100ms",
  grace = "1s",
  retry = 1,
  deadline = "30s",
  allow_failure = true,
}

step "go-on" { depends = "probe", run = "echo the probe was no use, and that is all right" }
