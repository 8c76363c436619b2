import BatonLua
import BatonModel
import Testing

/// LANGUAGE.md, section 5: gates, `halt` and `fail`.
@Suite struct GateTests {
  private func gate(_ fields: String) throws -> GateSpec {
    let script = try Lua.load("step \"a\" { run = \"true\" }\ngate \"q\" { depends = \"a\", \(fields) }")
    #expect(try script.dependencies("q") == ["a"])
    return try #require(try script.node("q").gate)
  }

  @Test("primitive: gate with require: metrics and comparisons") func require() throws {
    let found = try gate(
      """
      require = {
        pass_rate = ">= 0.98", flaky_rate = "<= 2%", tests = "> 100", failed = 0, coverage = "~= 1", duration = "< 1e3",
        ["findings.critical"] = "== 0", metric = { p95_ms = "<= baseline * 1.10", rss = "<= baseline + 5" },
      }
      """
    ).require
    #expect(
      found == [
        Requirement(metric: "coverage", comparison: .notEqual, bound: .number(1)),
        Requirement(metric: "duration", comparison: .less, bound: .number(1000)),
        Requirement(metric: "failed", comparison: .equal, bound: .number(0)),
        Requirement(metric: "findings.critical", comparison: .equal, bound: .number(0)),
        Requirement(metric: "flaky_rate", comparison: .atMost, bound: .number(0.02)),
        Requirement(metric: "metric.p95_ms", comparison: .atMost, bound: .baseline(factor: 1.1, offset: 0)),
        Requirement(metric: "metric.rss", comparison: .atMost, bound: .baseline(factor: 1, offset: 5)),
        Requirement(metric: "pass_rate", comparison: .atLeast, bound: .number(0.98)),
        Requirement(metric: "tests", comparison: .more, bound: .number(100)),
      ])
  }

  @Test("gate: check is called with the results") func check() throws {
    let script = try Lua.load(
      """
      gate "q" { check = function(r) return r.a.out.n > 5, "n is " .. r.a.out.n end }
      """)
    let check = try #require(try script.node("q").gate?.check)
    #expect(script.call(check, [["a": ["out": ["n": 6]]]], limit: Span(seconds: 1)) == .returned([true, "n is 6"]))
  }

  @Test("gate: otherwise") func otherwise() throws {
    #expect(try gate("check = function() end").otherwise == .halt)
    #expect(try gate(#"check = function() end, otherwise = "branch""#).otherwise == .branch)
    #expect(try gate(#"check = function() end, otherwise = "warn""#).otherwise == .warn)
  }

  @Test("halt and fail end a callback with their reason, and pcall does not catch them") func haltAndFail() throws {
    let script = try Lua.load(
      """
      gate "a" { check = function() halt "canary failed" end }
      gate "b" { check = function() fail "no answer" end }
      gate "c" { check = function() pcall(halt, "stop") return true end }
      """)
    func result(_ name: String) throws -> CallbackResult {
      script.call(try #require(try script.node(name).gate?.check), [], limit: Span(seconds: 1))
    }
    #expect(try result("a") == .halted("canary failed"))
    #expect(try result("b") == .failed("no answer"))
    #expect(try result("c") == .halted("stop"))
  }

  @Test("halt and fail belong into callbacks") func whileReading() {
    #expect(
      Lua.mistakes("\nhalt 'now'")
        == """
        test.lua:2: error: halt can be called in a check, when, run or map function, not while the script is read
        """)
  }

  @Test("mistakes in a gate") func mistakes() {
    #expect(
      Lua.mistakes(
        """
        step "a" { run = "true" }
        gate "empty" { depends = "a" }
        gate "ask" { depends = "a", check = true, otherwise = "halted" }
        gate "odd" {
          depends = "a",
          require = {
            failed = "=> 0",
            tests = "100",
            coverage = ">= high",
            duration = "< baseline * fast",
            flaky_rate = ">= 1 2",
          },
          requires = 1,
        }
        gate "alone" { require = { failed = 0 } }
        """)
          == """
          test.lua:2: error: gate "empty": "require", "check" or "approval" is missing
            require = { pass_rate = ">= 0.98" }, check = function(results) … end, or approval = { by = "ann" }
          test.lua:3:29: error: gate "ask": "check" must be function(results) … end, not a boolean
          test.lua:3:43: error: gate "ask": "otherwise" must be "halt", "branch", "warn" or "ask", not "halted"
            did you mean "halt"?
          test.lua:7:5: error: gate "odd": "require.failed" = "=> 0": there is no comparison "=>"
            did you mean ">="?
          test.lua:8:5: error: gate "odd": "require.tests" = "100": the comparison is missing
            one of >= <= == ~= > <, then a number
          test.lua:9:5: error: gate "odd": "require.coverage" = ">= high": there is no "high" to compare with
            a number, or baseline: such as "<= baseline * 1.10"
          test.lua:10:5: error: gate "odd": "require.duration" = "< baseline * fast": "fast" is no number
          test.lua:11:5: error: gate "odd": "require.flaky_rate" = ">= 1 2": "2" is left over
          test.lua:13:3: error: gate "odd": there is no field "requires"
            did you mean "depends"?
          test.lua:15:16: error: gate "alone": "require" has nothing to measure: the gate depends on nothing
            name what it measures: depends = { … }
          """)
    #expect(
      Lua.mistakes(#"gate "alone" { require = { failed = 0 } }"#)
        == """
        test.lua:1:16: error: gate "alone": "require" has nothing to measure: the gate depends on nothing
          name what it measures: depends = { … }
        """)
  }

  @Test("a metric that looks like a known one is a warning") func nearMetric() throws {
    let script = try Lua.load(
      """
      step "a" { run = "true" }
      gate "q" { depends = "a", require = { pas_rate = ">= 1" } }
      """)
    #expect(
      script.warnings.map(\.text) == [
        """
        test.lua:2:39: warning: gate "q": "pas_rate" has to be reported by a step as a metric
          did you mean "pass_rate"?
        """
      ])
  }
}
