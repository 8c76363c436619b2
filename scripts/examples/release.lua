-- Three steps that show what a resumed run keeps: let `ship` fail, edit `test`, and carry the run on.
--
--   baton run release.lua                          fails: nobody has approved
--   touch build/approved; baton resume             runs nothing but `ship`
--   baton why ship

workflow "release" { description = "Builds, tests, and ships what was approved" }

local build = step "build" { run = [[mkdir -p build && echo "version=1.4" >> "$BATON_OUTPUT"]] }

local test = step "test" {
  depends = build,
  env = { MODE = "fast" },
  run = [[echo "testing, $MODE"]],
}

step "ship" {
  depends = test,
  run = "test -e build/approved && echo shipped " .. build.out.version,
}
