-- Fill in a file
-- Fields may be values that are not known yet, and secrets.
local templates = require "baton.templates"

local build = step "build" {
  run = [[
    printf 'image: shop:{{version}}\n{{for host in hosts}}host: {{host | upper}}\n{{end}}' > deploy.tmpl
    echo "version=1.4" >> "$BATON_OUTPUT"
  ]],
}

step "config" (templates.file {
  from = "deploy.tmpl", to = "deploy.yaml", fields = { version = build.out.version, hosts = { "a", "b" } },
})
