local shell = require "baton.shell"

describe("shell.quote", function()
  it("leaves a plain word as it is", function()
    assert.equal("dist/app-1.2.tar.gz", shell.quote("dist/app-1.2.tar.gz"))
    assert.equal("7", shell.quote(7))
  end)

  it("puts everything else between quotes", function()
    assert.equal("'a b'", shell.quote("a b"))
    assert.equal("''", shell.quote(""))
    assert.equal("'$HOME;`id`'", shell.quote("$HOME;`id`"))
    assert.equal("'it'\\''s'", shell.quote("it's"))
  end)

  it("takes nothing but words", function()
    assert.has_error(function() shell.quote {} end, "shell.quote takes a string, not table")
    assert.has_error(function() shell.quote(nil) end)
  end)
end)

describe("shell.join", function()
  it("quotes each word", function()
    assert.equal("echo 'a b' c", shell.join { "echo", "a b", "c" })
    assert.equal("", shell.join {})
  end)
end)

describe("a command that is put together", function()
  it("runs as it was meant", function()
    local run = simulate {
      source = [[
        local shell = require "baton.shell"
        step "greet" { run = "echo " .. shell.quote("Ada & Co") }
      ]],
    }
    assert.equal("echo 'Ada & Co'", run.steps.greet.command)
  end)
end)
