-- Put a flaky test into quarantine, with an owner and a last day
-- Its failures fail nothing, and are shown; after that day, whoever runs it fails.
quarantine {
  test = "*total*", owner = "ada", reason = "depends on the clock", expires = "2099-12-31",
}

step "unit" {
  run = [[
    mkdir -p reports
    cat > reports/unit.xml <<'END'
<testsuite name="cart">
  <testcase name="adds"/><testcase name="total is right"><failure message="off by one"/></testcase>
</testsuite>
END
    exit 1
  ]],
  results = junit "reports/unit.xml",
}
