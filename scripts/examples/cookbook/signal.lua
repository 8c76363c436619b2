-- Wait for a signal from outside, but not for ever
--   baton run signal.lua &
--   baton signal deployed --json '{"region":"eu"}'
step "follow" {
  function(ctx)
    local told = ctx:signal("deployed", { timeout = "200ms" })
    if not told then
      ctx:log "nobody said that it was deployed: going on without"
      return { region = "none" }
    end
    return { region = told.region }
  end,
}
