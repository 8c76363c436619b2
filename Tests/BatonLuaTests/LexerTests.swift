import BatonModel
import Testing

@testable import BatonLua

@Suite struct LexerTests {
  private func kinds(_ source: String) -> [LuaToken.Kind] { LuaLexer.tokens(of: Array(source.utf8)).map(\.kind) }

  @Test("names, keywords, numbers and symbols") func words() {
    #expect(
      kinds("local x1 = 0x1F + 1e-5 .. y") == [
        .keyword("local"), .name("x1"), .symbol("="), .number, .symbol("+"), .number, .symbol(".."), .name("y"),
      ])
    #expect(
      kinds("a==b~=c::d::...") == [
        .name("a"), .symbol("=="), .name("b"), .symbol("~="), .name("c"), .symbol("::"), .name("d"), .symbol("::"),
        .symbol("..."),
      ])
    #expect(kinds("3..2") == [.number])
  }

  @Test("strings of all forms") func strings() {
    #expect(
      kinds(#""a\"b" 'c' [[d]] [==[e]]=]f]==]"#) == [
        .string(#"a\"b"#), .string("c"), .string("d"), .string("e]]=]f"),
      ])
    #expect(
      kinds("t[a[1]]") == [
        .name("t"), .symbol("["), .name("a"), .symbol("["), .number, .symbol("]"), .symbol("]"),
      ])
  }

  @Test("comments of all forms are passed over") func comments() {
    #expect(kinds("#!/usr/bin/baton\na -- b\n--[[ c\n]] d --[==[ ]] ]==] e") == [.name("a"), .name("d"), .name("e")])
  }

  @Test("places are 1-based lines and columns, also behind long strings") func places() {
    let tokens = LuaLexer.tokens(of: Array("a\n  [[x\ny]] b".utf8))
    #expect(tokens.map { [$0.line, $0.column] } == [[1, 1], [2, 3], [3, 5]])
  }

  @Test(
    "what is no Lua is passed over to the end",
    arguments: ["\"open", "[[open", "--[[open", "'", "\\", "\u{1}é", "0x", ""])
  func robust(source: String) {
    #expect(LuaLexer.tokens(of: Array(source.utf8)).count <= 3)
  }

  @Test("the place of a field is found in its declaration, nested ones too") func fieldPlaces() {
    let sources = SourceMap()
    sources.add(
      Array(
        """
        step "a" { x = 1 } step "b" {
          when = function(t) local timeout, x = 1, 2 return { timeout = 1 } end,
          ["timeout"] = 5,
          retry = { attempts = 3,
            when = { 1,
              "x" } },
        }
        """.utf8), file: "f.lua")
    func place(_ name: String, _ path: [PathKey]) -> String {
      sources.place(of: path, named: name, at: SourcePlace(file: "f.lua", line: 1)).text
    }
    #expect(place("a", [.name("x")]) == "f.lua:1:12")
    #expect(place("b", [.name("timeout")]) == "f.lua:3:3")
    #expect(place("b", [.name("retry"), .name("attempts")]) == "f.lua:4:13")
    #expect(place("b", [.name("retry"), .name("when"), .index(2)]) == "f.lua:6:7")
    #expect(place("b", [.name("retry"), .name("nothing")]) == "f.lua:4:3")
    #expect(place("b", [.name("x")]) == "f.lua:1")
    #expect(place("b", []) == "f.lua:1")
  }

  @Test("the place of a field is found in the table that a cell's function returns, if that is the only one")
  func returnedPlaces() {
    let text = """
      matrix "m" {
        step = function(c)
          if c.x then c = f(function() return { run = 1 } end) end
          return {
            timeout = 1,
          }
        end,
      }
      matrix "n" { step = function(c)
        if c.x then return { timeout = 1 } end
        return { timeout = 2 }
      end }
      """
    let sources = SourceMap()
    sources.add(Array(text.utf8), file: "f.lua")
    func place(_ line: Int32, _ column: Int32) -> String {
      sources.place(
        of: [.name("timeout")], named: "m[x=1]", at: SourcePlace(file: "f.lua", line: line, column: column)
      ).text
    }
    #expect(place(2, 3) == "f.lua:5:7")
    #expect(place(9, 14) == "f.lua:9:14", "either may be meant")
    #expect(place(2, 4) == "f.lua:2:4")
    sources.add(Array(text.prefix(60).utf8), file: "f.lua")
    #expect(place(2, 3) == "f.lua:2:3", "the end is missing")
  }
}
