-- Run another workflow as one step
-- It has a run of its own, with its own history; what its steps emit is `out` of the call.
local deploy = call "deploy" {
  workflow = "parameters.lua",
  params = { environment = "staging", version = "2.1" },
  timeout = "30m",
}

step "after" { depends = deploy, run = "echo deployed" }
