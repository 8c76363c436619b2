-- Let nothing pass that is tested too little
-- A gate judges what was measured: against numbers, or against the last runs that succeeded (`baseline`).
step "unit" {
  run = [[
    mkdir -p reports
    printf 'SF:src/a.c\nDA:1,1\nDA:2,4\nDA:3,0\nDA:4,2\nDA:5,1\nend_of_record\n' > reports/lcov.info
  ]],
  results = lcov "reports/lcov.info",
}

gate "quality" { depends = "unit", require = { coverage = ">= 0.75" } }
gate "no-worse" { depends = "quality", require = { coverage = ">= baseline - 0.02" }, otherwise = "warn" }
