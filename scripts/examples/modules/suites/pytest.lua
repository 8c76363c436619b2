-- What pytest says of a suite at its end.

local pytest = {}

-- `2 failed, 412 passed, 1 skipped, 1 xfailed, 1 xpassed, 1 error in 1.02s` as tests, failed and skipped; nil where the
-- text is none. A test whose failure is expected is one that was skipped, as in pytest's own reports; one that passes
-- against expectation has passed.
function pytest.told(text)
  local said
  for line in text:gmatch("[^\n]+") do
    local counts = {}
    for number, what in line:gmatch("(%d+) (%l+)") do counts[what] = tonumber(number) end
    local passed = (counts.passed or 0) + (counts.xpassed or 0)
    local failed = (counts.failed or 0) + (counts.error or 0) + (counts.errors or 0)
    local skipped = (counts.skipped or 0) + (counts.xfailed or 0)
    if passed + failed + skipped > 0 and line:find(" in [%d.]+s") then
      said = { tests = passed + failed + skipped, failed = failed, skipped = skipped }
    end
  end
  return said
end

return pytest
