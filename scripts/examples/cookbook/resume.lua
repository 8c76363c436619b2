-- Mend what failed, and go on where it was
--   baton run resume.lua            ship fails: it is not approved
--   touch approved && baton resume  build is kept, ship runs
-- An edit of the script counts only where it changes what a step does: `baton resume --dry-run` says what would run.
local build = step "build" { run = [[echo "version=1.4" >> "$BATON_OUTPUT"]] }

step "ship" { run = "test -e approved && echo shipped " .. build.out.version }
