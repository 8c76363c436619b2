local actions = require "baton.actions"

describe("expressions", function()
  it("compare as GitHub does", function()
    assert.equal(true, actions.same("Main", "main"))
    assert.equal(true, actions.same(1, "1"))
    assert.equal(true, actions.same(nil, ""))
    assert.equal(true, actions.same(false, 0))
    assert.equal(false, actions.same("a", 0))
    assert.equal(true, actions.less(1, "2"))
    assert.equal(false, actions.less("x", 2))
    assert.equal(true, actions.at_most("a", "A"))
  end)

  it("give one of two", function()
    assert.equal("b", actions.either("", "b"))
    assert.equal("a", actions.either("a", "b"))
    assert.equal(0, actions.both(0, "b"))
    assert.equal("b", actions.both("a", "b"))
    assert.equal(false, actions.truthy(""))
    assert.equal(true, actions.truthy "x")
  end)

  it("have GitHub's functions", function()
    assert.equal(true, actions.contains("Hello World", "llo w"))
    assert.equal(true, actions.contains({ "push", "Fork" }, "fork"))
    assert.equal(false, actions.contains({ "push" }, "pus"))
    assert.equal(true, actions.starts_with("refs/heads/main", "Refs/"))
    assert.equal(true, actions.ends_with("a.lua", ".LUA"))
    assert.equal(true, actions.ends_with("a", ""))
    assert.equal("{a} is 3, not 4", actions.format("{{a}} is {0}, not {1}", 3.0, "4"))
    assert.equal("a, b", actions.join({ "a", "b" }, ", "))
    assert.equal("a,b", actions.join { "a", "b" })
    assert.equal('{"a":1}', actions.to_json { a = 1 })
    assert.equal(2, actions.from_json("[1,2]")[2])
    assert.equal("y", actions.at({ a = { b = { "x", "y" } } }, "a", "b", 1))
    assert.equal(nil, actions.at({}, "a", "b"))
    assert.error(function() actions.format("{1}", "a") end)
    local labels = { { name = "bug" }, "odd", { color = "red" }, { name = "new" } }
    assert.equal("bug,new", actions.join(actions.each(labels, "name")))
    assert.equal("1,2", actions.join(actions.each { a = 1, b = 2 }))
    assert.equal(0, #actions.each(nil, "name"))
  end)

  it("write values as GitHub does", function()
    assert.equal("3", actions.text(3.0))
    assert.equal("3.5", actions.text(3.5))
    assert.equal("true", actions.text(true))
    assert.equal("", actions.text(nil))
    assert.equal("Array", actions.text { 1 })
    assert.equal("Object", actions.text {})
    assert.equal(false, actions.given(false))
    assert.equal(3.5, actions.given(3.5))
    assert.equal("", actions.given(nil))
  end)
end)

describe("the context", function()
  it("takes what is told, and the names that follow from it", function()
    local github = actions.context { ref = "refs/tags/v1", repository = "ada/engine", workflow = "CI" }
    assert.equal("v1", github.ref_name)
    assert.equal("ada", github.repository_owner)
    assert.equal("push", github.event_name)
    local env = actions.env(github, { CC = "gcc" })
    assert.equal("refs/tags/v1", env.GITHUB_REF)
    assert.equal("gcc", env.CC)
    assert.equal("{}", actions.to_json(github.event))
  end)
end)

describe("shells", function()
  it("are known by name, or by a command line", function()
    assert.equal("bash -e {0}", actions.standard[5])
    assert.equal("bash --noprofile --norc -eo pipefail {0}", actions.bash[5])
    assert.equal("perl {0}", actions.shell("perl {0}")[5])
    assert.equal("src", actions.shell { shell = "sh", cwd = "src" }[6])
  end)

  it("tell what is wrong", function()
    local ok, message = pcall(actions.shell, "basch")
    assert.equal(false, ok)
    assert.matches('there is no shell "basch": did you mean "bash"%?', message)
    assert.matches("there is no tool", select(2, pcall(actions.setup, "gon")))
  end)
end)

local chain = [[
local actions = require "baton.actions"
sequence "job" (actions.chain {
  step "job.a" "a",
  step "job.b" { run = "b", allow_failure = true, when = actions.when(nil, { tolerated = { "job.b" } }) },
  step "job.c" { run = "c", when = actions.when(function(job) return job.failure() end, { tolerated = { "job.b" } }) },
  step "job.d" { run = "d", when = actions.when(nil, { tolerated = { "job.b" } }) },
  step "job.e" { run = "e", when = actions.when(function(job) return job.always() end) },
  step "job.f" { run = "f", when = actions.when(function(job)
    return job.success() and actions.same(job.out("job.a", "changed"), "yes")
  end, { tolerated = { "job.b" } }) },
})
]]

local function statuses(steps)
  local run = simulate { source = chain, steps = steps }
  local made = {}
  for _, name in ipairs { "a", "b", "c", "d", "e", "f" } do
    made[#made + 1] = name .. "=" .. run.steps["job." .. name].status
  end
  return table.concat(made, " ")
end

describe("conditions", function()
  it("see every step before", function()
    assert.equal("a=succeeded b=succeeded c=skipped d=succeeded e=succeeded f=succeeded",
      statuses { ["job.a"] = { output = "", out = { changed = "yes" } } })
    assert.equal("a=failed b=skipped c=succeeded d=skipped e=succeeded f=skipped", statuses { ["job.a"] = 1 })
  end)

  it("pass over failures that are tolerated", function()
    assert.equal("a=succeeded b=failed c=skipped d=succeeded e=succeeded f=skipped", statuses { ["job.b"] = 1 })
  end)

  it("of steps pass over the jobs that they only ask for", function()
    local run = simulate { source = [[
      local actions = require "baton.actions"
      local v = step "build.v" "v"
      sequence "build" { v }
      sequence "tell" (actions.chain {
        depends = "build", when = actions.when(function(job) return job.always() end),
        step "tell.a" {
          run = actions.run(function(job) return "a " .. job.status() end, { jobs = { "build" } }),
          depends = { "build", v }, when = actions.when(nil, { jobs = { "build" } }),
        },
        step "tell.b" { run = "b", when = actions.when(function(job) return job.failure() end) },
        step "tell.c" { run = "c", depends = "build", when = actions.when(function(job)
          return job.success() and job.result "build" == "failure"
        end, { jobs = { "build" } }) },
      })
    ]], steps = { ["build.v"] = 1 } }
    assert.equal("succeeded", run.steps["tell.a"].status)
    assert.equal("skipped", run.steps["tell.b"].status)
    assert.equal("succeeded", run.steps["tell.c"].status)
  end)

  it("of jobs know of a failure far behind", function()
    local run = simulate { source = [[
      local actions = require "baton.actions"
      local function after(name, needs, further, condition)
        local all = { table.unpack(needs) }
        for _, one in ipairs(further) do all[#all + 1] = one end
        sequence(name) { depends = all, when = actions.when(condition, { needs = needs }), step(name .. ".a") "a" }
      end
      sequence "build" { step "build.a" "a" }
      sequence "deploy" { depends = "build", step "deploy.a" "a" }
      after("tell", { "deploy" }, { "build" }, function(job) return job.failure() end)
      sequence "clean" { depends = "deploy", when = actions.when(function() return true end), step "clean.a" "a" }
      after("far", { "clean" }, { "deploy", "build" }, function(job) return job.success() end)
      after("both", { "clean" }, { "deploy", "build" }, function(job) return job.success() and job.failure() end)
    ]], steps = { ["build.a"] = 1 } }
    assert.equal("skipped", run.steps["deploy.a"].status)
    for _, name in ipairs { "tell", "clean", "far", "both" } do
      assert.equal("succeeded", run.steps[name .. ".a"].status, name)
    end
  end)

  it("of jobs do not hold where a called workflow was skipped", function()
    local run = simulate { source = [[
      local actions = require "baton.actions"
      step "called" { run = "a", when = function() return false end }
      step "x" { depends = "called", run = "x", when = actions.when(nil, { needs = { "called" } }) }
      step "y" { depends = "called", run = "y", when = actions.when(nil) }
    ]] }
    assert.equal("skipped", run.steps.x.status)
    assert.equal("succeeded", run.steps.y.status)
  end)

  it("skip what does not run on Linux", function()
    local run = simulate { source = [[
      local actions = require "baton.actions"
      step "x" { run = "x", when = actions.when(nil, { runner = "windows-latest" }) }
      step "y" { run = "y", when = actions.when(nil, { runner = "ubuntu-latest" }) }
    ]] }
    assert.equal("skipped", run.steps.x.status)
    assert.equal("succeeded", run.steps.y.status)
  end)
end)

describe("steps for actions", function()
  it("fail and say why where there is no counterpart", function()
    local made = actions.unsupported("a/b@v1", "a foreign action")
    assert.equal("echo 'a/b@v1: a foreign action' >&2; exit 1", made.run)
    assert.matches("not converted: a/b@v1", made.description)
  end)

  it("take further fields", function()
    local own = actions.own { A = "1", INPUT_NAME = "x", ["A-B"] = "2", UID = "3" }
    local made = actions.with(actions.upload("dist", "out/*"), { timeout = "5m", env = own })
    assert.equal("5m", made.timeout)
    assert.equal("1", made.env.BATON_OWN_A)
    assert.equal("2", made.env["A-B"])
    assert.equal("3", made.env.UID)
    assert.equal("x", made.env.BATON_OWN_INPUT_NAME)
    assert.equal("dist", made.env.BATON_INPUT_NAME)
  end)

  it("take what is known later, and are described without it", function()
    local run = simulate {
      source = [[
        local actions = require "baton.actions"
        local version = step "job.version" "x"
        local number = version.out.number
        for _, made in ipairs {
          actions.upload("pkg-" .. number, "dist"), actions.download(number), actions.setup("python", number),
          actions.upload("dist", "out"), actions.setup "go", actions.revision(),
        } do
          print(made.description)
          step("job." .. made.description:gsub("%W", "-")) (made)
        end
      ]],
      steps = { ["job.version"] = { output = "", out = { number = "7" } } },
    }
    assert.same({
      "actions/upload-artifact", "actions/download-artifact", "actions/setup-python", "actions/upload-artifact dist",
      "actions/setup-go", "actions/checkout",
    }, run.printed)
    assert.equal("succeeded", run.steps["job.actions-upload-artifact"].status)
  end)
end)
