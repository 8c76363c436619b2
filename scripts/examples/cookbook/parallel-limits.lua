-- Run side by side within limits
-- `max` bounds a group, `resources` a pool that all steps share: here one browser, and memory for two big steps.
workflow "limits" { resources = { browser = 1, memory = "4G" } }

parallel "checks" {
  max = 3,
  fail_fast = true,
  step "lint" { run = "echo lint" },
  step "types" { run = "echo types", resources = { memory = "2G" } },
  step "unit" { run = "echo unit", resources = { memory = "2G" } },
  step "e2e-chrome" { run = "echo chrome", resources = { browser = 1 } },
  step "e2e-firefox" { run = "echo firefox", resources = { browser = 1 } },
}
