local templates = require "baton.templates"

local function gives(text, fields, result)
  return function() assert.equal(result, templates.render(text, fields)) end
end

local function says(text, fields, sentence)
  return function()
    assert.has_error(function() return templates.render(text, fields) .. "" end, 'template "text", ' .. sentence)
  end
end

describe("templates.render", function()
  it("fills in fields",
    gives("{{name}} is {{ n }}, {{ok}}.", { name = "shop", n = 5, ok = false }, "shop is 5, false."))
  it("follows paths", gives("{{a.b-c.2}}", { a = { ["b-c"] = { "x", "y" } } }, "y"))
  it("takes a default", gives('{{a or "none"}} {{b.c or ""}}{{d or "x"}}', { b = {}, d = "y" }, "none y"))
  it("filters", gives("{{a | trim | upper}} {{b|json}} {{c|shell}} {{d|xml}}",
    { a = " x ", b = { 1 }, c = "it's", d = "<&>" }, "X [1] 'it'\\''s' &lt;&amp;&gt;"))
  it("leaves remarks out, and writes braces", gives('a{{-- no }}b {{"{{"}}x}}', {}, "ab {{x}}"))
  it("decides", gives("{{if a}}A{{else}}-{{end}}{{if not a}}N{{end}}{{if b}}B{{end}}", { a = "", b = { 1 } }, "-NB"))
  it("repeats", gives("{{for i, x in list}}{{i}}={{x.n}}{{sep}}{{end}}",
    { list = { { n = "a" }, { n = "b" } }, sep = ";" }, "1=a;2=b;"))
  it("leaves no line of what is alone on it",
    gives("begin\n  {{for x in l}}\n- {{x}}\n  {{end}}\n{{-- remark}}\n{{if y}}\nno\n{{end}}\nend\n", { l = { 1, 2 } },
      "begin\n- 1\n- 2\nend\n"))
  it("keeps other lines", gives("{{if a}}x{{end}}\n\n{{a}}\n", { a = 1 }, "x\n\n1\n"))
  it("gives nothing of nothing", gives("", {}, ""))

  it("says which field is missing, with its line and the nearest", says("\n{{nmae}}", { name = 1 },
    'line 2: there is no field "nmae": did you mean "name"?'))
  it("says it of paths", says("{{a.versoin}}", { a = { version = 1 } },
    'line 1: there is no field "a.versoin": did you mean "version"?'))
  it("says what has no fields", says("{{a.b}}", { a = 5 }, 'line 1: "a" has no fields: it is 5'))
  it("says what is no text", says("{{a}}", { a = {} }, 'line 1: "a" is a table, which is no text'))
  it("says what is no list", says("{{for x in a}}{{end}}", { a = 5 }, 'line 1: "a" is 5, not a list'))
  it("counts lines behind blocks", says("{{if a}}\n{{end}}\n\n{{b}}", { a = 1 }, 'line 4: there is no field "b"'))
  it("says which filter is missing", says("{{a | uper}}", { a = 1 },
    'line 1: there is no filter "uper": did you mean "upper"?'))
  it("says what is open", says("x\n{{if a}}", {}, "line 2: this if has no end"))
  it("says what ends nothing", says("{{end}}", {}, "line 1: this end ends nothing"))
  it("says which else has no if", says("{{for x in y}}{{else}}{{end}}", {}, "line 1: this else belongs to no if"))
  it("says which braces are open", says("a\nb {{c", {}, "line 2: {{ has no }}"))
  it("says what is no name", says("{{a b}}", {}, 'line 1: "a b" is no name of a field'))
  it("says how for is written", says("{{for x of y}}{{end}}", {}, "line 1: for is written {{for item in list}}"))

  it("blames the line of the caller", function()
    local _, message = pcall(function() return templates.render("{{x}}", {}) .. "" end)
    assert.matches('^%S*templates_test.lua:%d+: template "text", line 1', message)
  end)

  it("takes a text and a table", function()
    assert.has_error(function() return templates.render(nil, {}) .. "" end, "templates.render takes a text, not nil")
    assert.has_error(function() return templates.render("", 5) .. "" end,
      'template "text": its fields are a table, not 5')
  end)
end)

