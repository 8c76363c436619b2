import BatonLua
import BatonModel
import Testing

/// What a user sees of mistakes in a script.
@Suite struct MistakeTests {
  @Test("all mistakes of a script are reported at once, in the order of their lines") func together() {
    #expect(
      Lua.mistakes(
        """
        local build = step "build" {
          run = "make",
          timeout = true,
          retries = 3,
        }
        step "test" { run = "test", depends = { build, "biuld" } }
        step "build" { run = "again" }
        step "bad/name" { run = "x" }
        step "broken" {
          run = 5,
          when = "success",
          env = { "A=1" },
          retry = { attempts = 0, when = { "SIGFOO", 999 }, attemps = 3 },
        }
        undefined_function()
        """)
          == """
          """)
  }

  @Test("wrong types of fields, each told with what is right") func types() {
    #expect(
      Lua.mistakes(
        """
        step "a" {
          run = {},
          depends = 5,
          when = 1,
          env = "X=1",
          cwd = {},
          shell = "/bin/bash",
          stdin = {},
          timeout = "soon",
          deadline = 0,
          grace = -1,
          retry = "twice",
          failover = { run = "x" },
          allow_failure = "yes",
          priority = 1.5,
          tags = { 1 },
          resources = { cpu = "many", memory = "lots" },
          mutex = "a b",
          inputs = 5,
          outputs = { {} },
          cache = "yes",
          artifacts = { a = 1 },
          executor = "docker",
          undo = true,
          interrupted = "retry",
          description = 5,
          results = 1,
        }
        """)
          == """
          """)
  }

  @Test("steps without a command, with a body or with unnamed fields") func commands() {
    #expect(
      Lua.mistakes(
        """
        step "none" { timeout = 1 }
        step "typo" { rn = "make" }
        step "other" { command = "make" }
        step "body" { function(ctx) end }
        step "item" { "make" }
        step "empty" ""
        step "number" (5)
        step { run = "x" }
        step "ref" { run = "x", env = { A = step "inner" { run = "true" } } }
        """)
          == """
          """)
  }

  @Test("names are 1 to 100 of letters, digits and _ . -") func names() {
    #expect(
      Lua.mistakes(
        """
        step "" { run = "true" }
        step(("x"):rep(101)) { run = "true" }
        parallel "a b" {}
        notify "ü" { on = "failed", to = command "true" }
        workflow "a/b" {}
        """)
          == """
          test.lua:1: error: step: a name can't be empty
          test.lua:2: error: step: a name has at most 100 letters, this one has 101
          test.lua:3: error: parallel: a name is made of A-Z a-z 0-9 _ . -, "a b" is not
          test.lua:4: error: notify: a name is made of A-Z a-z 0-9 _ . -, "ü" is not
          test.lua:5: error: workflow: a name is made of A-Z a-z 0-9 _ . -, "a/b" is not
          """)
  }

  @Test("a cycle is shown as a path, with the places") func cycles() {
    #expect(
      Lua.mistakes(
        """
        step "a" { run = "true", depends = "b" }
        step "b" { run = "true", depends = "c" }
        step "c" { run = "true", depends = "a" }
        step "d" { run = "true", depends = "d" }
        parallel "g" { step "e" { run = "true", depends = "g" } }
        """)
          == """
          test.lua:1: error: a cycle, in which each waits for the next: a → b → c → a
            a is at test.lua:1, b is at test.lua:2, c is at test.lua:3
          test.lua:4: error: a cycle, in which each waits for the next: d → d
            d is at test.lua:4
          test.lua:5: error: a cycle, in which each waits for the next: e → g → e
            e is at test.lua:5, g is at test.lua:5
          """)
  }

  @Test("workflow: wrong and unknown fields, twice") func workflow() {
    #expect(
      Lua.mistakes(
        """
        workflow "w" {
          descripton = "x",
          max = 4,
          run = "make",
          depends = "a",
          resources = { cpu = -1 },
        }
        workflow "v" {}
        """)
          == """
          """)
  }

  @Test("a syntax error names the place") func syntax() {
    #expect(Lua.mistakes("step \"a\" {\n  run = \n}\n") == "test.lua:3: error: unexpected symbol near '}'")
  }

  @Test("an undefined global is an error that proposes the nearest name") func undefined() {
    #expect(
      Lua.mistakes("\nstpe \"a\" { run = \"true\" }")
        == """
        test.lua:2: error: "stpe" is not defined; did you mean "step"?
        """)
  }

  @Test("a declaration inside a callback is refused") func declaringLate() throws {
    let script = try Lua.load(
      """
      gate "q" { check = function() step "late" { run = "true" } end }
      """)
    let check = try #require(try script.node("q").gate?.check)
    #expect(
      script.call(check, [], limit: Span(seconds: 1))
        == .raised("test.lua:1: step declares, which is done when the script is read, not when its functions run"))
  }

  @Test("very many mistakes are counted instead of told") func many() {
    let text = Lua.mistakes("for i = 1, 1000 do step(\"s\" .. i) { rum = 1 } end")
    #expect(text.split(separator: "\n").count < 1000)
    #expect(text.hasSuffix("error: 1800 more mistakes are not shown"))
  }
}
