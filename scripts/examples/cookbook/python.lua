-- Write a step in another language
-- `shell` is whatever takes a script: here Python.
local numbers = step "numbers" {
  shell = { "python3", "-c" },
  run = [[
import json, os
with open(os.environ["BATON_OUTPUT"], "a") as out:
    out.write(json.dumps({"sum": sum(range(10))}) + "\n")
]],
}

step "say" { run = { "echo", "the sum is", numbers.out.sum } }
