-- Keep files with the run
-- They stand in .baton/runs/RUN/artifacts, also when the step fails, and are named in the report.
step "profile" {
  run = "mkdir -p out && echo 'main 99%' > out/profile.txt && echo done > out/log.txt",
  artifacts = { "out/*.txt" },
}
