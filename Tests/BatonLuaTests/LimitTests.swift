import BatonLua
import BatonModel
import Testing

/// A script that does not end, or eats memory, ends in a clear error.
@Suite struct LimitTests {
  private func mistakes(_ source: String, limit: Span = Span(milliseconds: 200), memory: Int64 = 64 << 20) -> String {
    var request = Lua.request(source)
    request.limit = limit
    request.memoryLimit = memory
    do throws(Diagnostics) {
      _ = try Script.load(request)
      return ""
    } catch { return error.text }
  }

  @Test(
    "a script that loops for ever is ended",
    arguments: [
      "while true do end", "while true do pcall(function() while true do end end) end",
      "coroutine.wrap(function() while true do end end)()",
    ]
  ) func endless(source: String) {
    #expect(
      mistakes("step \"a\" { run = \"true\" }\n" + source).hasPrefix("test.lua:2: error: the script ran for more than"))
  }

  @Test("a script that eats memory is ended") func memory() {
    let text = mistakes("local s = \"x\"\nwhile true do s = s .. s end", limit: Span(seconds: 60))
    #expect(text.contains("error: the script used more than 64 MB of memory"))
  }

  @Test("tables that are nested too deep, or contain themselves, are refused") func nesting() {
    let deep = mistakes("local t = {}\nfor _ = 1, 10000 do t = { t } end\nstep \"a\" { run = t }")
    #expect(deep == "test.lua:3: error: a table nests more than 100 deep")
    let cyclic = mistakes("local t = {}\nt.t = t\nstep \"a\" { env = t }")
    #expect(cyclic == "test.lua:3: error: a table contains itself: such a table can't be passed on")
  }

  @Test("a script that recurses for ever is ended") func recursion() {
    let text = mistakes("local function f() return 1 + f() end\nf()", limit: Span(seconds: 60), memory: 512 << 20)
    #expect(text.hasPrefix("test.lua:1: error: "))
    #expect(text.contains("stack overflow"))
  }

  @Test("a pattern that takes for ever is ended") func pattern() {
    let text = mistakes(
      "local s = (\"a\"):rep(5000)\nlocal x = s:find((\"a*\"):rep(30) .. \"b\")", limit: Span(seconds: 10))
    #expect(text.contains("pattern takes too many steps"))
  }

  @Test("source that is nested too deep is refused") func parser() {
    let source = "local y = 1\nlocal x = " + String(repeating: "{", count: 10_000)
    #expect(mistakes(source) == "test.lua:2: error: the script nests too deep (C stack overflow)")
    let blocks = "\n" + String(repeating: "do\n", count: 300) + String(repeating: "end ", count: 300)
    #expect(mistakes(blocks) == "test.lua:301: error: the script nests too deep (C stack overflow)")
    let chain = "step 'a' {\nrun = 'x'" + String(repeating: " .. 'x'", count: 300) + "}"
    #expect(mistakes(chain) == "test.lua:2: error: the script nests too deep (C stack overflow)")
  }

  @Test("a callback that does not end is ended, and the next one is called") func callback() throws {
    let script = try Lua.load(
      """
      gate "a" { check = function() while true do end end }
      gate "b" { check = function() return true end }
      """)
    let (a, b) = (try #require(try script.node("a").gate?.check), try #require(try script.node("b").gate?.check))
    guard case .raised(let message) = script.call(a, [], limit: Span(milliseconds: 100)) else {
      Issue.record("it came to an end")
      return
    }
    #expect(message.hasPrefix("test.lua:1: the script ran for more than"))
    #expect(script.call(b, [], limit: Span(milliseconds: 100)) == .returned([true]))
  }
}
