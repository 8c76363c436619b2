import BatonLua
import BatonModel
import Testing

/// Calls from the engine into the script.
@Suite struct CallbackTests {
  private func script(_ body: String) throws -> (Script, Callback) {
    let script = try Lua.load("gate \"q\" { check = \(body) }")
    return (script, try #require(try script.node("q").gate?.check))
  }

  private func result(_ body: String, _ arguments: [Value] = []) throws -> CallbackResult {
    let (script, callback) = try script(body)
    return script.call(callback, arguments, limit: Span(seconds: 1))
  }

  @Test("values of every kind go in and come out") func roundTrip() throws {
    let value: Value = ["a": [1, 2.5, "x", true], "b": ["c": "d"]]
    #expect(try result("function(v, w) return v, w end", [value, 7]) == .returned([value, 7]))
    #expect(try result("function() end") == .returned([nil]))
  }

  @Test("an error names its place") func raised() throws {
    #expect(try result("function()\n  error('broken')\nend") == .raised("test.lua:2: broken"))
    #expect(
      try result("function(v) return v.x.y end", [[:]])
        == .raised("test.lua:1: attempt to index a nil value (field 'x')"))
  }

  @Test("what is no plain value can't be returned") func notPlain() throws {
    #expect(
      try result("function() return print end")
        == .raised("the function returned a function, where a plain value is needed"))
    #expect(
      try result("function() return secret 'X' end")
        == .raised("the function returned a secret, where a plain value is needed"))
  }

  @Test("the digest of a callback ignores comments and layout, and sees code and captured values") func digests() throws
  {
    let plain = try script("function(v) return v > 5 end").1.digest
    #expect(try script("function(value)\n  -- more than five\n  return value > 5\nend").1.digest == plain)
    #expect(try script("function(v) return v > 6 end").1.digest != plain)
    func captured(_ limit: Int) throws -> String? {
      try Lua.load("local limit = \(limit)\ngate \"q\" { check = function(v) return v > limit end }").node("q").gate?
        .check?.digest
    }
    #expect(try captured(5) == captured(5))
    #expect(try captured(5) != captured(6))
  }

  @Test("the digest of a callback that captures handles and refs ignores steps declared before them") func nodes()
    throws
  {
    func digest(_ before: String, _ name: String = "build") throws -> String? {
      let source = """
        \(before)
        local build = step "\(name)" { run = "true" }
        local version = build.out.version .. "!"
        gate "q" { depends = build, check = function() return version, build end }
        """
      return try Lua.load(source).node("q").gate?.check?.digest
    }
    let plain = try digest("")
    #expect(plain?.count == 32)
    #expect(try digest("step \"other\" { run = \"true\" }") == plain)
    #expect(try digest("", "make") != plain)
  }

  @Test("variables that a callback asks for are recorded") func environment() throws {
    let script = try Lua.load("gate \"q\" { check = function() return env.LATE end }", env: ["LATE": "yes"])
    #expect(script.observations.env == [:])
    let check = try #require(try script.node("q").gate?.check)
    #expect(script.call(check, [], limit: Span(seconds: 1)) == .returned(["yes"]))
    #expect(script.observations.env == ["LATE": "yes"])
  }
}