describe("templates.compile", function()
  it("is read once and rendered often, with filters of one's own", function()
    local mail = templates.compile("Hi {{who | loud}}", { name = "mail", filters = {
      loud = function(text) return text .. "!" end,
    } })
    assert.equal("Hi Ada!", mail:render { who = "Ada" })
    assert.equal("Hi Bob!", mail:render { who = "Bob" })
    assert.has_error(function() return mail:render {} .. "" end, 'template "mail", line 1: there is no field "who"')
  end)

  it("checks its settings", function()
    assert.has_error(function() return #templates.compile("", { nam = "x" }).name end,
      'templates.compile: there is no option "nam": did you mean "name"?')
    assert.has_error(function() return #templates.compile("", { filters = { a = 5 } }).name end,
      'templates.compile: the filter "a" must be a function, not 5')
  end)
end)

describe("refs", function()
  it("make the text a ref", function()
    local run = simulate {
      source = [[
        local templates = require "baton.templates"
        local build = step "build" "make"
        local fields = { version = build.out.version, name = "shop" }
        step "tell" { run = { "echo", templates.render("{{name}} {{version}} ({{version | upper}})", fields) } }
      ]],
      steps = { build = { out = { version = "1.4-rc" } } },
    }
    assert.equal("shop 1.4-rc (1.4-RC)", run.steps.tell.args[2])
  end)

  it("can't decide or be repeated", function()
    assert.error_matches(function()
      simulate { source = [[
        local templates = require "baton.templates"
        step "a" { run = templates.render("{{if v}}x{{end}}", { v = step("b", "true").out.v }) }
      ]] }
    end, '"v" is known later: render where it is known')
  end)
end)

describe("templates.file", function()
  local source = [[
    local templates = require "baton.templates"
    local build = step "build" "make"
    local conf = step "conf" (templates.file {
      from = "a.in", to = "out/a b", fields = { version = build.out.version, key = secret "KEY" }, mode = "600",
      cwd = "sub", timeout = "1m",
    })
    step "use" { run = { "cat", conf.out.path } }
  ]]

  it("reads, fills in and writes", function()
    local run = simulate {
      source = source, secrets = { KEY = "s3cret" },
      steps = { build = { out = { version = "2" } }, ["conf/exec-1"] = { output = "v {{version}}\nk {{key}}\n" } },
    }
    assert.equal("succeeded", run.status)
    assert.equal("cat -- a.in", run.steps["conf/exec-1"].command)
    assert.matches("/sub$", run.steps["conf/exec-1"].cwd)
    assert.matches("sh 'out/a b' 600$", run.steps["conf/exec-2"].command)
    assert.matches("^v 2\nk .+\n$", run.steps["conf/exec-2"].stdin)
    assert.equal("out/a b", run.steps.use.args[2])
  end)

  it("fails where the template has a mistake, and writes nothing", function()
    local run = simulate {
      source = source, secrets = { KEY = "s3cret" },
      steps = { build = { out = { version = "2" } }, ["conf/exec-1"] = { output = "\n{{vrsion}}" } },
    }
    assert.equal("failed", run.status)
    assert.contains('template "a.in", line 2: there is no field "vrsion": did you mean "version"?',
      run.steps.conf.reason)
    assert.is_nil(run.steps["conf/exec-2"])
  end)

  it("checks its options", function()
    assert.has_error(function() return #templates.file { from = "a" } end, 'templates.file: "to" is missing')
    assert.has_error(function() return #templates.file { from = "a", to = "b", feilds = {} } end,
      'templates.file: there is no option "feilds": did you mean "fields"?')
    assert.has_error(function() return #templates.file { from = "a", to = "b", stdin = "x" } end,
      'templates.file: "stdin" is not for you to say: the file is what is read')
    assert.has_error(function() return #templates.file { from = "a", to = "b", fields = 5 } end,
      'templates.file: "fields" must be a table, not 5')
  end)
end)
