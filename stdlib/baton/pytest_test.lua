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

  it("blames the line of whoever got an option wrong", function()
    local function mistake(options, message) assert.has_error(function() pytest(options) end, message) end
    mistake({ pth = "tests" }, 'pytest: there is no option "pth": did you mean "path"?')
    mistake({ args = true }, 'pytest: "args" must be a string or a list of strings, not true')
    mistake({ run = "x" }, 'pytest: "run" is said by the module itself: command and args say what is run')
    mistake(7, 'pytest takes a table of options, such as pytest { path = "tests" }, not 7')
  end)
end)
