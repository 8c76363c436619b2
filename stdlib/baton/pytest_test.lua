local pytest = require "baton.pytest"

local report = { "--junitxml=reports/pytest.xml", "-o", "junit_family=xunit1", "--rootdir=.", "--maxfail=0" }

-- The words of a command, those that each has in the middle.
local function command(before, after)
  local words = {}
  for _, list in ipairs { before, report, after } do
    for _, word in ipairs(list) do words[#words + 1] = word end
  end
  return words
end

describe("pytest", function()
  it("says what is run, and where its results are", function()
    local run = simulate {
      source = [[
        local pytest = require "baton.pytest"
        step "unit" (pytest { path = "tests", args = { "-q" }, timeout = "5m" })
      ]],
    }
    assert.equal(
      "python3 -m pytest --junitxml=reports/pytest.xml -o junit_family=xunit1 --rootdir=. --maxfail=0 -q tests",
      run.steps.unit.command)
  end)

  it("stops early where it is told to", function()
    local step = pytest { command = ".venv/bin/pytest", max_failures = 3 }
    assert.same({ ".venv/bin/pytest", "--junitxml=reports/pytest.xml", "-o", "junit_family=xunit1", "--rootdir=.",
      "--maxfail=3" }, step.run)
    assert.equal(3, step.max_failures)
  end)

  it("tries the failed tests alone again", function()
    local step = pytest { path = "tests", retry = 2 }
    assert.equal(3, step.retry.attempts)
    assert.equal("failed", step.retry.tests)
    assert.same(command({ "python3", "-m", "pytest" }, {}), step.retry.run)
    assert.same(
      {
        "tests/test_cart.py::test_sum[1-2]", "tests/test_cart.py::TestCart::TestInner::test_empty",
        "tests/test_shop.py::TestShop::test_inherited",
      },
      step.retry.select {
        { id = "a", class = "tests.test_cart", name = "test_sum", parameters = "1-2", file = "tests/test_cart.py" },
        { id = "b", class = "tests.test_cart.TestCart.TestInner", name = "test_empty", file = "tests/test_cart.py" },
        { id = "c", class = "tests.test_shop.TestShop", name = "test_inherited", file = "tests/base.py" },
      })
  end)

  it("runs everything again where it does not know what failed", function()
    local ids, why = pytest { retry = 1 }.retry.select { { id = "tests.test_bad", name = "tests.test_bad" } }
    assert.equal(nil, ids)
    assert.equal('pytest does not tell where "tests.test_bad" is', why)
  end)

  it("leaves all tests to a retry that asks for them", function()
    local step = pytest { retry = { attempts = 2, tests = "all" } }
    assert.equal("all", step.retry.tests)
    assert.equal(nil, step.retry.select)
  end)

  it("runs the tests that it is handed", function()
    local run = simulate {
      source = [[
        local pytest = require "baton.pytest"
        matrix "unit" {
          axes = { shard = shards(2, { "tests/a.py::x", "tests/b.py::y", "tests/c.py::z" }) },
          step = function(cell) return pytest { tests = cell.shard.tests, path = "tests" } end,
        }
      ]],
    }
    local first, second = run.steps["unit[shard=1of2]"], run.steps["unit[shard=2of2]"]
    assert.same({ "tests/a.py::x", "tests/c.py::z" }, first.tests)
    assert.same({ "tests/b.py::y" }, second.tests)
    assert.same(
      command({ "python3", "-m", "pytest" }, {}),
      { table.unpack(pytest({ tests = { "tests/a.py::x" }, path = "tests" }).run, 5) })
  end)

  it("lists the tests of a suite", function()
    local step = pytest.discover { path = "tests", args = { "-q", "-k cart" }, inputs = "tests/**" }
    local words = step.run
    assert.same({ "/bin/sh", "-c" }, { words[1], words[2] })
    assert.same(
      { "sh", "python3", "-m", "pytest", "--collect-only", "-q", "--rootdir=.", "-k cart", "tests" },
      { table.unpack(words, 4) })
    assert.equal("tests/**", step.inputs)
    assert.has_error(function() pytest.discover { report = "x" } end,
      'pytest.discover: there is no option "report"; known: args, command, path, and what a step says')
  end)

  it("leaves the root to whoever names it", function()
    local words = pytest({ args = { "--rootdir", "." } }).run
    assert.same({ "junit_family=xunit1", "--maxfail=0", "--rootdir", "." }, { table.unpack(words, 6) })
  end)

  it("counts lines", function()
    local covered = "--cov-report=xml:reports/pytest.xml.coverage"
    assert.same(command({ "python3", "-m", "pytest" }, { covered, "--cov" }), pytest({ coverage = true }).run)
    assert.same(command({ "python3", "-m", "pytest" }, { covered, "--cov=a", "--cov=b" }),
      pytest({ coverage = { "a", "b" } }).run)
    assert.equal(2, #pytest({ coverage = true }).results)
    assert.equal(1, #pytest({ coverage = false }).results)
    assert.same({ A = "b", COVERAGE_FILE = "r.xml.data" },
      pytest({ coverage = true, report = "r.xml", env = { A = "b" } }).env)
  end)

  it("hands over what failed, and puts the results together", function()
    local function case(name, status, parameters)
      return {
        class = "tests.test_cart", file = "tests/test_cart.py", name = name, status = status, parameters = parameters,
      }
    end
    local run = simulate {
      source = [[
        local pytest = require "baton.pytest"
        local unit = step "unit" (pytest { retry = 2 })
        gate "good" { depends = unit, require = { failed = "== 0", flaky = "== 1", tests = "== 3" } }
      ]],
      steps = { unit = {
        { results = { case("a", "passed"), case("b[]", "failed"), case("c", "failed", "it's [x]") } },
        { results = { case("b[]", "failed"), case("c", "passed", "it's [x]") } },
        { results = { case("b[]", "passed") } },
      } },
    }
    local tries = run.steps.unit.tries
    assert.equal(3, #tries)
    assert.same({ "tests/test_cart.py::b[]", "tests/test_cart.py::c[it's [x]]" },
      { table.unpack(tries[2].args, #tries[2].args - 1) })
    assert.same({ "--maxfail=0", "tests/test_cart.py::b[]" }, { table.unpack(tries[3].args, #tries[3].args - 1) })
    assert.same({ 3, 3, 2 }, {
      run.steps.unit.results.tests, run.steps.unit.results.passed, run.steps.unit.results.flaky,
    })
    assert.equal("halted", run.status)
    assert.contains("flaky", run.gates.good.findings[1])
  end)

  it("tells mistakes with the line of whoever made them", function()
    assert.blames_caller('pytest: there is no option "pth": did you mean "path"?', pytest, { pth = "tests" })
    assert.blames_caller('pytest: "args" must be a string or a list of strings, not true', pytest, { args = true })
    assert.blames_caller(
      'pytest: "run" is not for you to say: command and args say what is run', pytest, { run = "x" })
    assert.blames_caller('pytest: "-x" is not for args: say max_failures = 1', pytest, { args = { "-q", "-x" } })
    assert.blames_caller("pytest takes a table of options, such as { path = … }, not false", pytest, false)
    assert.blames_caller(
      'pytest: "coverage" must be true, or a package or folder or a list of them, not a table',
      pytest, { coverage = {} })
  end)
end)
