import BatonLua
import BatonModel
import Glibc
import Testing

/// Each script here would hang or eat the machine; each ends in a clear error instead.
@Suite struct VMLimitTests {
  private static let short = Span(milliseconds: 150)

  @Test func `an endless loop ends with the limit and its line`() throws {
    let failure = try Sample().failure("local x = 1\nwhile true do\n  x = x + 1\nend", limit: Span(seconds: 1))
    #expect(failure?.kind == .timeLimit)
    #expect(failure?.message == "the script ran for more than 1s without an end")
    #expect(failure?.place?.file == "script.lua")
    #expect([2, 3].contains(failure?.place?.line))
    #expect(failure?.traceback.count == 1)
  }

  @Test(arguments: [
    ("in pcall", "while true do pcall(function() while true do end end) end"),
    ("pcall after pcall", "local function f() while true do end end pcall(f) pcall(f) return 1"),
    ("in pcall of pcall", "pcall(pcall, function() while true do end end)"),
    ("in xpcall", "while true do xpcall(function() while true do end end, function() while true do end end) end"),
    ("in an error handler", "xpcall(error, function() while true do end end)"),
    (
      "in functions of the library that are coroutines",
      "local rep = string.rep while true do coroutine.wrap(rep)('x', 5000000) end"
    ),
    (
      "in such a one within another",
      """
      local rep, wrap = string.rep, coroutine.wrap
      while true do wrap(function() for i = 1, 3 do pcall(wrap(rep), 'x', 5000000) end end)() end
      """
    ),
    ("in a coroutine", "while true do coroutine.wrap(function() while true do end end)() end"),
    (
      "in a resumed coroutine", "while true do coroutine.resume(coroutine.create(function() while true do end end)) end"
    ),
    (
      "in a coroutine that yields",
      "local co = coroutine.wrap(function() while true do coroutine.yield() end end) while true do pcall(co) end"
    ),
    (
      "in coroutines that catch",
      """
      local function nest(n) return coroutine.wrap(function()
        while true do pcall(function() if n > 0 then nest(n - 1)() end while true do end end) end
      end) end
      nest(5)()
      """
    ),
    (
      "in __close",
      """
      local co = coroutine.create(function()
        local x <close> = setmetatable({}, {__close = function() while true do end end})
        while true do end
      end)
      coroutine.resume(co) coroutine.close(co)
      """
    ),
    (
      "in a closing coroutine",
      """
      local co = coroutine.create(function()
        local x <close> = setmetatable({}, {__close = function() while true do end end})
        coroutine.yield()
      end)
      coroutine.resume(co) coroutine.close(co)
      """
    ),
    (
      "in a coroutine that is closed while the script ends",
      """
      local co = coroutine.create(function()
        local y <close> = setmetatable({}, {__close = function() while true do end end})
        while true do end
      end)
      local x <close> = setmetatable({}, {__close = function() coroutine.close(co) end})
      coroutine.resume(co)
      """
    ),
    ("in a metamethod", "local t = setmetatable({}, {__index = function() while true do end end}) local x = t.x"),
    ("in an order function", "table.sort({1, 2, 3}, function() while true do end end)"),
    ("in a replacement function", "('x'):gsub('x', function() while true do end end)"),
    ("in a reader of load", "load(function() return '  ' end)"),
    ("in recursion by tail calls", "local function f() return f() end f()"),
    ("in a goto", "::again:: goto again"),
    ("in string copies", "local s = ('x'):rep(50000000) while true do local t = s .. 'y' end"),
    ("in long utf8 strings", "local s = ('x'):rep(50000000) while true do utf8.len(s) end"),
  ]) func `the limit can't be swallowed`(name: String, source: String) throws {
    let clock = ContinuousClock()
    var failure: LuaFailure?
    let sample = try Sample()
    let time = clock.measure { failure = sample.failure(source, limit: Self.short) }
    #expect(failure?.kind == .timeLimit, "\(name)")
    #expect(time < .seconds(20), "\(name)")
    #expect(try sample.run("return 'usable'") == ["usable"], "\(name)")
  }

