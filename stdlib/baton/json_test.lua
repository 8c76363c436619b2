local json = require "baton.json"

describe("json.encode", function()
  it("writes plain values", function()
    assert.equal("null", json.encode(nil))
    assert.equal("true", json.encode(true))
    assert.equal("-7", json.encode(-7))
    assert.equal("-9223372036854775808", json.encode(math.mininteger))
    assert.equal("0.1", json.encode(0.1))
    assert.equal("0.30000000000000004", json.encode(0.1 + 0.2))
    assert.equal("2.0", json.encode(2.0))
    assert.equal("1e+300", json.encode(1e300))
    assert.equal([["a\"b\\c\n\t\u0001 é😀/"]], json.encode("a\"b\\c\n\t\1 é😀/"))
  end)

  it("writes lists and objects, names sorted", function()
    assert.equal("[]", json.encode {})
    assert.equal("{}", json.encode(json.object {}))
    assert.equal('{"a":[1,null,{"x":false}],"b":""}', json.encode { b = "", a = { 1, json.null, { x = false } } })
  end)

  it("sets levels in", function()
    assert.equal('{\n  "a": [\n    1,\n    2\n  ],\n  "b": {}\n}',
      json.encode({ a = { 1, 2 }, b = json.object {} }, { indent = 2 }))
  end)

  it("says what has no JSON, and where", function()
    assert.has_error(function() json.encode { a = { 1, print } } end,
      "json.encode: a[2] is a function, which JSON has not")
    assert.has_error(function() json.encode(0 / 0) end, "json.encode: the value is no number that JSON knows")
    assert.has_error(function() json.encode { x = -math.huge } end, "json.encode: x is no number that JSON knows")
    assert.has_error(function() json.encode { 1, a = 2 } end, "json.encode: the value has both members and names")
    assert.has_error(function() json.encode { l = { 1, nil, 3 } } end,
      "json.encode: l is a list with gaps: json.null stands for null")
    assert.has_error(function() json.encode { [true] = 1 } end, "json.encode: the value has a name that is true")
    assert.has_error(function() json.encode "\xff" end, "json.encode: the value is no UTF-8")
    local loop = {}
    loop.a = { loop }
    assert.has_error(function() json.encode(loop) end, "json.encode: a[1] contains itself")
    local deep = {}
    for _ = 1, 600 do deep = { deep } end
    assert.error_matches(function() json.encode(deep) end, "is nested too deeply$")
    assert.has_error(function() json.encode(1, { indent = -1 }) end,
      'json.encode: "indent" must be an integer from 0 to 16, not -1')
    assert.has_error(function() json.object(5) end, "json.object takes a plain table, not 5")
  end)
end)

describe("json.decode", function()
  it("reads what it writes", function()
    for _, text in ipairs {
      "null", "[]", "{}", '{"a":{},"b":[]}', '[1,2.5,-3,1e+20,"x"]', '{"":"","é":"\\u0000"}', "[[[]]]", "true",
    } do assert.equal(text, json.encode(json.decode(text))) end
  end)

  it("reads blanks, escapes and numbers", function()
    assert.same({ a = { 1, 2 } }, json.decode ' \r\n{ "a" :\t[ 1 , 2 ] } ')
    assert.equal("é😀/\b", json.decode [["\u00e9\ud83d\ude00\/\b"]])
    assert.equal("\u{FFFD}x\u{FFFD}", json.decode [["\ud83dx\udc00"]])
    assert.equal("integer", math.type(json.decode "12"))
    assert.equal("float", math.type(json.decode "12.0"))
    assert.equal(-0.0125, json.decode "-1.25E-2")
  end)

  it("leaves null out, unless it is asked for", function()
    assert.is_nil(json.decode('{"a":null}').a)
    assert.equal(3, json.decode("[1,null,3]")[3])
    assert.equal("[1,null]", json.encode(json.decode("[1,null]", { null = json.null })))
  end)

  it("says what is wrong, and where", function()
    local function says(text, sentence)
      assert.has_error(function() json.decode(text) end, "json.decode: " .. sentence)
    end
    says("", "line 1, column 1: the text ends too early")
    says("[1,\n 2", "line 2, column 3: a comma or ] is missing")
    says('{"a":1\n,\n}', "line 3, column 1: a name in quotes is missing")
    says('{"a" 1}', "line 1, column 6: a colon is missing")
    says('{"a":1 "b":2}', "line 1, column 8: a comma or } is missing")
    says("[1,]", "line 1, column 4: a value is missing")
    says("nul", 'line 1, column 1: "nul" is no value')
    says("01", "line 1, column 1: no number")
    says("1.", "line 1, column 1: no number")
    says("+1", "line 1, column 1: a value is missing")
    says('"a', "line 1, column 1: the string has no end")
    says('"a\n"', "line 1, column 3: a control character in a string")
    says([["\x"]], "line 1, column 2: no such escape")
    says("1 2", "line 1, column 3: something stands behind the value")
    says(("["):rep(600), "line 1, column 501: nested too deeply")
    says("\xff", "the text is no UTF-8")
    assert.has_error(function() json.decode(5) end, "json.decode takes a string, not 5")
  end)

  it("blames the line of the caller", function()
    local _, message = pcall(function() return { json.decode "[" } end)
    assert.matches("json_test.lua:%d+: json.decode: line 1, column 2", message)
  end)
end)

describe("a workflow with JSON", function()
  it("passes values on", function()
    local run = simulate {
      source = [[
        local json = require "baton.json"
        local build = step "build" "make"
        step "post" { run = { "post", json.encode { text = "it's" } } }
        step "show" { run = { "show", build.out.image:map(json.encode) } }
        step "body" { function(ctx) return { n = json.decode(ctx:sh("cat x.json").text).n } end }
      ]],
      steps = { build = { out = { image = { digest = "abc" } } }, ["body/sh-1"] = { output = '{"n": 5}' } },
    }
    assert.same({ '{"text":"it\'s"}' }, { run.steps.post.args[2] })
    assert.equal('{"digest":"abc"}', run.steps.show.args[2])
    assert.equal(5, run.steps.body.out.n)
  end)

  it("says that a ref is known later", function()
    assert.error_matches(function()
      simulate { source = [[
        local json = require "baton.json"
        step("a", { run = json.encode { v = step("b", "true").out.v } })
      ]] }
    end, "json.encode: v is a ref, known later")
  end)
end)
