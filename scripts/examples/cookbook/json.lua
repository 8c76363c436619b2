-- Read JSON, and hand JSON on to other programs
--   baton run json.lua && baton show --json | jq -r '.steps[] | .step + " " + .status'
-- Lines of JSON in $BATON_OUTPUT keep their types; a value can be mapped before it is used.
local json = require "baton.json"

local image = step "image" {
  run = [[echo '{"image":{"name":"shop","tags":["1.4","latest"]}}' >> "$BATON_OUTPUT"]],
}

step "push" {
  run = { "echo", image.out.image:map(function(value) return json.encode(value.tags) end) },
}
