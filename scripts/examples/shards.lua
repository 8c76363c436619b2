-- Deals tests out by the time that each took in earlier runs, and runs again only what failed. Here the tests are
-- targets of a Makefile; the modules of pytest, CTest, go test, swift test, Cargo, Node.js and Jest do the same.
--
--   baton run shards.lua; baton run shards.lua     the second run knows how long each test takes
--   baton plan shards.lua                          which shard has which tests
--   baton tests --flaky

local make = require "baton.make"

workflow "shards" {
  description = "Tests, dealt out to several steps",
  params = { count = param.integer { default = 3, min = 1, max = 20, description = "How many shards" } },
}

local list = step "list" (make.targets { match = "^test%-", folder = "shards" })

local tests = matrix "tests" {
  axes = { shard = shards(params.count, list.out.targets, { smoke = "*cart" }) },
  step = function(cell)
    return make.test {
      tests = cell.shard.tests, folder = "shards", report = "build/shards/" .. cell.shard.index .. ".txt", retry = 1,
    }
  end,
}

-- A test that passed only at its second try is flaky: one may be.
gate "quality" { depends = tests, require = { tests = ">= 6", failed = "== 0", flaky = "<= 1" } }
