-- baton test library_test.lua

mocks { steps = { pack = { out = { path = "build/notes.tar.gz" } }, ["announce/exec-*"] = { output = "SHOP 1.4\n" } } }

describe("library", function()
  it("packs notes and waits until they are there", function()
    local run = simulate { steps = { there = { 1, 1, true } } }
    assert.equal("succeeded", run.status)
    assert.equal("SHOP 1.4\n- faster checkout\n- fewer errors\n", run.steps.notes.stdin)
    assert.equal("test -s build/notes.tar.gz", run.steps.there.command)
    assert.equal(3, run.steps.there.attempts)
    assert.same({ checked = 2, checks = 2 }, run.steps.announce.out)
  end)

  it("does not wait for the notes of another version", function()
    local run = simulate { params = { version = "2.0" } }
    assert.equal("failed", run.status)
    assert.equal("these are the notes of another version", run.steps.announce.reason)
  end)
end)
