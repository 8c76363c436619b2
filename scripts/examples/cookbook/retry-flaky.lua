-- Try a flaky command again, but not a broken one
-- Exit code 75 means "try again later" (sysexits.h); other failures are final. Each wait is twice the one before.
step "fetch" {
  run = [[
    if [ ! -e once ]; then touch once; echo "no answer"; exit 75; fi
    echo "fetched"
  ]],
  retry = { attempts = 4, backoff = "50ms", factor = 2, jitter = 0.2, when = { 75, "timeout" } },
  timeout = "1m",
}
