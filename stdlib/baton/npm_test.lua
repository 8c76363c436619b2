local npm = require "baton.npm"

local function step(fields)
  return simulate { source = 'local npm = require "baton.npm"\nstep "x" (' .. fields .. ")" }.steps.x
end

describe("npm.ci", function()
  it("installs what the lock says, in a folder", function()
    assert.same({ ".", "npm", "ci", "--no-audit", "--no-fund" }, { table.unpack(step("npm.ci {}").args, 5) })
    assert.same({ "a b", "pnpm", "ci", "--no-audit", "--no-fund", "--ignore-scripts" },
      { table.unpack(step([[npm.ci { folder = "a b", command = "pnpm", args = "--ignore-scripts" }]]).args, 5) })
  end)
end)

describe("npm.run", function()
  it("runs a script", function()
    assert.equal("npm run build", step([[npm.run "build"]]).command)
    assert.equal("npm --prefix 'a b' run --workspace=x --workspace=y --if-present lint -- --fix 'it'\\''s'",
      step([[npm.run {
        script = "lint", args = { "--fix", "it's" }, folder = "a b", workspace = { "x", "y" }, if_present = true,
      }]]).command)
    assert.equal("npm run --workspaces test", step([[npm.run { script = "test", workspaces = true }]]).command)
  end)
end)

describe("npm.node_test", function()
  it("has Node write what is read", function()
    local test = step [[npm.node_test {
      files = { "test/a.js" }, name = "cart", report = "out/a.xml", coverage = true, args = "--test-concurrency=2",
    }]]
    assert.same({
      "out/a.xml", "node", "--test", "--test-reporter=spec", "--test-reporter-destination=stdout",
      "--test-reporter=junit", "--test-reporter-destination=out/a.xml", "--experimental-test-coverage",
      "--test-reporter=lcov", "--test-reporter-destination=out/a.lcov", "--test-name-pattern=cart",
      "--test-concurrency=2", "test/a.js",
    }, { table.unpack(test.args, 5) })
  end)

  it("is part of a workflow", function()
    local run = simulate {
      source = [[
        local npm = require "baton.npm"
        local modules = step "modules" (npm.ci {})
        local test = step "test" (npm.node_test { depends = modules, retry = 1, results = lcov "extra.lcov" })
        gate "good" { depends = test, require = { pass_rate = ">= 0.9" } }
      ]],
      steps = { test = { 1, { metrics = { pass_rate = 1 } } } },
    }
    assert.same({ "modules", "test" }, { run.order[1], run.order[2] })
    assert.equal(2, run.steps.test.attempts)
  end)
end)

describe("mistakes", function()
  local function says(sentence, function_, given)
    return function()
      local function call() return #function_(given) end
      local _, message = pcall(call)
      assert.matches("^%S*npm_test.lua:%d+: ", message)
      assert.has_error(call, sentence)
    end
  end

  it("name scripts", says('npm.run: "script" is missing', npm.run, {}))
  it("name unknown options", says('npm.run: there is no option "workspce": did you mean "workspace"?', npm.run,
    { script = "a", workspce = "b" }))
  it("name what excludes another", says('npm.run: either "workspace" or "workspaces", not both', npm.run,
    { script = "a", workspace = "b", workspaces = true }))
  it("name folders", says('npm.ci: "folder" must be a string, not true', npm.ci, { folder = true }))
  it("name reports", says('npm.node_test: "report" must be a string, not 5', npm.node_test, { report = 5 }))
end)
