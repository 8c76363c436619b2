-- Run a step only when a value asks for it
-- `when` may say why not: the reason stands in `baton show`.
local changes = step "changes" { run = [[echo '{"docs":true,"code":false}' >> "$BATON_OUTPUT"]] }

step "docs" {
  depends = changes,
  when = function(deps) return deps.changes.out.docs, "no documentation changed" end,
  run = "echo building the documentation",
}

step "tests" {
  depends = changes,
  when = function(deps) return deps.changes.out.code, "no code changed" end,
  run = "echo running the tests",
}
