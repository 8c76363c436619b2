import BatonLua
import BatonModel
import Testing

/// LANGUAGE.md, section 4: what holds for all groups.
@Suite struct GroupTests {
  @Test("members inherit step fields unless they set them, through nested groups, and env is merged") func inheritance()
    throws
  {
    let script = try Lua.load(
      """
      workflow "w" { grace = "1s" }
      parallel "outer" {
        timeout = "1m", env = { A = "outer", B = "outer" }, tags = { "x" },
        sequence "inner" {
          retry = 2, env = { B = "inner" },
          step "a" { run = "true", timeout = "2m", env = { C = "own" } },
          step "b" { run = "true" },
        },
        step "c" { run = "true" },
      }
      """)
    let a = try script.options("a")
    #expect(a.timeout == Span(seconds: 120))
    #expect(a.retry == RetryPolicy(attempts: 3))
    #expect(a.env == ["A": .plain("outer"), "B": .plain("inner"), "C": .plain("own")])
    #expect(a.tags == ["x"])
    #expect(a.grace == Span(seconds: 1))
    #expect(a.given == ["timeout", "env"])
    let b = try script.options("b")
    #expect(b.timeout == Span(seconds: 60))
    #expect(b.env == ["A": .plain("outer"), "B": .plain("inner")])
    #expect(try script.options("c").retry == .none)
  }

  @Test("group: depends, max, fail_fast are the group's own") func ownFields() throws {
    let script = try Lua.load(
      """
      step "first" { run = "true" }
      parallel "g" { depends = "first", max = 3, fail_fast = true, step "a" { run = "true" } }
      parallel "h" { step "b" { run = "true" } }
      """)
    #expect(try script.dependencies("g") == ["first"])
    #expect(try script.dependencies("a") == [])
    #expect(try script.node("g").group?.max == 3)
    #expect(try script.node("g").group?.failFast == true)
    #expect(try script.node("h").group?.max == nil)
    #expect(try script.node("h").group?.failFast == false)
  }

  @Test("group: when and description hold for the group and are not inherited") func whenIsNotInherited() throws {
    let script = try Lua.load(
      """
      parallel "g" { when = "failed", description = "Cleaning up", step "a" { run = "true" } }
      """)
    #expect(try script.options("g").when == .failed)
    #expect(try script.options("g").description == "Cleaning up")
    #expect(try script.options("a").when == .succeeded)
    #expect(try script.options("a").description == nil)
  }

  @Test("inputs and outputs that come from different places turn the cache on together") func inheritedCache() throws {
    let script = try Lua.load(
      """
      parallel "g" { inputs = "src/**", step "a" { run = "true", outputs = "a" }, step "b" { run = "true" } }
      parallel "h" { cache = false, step "c" { run = "true", inputs = "c", outputs = "c.o" } }
      """)
    #expect(try script.options("a").cache == .on)
    #expect(try script.options("b").cache == .off)
    #expect(try script.options("c").cache == .off)
  }

  @Test("an empty group is a group without members") func empty() throws {
    #expect(try Lua.load(#"parallel "g" {}"#).members("g") == [])
  }

  @Test("mistakes in groups") func mistakes() {
    #expect(
      Lua.mistakes(
        """
        local a = step "a" { run = "true" }
        parallel "g" { a, max = 0 }
        parallel "h" {
          a,
          run = "true",
          true,
          fail_fast = 1,
        }
        sequence "s" { a_typo = 1, "nowhere", step "open" }
        parallel "lists" { { step "z" { run = "true" } } }
        parallel "loop" { "loop" }
        parallel "nothing"
        """)
          == """
          test.lua:2:19: error: parallel "g": "max" must be an integer from 1 on, not 0
          test.lua:3: error: parallel "h": step "a" is a member of parallel "g" already
            at test.lua:2
          test.lua:5:3: error: parallel "h": "run" belongs to a step, not to a group
          test.lua:6:3: error: parallel "h": member [2] must be a step, a gate, a group or the name of one, not a boolean
          test.lua:7:3: error: parallel "h": "fail_fast" must be true or false, not 1
          test.lua:9: error: sequence "s": there is no step, gate or group "nowhere"
          test.lua:9:16: error: sequence "s": there is no field "a_typo"
            known: allow_failure, artifacts, cache, cwd, deadline, depends, description, env, executor, fail_fast, failover, grace, inputs, interrupted, lease, max, max_failures, mutex, network, on_divergence, outputs, priority, resources, results, retry, shell, stdin, tags, tests, timeout, undo, when
          test.lua:9:39: error: sequence "s": member [2] must be a step, a gate, a group or the name of one, not a function
            a declaration needs its fields: step "name" { … }
          test.lua:9:39: error: step "open" has no fields
            step "open" { … }
          test.lua:10:20: error: parallel "lists": member [1] must be a step, a gate, a group or the name of one, not a list
          test.lua:11: error: parallel "loop": is a member of itself
          test.lua:12:1: error: parallel "nothing" has no fields
            parallel "nothing" { … }
          """)
  }
}
