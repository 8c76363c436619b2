-- Gather what many steps found
-- `run` may be a function: it is told of everything that the step depends on.
local sizes = matrix "size" {
  axes = { part = { "api", "web", "cli" } },
  step = function(cell)
    return { env = { PART = cell.part }, run = [[echo "bytes=$(printf %s "$PART" | wc -c)" >> "$BATON_OUTPUT"]] }
  end,
}

step "total" {
  depends = sizes,
  run = function(deps)
    local total = 0
    for _, part in pairs(deps.size.steps) do total = total + part.out.bytes end
    return { "echo", "all parts have", total, "bytes" }
  end,
}
