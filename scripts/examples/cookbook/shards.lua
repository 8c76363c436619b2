-- Split a suite into shards that take about as long
-- Dealt out by what earlier runs tell of each test; each shard finds its tests in the file $BATON_TESTS.
local list = step "list" {
  run = [[echo '{"tests":["cart adds","cart total","pay card","pay cash"]}' >> "$BATON_OUTPUT"]],
}

matrix "unit" {
  axes = { shard = shards(2, list.out.tests, { critical = "pay*" }) },
  step = function(cell)
    local report = "reports/" .. cell.shard.index .. ".tap"
    return {
      env = { REPORT = report },
      run = [[
        mkdir -p reports
        awk '{ print "ok " NR " - " $0 } END { print "1.." NR }' "$BATON_TESTS" > "$REPORT"
      ]],
      results = tap(report),
    }
  end,
}
