describe("elsewhere", function()
  it("tests here alone where no other place is named", function()
    local run = simulate {}
    assert.equal("succeeded", run.status)
    assert.equal("local", run.steps["test[place=here]"].executor)
    assert.is_nil(run.steps["test[place=container]"])
    assert.is_nil(run.steps["test[place=host]"])
  end)

  it("tests in each place that is named, with the same command but for its report", function()
    local run = simulate { params = { image = "alpine:3", host = "ci@build1" } }
    assert.equal("succeeded", run.status)
    assert.equal("container alpine:3", run.steps["test[place=container]"].executor)
    assert.equal("ssh ci@build1", run.steps["test[place=host]"].executor)
    assert.equal("compare", run.order[#run.order])
  end)

  it("fails where one of the places fails", function()
    local run = simulate {
      params = { image = "alpine:3" }, steps = { ["test[place=container]"] = { code = 1 } },
    }
    assert.equal("failed", run.status)
    assert.equal("skipped", run.steps.compare.status)
  end)
end)
