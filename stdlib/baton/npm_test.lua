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
    assert.same({ "out/a.xml", "node", "--test", "--test-reporter=spec", "--test-reporter-destination=stdout" },
      { table.unpack(test.args, 5, 9) })
    assert.matches("^%-%-test%-reporter=data:text/javascript,import%%20", test.args[10])
    assert.same({
      "--test-reporter-destination=out/a.xml", "--experimental-test-coverage",
      "--test-reporter=lcov", "--test-reporter-destination=out/a.lcov", "--test-concurrency=2",
      "--test-name-pattern=cart", "test/a.js",
    }, { table.unpack(test.args, 11) })
  end)

  it("hands over the titles and files of what failed", function()
    local function case(class, name, status) return { class = class, name = name, status = status } end
    local run = simulate {
      source = 'local npm = require "baton.npm"\nstep "x" (npm.node_test { retry = 1, files = "test" })',
      steps = { x = {
        { results = {
          case("test/a.js::outer › deep", "adds (2)", "failed"), case("test/a.js::", "sums", "passed"),
          case("test/b.js::", "sums", "failed"),
        } },
        { results = {
          case("test/a.js::outer › deep", "adds (2)", "passed"), case("test/b.js::", "sums", "passed"),
        } },
      } },
    }
    local args = run.steps.x.tries[2].args
    assert.same({
      "--test-name-pattern=^outer$", "--test-name-pattern=^deep$", "--test-name-pattern=^outer deep$",
      "--test-name-pattern=^adds \\(2\\)$", "--test-name-pattern=^outer deep adds \\(2\\)$",
      "--test-name-pattern=^sums$", "test/a.js", "test/b.js",
    }, { table.unpack(args, #args - 7) })
    assert.same({ 3, 3, 2 }, { run.steps.x.results.tests, run.steps.x.results.passed, run.steps.x.results.flaky })
  end)

  it("runs everything again where a file failed as a whole", function()
    local run = simulate {
      source = 'local npm = require "baton.npm"\nstep "x" (npm.node_test { retry = 1, files = "test" })',
      steps = { x = { { results = { { class = "a.js::", name = "a.js", status = "failed" } } }, true } },
    }
    assert.equal(run.steps.x.tries[1].command, run.steps.x.tries[2].command)
    assert.matches("all of its tests are run again, not the failed ones alone: a.js failed as a whole", run.warnings[1])
  end)

  it("takes the files of a list", function()
    local test = step [[npm.node_test { tests = { "test/a.js" }, files = "test", name = "cart" }]]
    assert.same({ "--test-name-pattern=cart" }, { table.unpack(test.args, #test.args) })
    assert.same({ "test/a.js" }, test.tests)
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

describe("npm.discover", function()
  it("looks for what Node looks for", function()
    local words = step([[npm.discover "test"]]).args
    assert.same({ "find", "test", "-name", "node_modules", "-prune", "-o", "-type", "f", "(", "-name", "*.test.js" },
      { table.unpack(words, 5, 15) })
  end)
end)

it("tells mistakes with the line of whoever made them", function()
  assert.blames_caller('npm.run: "script" is missing', npm.run, {})
  assert.blames_caller(
    'npm.run: there is no option "workspce": did you mean "workspace"?', npm.run, { script = "a", workspce = "b" })
  assert.blames_caller(
    'npm.run: either "workspace" or "workspaces", not both',
    npm.run, { script = "a", workspace = "b", workspaces = true })
  assert.blames_caller('npm.ci: "folder" must be a string, not true', npm.ci, { folder = true })
  assert.blames_caller('npm.node_test: "report" must be a string, not 5', npm.node_test, { report = 5 })
end)
