import BatonLua
import BatonModel
import Testing

/// What Lua 5.4.4's own functions answer to the same calls; among them the examples of the reference manual.
@Suite struct VMPatternTests {
  @Test(arguments: [
    (#"string.find("hello world", "o w")"#, #"5 ; 7"#),
    (#"string.find("hello world", "l+")"#, #"3 ; 4"#),
    (#"string.find("hello", "xyz")"#, #"nil"#),
    (#"string.find("hello", "")"#, #"1 ; 0"#),
    (#"string.find("", "")"#, #"1 ; 0"#),
    (#"string.find("hello", "", 10)"#, #"nil"#),
    (#"string.find("hello", "", 6)"#, #"6 ; 5"#),
    (#"string.find("hello", "l", -2)"#, #"4 ; 4"#),
    (#"string.find("hello", "l", -100)"#, #"3 ; 3"#),
    (#"string.find("a.b", ".", 1, true)"#, #"2 ; 2"#),
    (#"string.find("a+b", "+", 1, true)"#, #"2 ; 2"#),
    (#"string.find("a.b", "%.")"#, #"2 ; 2"#),
    (#"string.find("key = value", "(%w+)%s*=%s*(%w+)")"#, #"1 ; 11 ; key ; value"#),
    (#"string.find("alo", "^a")"#, #"1 ; 1"#),
    (#"string.find("alo", "^l")"#, #"nil"#),
    (#"string.find("alo", "^l", 2)"#, #"2 ; 2"#),
    (#"string.find("alo", "o$")"#, #"3 ; 3"#),
    (#"string.find("a$a", "$a")"#, #"2 ; 3"#),
    (#"string.find("a\0b", "\0")"#, #"2 ; 2"#),
    (#"string.find("a\0a\0b", "\0b")"#, #"4 ; 5"#),
    (#"string.match("hello 123", "%d+")"#, #"123"#),
    (#"string.match("2024-01-31", "(%d+)-(%d+)-(%d+)")"#, #"2024 ; 01 ; 31"#),
    (#"string.match("  trim  ", "^%s*(.-)%s*$")"#, #"trim"#),
    (#"string.match("THE (quick) fox", "%((%a+)%)")"#, #"quick"#),
    (#"string.match("THE (quick) fox", "%b()")"#, #"(quick)"#),
    (#"string.match("((a)(b", "%b()")"#, #"(a)"#),
    (#"string.match("(a(b)c)d", "%b()")"#, #"(a(b)c)"#),
    (#"string.match("THE (quick) fox", "%f[%a]%a+%f[%A]", 5)"#, #"quick"#),
    (#"string.match("flaaap", "()aa()")"#, #"3 ; 5"#),
    (#"string.match("abcabc", "(abc)%1")"#, #"abc"#),
    (#"string.match("abcabd", "(abc)%1")"#, #"nil"#),
    (#"string.match("'it' \"is\"", "(['\"])(.-)%1", 4)"#, #"" ; is"#),
    (#"string.match("aaab", "a-b")"#, #"aaab"#),
    (#"string.match("aaab", "a-")"#, #""#),
    (#"string.match("aaab", "a*b")"#, #"aaab"#),
    (#"string.match("aaab", "^a+$")"#, #"nil"#),
    (#"string.match("aaa", "a?a?a?a?b?")"#, #"aaa"#),
    (#"string.match("x^y", "%^")"#, #"^"#),
    (#"string.match("[x]", "[]]")"#, #"]"#),
    (#"string.match("[x]", "[^]]+")"#, #"[x"#),
    (#"string.match("a-z", "[a%-z]+")"#, #"a-z"#),
    (#"string.match("a-z", "[a-]+")"#, #"a-"#),
    (#"string.match("f9", "%x+")"#, #"f9"#),
    (#"string.match("tab\there", "%c")"#, #"<9>"#),
    (#"string.match("Hello", "%u%l+")"#, #"Hello"#),
    (#"string.match("Hello, World!", "%p")"#, #","#),
    (#"string.match("_x", "[%w_]+")"#, #"_x"#),
    (#"string.match("\0\1x", "[%z\1]+x")"#, #"<0><1>x"#),
    (#"string.match("hello", ".-(l+)(.*)")"#, #"ll ; o"#),
    (#"string.match("x", "(x)(y?)")"#, #"x ; "#),
    (#"string.match("abc", "((a)(b)(c))")"#, #"abc ; a ; b ; c"#),
    (#"string.match("key=val", "^(%w-)=(%w*)$")"#, #"key ; val"#),
    (#"string.match("héllo", "h(..)llo")"#, #"<195><169>"#),
    (#"string.match("  x", "^%s+()")"#, #"3"#),
    (#"string.match("abc", "b", 3)"#, #"nil"#),
    (#"string.match("abc", "", 4)"#, #""#),
    (#"string.match("abc", "", 5)"#, #"nil"#),
    (#"string.match("0x1F", "^0[xX](%x+)$")"#, #"1F"#),
    (#"string.match("a.b.c", "^(.*)%.(.*)$")"#, #"a.b ; c"#),
    (#"string.match("foo.bar", "[^.]+$")"#, #"bar"#),
    (#"string.match("%d", "%%d")"#, #"%d"#),
    (#"string.match("a]b", "[%]]")"#, #"]"#),
    (#"string.match("2-3", "%d[+-]%d")"#, #"2-3"#),
    (#"string.match("ab", "[b-a]")"#, #"nil"#),
    (#"string.gsub("hello world", "(%w+)", "%1 %1")"#, #"hello hello world world ; 2"#),
    (#"string.gsub("hello world", "%w+", "%0 %0", 1)"#, #"hello hello world ; 1"#),
    (#"string.gsub("hello world from Lua", "(%w+)%s*(%w+)", "%2 %1")"#, #"world hello Lua from ; 2"#),
    (#"string.gsub("abc", "", "-")"#, #"-a-b-c- ; 4"#),
    (#"string.gsub("abc", "b*", "x")"#, #"xaxcx ; 3"#),
    (#"string.gsub("abc", "%w", "%%%0")"#, #"%a%b%c ; 3"#),
    (#"string.gsub("hello", "l", {l="L"})"#, #"heLLo ; 2"#),
    (#"string.gsub("$name-$version.tar", "%$(%w+)", {name="lua", version="5.4"})"#, #"lua-5.4.tar ; 2"#),
    (#"string.gsub("$a $b", "%$(%w)", {a=1, b=false})"#, #"1 $b ; 2"#),
    (#"string.gsub("abc", "%w", function(c) if c == "b" then return "B" end end)"#, #"aBc ; 3"#),
    (#"string.gsub("abc", "(a)(b)", function(x, y) return y .. x end)"#, #"bac ; 1"#),
    (#"string.gsub("abc", "()", function(p) return p end)"#, #"1a2b3c4 ; 4"#),
    (#"string.gsub("4+5 = $return 4+5$", "%$(.-)%$", function(s) return load(s)() end)"#, #"4+5 = 9 ; 1"#),
    (#"string.gsub("hello", "^h", "H")"#, #"Hello ; 1"#),
    (#"string.gsub("hhh", "^h", "x")"#, #"xhh ; 1"#),
    (#"string.gsub("abc def", "%f[%w]%w+", string.upper)"#, #"ABC DEF ; 2"#),
    (#"string.gsub("a,b,,c", ",", ";", 2)"#, #"a;b;,c ; 2"#),
    (#"string.gsub("abc", "x", "y")"#, #"abc ; 0"#),
    (#"string.gsub("", "", "x")"#, #"x ; 1"#),
    (#"string.gsub("", "^", "x")"#, #"x ; 1"#),
    (#"string.gsub("a b c", " ", "", 0)"#, #"a b c ; 0"#),
    (#"string.gsub("a b c", " ", "", -1)"#, #"a b c ; 0"#),
    (#"string.gsub("one two", "(%w+) (%w+)", "%2 %1 %0")"#, #"two one one two ; 1"#),
    (#"string.gsub("x = 1", "%s", "")"#, #"x=1 ; 2"#),
    (#"string.gsub("abc", "b", 5)"#, #"a5c ; 1"#),
    (#"string.gsub("àé", "[\128-\255]", "?")"#, #"???? ; 4"#),
    (#"string.gsub("a.b", "%.", "%%")"#, #"a%b ; 1"#),
    (#"each("one two  three", "%a+")"#, #"{one|two|three}"#),
    (#"each("k1=v1, k2=v2", "(%w+)=(%w+)")"#, #"{k1/v1|k2/v2}"#),
    (#"each("abc", "")"#, #"{|||}"#),
    (#"each("abc", "b*")"#, #"{|b|}"#),
    (#"each("hello", "^h")"#, #"{}"#),
    (#"each("hello", "l", 4)"#, #"{l}"#),
    (#"each("hello", "()l")"#, #"{3|4}"#),
    (#"each("a,b,,c", "([^,]*)")"#, #"{a|b||c}"#),
    (#"each("x", "y")"#, #"{}"#),
    (#"each("aXbX", "(.-)X")"#, #"{a|b}"#),
    (#"each("abc", ".", -2)"#, #"{b|c}"#),
  ]) func `pattern functions answer as Lua's own`(call: String, expected: String) throws {
    let source = #"""
      local function show(...)
        local r = {}
        for i = 1, select('#', ...) do r[i] = tostring((select(i, ...))) end
        return (table.concat(r, ' ; '):gsub('[%c\128-\255]', function(c) return ('<%d>'):format(c:byte()) end))
      end
      local function each(...)
        local r = {}
        for a, b in string.gmatch(...) do r[#r + 1] = a .. (b and '/' .. b or '') end
        return '{' .. table.concat(r, '|') .. '}'
      end
      return show(
      """#
    #expect(try lua(source + call + ")") == [.string(expected)], "\(call)")
  }

  @Test(arguments: [
    (#"("x"):find("%")"#, #"malformed pattern (ends with '%')"#),
    (#"("x"):find("[a")"#, #"malformed pattern (missing ']')"#),
    (#"("x"):find("[a%")"#, #"malformed pattern (missing ']')"#),
    (#"("x"):find("%f")"#, #"missing '[' after '%f' in pattern"#),
    (#"("x"):find("%bx")"#, #"malformed pattern (missing arguments to '%b')"#),
    (#"("x"):find("(")"#, #"unfinished capture"#),
    (#"("x"):match(")")"#, #"invalid pattern capture"#),
    (#"("x"):find("%1")"#, #"invalid capture index %1"#),
    (#"("x"):match("(x")"#, #"unfinished capture"#),
    (#"("x"):gsub("x", "%2")"#, #"invalid capture index %2"#),
    (#"("x"):gsub("x", "%z")"#, #"invalid use of '%' in replacement string"#),
    (#"("x"):gsub("x", "%")"#, #"invalid use of '%' in replacement string"#),
    (#"("x"):gsub("x", function() return {} end)"#, #"invalid replacement value (a table)"#),
    (#"("x"):gsub("x", true)"#, #"bad argument #2 to 'gsub' (string/function/table expected, got boolean)"#),
    (#"("x"):gsub(("(x?)"):rep(33), "")"#, #"too many captures"#),
    (#"("xx"):match(("x*"):rep(201) .. "y")"#, #"pattern too complex"#),
    (#"("x"):gmatch()"#, #"bad argument #1 to 'gmatch' (string expected, got no value)"#),
  ]) func `wrong patterns are errors as Lua's own`(call: String, expected: String) throws {
    #expect(try Sample().failure("return \(call)")?.text == "script.lua:1: \(expected)", "\(call)")
  }
}
