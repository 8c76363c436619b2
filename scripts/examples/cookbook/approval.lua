-- Wait for people before a release
--   baton run approval.lua --no-wait         ends as waiting (exit code 5)
--   baton approve release --field ticket=OPS-7
--   baton resume                             goes on
step "build" "echo built"

local release = gate "release" {
  depends = "build",
  approval = {
    timeout = "24h",
    form = { ticket = param.string { description = "The change request" } },
  },
}

step "deploy" { depends = release, run = "echo deploying for " .. release.out.ticket }
