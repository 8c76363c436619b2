-- baton test hello_test.lua

mocks { steps = { greeting = { out = { text = "Hello, Ada!" } } } }

describe("hello", function()
  it("greets whom it is asked to greet", function()
    assert.equal("Ada", simulate({ params = { name = "Ada" } }).steps.greeting.env.NAME)
    assert.equal("world", simulate({}).steps.greeting.env.NAME)
  end)

  it("says and shouts what was emitted, quoted for the shell", function()
    local run = simulate {}
    assert.equal("echo 'Hello, Ada!'", run.steps.say.command)
    assert.same({ "echo", "HELLO, ADA!" }, run.steps.shout.args)
  end)

  it("says nothing without a greeting", function()
    local run = simulate { steps = { greeting = false } }
    assert.same({ "greeting" }, run.order)
    assert.equal("failed", run.status)
  end)
end)