  @Test func `a call inside a host function ends with the outer limit`() throws {
    let sample = try Sample()
    let vm = sample.vm
    var inner: LuaFailure.Kind?
    try vm.register("call") { [unowned vm] call in
      guard case .function(let handle)? = call.arguments.first else { return .none }
      do throws(LuaFailure) {
        _ = try vm.call(handle, limit: Span(seconds: 3600))
      } catch {
        inner = error.kind
      }
      return .none
    }
    try sample.prepare("sandbox.call = host.call")
    #expect(sample.failure("call(function() while true do end end)", limit: Self.short)?.kind == .timeLimit)
    #expect(inner == .timeLimit)
  }

  /// The thread works for so long, while this one waits.
  private static func wait(_ milliseconds: Int) {
    var span = milliseconds
    var thread = pthread_t()
    let made = pthread_create(
      &thread, nil,
      { span in
        let clock = ContinuousClock()
        let end = clock.now + .milliseconds(span?.load(as: Int.self) ?? 0)
        while clock.now < end {}
        return nil
      }, &span)
    if made == 0 { pthread_join(thread, nil) }
  }

  @Test(arguments: [(600, false), (2000, true)])
  func `time in which the script can't work does not count, several times its limit apart`(wait: Int, ends: Bool) throws
  {
    let sample = try Sample()
    try sample.vm.register("wait") { _ in
      Self.wait(wait)
      return .none
    }
    try sample.prepare("sandbox.wait = host.wait")
    // A busy machine may keep the thread that waits from its work for a while, too.
    let limit = Span(milliseconds: ends ? 20 : 500)
    let failure = sample.failure("wait() for i = 1, 20000 do end", limit: limit)
    #expect((failure?.kind == .timeLimit) == ends, "\(failure?.text ?? "no failure")")
  }

  @Test func `an inner limit does not end the outer call`() throws {
    let sample = try Sample()
    let vm = sample.vm
    try vm.register("brief") { [unowned vm] call in
      guard case .function(let handle)? = call.arguments.first else { return .none }
      do throws(LuaFailure) {
        return .values(try vm.call(handle, limit: Span(milliseconds: 20)))
      } catch {
        return .values([.string(error.message)])
      }
    }
    try sample.prepare("sandbox.brief = host.brief")
    let result = try sample.run(
      "local text = brief(function() while true do end end) local n = 0 for i = 1, 100000 do n = n + i end return text, n"
    )
    #expect(result == ["the script ran for more than 20ms without an end", 5_000_050_000])
  }

  @Test(arguments: [
    "local t = {} for i = 1, 1e12 do t[i] = {i} end",
    "local s = 'x' while true do s = s .. s end",
    "return ('x'):rep(1e12)",
    "return ('x'):rep(1e18, 'yy')",
    "local t = {} while true do pcall(function() for i = #t + 1, 1e12 do t[i] = 'x' .. i end end) end",
    "coroutine.resume(coroutine.create(function() local s = 'x' while true do s = s .. s end end)) return 1",
    "return table.concat(setmetatable({}, {__index = function() return ('x'):rep(1000) end}), '', 1, 10000000)",
    "local t = {} while true do t[#t + 1] = coroutine.create(type) end",
    "local t = {} for i = 1, 1e12 do t[i] = ('x'):rep(1000) .. i end",
  ]) func `the memory limit ends the script with a clear error and its line`(source: String) throws {
    let sample = try Sample(.init(memory: ByteSize(bytes: 32 << 20)))
    let failure = sample.failure(source)
    #expect(failure?.kind == .memory, "\(source)")
    #expect(failure?.message == "the script used more than 32 MB of memory", "\(source)")
    #expect(failure?.place?.line == 1, "\(source)")
    #expect(try sample.run("return 1") == [1])
    #expect(sample.vm.memoryInUse <= 32 << 20)
  }

  /// Blocks of one size are not joined to larger ones: what a script gave back in small pieces could be asked for again in
  /// each larger size.
  @Test func `what is kept for small objects stays near the limit, whatever sizes a script fills it with`() throws {
    let sample = try Sample(.init(memory: ByteSize(bytes: 8 << 20)))
    let fill = """
      local size = ...
      local t, sum = {}, 0
      while sum < 6000000 do t[#t + 1] = ("x"):rep(size - 12) .. #t; sum = sum + size + 24 end
      return #t
      """
    for size in stride(from: 20, through: 460, by: 40) {
      _ = try? sample.run("local fill = function(...) \(fill) end return fill(\(size))")
      #expect(sample.vm.poolSize <= 13 << 20, "\(size)")
      #expect(sample.vm.memoryInUse <= 8 << 20, "\(size)")
      #expect(try sample.run("return 1") == [1])
    }
  }

