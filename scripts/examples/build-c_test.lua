-- baton test build-c_test.lua

describe("build-c", function()
  it("compiles with what the environment and the parameters say", function()
    local run = simulate { env = { CC = "clang" }, params = { flags = "-O0 -g" } }
    assert.same({ CC = "clang", CFLAGS = "-O0 -g" }, run.steps["compile[unit=greet]"].env)
    assert.equal("cc", simulate({}).steps.link.env.CC)
  end)

  it("links behind every object, whatever comes from the cache", function()
    local run = simulate {
      steps = { ["compile[unit=main]"] = "cached", ["compile[unit=greet]"] = { duration = "3s" } },
    }
    assert.equal("succeeded", run.status)
    assert.equal("cached", run.steps["compile[unit=main]"].status)
    assert.equal(3, run.steps.link.started)
    assert.same({ "compile[unit=greet]", "link", "test" }, run.order)
  end)

  it("does not link what does not compile", function()
    local run = simulate { steps = { ["compile[*main]"] = 1 } }
    assert.equal("failed", run.status)
    assert.equal("skipped", run.steps.link.status)
  end)
end)
