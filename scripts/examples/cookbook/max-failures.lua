-- Stop early when a suite is broken anyway
-- After two failed tests the steps of the group that still run are cancelled, and the others are not started.
parallel "suites" {
  max = 1,
  max_failures = 2,
  step "api" {
    run = [[printf '1..2\nnot ok 1 - a\nnot ok 2 - b\n' > api.tap; exit 1]],
    results = tap "api.tap",
  },
  step "web" { run = "echo never" },
}
