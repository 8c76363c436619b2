-- Clean up whatever happens
-- `when = "finished"`: after success and failure. `when = "failed"`: to gather what explains it.
local test = step "test" { run = "mkdir -p work && exit 1" }

step "diagnose" { depends = test, when = "failed", run = "ls -la work" }
step "cleanup" { depends = { test, "diagnose" }, when = "finished", run = "rm -rf work" }
