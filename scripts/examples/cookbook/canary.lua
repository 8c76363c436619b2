-- Roll out region by region, and stop at the first bad canary
-- A durable body: what is recorded as done is never done again, also after a crash.
workflow "canary" { params = { limit = param.number { default = 0.01, min = 0, max = 1 } } }

step "rollout" {
  function(ctx)
    for _, region in ipairs { "eu", "us" } do
      ctx:step("deploy-" .. region) { run = { "echo", "deploying to", region } }
      ctx:sleep "20ms"
      local canary = ctx:step("canary-" .. region) { run = [[echo '{"errors":0.002}' >> "$BATON_OUTPUT"]] }
      if canary.out.errors > params.limit then ctx:halt("the canary of " .. region .. " failed") end
    end
    return { regions = 2 }
  end,
}
