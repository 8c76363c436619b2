-- A durable body: steps as ordinary code. Each operation of `ctx` is recorded before its result is used; after a crash
-- the function runs again from its top, takes the recorded results, and goes on with the first one that is missing.
--
--   baton plan rollout.lua              what it would do, as far as that can be known
--   baton run rollout.lua -p limit=0.001
--   baton replay rollout --trace        what it did, operation by operation; nothing is done again

workflow "rollout" {
  description = "Deploys to one region after the other, until a canary fails",
  params = {
    limit = param.number { default = 0.01, description = "share of requests that may fail" },
  },
}

local build = step "build" { run = [[echo "version=1.4" >> "$BATON_OUTPUT"]] }

step "rollout" {
  depends = build,
  function(ctx)
    local version = ctx:value(build.out.version)
    for _, region in ipairs { "eu", "us" } do
      ctx:step("deploy-" .. region) { run = { "echo", "deploy", version, "to", region }, retry = 2 }
      ctx:sleep "50ms"
      local canary = ctx:step("canary-" .. region) { run = [[echo '{"errors":0.002}' >> "$BATON_OUTPUT"]] }
      if canary.out.errors > params.limit then ctx:fail("the canary of " .. region .. " failed") end
    end
    return { version = version }
  end,
}
