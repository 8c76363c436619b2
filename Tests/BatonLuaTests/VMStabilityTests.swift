import BatonLua
import BatonModel
import Testing

/// The same script does the same on every run.
@Suite struct VMStabilityTests {
  @Test func `pairs visits booleans, numbers and strings in order`() throws {
    let source = """
      local t = {b = 1, a = 1, B = 1, [true] = 1, [false] = 1, [3] = 1, [1] = 1, [2.5] = 1, [-1] = 1, [1e300] = 1, ["10"] = 1}
      local seen = {}
      for k in %@ do seen[#seen + 1] = k end
      return seen
      """
    let order: LuaItem = [false, true, -1, 1, 2.5, 3, 1e300, "10", "B", "a", "b"]
    #expect(try lua(source.filled("pairs(t)")) == [order])
    #expect(try lua(source.filled("next, t")) == [order])
  }

  /// Whether Lua keeps an integer with the list or beside it depends on addresses, which differ from run to run.
  @Test(arguments: 0..<40)
  func `integers are among the numbers, however a table came to them`(more: Int) throws {
    let source = """
      local t, seen = {}, {}
      for _, k in ipairs { "delta", "alpha" } do t[k] = true end
      t[2], t[1], t[1.5] = true, true, true
      t[ipairs] = true
      for k in pairs(t) do seen[#seen + 1] = type(k) == "function" and "f" or tostring(k) end
      return table.concat(seen, " ")
      """
    #expect(try lua(String(repeating: "local x = {} ", count: more) + source) == ["1 1.5 2 alpha delta f"])
  }

