import BatonLua
import BatonModel
import CLuaShim
import Testing

@Suite struct VMDigestTests {
  /// The digest of the function that a script returns, in a machine of its own.
  private func digest(_ source: String) throws -> String {
    let sample = try Sample()
    try sample.prepare(
      """
      local meta = { __baton = "ref" }
      function sandbox.ref(x) return host.seal(x, meta) end
      sandbox.params = host.seal({ size = 1 }, { __baton = "params" })
      """)
    guard case .function(let handle)? = try sample.run(source).first else { return "no function" }
    return try sample.vm.digest(of: handle)
  }

  @Test func `a digest is 32 hexadecimal digits, the same on every run`() throws {
    let source = "local t = {a = 1, b = {2, 3}} return function(x) return t, x end"
    let first = try digest(source)
    #expect(first.count == 32 && first.allSatisfy { $0.isHexDigit })
    #expect(try digest(source) == first)
  }

  @Test(arguments: [
    ("return function(x) return x + 1 end", "-- a comment\n\n\nreturn function ( x )\n  return x\n    + 1 -- why\nend"),
    (
      "return function(count) local y = count * 2 return y end",
      "return function(n) local twice = n * 2 return twice end"
    ),
    (
      "local limit = 5 return function(x) return x < limit end", "local most = 5 return function(x) return x < most end"
    ),
    (
      "local limit = 5 return function(x) return x < limit end",
      "local a, b, limit = 1, 2, 5 return function(x) return x < limit end"
    ),
    (
      "local function help(x) return x end return function(x) return help(x) end",
      "local function assist(y)\n return y end\n\nlocal other = 1\nreturn function(x) return assist(x) end"
    ),
    (
      "return function() return function() return 1 end end", "return function()\n return function()\n return 1 end end"
    ),
    (
      "local t = {b = 1, a = 2} return function() return t end",
      "local t = {} t.a = 2 t.b = 1 return function() return t end"
    ),
    ("unrelated = 1 return function() return 1 end", "unrelated = 2 return function() return 1 end"),
    (
      "local f = string.format return function() return f end", "local g = string.format return function() return g end"
    ),
  ]) func `comments, layout, names of locals and unrelated code don't matter`(left: String, right: String) throws {
    #expect(try digest(left) == digest(right), "\(left) | \(right)")
  }

  @Test(arguments: [
    ("return function(x) return x + 1 end", "return function(x) return x + 2 end"),
    ("return function(x) return x + 1 end", "return function(x) return x - 1 end"),
    ("return function(x) return x.a end", "return function(x) return x.b end"),
    ("return function(x) return x end", "return function(...) return ... end"),
    ("return function() return 1 end", "return function() return 1.0 end"),
    ("return function() return 1 end", "return function() return '1' end"),
    ("local n = 5 return function() return n end", "local n = 6 return function() return n end"),
    ("local n = true return function() return n end", "local n return function() return n end"),
    ("local t = {1} return function() return t end", "local t = {2} return function() return t end"),
    (
      "local t = {x = {y = 1}} return function() return t end", "local t = {x = {y = 2}} return function() return t end"
    ),
    ("local t = {{}, {}} return function() return t end", "local t = {{{}}} return function() return t end"),
    (
      "local function help() return 1 end return function() return help() end",
      "local function help() return 2 end return function() return help() end"
    ),
    (
      "function help() return 1 end return function() return help() end",
      "function help() return 2 end return function() return help() end"
    ),
    ("limit = 1 return function() return limit end", "limit = 2 return function() return limit end"),
    (
      "limit = 1 return function() return (function() return limit end)() end",
      "limit = 2 return function() return (function() return limit end)() end"
    ),
    ("local r = ref('a') return function() return r end", "local r = ref('b') return function() return r end"),
    ("local f = string.format return function() return f end", "local f = string.rep return function() return f end"),
    ("local f = ref return function() return f end", "local f = tostring return function() return f end"),
    (
      "local C = {} C.__index = C function C.m() return 1 end local o = setmetatable({}, C) return function() return o:m() end",
      "local C = {} C.__index = C function C.m() return 2 end local o = setmetatable({}, C) return function() return o:m() end"
    ),
  ]) func `code, captured values, helpers and globals matter`(left: String, right: String) throws {
    #expect(try digest(left) != digest(right), "\(left) | \(right)")
  }

  @Test func `a sealed object among the sandbox's names matters where the code names it`() throws {
    func digests(_ size: Int) throws -> [String] {
      let sample = try Sample()
      try sample.prepare("sandbox.params = host.seal({ size = \(size) }, { __baton = 'params' })")
      return try sample.run("return function() return params.size end, function() return 1 end").map {
        if case .function(let handle) = $0 { try sample.vm.digest(of: handle) } else { "" }
      }
    }
    let one = try digests(1)
    let two = try digests(2)
    #expect(one[0] != two[0])
    #expect(one[1] == two[1])
  }

  @Test func `an object's metatable may say what stands for its payload`() throws {
    func digest(_ number: Int, _ name: String) throws -> String {
      let sample = try Sample()
      try sample.vm.register("name") { _ in .values([.string(name)]) }
      try sample.prepare(
        "sandbox.node = host.seal(\(number), { __baton = 'node', __digest = function(p) return host.name(p) end })")
      guard case .function(let handle)? = try sample.run("local n = node return function() return n end").first
      else { return "" }
      return try sample.vm.digest(of: handle)
    }
    #expect(try digest(1, "build") == digest(2, "build"))
    #expect(try digest(1, "build") != digest(1, "deploy"))
  }

  @Test(arguments: [
    "local function f(n) return n > 0 and f(n - 1) end return f",
    "local t = {} t.t = t return function() return t end",
    "local f, g f = function() return g() end g = function() return f() end return f",
    "local t = {[{}] = 1, [{}] = 2} return function() return t end",
    "function loop() return loop() end return loop",
    "local co = coroutine.create(type) return function() return co end",
  ]) func `cycles and odd values have a digest`(source: String) throws {
    #expect(try digest(source).count == 32)
    #expect(try digest(source) == digest(source))
  }

  @Test func `captured values that nest without an end are an error`() throws {
    #expect(throws: LuaFailure.self) {
      try digest("local t = {} for i = 1, 10000 do t = {t} end return function() return t end")
    }
  }

  /// The first and the last of the vectors that come with the reference implementation: key 00…0f, input 00, 01, …
  @Test func `the hash is SipHash-2-4 with 128 bits`() {
    func hash(_ length: Int) -> [UInt8] {
      var digest = [UInt8](repeating: 0, count: 16)
      baton_siphash_128((0..<UInt8(length)).map { $0 }, length, (0..<16).map { $0 }, &digest)
      return digest
    }
    #expect(
      hash(0) == [
        0xA3, 0x81, 0x7F, 0x04, 0xBA, 0x25, 0xA8, 0xE6, 0x6D, 0xF6, 0x72, 0x14, 0xC7, 0x55, 0x02, 0x93,
      ])
    #expect(
      hash(1) == [
        0xDA, 0x87, 0xC1, 0xD8, 0x6B, 0x99, 0xAF, 0x44, 0x34, 0x76, 0x59, 0x11, 0x9B, 0x22, 0xFC, 0x45,
      ])
    #expect(
      hash(63) == [
        0x51, 0x50, 0xD1, 0x77, 0x2F, 0x50, 0x83, 0x4A, 0x50, 0x3E, 0x06, 0x9A, 0x97, 0x3F, 0xBD, 0x7C,
      ])
  }
}
