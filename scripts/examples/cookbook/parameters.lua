-- Take parameters, checked before anything runs
--   baton run parameters.lua -p environment=prod -p shards=8
workflow "parameters" {
  params = {
    environment = param.enum { "dev", "staging", "prod", default = "dev" },
    shards = param.integer { default = 4, min = 1, max = 64 },
    version = param.string { default = "1.0", pattern = "%d+%.%d+" },
    dry = param.boolean { default = false },
  },
}

step "deploy" {
  run = {
    "echo", params.dry and "would deploy" or "deploying", params.version, "to", params.environment, "by",
    params.shards,
  },
}
