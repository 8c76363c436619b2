import BatonLua
import BatonModel
import Testing

/// LANGUAGE.md, section 2: `param.…` and `params`.
@Suite struct ParamTests {
  private func load(_ params: String, given: [String: Value] = [:], raw: [String: String] = [:]) throws -> [String:
    Value]
  {
    try Lua.load(
      "workflow \"w\" { params = { \(params) } } step \"a\" { run = \"true\" }", params: given, raw: raw
    ).plan.workflow.values
  }

  private func mistakes(_ params: String, raw: [String: String] = [:]) -> String {
    Lua.mistakes("workflow \"w\" { params = { \(params) } } step \"a\" { run = \"true\" }", raw: raw)
  }

  @Test("param.string") func string() throws {
    #expect(try load(#"p = param.string { default = "x" }"#) == ["p": "x"])
    #expect(try load("p = param.string {}", raw: ["p": "42"]) == ["p": "42"])
    #expect(try load("p = param.string()", given: ["p": "typed"]) == ["p": "typed"])
    #expect(try load(#"p = param.string { pattern = "v%d+" }"#, raw: ["p": "v12"]) == ["p": "v12"])
    #expect(
      mistakes(#"p = param.string { pattern = "v%d+" }"#, raw: ["p": "v12x"])
        == """
        test.lua:1:27: error: workflow "w": the parameter "p" must be a string that matches "v%d+", not "v12x"
        """)
    #expect(
      mistakes(#"p = param.string { pattern = "[a" }"#, raw: ["p": "v"]).contains(
        "the pattern of \"p\" is no Lua pattern"))
  }

  @Test("param.integer") func integer() throws {
    #expect(try load("p = param.integer { default = 4, min = 1, max = 64 }") == ["p": 4])
    #expect(try load("p = param.integer { default = 4 }", raw: ["p": "-7"]) == ["p": -7])
    #expect(try load("p = param.integer {}", given: ["p": 5.0]) == ["p": 5])
    #expect(
      mistakes("p = param.integer { min = 1, max = 64 }", raw: ["p": "65"])
        == """
        test.lua:1:27: error: workflow "w": the parameter "p" must be an integer from 1 to 64, not "65"
        """)
  }

  @Test("param.number") func number() throws {
    #expect(try load("p = param.number { default = 4 }") == ["p": 4])
    #expect(try load("p = param.number {}", raw: ["p": "3"]) == ["p": 3])
    #expect(try load("p = param.number { min = 0 }", raw: ["p": "0.5"]) == ["p": 0.5])
    #expect(
      mistakes("p = param.number { min = 0 }", raw: ["p": "x"]).contains("must be a number from 0.0 on, not \"x\""))
  }

  @Test("param.boolean") func boolean() throws {
    #expect(try load("p = param.boolean { default = false }", raw: ["p": "true"]) == ["p": true])
    #expect(mistakes("p = param.boolean {}", raw: ["p": "yes"]).contains("must be true or false, not \"yes\""))
  }

  @Test("param.enum") func choice() throws {
    #expect(try load(#"p = param.enum { "dev", "prod", default = "dev" }"#, raw: ["p": "prod"]) == ["p": "prod"])
    #expect(
      mistakes(#"p = param.enum { "dev", "prod" }"#, raw: ["p": "prd"])
        == """
        test.lua:1:27: error: workflow "w": the parameter "p" must be "dev" or "prod", not "prd"
          did you mean "prod"?
        """)
  }

  @Test("param.list") func list() throws {
    #expect(try load(#"p = param.list { default = { "a", 1 } }"#) == ["p": ["a", 1]])
    #expect(try load("p = param.list {}", raw: ["p": "a,b"]) == ["p": ["a", "b"]])
    #expect(try load("p = param.list {}", raw: ["p": "[1, [2]]"]) == ["p": [1, [2]]])
    #expect(try load("p = param.list {}", raw: ["p": ""]) == ["p": []])
  }

  @Test("param.table") func table() throws {
    #expect(try load("p = param.table { default = {} }") == ["p": [:]])
    #expect(try load("p = param.table {}", raw: ["p": #"{"a": 1}"#]) == ["p": ["a": 1]])
    #expect(mistakes("p = param.table {}", raw: ["p": "[1]"]).contains("must be a table, not \"[1]\""))
  }

  @Test("params holds the values, and can be gone through") func params() throws {
    let script = try Lua.load(
      """
      workflow "w" { params = {
        n = param.integer { default = 2, description = "How many" }, names = param.list { default = { "x", "y" } } } }
      for k, v in pairs(params) do step(k) { run = tostring(type(v)) } end
      for i = 1, params.n do step("s" .. i) { run = params.names[i] } end
      """)
    #expect(script.plan.nodes.map(\.name) == ["n", "names", "s1", "s2"])
    #expect(try script.node("s2").command == .shell(.plain("y")))
    #expect(script.plan.workflow.params.map(\.name) == ["n", "names"])
    #expect(script.plan.workflow.params[0].description == "How many")
    #expect(script.plan.workflow.params[0].fallback == 2)
  }

  @Test("text from the command line wins over recorded values") func precedence() throws {
    #expect(try load("p = param.integer {}", given: ["p": 1], raw: ["p": "2"]) == ["p": 2])
  }

  @Test("mistakes in parameters are told together") func mistakesTogether() {
    #expect(
      Lua.mistakes(
        """
        workflow "w" {
          params = {
            a = param.string {},
            b = param.integer { defualt = 1 },
            c = param.enum {},
            d = 5,
            e = param.integer { default = "x", min = 5, max = 1 },
            f = param.string { default = "x" },
          },
        }
        step "s" { run = "echo " .. params.g }
        """, raw: ["fa": "1", "b": "1", "c": "1", "e": "3"])
          == """
          test.lua:1: error: there is no parameter "fa"
            did you mean "a"?
          test.lua:3:5: error: workflow "w": the parameter "a" has no value
            give it: -p a=…
          test.lua:4:5: error: workflow "w": there is no field "defualt" in "params.b"
            did you mean "default"?
          test.lua:5:5: error: workflow "w": param.enum lists no values
            param.enum { "dev", "prod", default = "dev" }
          test.lua:6:5: error: workflow "w": "params.d" must be a parameter such as param.string { default = "x" }, not 5
          test.lua:7:5: error: workflow "w": "min" is more than "max"
          test.lua:7:5: error: workflow "w": "params.e.default" must be an integer from 5 to 1, not "x"
          test.lua:11: error: there is no parameter "g": known are a, b, c, e, f
          """)
  }

  @Test("params before workflow, unknown kinds and changes are refused") func misuse() {
    #expect(
      Lua.mistakes("local x = params.n")
        == """
        test.lua:1: error: params.n: parameters are known after workflow "name" { params = … }
        """)
    #expect(
      Lua.mistakes("local p = param.strng {}")
        == """
        test.lua:1: error: there is no param.strng: did you mean "string"?
        """)
    #expect(
      Lua.mistakes("params.x = 1")
        == """
        test.lua:1: error: params can't be changed ("x")
        """)
  }
}
