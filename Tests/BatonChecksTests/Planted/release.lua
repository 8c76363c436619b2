-- A workflow with ten mistakes; each line that has one says which.
workflow "release" {
  params = { target = param.string { default = "dev" }, fast = param.boolean { default = false } },
}

local build = step "build" {
  run = [[make dist && echo "version=1.4" >> $BATON_OUTPUT]], -- PLANTED B014
}

local lint = step "lint" { run = "make lint" }

local tests = matrix "tests" {
  depends = build,
  axes = { python = { "3.12", "3.13" } },
  step = function(cell)
    return { run = { "tox", "-e", cell.python }, results = junit "report.xml" } -- PLANTED B024 AT 12
  end,
}

local quality = gate "quality" { -- PLANTED B023
  depends = tests, require = { pass_rate = ">= 98" },
}

step "publish" {
  depends = quality,
  run = "publish --to " .. params.target .. " --version " .. build.out.verison, -- PLANTED B012 B020
}

step "announce" {
  depends = build,
  env = { CHAT_TOKEN = "c7d0a8b1e4f2" }, -- PLANTED B050
  when = function(deps) return deps.lint.status == "succeeded" end, -- PLANTED B035
  run = "announce",
}

step "clean" { run = "make clean", when = "failed" } -- PLANTED B022

step "rollout" {
  depends = quality,
  function(ctx)
    local started = os.time() -- PLANTED B032
    for _, region in ipairs { "eu", "us" } do
      ctx:step "deploy" { run = { "deploy", region } } -- PLANTED B036
    end
    return { took = ctx:now() - started }
  end,
}

return lint
