local pytest = require "baton.pytest"

local report = { "--junitxml=reports/pytest.xml", "-o", "junit_family=xunit1" }

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
      "python3 -m pytest --junitxml=reports/pytest.xml -o junit_family=xunit1 -q tests", run.steps.unit.command)
  end)

  it("stops early where it is told to", function()
    local step = pytest { command = ".venv/bin/pytest", max_failures = 3 }
    assert.same(command({ ".venv/bin/pytest" }, { "--maxfail=3" }), step.run)
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
      command({ "/bin/sh", "-c", [[exec "$@" "@$BATON_TESTS"]], "sh", "python3", "-m", "pytest" }, {}),
      pytest { tests = { "tests/a.py::x" }, path = "tests" }.run)
  end)

  it("lists the tests of a suite", function()
    local step = pytest.discover { path = "tests", args = "-k cart", inputs = "tests/**" }
    local words = step.run
    assert.same({ "/bin/sh", "-c" }, { words[1], words[2] })
    assert.same(
      { "sh", "python3", "-m", "pytest", "--collect-only", "-q", "-k cart", "tests" }, { table.unpack(words, 4) })
    assert.equal("tests/**", step.inputs)
    assert.has_error(function() pytest.discover { report = "x" } end,
      'pytest.discover: there is no option "report"')
  end)

  it("blames the line of whoever got an option wrong", function()
    local function mistake(options, message) assert.has_error(function() pytest(options) end, message) end
    mistake({ pth = "tests" }, 'pytest: there is no option "pth": did you mean "path"?')
    mistake({ args = true }, 'pytest: "args" must be a string or a list of strings, not true')
    mistake({ run = "x" }, 'pytest: "run" is said by the module itself: command and args say what is run')
    mistake(7, 'pytest takes a table of options, such as pytest { path = "tests" }, not 7')
  end)
end)
