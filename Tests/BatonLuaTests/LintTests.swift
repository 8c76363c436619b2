import BatonLua
import BatonModel
import Testing

/// Refs that are compared or used as truth, which Lua can't report.
@Suite struct LintTests {
  private func mistakes(_ source: String) -> [String] {
    Script.check(Lua.request("local build = step \"build\" { run = \"make\" }\n" + source)).map(\.text)
  }

  @Test("a name that nothing defines is told wherever it stands, also in a function that is called later")
  func undefinedNames() {
    #expect(
      mistakes("gate \"g\" { check = function(r)\n  return r.build.status == succeeded\nend }") == [
        """
        test.lua:3: warning: "succeeded" is not defined
          the script ends with an error when it comes to this line
        """
      ])
    #expect(
      mistakes("stpe \"a\" \"true\"\nlocal x = parm.string {}\nlocal function f() return mtrix end") == [
        #"test.lua:2: error: "stpe" is not defined; did you mean "step"?"#,
        #"test.lua:3: error: "parm" is not defined; did you mean "param"?"#,
        #"test.lua:4: error: "mtrix" is not defined; did you mean "matrix"?"#,
      ])
  }

  @Test(
    "what is declared or assigned anywhere is no undefined name",
    arguments: [
      "local a <const>, b <close> = 1, nil\nlocal function f() return a, b, f end",
      "function later() return shared end\nshared = 1", "x, y = 1, 2\nlocal z = x + y",
      "for i = 1, 2 do local j = i end\nfor k, v in pairs({}) do local w = k .. v end",
      "local t = { key = 1, [\"other\"] = 2 }\nlocal u = t.key, t.other\nt.method = print\nlocal v = t:method()",
      "local f = function(a, ...) return a, ... end", "local T = { u = {} }\nfunction T.u:m() return self end",
      "goto done\n::done::", "local s = ('x'):rep(2):upper()",
      "local e = load('return 1')\nlocal function g() return made_by_load end",
    ]
  ) func definedNames(source: String) {
    #expect(mistakes(source) == [])
  }

  @Test(
    "comparing a ref is an error",
    arguments: [
      "local x = build.out.v == 'a'", "local x = 'a' ~= build.out.v", "local x = (build.out.v) == 1",
      "local v = build.out.v\nlocal x = v == 1", "build2 = build\nlocal x = build.out.list[1] == 1",
      "local x = build.out.v:map(function(v) return v end) == 1",
      "step 'b' { run = 'x', when = function() return build.out.v == 1 end }",
    ]
  ) func comparison(source: String) {
    let found = mistakes(source)
    #expect(found.count == 1, "\(found)")
    #expect(found.first?.contains("is compared before it is known") == true)
  }

  @Test(
    "using a ref as a condition is an error",
    arguments: [
      "if build.out.v then end", "if 1 == 2 then elseif build.out.v then end", "while build.out.v do break end",
      "local x = not build.out.v", "local x = build.out.v and 1", "local x = build.out.v or 'default'",
      "repeat until build.out.v", "if (build.out.v) then end",
    ]
  ) func truth(source: String) {
    let found = mistakes(source)
    #expect(found.count == 1, "\(found)")
    #expect(found.first?.contains("is used as a condition before it is known") == true)
  }

  @Test(
    "what is known when it is compared is fine",
    arguments: [
      "step 'b' { run = 'x', depends = build, when = function(deps) return deps.build.out.v == 1 end }",
      "local f = function(build) return build.out.v == 1 end",
      "local v = build.out.v:map(function(v) return v == 1 and 2 or 3 end)",
      "do local build = { out = { v = 1 } } if build.out.v == 1 then end end",
      "for _, build in ipairs {} do if build.out.v then end end",
      "local t = { v = build.out.v, w = 1 == 1 }",
      "if build then end", "-- if build.out.v == 1 then end", "local s = 'build.out.v == 1'",
      "local function f(...) local build = ... return build.out.v == 2 end",
      "step 'b' { run = 'echo ' .. build.out.v }", "local x = build.name == 'build'",
    ]
  ) func fine(source: String) {
    #expect(mistakes(source) == [])
  }

  @Test("the place and the cure are told") func text() {
    #expect(
      mistakes("if true and build.out.image.tag == 'x' then end") == [
        """
        test.lua:2:13: error: build.out.image.tag is compared before it is known: the answer would always be the same
          decide when it is known: in ref:map(function(v) … end), in when = function(deps) … end, or in the command
        """
      ])
  }

  @Test("loading looks for them too") func loading() {
    #expect(
      Lua.mistakes("local build = step \"build\" { run = \"make\" }\nif build.out.v then end").contains(
        "used as a condition"))
  }

  @Test("check needs no parameters, and tells warnings as well as errors") func check() {
    #expect(
      Script.check(Lua.request("workflow 'w' { params = { p = param.string {} } } step 'a' { run = params.p .. 'x' }"))
        == [])
    #expect(Script.check(Lua.request("return {}")) == [])
    #expect(Script.check(Lua.request("local x = 1")).map(\.text) == ["test.lua: warning: the script declares no steps"])
  }
}
