local function served(fields, mock)
  return simulate {
    source = 'local browser = require "baton.browser"\n' .. [[
      local page = service "page" (browser.chromium { ]] .. fields .. [[ })
      step "use" { run = "test " .. page.out.session }
    ]],
    steps = { page = mock },
  }
end

describe("browser.chromium", function()
  it("emits the address of its session", function()
    local run = served("", { out = { session = "http://127.0.0.1:1/session/abc" } })
    assert.equal("succeeded", run.status)
    assert.equal("test http://127.0.0.1:1/session/abc", run.steps.use.command)
    assert.matches("http://127.0.0.1:%d+$", run.steps.page.out.url)
  end)

  it("takes what every service may say, and nothing else", function()
    assert.equal("succeeded", served('restart = 1, size = "800x600", arguments = "--lang=de"').status)
    assert.error_matches(function() served("retry = 2") end, "retry")
    assert.error_matches(function() served('size = "wide"') end, "1280x800")
    assert.error_matches(function() served('ready = probe.tcp(80)') end, "knows when it is")
  end)
end)
