-- Make one step for each thing that a step finds
-- An axis may be a value that is not known yet: the cells are made when it is.
local find = step "find" { run = [[echo '{"packages":["core","http","cli"]}' >> "$BATON_OUTPUT"]] }

matrix "build" {
  axes = { package = find.out.packages },
  step = function(cell) return { run = { "echo", "building", cell.package } } end,
}

step "release" { depends = "build", run = "echo all packages are built" }
