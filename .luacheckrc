-- Globals of Baton's language, for luacheck.
std = "lua54"
max_line_length = 120
-- A link to stdlib.
exclude_files = { "Sources/BatonLua/stdlib", ".build" }

local language = {
  "benchmark", "call", "cell", "cobertura", "command", "config", "container", "contexts", "depends", "discord", "email", "env", "fail", "flags", "gate",
  "gotest", "halt", "jira", "junit", "lcov", "llvmcov", "matrix", "metrics", "notify", "pagerduty", "parallel",
  "param", "params", "pod", "pool", "prioritized", "probe", "quarantine", "raw", "sarif", "secret", "sequence", "service", "shards", "slack", "ssh",
  "step",
  "swifttest", "tap", "teams",
  "transaction", "webhook", "workflow",
}

files["scripts/examples"] = { read_globals = language }
files["stdlib/baton"] = { read_globals = language }
-- Words of specs.
local spec = {
  "after_each", "assert", "before_each", "context", "describe", "it", "mocks", "pending", "setup", "simulate", "teardown",
  "test",
}
files["**/*_test.lua"] = { read_globals = spec }
files["stdlib/meta/baton.spec.lua"] = { globals = spec, ignore = { "121", "122", "212" } }
files["stdlib/spec.lua"] = { globals = { "host", "sandbox" } }
files["stdlib/explore"] = { globals = { "host", "sandbox" } }
files["stdlib/rocks.lua"] = { globals = { "host", "sandbox" } }
files["stdlib/prelude.lua"] = { globals = { "host", "sandbox" } }
files["stdlib/body.lua"] = { globals = { "host", "sandbox" } }
-- Types for editors: declarations without bodies.
files["stdlib/meta"] = { globals = language, ignore = { "212", "241", "431" } }