  @Test func `integers and floats are ordered exactly`() throws {
    let source = """
      local big = 1 << 53
      local t = {[big + 1] = 1, [big * 1.0 + 2] = 1, [big] = 1, [0.5] = 1, [math.huge] = 1, [-math.huge] = 1,
        [math.maxinteger] = 1, [math.mininteger] = 1, [2.0^63] = 1}
      local seen = {}
      for k in pairs(t) do seen[#seen + 1] = tostring(k) end
      return table.concat(seen, " ")
      """
    #expect(
      try lua(source) == [
        "-inf -9223372036854775808 0.5 9007199254740992 9007199254740993 9007199254740994 9223372036854775807 9.2233720368548e+18 inf"
      ])
  }

  @Test func `a table may be changed while pairs visits it`() throws {
    #expect(
      try lua(
        """
        local t, seen = {a = 1, b = 2, c = 3, d = 4}, {}
        for k, v in pairs(t) do seen[#seen + 1] = k .. v t[k] = nil if k == "a" then t.c = 9 t.b = nil end end
        return table.concat(seen, " "), next(t)
        """) == ["a1 c9 d4", .null])
    #expect(
      try lua("local t, n = {1, 2, 3}, 0 for k, v in next, t do t[k] = nil n = n + v end return n, next(t)") == [
        6, .null,
      ])
  }

  @Test func `two traversals by next do not disturb each other`() throws {
    let source = """
      local a, b, seen = {x = 1, y = 2}, {p = 1, q = 2, r = 3}, {}
      for k in next, a do for l in next, b do seen[#seen + 1] = k .. l end end
      return table.concat(seen, " ")
      """
    #expect(try lua(source) == ["xp xq xr yp yq yr"])
    #expect(try Sample().failure("next({}, 'nothing')")?.message == "\"next\" got a key that is not in the table")
  }

  @Test func `pairs honours __pairs, and the sequence comes first in order`() throws {
    #expect(
      try lua(
        "local t = setmetatable({}, {__pairs = function(t) return function(_, k) if not k then return 1, 2 end end, t, nil end}) local s for k, v in pairs(t) do s = k + v end return s"
      ) == [3])
    #expect(try lua("local s = '' for k, v in pairs({3, 2, 1, n = 5}) do s = s .. k .. v end return s") == ["132231n5"])
  }

  @Test func `sealed objects are ordered by what they hold`() throws {
    let sample = try Sample()
    try sample.prepare("local meta = {__baton = 'h'} function sandbox.handle(n) return host.seal(n, meta), n end")
    let source = """
      local set, seen = {}, {}
      for _, n in ipairs({3, 1, 2}) do set[handle(n)] = n end
      for _, n in pairs(set) do seen[#seen + 1] = n end
      return seen
      """
    #expect(try sample.run(source) == [[1, 2, 3]])
  }

  @Test func `keys that have no order are an error, a single one is none`() throws {
    #expect(
      try Sample().failure("for k in pairs({[{}] = 1, [{}] = 2}) do end")?.text
        == "script.lua:1: keys that are tables have no order that is the same on every run; use strings, or a list")
    #expect(try lua("local t = {} for k, v in pairs({[t] = 5}) do return k == t, v end") == [true, 5])
  }

  @Test func `no text shows an address`() throws {
    #expect(
      try lua("return tostring({}), tostring(nil), tostring(type), tostring(coroutine.create(type))") == [
        "table", "nil", "function", "thread",
      ])
    #expect(
      try lua("return ('%s %s %p %10s|%-7p|'):format({}, type, {}, {}, 'x')") == [
        "table function table      table|string |"
      ])
    #expect(
      try lua(
        "return tostring(setmetatable({}, {__name = 'Point'})), ('%s'):format(setmetatable({}, {__tostring = function() return 'me' end}))"
      ) == ["Point", "me"])
    #expect(try lua("return ('%5.1f %d %q %% %s'):format(1.25, 3, 'a\\nb', nil)") == ["  1.2 3 \"a\\\nb\" % nil"])
    #expect(
      try Sample().failure("return ('%d'):format('x')")?.message
        == "bad argument #1 to 'format' (number expected, got string)")
  }

  @Test func `random numbers are the seed's`() throws {
    let source =
      "local a = math.random(1000000) math.randomseed() local b = math.random(1000000) math.randomseed(5) return a, b, math.random(1000000)"
    let first = try Sample(seed: 1).run(source)
    #expect(try Sample(seed: 1).run(source) == first)
    #expect(first[0] == first[1])
    let second = try Sample(seed: 2).run(source)
    #expect(second[0] != first[0])
    #expect(second[2] == first[2])
  }

  @Test func `sorting is stable, and safe with an order that contradicts itself`() throws {
    let source = """
      local t = {}
      for i = 1, 500 do t[i] = {i % 7, i} end
      table.sort(t, function(a, b) return a[1] < b[1] end)
      for i = 2, 500 do
        if t[i - 1][1] > t[i][1] or (t[i - 1][1] == t[i][1] and t[i - 1][2] >= t[i][2]) then return i end
      end
      local u = {5, 2, 8, 1} table.sort(u)
      local v = {} for i = 1, 100 do v[i] = i end table.sort(v, function() return true end)
      return u, #v
      """
    #expect(try lua(source) == [[1, 2, 5, 8], 100])
    #expect(try Sample().failure("table.sort({1, 'x'})")?.message == "attempt to compare string with number")
  }

  @Test func `table functions work as the manual says`() throws {
    #expect(
      try lua(
        "local t = {1, 2} table.insert(t, 3) table.insert(t, 1, 0) return t, table.remove(t), table.remove(t, 1), t")
        == [[1, 2], 3, 0, [1, 2]])
    #expect(
      try lua(
        "return table.remove({}), table.remove({}, 0), table.concat({1, 'a', 2.5}, ', '), table.concat({}), table.concat({1, 2, 3}, '', 2, 3)"
      ) == [.null, .null, "1, a, 2.5", "", "23"])
    #expect(
      try lua(
        "return table.move({1, 2, 3}, 1, 3, 2), table.move({1, 2, 3}, 2, 3, 1), table.move({1, 2}, 1, 2, 1, {9, 9, 9})")
        == [[1, 1, 2, 3], [2, 3, 3], [1, 2, 9]])
    #expect(try lua("return table.unpack({1, 2, 3}, 2)") == [2, 3])
    #expect(try lua("return table.pack(1, nil, 3).n, select('#', table.unpack({}, 1, 3))") == [3, 3])
    #expect(
      try Sample().failure("table.insert({1, 2}, 5, 1)")?.message
        == "bad argument #2 to 'insert' (position out of bounds)")
    #expect(
      try Sample().failure("table.remove({1, 2}, 5)")?.message == "bad argument #2 to 'remove' (position out of bounds)"
    )
    #expect(
      try Sample().failure("table.concat({1, {}})")?.message
        == "invalid value (a table) at index 2 in table for 'concat'")
    #expect(try lua("return ('ab'):rep(3, '-'), ('ab'):rep(0), ('ab'):rep(1, '-')") == ["ab-ab-ab", "", "ab"])
    #expect(
      try lua("return ('x'):rep(1), ('abc'):rep(5), ('a'):rep(6, ', ')") == [
        "x", "abcabcabcabcabc", "a, a, a, a, a, a",
      ])
    #expect(
      try lua("return (''):rep(4, '-'), ('ab'):rep(-1), ('x'):rep(1000003) == ('x'):rep(1000000) .. 'xxx'") == [
        "---", "", true,
      ])
  }

  /// Lua 5.4.4 goes on with where the stack was before it called `__concat`.
  @Test(arguments: ["return join(150)", "return coroutine.wrap(join)(30)"])
  func `a metamethod of a concatenation may use much stack`(source: String) throws {
    let head = """
      local function deep(n) if n > 0 then return 1 + deep(n - 1) end return 0 end
      local function join(n)
        local o = setmetatable({}, { __concat = function() deep(n) return "z" end })
        return "a" .. "b" .. o
      end

      """
    #expect(try lua(head + source) == ["az"])
  }
}

extension String {
  fileprivate func filled(_ text: String) -> String {
    split(separator: "%@", omittingEmptySubsequences: false).joined(separator: text)
  }
}