  @Test func `a machine that has no room for its libraries says so`() {
    #expect(throws: LuaFailure(.memory, "the script used more than 10 KB of memory")) {
      _ = try LuaVM(limits: .init(memory: ByteSize(bytes: 10 << 10)))
    }
  }

  @Test(arguments: [
    "local function f() return 1 + f() end f()",
    "local t = setmetatable({}, {}) getmetatable(t).__index = function(_, k) return t[k] .. k end return t.x",
    "local function g(s) return (s:gsub('x', g)) end return g('x')",
    "local function f() coroutine.wrap(f)() end f()",
    "local t = setmetatable({}, {__tostring = function(t) return tostring(t) .. '' end}) return tostring(t)",
    "error(select(2, xpcall(error, function() error('again') end)), 0)",
  ]) func `calls that nest without an end are an error`(source: String) throws {
    #expect(try Sample().failure(source)?.kind == .nesting, "\(source)")
  }

  @Test func `a stack overflow is told as such, with its line`() throws {
    let failure = try Sample().failure("local function f()\n  return 1 + f()\nend\nf()")
    #expect(failure?.kind == .nesting)
    #expect(failure?.place?.text == "script.lua:2")
    #expect(failure?.message.hasPrefix("stack overflow") == true)
  }

  @Test(arguments: [
    String(repeating: "(", count: 10_000) + "1" + String(repeating: ")", count: 10_000),
    "x = " + String(repeating: "{", count: 10_000),
    String(repeating: "do ", count: 10_000),
    "x = " + String(repeating: "-", count: 1) + String(repeating: "not ", count: 10_000) + "1",
    "x = " + Array(repeating: "a", count: 10_000).joined(separator: ".."),
  ]) func `source that nests too deep is an error`(source: String) throws {
    let failure = try Sample().failure(source)
    #expect(failure?.kind == .nesting, "\(failure?.text.prefix(200) ?? "")")
    #expect(failure?.place?.file == "script.lua")
  }

  @Test func `catastrophic patterns end in a clear error`() throws {
    for function in ["find", "match", "gsub"] {
      let replacement = function == "gsub" ? ", ''" : ""
      let failure = try Sample().failure(
        "return string.\(function)(('a'):rep(5000), ('a*'):rep(30) .. 'b'\(replacement))")
      #expect(
        failure?.text == "script.lua:1: pattern takes too many steps on this subject of 5000 bytes", "\(function)")
    }
    let failure = try Sample().failure("for x in ('a'):rep(5000):gmatch(('a*'):rep(30) .. 'b') do end")
    #expect(failure?.message == "pattern takes too many steps on this subject of 5000 bytes")
  }

  @Test func `a long subject may take as long as it needs`() throws {
    let source = "local n = 0 for w in ('word '):rep(2000000):gmatch('%a+') do n = n + 1 end return n"
    #expect(try Sample().run(source) == [2_000_000])
    #expect(try Sample().run("return (('word '):rep(2000000):gsub('o', '')):len()") == [8_000_000])
  }

  @Test(arguments: [
    "table.insert(setmetatable({}, {__len = function() return 1 << 60 end}), 1, 1)",
    "table.remove(setmetatable({}, {__len = function() return 1 << 60 end}), 1)",
    "table.move({}, 1, 1 << 60, 2)",
    "table.concat(setmetatable({}, {__index = string.len}), '', 1, 1 << 60)",
    "table.concat({}, '', 1, 1 << 60)",
    "table.unpack({}, 1, 1 << 60)",
    "table.sort(setmetatable({}, {__len = function() return 1 << 60 end}))",
  ]) func `table functions refuse absurd lengths`(source: String) throws {
    let failure = try Sample().failure(source)
    #expect(failure?.kind == .runtime, "\(source)")
  }

  @Test func `repeating nothing takes no time`() throws {
    #expect(try lua("return ('').rep('', 1 << 60)") == [""])
  }
}
