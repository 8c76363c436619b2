-- Test against several versions at once, without some pairs
-- One step for each pair that is left, at most four at a time, and one pair more.
matrix "test" {
  axes = { version = { "3.11", "3.12", "3.13" }, os = { "debian", "alpine" } },
  order = { "version", "os" },
  exclude = { { version = "3.11", os = "alpine" } },
  include = { { version = "3.14-dev", os = "debian" } },
  max = 4,
  step = function(cell)
    return {
      run = { "echo", "testing on", cell.os, "with", cell.version },
      allow_failure = cell.version:find "dev" ~= nil,
    }
  end,
}
