-- Lets a release pass only when what was measured is good enough.
--
--   baton run gate.lua                       passes
--   baton run gate.lua -p p95_ms=40          passes no more: slower than the last run that succeeded by over 10 %
--   baton run gate.lua -p failing=7          halts: `baton show` says which requirement was not met

workflow "gate" {
  description = "Measures, judges, and only then releases",
  params = {
    failing = param.integer { default = 1, min = 0, max = 200, description = "How many of 200 tests fail" },
    p95_ms = param.number { default = 12.5, min = 0, description = "The time that 95 of 100 requests stay below" },
  },
}

-- A step reports what it measured as JSON lines in $BATON_EVENTS.
local tests = step "tests" {
  env = { FAILING = params.failing },
  run = [[
    echo '{"metric":"tests","value":200}' >> "$BATON_EVENTS"
    echo '{"metric":"failed","value":'"$FAILING"'}' >> "$BATON_EVENTS"
  ]],
}

local load = step "load" {
  env = { P95 = params.p95_ms },
  run = [[
    echo '{"metric":"p95_ms","value":'"$P95"'}' >> "$BATON_EVENTS"
    echo "requests=10000" >> "$BATON_OUTPUT"
  ]],
}

local quality = gate "quality" {
  depends = { tests, load },
  require = {
    tests = ">= 100",
    pass_rate = ">= 0.98",
    ["metric.p95_ms"] = "<= baseline * 1.10",
  },
}

step "release" { depends = quality, run = "echo released after " .. load.out.requests .. " requests" }
