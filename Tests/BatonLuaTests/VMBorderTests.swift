import BatonLua
import BatonModel
import Testing

@Suite struct VMBorderTests {
  @Test func `values of every kind come out of Lua`() throws {
    let result = try lua(#"return nil, true, false, 7, 0.5, "text", {1, "two", x = {y = 1}}"#)
    #expect(
      result == [
        .null, true, false, 7, 0.5, "text",
        .table(
          LuaTable(
            items: [1, "two"], fields: [.init("x", .table(LuaTable(fields: [.init("y", 1)])))])),
      ])
  }

  @Test func `values of every kind go into Lua and come back`() throws {
    let sample = try Sample()
    let items: [LuaItem] = [
      .null, true, 7, .integer(.min), 0.25, "text", .string(String(repeating: "é", count: 300)),
      .table(LuaTable(items: ["a", ["b"]], fields: [.init("k", 1), .init("l", .string(""))])),
    ]
    let echo = try sample.run("return function(...) return ... end")
    guard case .function(let handle)? = echo.first else {
      Issue.record("no function")
      return
    }
    #expect(try sample.vm.call(handle, items) == items)
  }

  @Test func `fields are sorted by the bytes of their keys, few and many`() throws {
    #expect(
      keys(try lua(#"return {zeta = 1, Alpha = 2, ["é"] = 3, alpha = 4, alphabet = 5}"#)) == [
        "Alpha", "alpha", "alphabet", "zeta", "é",
      ])
    let many = try lua(#"local t = {} for i = 100, 1, -1 do t[("k%03d"):format(i)] = i end return t"#)
    #expect(keys(many) == (1...100).map { "k" + (($0 < 10) ? "00" : $0 < 100 ? "0" : "") + "\($0)" })
    guard case .table(let table)? = many.first else { return }
    #expect(table["k042"] == 42)
  }

  @Test func `keys that are neither strings nor places in the sequence are told in words`() throws {
    guard case .table(let table)? = try lua("return {1, nil, 3, [10] = 1, [true] = 1, [1.5] = 1, [{}] = 1}").first
    else { return }
    #expect(table.items == [1, .null, 3])
    #expect(table.strays == ["[1.5]", "[10]", "[a table]", "[true]"])
  }

  @Test func `a border far behind the entries does not make a huge list`() throws {
    // Lua looks for the end of a sequence by doubling: here it takes 2^40 for it.
    let entries = (0...40).map { "[1 << \($0)] = \($0)" }.joined(separator: ", ")
    #expect(try lua("return #{\(entries)}") == [.integer(1 << 40)])
    let result = try lua("return {\(entries)}")
    guard case .table(let table)? = result.first else { return }
    #expect(table.items == [0, 1])
    #expect(table.strays.count == 39)
  }

  @Test func `a table that contains itself is an error`() throws {
    let failure = try Sample().failure("local t = {} t.x = {t} return t")
    #expect(failure?.message == "a table contains itself: such a table can't be passed on")
  }

  @Test func `a table that stands at two places is no cycle`() throws {
    #expect(try lua("local t = {1} return {t, t}") == [[[1], [1]]])
  }

  @Test func `tables that nest too deep are an error`() throws {
    let source = "local t = {} for i = 1, 150 do t = {t} end return t"
    #expect(try Sample().failure(source)?.kind == .nesting)
    #expect(try Sample(.init(depth: 160)).failure(source) == nil)
  }

  @Test func `a table that would unfold without an end is an error`() throws {
    let failure = try Sample().failure(
      "local t = {} for i = 1, 60 do t = {t, t} end return t", limit: Span(seconds: 600))
    #expect(failure?.message == "a value is too large to be passed on")
  }

  @Test func `a string that is not UTF-8 is an error`() throws {
    #expect(
      try Sample().failure(#"return "\xff""#)?.message
        == "the function returned a string that is not valid UTF-8: \"�\"")
    let sample = try Sample()
    try sample.vm.register("take") { _ in .none }
    try sample.prepare("function sandbox.take(x) host.take(x) end")
    #expect(
      sample.failure(#"take("\xff")"#)?.text
        == "script.lua:1: an argument is a string that is not valid UTF-8: \"�\"")
    #expect(
      sample.failure(#"take({ env = { X = "caf\xe9" } })"#)?.text
        == "script.lua:1: an argument is a string that is not valid UTF-8: \"caf�\", in \"env.X\"")
  }

  @Test func `a coroutine can't be passed on`() throws {
    #expect(try Sample().failure("return coroutine.create(type)")?.message == "a thread can't be passed on")
  }

  @Test func `the same function has the same handle`() throws {
    let sample = try Sample()
    let result = try sample.run("local function f() end return f, f, function() end")
    #expect(result[0] == result[1])
    #expect(result[0] != result[2])
  }

  @Test func `a sealed object shows its payload to Swift, and nothing to scripts`() throws {
    let sample = try Sample()
    try sample.prepare(
      #"""
      local meta = { __baton = "ref", __index = function(_, k) return k end }
      function sandbox.ref(x) return host.seal({ x }, meta) end
      function sandbox.open(x) return host.unseal(x) end
      """#)
    #expect(try sample.run("return ref(5)") == [.object(kind: "ref", payload: [5])])
    #expect(try sample.run("return open(ref(5))") == [[5], "ref"])
    #expect(try sample.run("local n = 0 for _ in pairs(ref(5)) do n = n + 1 end return n, next(ref(5))") == [0, .null])
    #expect(try sample.run("return getmetatable(ref(1))") == [false])
    #expect(sample.failure("setmetatable(ref(1), {})")?.message == "cannot change a protected metatable")
    #expect(
      sample.failure(#"setmetatable({}, {__baton = "ref"})"#)?.message == "a script can't set the metafield \"__baton\""
    )
    let back = try sample.run("return function(x) return open(x), x.name end")
    guard case .function(let handle)? = back.first else { return }
    #expect(try sample.vm.call(handle, [.object(kind: "ref", payload: "p")]) == ["p", "name"])
  }

  @Test func `a host function gets arguments, answers, and knows the line it was called from`() throws {
    let sample = try Sample()
    var places: [String] = []
    try sample.vm.register("add") { call in
      places.append(
        "\(call.place()?.text ?? "") \(call.place(level: 2)?.text ?? "") \(call.place(level: 3)?.text ?? "")")
      guard case .integer(let a) = call.arguments[0], case .integer(let b) = call.arguments[1] else { return .none }
      return .values([.integer(a + b), "sum"])
    }
    try sample.prepare("function sandbox.add(a, b) return (function() return host.add(a, b) end)() end")
    #expect(try sample.run("local function f()\n  local x = add(1, 2) return x\nend\nlocal y = f() return y") == [3])
    #expect(places == ["script.lua:2 script.lua:4 "])
  }

  @Test func `a host function can raise at the script's line, and the script can catch it`() throws {
    let sample = try Sample()
    try sample.vm.register("no") { _ in .raise("that can't be") }
    try sample.prepare("function sandbox.no() host.no() end")
    #expect(sample.failure("\nno()")?.text == "script.lua:2: that can't be")
    #expect(try sample.run("return pcall(no)") == [false, "script.lua:1: that can't be"])
  }

  @Test func `a host function can call back into the machine`() throws {
    let sample = try Sample()
    let vm = sample.vm
    try vm.register("twice") { [unowned vm] call in
      guard case .function(let handle)? = call.arguments.first else { return .none }
      do {
        let once = try vm.call(handle, [1])
        return .values(try vm.call(handle, once))
      } catch {
        return .raise((error as? LuaFailure)?.message ?? "")
      }
    }
    try sample.prepare("sandbox.twice = host.twice")
    #expect(try sample.run("return twice(function(x) return x + 1 end)") == [3])
    #expect(sample.failure("twice(function(x) error('inner', 0) end)")?.text == "script.lua:1: inner")
  }

  @Test func `calls between Lua and Swift that nest without an end are an error`() throws {
    let sample = try Sample()
    let vm = sample.vm
    try vm.register("again") { [unowned vm] call in
      guard case .function(let handle)? = call.arguments.first else { return .none }
      do throws(LuaFailure) {
        return .values(try vm.call(handle))
      } catch {
        return .raise(error.message)
      }
    }
    try sample.prepare("sandbox.again = host.again")
    #expect(sample.failure("function f() again(f) end f()")?.kind == .nesting)
    #expect(try sample.run("return 1") == [1])
  }

  private func keys(_ result: [LuaItem]) -> [String] {
    if case .table(let table)? = result.first { table.fields.map(\.key) } else { [] }
  }
}
