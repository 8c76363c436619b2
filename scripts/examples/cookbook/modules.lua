-- Share steps between workflows
-- `require` looks into modules/ beside the workflow, and in what `baton module add` installed.
local greeting = require "greeting"

local hello = greeting.step("hello", { name = "Ada" })
step "after" { depends = hello, run = "echo greeted " .. hello.out.name }
