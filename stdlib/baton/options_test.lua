local options = require "baton.options"

local read = options.schema("shop.deploy", {
  region = { "choice", of = { "eu", "us" }, required = true },
  hosts = { "texts", default = { "localhost" } },
  wait = { "duration" },
  count = { "integer", min = 1, max = 9 },
  share = { "number", min = 0 },
  check = { "function" },
  labels = { "values" },
  names = { "strings" },
  force = { "boolean" },
  run = { "command" },
  raw = { "table" },
  port = { function(value) return value == 80 end, expected = "a port that is free" },
}, { taken = { retry = "shop.deploy tries once" }, main = "region" })

-- As a module's function is: what is wrong is its caller's.
local function deploy(given)
  local own, step = read(given)
  return { own = own, step = step }
end

describe("options.schema", function()
  it("gives the options with their defaults, and the fields of the step apart", function()
    local result = deploy { region = "eu", timeout = "5m", env = { A = "1" } }
    assert.same({ region = "eu", hosts = { "localhost" } }, result.own)
    assert.same({ timeout = "5m", env = { A = "1" } }, result.step)
  end)

  it("takes a bare value for the main option", function()
    assert.same("us", deploy("us").own.region)
  end)

  it("takes every kind", function()
    local given = {
      region = "us", hosts = { "a", 2 }, wait = "1h30m", count = 9, share = 0.5, check = print, labels = { a = {} },
      names = "n", force = false, run = { "make", "all" }, raw = { 1, x = 2 }, port = 80,
    }
    assert.same(given, deploy(given).own)
  end)

  it("blames the line of the caller", function()
    local done, message = pcall(function() return deploy { region = "eu", wait = "soon" } .own end)
    assert.is_false(done)
    assert.matches('options_test.lua:%d+: shop.deploy: "wait" must be a duration such as "10s", not "soon"$', message)
  end)

  local function rejects(given, sentence)
    return function()
      assert.has_error(function() return deploy(given).own end, "shop.deploy: " .. sentence)
    end
  end

  it("names what is missing", rejects({}, '"region" is missing'))
  it("proposes the nearest option", rejects({ regoin = "eu", region = "eu" },
    'there is no option "regoin": did you mean "region"?'))
  it("proposes the nearest field of a step", rejects({ region = "eu", tiemout = 5 },
    'there is no option "tiemout": did you mean "timeout"?'))
  it("tells of all options where none is near", rejects({ region = "eu", colour = 5 },
    'there is no option "colour"; known: check, count, force, hosts, labels, names, port, raw, region, run, share, '
      .. "wait, and what a step says"))
  it("tells what the module says itself", rejects({ region = "eu", retry = 2 },
    '"retry" is not for you to say: shop.deploy tries once'))
  it("tells the choices", rejects({ region = "ap" }, '"region" must be one of "eu", "us", not "ap"'))
  it("tells bounds", rejects({ region = "eu", count = 10 }, '"count" must be an integer from 1 to 9, not 10'))
  it("tells lower bounds", rejects({ region = "eu", share = -1 }, '"share" must be a number from 0 on, not -1'))
  it("takes no float for an integer", rejects({ region = "eu", count = 1.5 },
    '"count" must be an integer from 1 to 9, not 1.5'))
  it("takes no empty list", rejects({ region = "eu", hosts = {} },
    '"hosts" must be a string or a list of strings, not a table'))
  it("takes no list with a name in it", rejects({ region = "eu", hosts = { "a", b = "c" } },
    '"hosts" must be a string or a list of strings, not a table'))
  it("takes only functions for a function", rejects({ region = "eu", check = "true" },
    '"check" must be a function, not "true"'))
  it("takes no list for named values", rejects({ region = "eu", labels = { "a" } },
    '"labels" must be a table such as { name = value }, not a table'))
  it("takes no members", rejects({ "eu", region = "eu" }, 'options have names, unlike "eu"'))
  it("tells all that is wrong at once", rejects({ count = 0, force = 1 },
    '"count" must be an integer from 1 to 9, not 0\nshop.deploy: "force" must be true or false, not 1\n'
      .. 'shop.deploy: "region" is missing'))
  it("asks a function what may be said", rejects({ region = "eu", port = 81 },
    '"port" must be a port that is free, not 81'))
  it("shows the main option to who says something else", function()
    assert.blames_caller(
      "shop.deploy takes a table of options, such as { region = … }, not true", deploy, true)
  end)
  it("takes only tables where there is no main option", function()
    local plain = options.schema("shop.plain", {}, { step = false })
    local function call(given) return { plain(given) } end
    assert.has_error(function() return #call "eu" end, 'shop.plain takes a table of options, not "eu"')
    assert.has_error(function() return #call { timeout = 1 } end, 'shop.plain: there is no option "timeout"')
  end)
end)

describe("options.seconds", function()
  it("reads durations", function()
    assert.near(0.25, options.seconds "250ms", 1e-9)
    assert.equal(5400, options.seconds "1h30m")
    assert.equal(90, options.seconds(90))
    assert.equal(0, options.seconds "0s")
  end)

  it("gives nil for what is none", function()
    for _, text in ipairs { "", "soon", "5", "5 s", "-5s", "5y" } do assert.is_nil(options.seconds(text)) end
    assert.is_nil(options.seconds(-1))
    assert.is_nil(options.seconds {})
  end)
end)

describe("options.results", function()
  it("puts sources together", function()
    local function f() end
    local with_read = { "a.txt", read = f }
    assert.same({ 1, 2, 3 }, options.results({ 1, 2 }, { 3 }))
    assert.same({ with_read, f }, options.results(with_read, f))
    assert.same({ with_read, with_read, f }, options.results(with_read, { with_read, f }))
    assert.same({ with_read }, options.results(with_read, nil))
  end)
end)

describe("refs", function()
  it("are told from handles and tables", function()
    local run = simulate {
      source = [[
        local options = require "baton.options"
        local a = step "a" "true"
        for _, value in ipairs { a.out.v, "x" .. a.out.v, secret "TOKEN", a, {}, "text", 5 } do
          print(options.is_ref(value), options.phrase(value))
        end
        local read = options.schema("m", { texts = { "texts" } })
        print(#options.list("a", nil, { "b", a.out.v }, a.out.v))
        print(pcall(function() local own = read { texts = { a.out.v, "b" } } return own ~= nil end))
      ]],
      secrets = { TOKEN = "s" },
    }
    assert.same({
      "true\ta ref", "true\ta ref", "true\ta ref", 'false\tstep "a"', "false\ta table", 'false\t"text"', "false\t5",
      "4", "true\ttrue",
    }, run.printed)
  end)
end)

describe("assert.blames_caller", function()
  local function of(level)
    return function(given) error("no " .. tostring(given), level) end
  end

  it("wants the sentence, and the place of the call", function()
    assert.blames_caller("no x", of(2), "x")
    assert.has_error(function() assert.blames_caller("no y", of(2), "x") end)
    assert.has_error(function() assert.blames_caller("no x", of(1), "x") end)
    assert.has_error(function() assert.blames_caller("no x", of(0), "x") end)
    assert.has_error(function() assert.blames_caller("no x", tostring, "x") end)
  end)
end)
