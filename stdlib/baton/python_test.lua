local function simulated(text, mocks)
  mocks = mocks or { venv = { out = { path = "/cache/a b", python = "/cache/a b/bin/python" } } }
  return simulate { source = 'local python = require "baton.python"\n' .. text, steps = mocks }
end

describe("python.venv", function()
  it("declares a step that installs what is required", function()
    local run = simulated [[
      local venv = python.venv {
        requirements = { "requirements.txt", "dev.txt" }, packages = { "pytest==8" }, args = { "--no-index" },
        python = "python3.11", folder = "envs", timeout = "10m",
      }
    ]]
    local args = run.steps.venv.args
    assert.same({ "python3.11", "envs", "" }, { table.unpack(args, 5, 7) })
    assert.same({ "-r", "requirements.txt", "-r", "dev.txt", "--no-index", "pytest==8" }, { table.unpack(args, 9) })
  end)

  it("runs commands in it, after it", function()
    local run = simulated [[
      local venv = python.venv "requirements.txt"
      step "unit" (venv:run "pytest -q")
      step "docs" (venv:run { "mkdocs", "build" })
      step "more" (venv:run { run = { "python", "x y.py" }, env = { A = "b" } })
      step "bare" { run = { venv.python, "-V" }, depends = venv.step }
    ]]
    assert.equal("venv", run.order[1])
    assert.equal(". '/cache/a b'/bin/activate\npytest -q", run.steps.unit.command)
    assert.same({ "/cache/a b", "mkdocs", "build" }, { table.unpack(run.steps.docs.args, 5) })
    assert.same({ "/cache/a b", "python", "x y.py" }, { table.unpack(run.steps.more.args, 5) })
    assert.equal("b", run.steps.more.env.A)
    assert.equal("/cache/a b/bin/python", run.steps.bare.args[1])
  end)

  it("has a name of its own where there are several", function()
    local run = simulated([[
      local old = python.venv { name = "old", packages = "django<5" }
      step "test" (old:run "pytest")
    ]], { old = { out = { path = "/old" } } })
    assert.equal(". /old/bin/activate\npytest", run.steps.test.command)
  end)

  it("keeps what depends on it from running where it fails", function()
    local run = simulated([[
      local venv = python.venv {}
      step "unit" (venv:run "pytest")
    ]], { venv = 1 })
    assert.equal("failed", run.status)
    assert.equal("skipped", run.steps.unit.status)
  end)
end)

describe("mistakes", function()
  local function says(text, sentence)
    return function()
      assert.error_matches(function() simulated(text) end, "%(source%):2: error: " .. sentence:gsub("%p", "%%%0"))
    end
  end

  it("name unknown options", says([[python.venv { requirement = "a" }]],
    'python.venv: there is no option "requirement": did you mean "requirements"?'))
  it("name wrong types", says([[python.venv { packages = true }]],
    'python.venv: "packages" must be a string or a list of strings, not true'))
  it("name wrong interpreters", says([[python.venv { python = 3 == 3 }]],
    'python.venv: "python" must be a string, not true'))
  it("name commands that are missing", says([[step "x" (python.venv {}:run {})]], 'venv:run: "run" is missing'))
  it("name functions", says([[step "x" (python.venv {}:run { run = function() return "true" end })]],
    'venv:run: "run" must be a string or a list, not a function'))
  it("name dots", says([[step "x" (python.venv {}.run "pytest")]], "venv:run is called with a colon"))
end)
