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
          test.lua:3:3: error: step "build": "timeout" must be a duration such as "90s" or "1h30m", not a boolean
          test.lua:4:3: error: step "build": there is no field "retries"
            did you mean "retry"?
          test.lua:6:29: error: step "test": there is no step, gate or group "biuld"
            did you mean "build"?
          test.lua:7: error: step "build" is declared twice
            the first is at test.lua:1
          test.lua:8: error: step: a name is made of A-Z a-z 0-9 _ . -, "bad/name" is not
          test.lua:10:3: error: step "broken": "run" must be a command: a string for the shell, a list for a program, or a function, not 5
          test.lua:11:3: error: step "broken": "when" must be "succeeded", "failed", "finished" or a function, not "success"
            did you mean "succeeded"?
          test.lua:12:3: error: step "broken": "env" must be a table such as { CC = "clang" }, not a list
          test.lua:13:13: error: step "broken": "retry.attempts" must be an integer from 1 on, not 0
          test.lua:13:36: error: step "broken": "retry.when[1]" must be an exit code from 0 to 255, a signal such as "SIGTERM" or "timeout", not "SIGFOO"
          test.lua:13:46: error: step "broken": "retry.when[2]" must be an exit code from 0 to 255, a signal such as "SIGTERM" or "timeout", not 999
          test.lua:13:53: error: step "broken": there is no field "attemps" in "retry"
            did you mean "attempts"?
          test.lua:15: error: "undefined_function" is not defined
          """)
  }

  @Test("a script that ends early: what is wrong with the plan so far is told, too") func early() {
    #expect(
      Lua.mistakes(
        """
        step "a" { run = "true", depends = "nowhere" }
        step "b" { run = "true", depends = { "c", "later" } }
        step "c" { run = "true", depends = "b" }
        gate "g" { require = { tests = "> 1" } }
        local x = nil
        x.y = 1
        step "later" { run = "true" }
        depends "g" { "c" }
        """)
          == """
          test.lua:1:26: error: step "a": there is no step, gate or group "nowhere"
          test.lua:2: error: a cycle, in which each waits for the next: b → c → b
            b is at test.lua:2, c is at test.lua:3
          test.lua:6: error: attempt to index a nil value (local 'x')
          """)
  }

  @Test(
    "what the rest of a script that ended early may have declared is not called missing",
    arguments: [
      "step(\"near\" .. \"by\", { run = \"true\" })", "require \"more\"",
      "local s = step s \"nearby\" { run = \"true\" }",
      "matrix \"nearby\" { axes = { x = { 1 } }, step = function() return { run = \"true\" } end }",
    ]) func mayCome(rest: String)
  {
    #expect(
      Lua.mistakes("step \"a\" { run = \"true\", depends = \"nearby\" }\nerror \"stop\"\n" + rest)
        == "test.lua:2: error: stop")
  }

  @Test("of a script that met a limit, only that is told") func limited() {
    var request = Lua.request("step \"a\" { run = \"true\", depends = \"a\" }\nwhile true do end")
    request.limit = Span(milliseconds: 100)
    #expect(Script.check(request).map(\.message) == ["the script ran for more than 100ms without an end"])
  }

  @Test("a script may end at any of its lines") func anywhere() {
    let lines = [
      "workflow \"w\" { params = { p = param.string { default = \"x\" } }, env = { A = \"a\" } }",
      "local a = step \"a\" { run = \"true\", env = { P = params.p } }",
      "local m = matrix \"m\" { depends = a, axes = { x = { 1, 2 } }, step = function(c)",
      "local inner = step \"inner\" { run = \"true\" }",
      "return matrix \"n\" { axes = { y = { 1 } }, step = function(d)",
      "return { run = \"echo \" .. c.x .. d.y, depends = inner } end } end }",
      "local late = matrix \"late\" { axes = { x = a.out.list }, step = { run = { \"echo\", cell.x } } }",
      "parallel \"p\" { step \"q\" { run = \"true\" }, sequence \"r\" {",
      "step \"s\" { run = a.out.v }, { step \"t\" \"true\" } } }",
      "gate \"g\" { depends = { m, late, \"p\" }, check = function() return true end }",
      "notify \"n\" { on = \"failed\", to = command \"true\", message = \"m \" .. a.out.v }",
    ]
    #expect(Lua.mistakes(lines.joined(separator: "\n")) == "")
    for end in lines.indices {
      var cut = lines
      cut.insert("error \"stop\"", at: end)
      let text = Lua.mistakes(cut.joined(separator: "\n"))
      // Between the parts of one declaration it is no Lua.
      #expect(text == "test.lua:\(end + 1): error: stop" || text.contains("expected"), "\(text)")
    }
  }

  @Test("an unknown dependency is told with its place and the nearest name, however it is named") func dependencies() {
    #expect(
      Lua.mistakes(
        """
        local build = step "build" { run = "make" }
        step "test" {
          run = "test",
          depends = { build, "biuld" },
        }
        gate "q" { depends = "nowhere", check = function() end }
        depends "biuld" { "tset" }
        parallel "g" { depends = "tests" }
        """)
          == """
          test.lua:4:3: error: step "test": there is no step, gate or group "biuld"
            did you mean "build"?
          test.lua:6:12: error: gate "q": there is no step, gate or group "nowhere"
          test.lua:7: error: depends "biuld": there is no step, gate or group "biuld"
            did you mean "build"?
          test.lua:8:16: error: parallel "g": there is no step, gate or group "tests"
            did you mean "test"?
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
          reslts_of_it = 1,
        }
        """)
          == """
          test.lua:2:3: error: step "a": "run" is an empty list: its first item is the program
          test.lua:3:3: error: step "a": "depends" must be a step, a name or a list of them, not 5
          test.lua:4:3: error: step "a": "when" must be "succeeded", "failed", "finished" or a function, not 1
          test.lua:5:3: error: step "a": "env" must be a table such as { CC = "clang" }, not "X=1"
          test.lua:6:3: error: step "a": "cwd" must be a string, not a table
          test.lua:7:3: error: step "a": "shell" must be a list such as { "/bin/bash", "-c" }, not "/bin/bash"
          test.lua:8:3: error: step "a": "stdin" must be a string, not a table
          test.lua:9:3: error: step "a": "timeout" must be a duration such as "90s" or "1h30m", not "soon"
          test.lua:10:3: error: step "a": "deadline" must be longer than nothing
          test.lua:11:3: error: step "a": "grace" must be a duration such as "90s" or "1h30m", not -1
          test.lua:12:3: error: step "a": "retry" must be how often to try again, or a table such as { attempts = 3, backoff = "2s" }, not "twice"
          test.lua:13:3: error: step "a": "failover" must be a list of tables such as { { run = "…" } }, not a table
          test.lua:14:3: error: step "a": "allow_failure" must be true or false, not "yes"
          test.lua:15:3: error: step "a": "priority" must be an integer, not 1.5
          test.lua:16:12: error: step "a": "tags[1]" must be a string, not 1
          test.lua:17:17: error: step "a": "resources.cpu" must be an amount from 0 to 100000, not "many"
          test.lua:17:31: error: step "a": "resources.memory" must be a size such as "4G", not "lots"
          test.lua:18:3: error: step "a": "mutex": a name is made of A-Z a-z 0-9 _ . -, "a b" is not
          test.lua:19:3: error: step "a": "inputs" must be a string or a list of strings, not 5
          test.lua:20:15: error: step "a": "outputs[1]" must be a string, not a table
          test.lua:21:3: error: step "a": "cache" must be true, false or { key = … }, not "yes"
          test.lua:22:3: error: step "a": "artifacts" must be a string or a list of strings, not a table
          test.lua:23:3: error: step "a": "executor" must be "local", container { image = "…" }, ssh { host = "…" } or pod { manifest = "…" }, not "docker"
            container { image = "…" }
          test.lua:24:3: error: step "a": "undo" must be a command: a string for the shell, a list for a program, or a function, not a boolean
          test.lua:25:3: error: step "a": "interrupted" must be "rerun", "fail" or "ask", not "retry"
          test.lua:26:3: error: step "a": "description" must be a string, not 5
          test.lua:27:3: error: step "a": there is no field "reslts_of_it"
            known: allow_failure, artifacts, cache, cwd, deadline, depends, description, env, executor, failover, grace, inputs, interrupted, lease, max_failures, mutex, network, on_divergence, outputs, priority, resources, results, retry, run, shell, stdin, tags, tests, timeout, undo, when
          """)
  }

  @Test("steps without a command, with a body or with unnamed fields") func commands() {
    #expect(
      Lua.mistakes(
        """
        step "none" { timeout = 1 }
        step "typo" { rn = "make" }
        step "other" { command = "make" }
        step "body" { run = "x", function(ctx) end }
        step "item" { "make" }
        step "empty" ""
        step "number" (5)
        step { run = "x" }
        step "ref" { run = "x", env = { A = step "inner" { run = "true" } } }
        """)
          == """
          test.lua:1: error: step "none": "run" is missing
            such as run = "make"
          test.lua:2:15: error: step "typo": there is no field "rn"
            did you mean "run"?
          test.lua:3:16: error: step "other": there is no field "command"
            did you mean "run"?
          test.lua:4:15: error: step "body": a step has either "run" or a body, not both
          test.lua:5:15: error: step "item": a string without a field's name
            what a step does stands in its field run: run = "…"
          test.lua:6: error: step "empty": "run" is empty
          test.lua:7: error: step "number": its fields must be a table or a command, not an integer
            step "name" { run = "…" }
          test.lua:8: error: step needs a name before its fields, not a table
            step "name" { … }
          test.lua:9:33: error: step "ref": "env.A" is a step where a value is needed
            name what it emits: inner.out.NAME
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
          test.lua:2:3: error: workflow "w": there is no field "descripton"
            did you mean "description"?
          test.lua:3:3: error: workflow "w": there is no field "max"
            how much runs at once is the pool's: resources = { cpu = 4 }, or -j 4
          test.lua:4:3: error: workflow "w": "run" belongs to a step, not to the workflow
          test.lua:5:3: error: workflow "w": "depends" belongs to a step, not to the workflow
          test.lua:6:17: error: workflow "w": "resources.cpu" must be an amount from 0 to 100000, not -1
          test.lua:8: error: workflow "v": workflow is said twice
            the first is at test.lua:1
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

  @Test("places are found quickly in a long file with a mistake on every line") func longFile() {
    let lines = (1...3000).map { "step \"s\($0)\" { run = \"true\", timeout = true }" }
    let text = Lua.mistakes(lines.joined(separator: "\n"))
    #expect(text.hasPrefix("test.lua:1:27: error: step \"s1\": \"timeout\" must be a duration"))
    #expect(text.hasSuffix("error: 2800 more mistakes are not shown"))
  }

  @Test("very many mistakes are counted instead of told") func many() {
    let text = Lua.mistakes("for i = 1, 1000 do step(\"s\" .. i) { rum = 1 } end")
    #expect(text.split(separator: "\n").count < 1000)
    #expect(text.hasSuffix("error: 800 more mistakes are not shown"))
  }
}
