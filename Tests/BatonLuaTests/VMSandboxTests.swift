import BatonLua
import BatonModel
import Testing

@Suite struct VMSandboxTests {
  @Test func `a syntax error names its place`() throws {
    let failure = try Sample().failure("x = 1\nx = = 2")
    #expect(failure?.kind == .syntax)
    #expect(failure?.text == "script.lua:2: unexpected symbol near '='")
  }

  @Test func `an error names its place and the calls that led to it`() throws {
    let failure = try Sample().failure(
      "local function inner()\n  local x = nil + 1\nend\nlocal ok = inner()\nreturn ok")
    #expect(failure?.kind == .runtime)
    #expect(failure?.text == "script.lua:2: attempt to perform arithmetic on a nil value")
    #expect(failure?.traceback == ["script.lua:2: in inner", "script.lua:4: in main chunk"])
  }

  @Test func `a long file name is told whole`() throws {
    let name = "a/very/long/path/" + String(repeating: "x", count: 80) + "/with:12: colons.lua"
    #expect(try Sample().failure("error('no')", name: name)?.place == SourcePlace(file: name, line: 1))
    #expect(try Sample().failure("x =", name: name)?.place == SourcePlace(file: name, line: 1))
  }

  @Test func `an error that is no message is described`() throws {
    #expect(try Sample().failure("error({})")?.text == "script.lua:1: the error is a table value, not a message")
    #expect(try Sample().failure("error(nil)")?.message == "the error is a nil value, not a message")
    #expect(
      try Sample().failure("error(setmetatable({}, {__tostring = function() return 'mine' end}))")?.message == "mine")
    #expect(try Sample().failure("error(12, 0)")?.message == "12")
  }

  @Test func `a name that is not defined is an error with the nearest name`() throws {
    #expect(
      try Sample().failure("\nlocal x = tosting(1)")?.text
        == "script.lua:2: \"tosting\" is not defined; did you mean \"tostring\"?")
    #expect(
      try Sample().failure("lanterns = 1 return lantern")?.message
        == "\"lantern\" is not defined; did you mean \"lanterns\"?")
    #expect(try Sample().failure("return zzzzzzzzzzz")?.message == "\"zzzzzzzzzzz\" is not defined")
  }

  @Test func `a script may set globals, which no other file sees`() throws {
    let sample = try Sample()
    try sample.run("shared = 5 function helper() return shared end string.trim = error")
    #expect(
      try sample.run("return rawget(_G, 'shared'), rawget(_G, 'helper'), string.trim, (' '):len()", name: "other.lua")
        == [.null, .null, .null, 1])
    #expect(sample.failure("return helper()", name: "third.lua")?.message == "\"helper\" is not defined")
    #expect(try sample.run("own = 5 return own, _G.own, _ENV.own, load('return own')()") == [5, 5, 5, 5])
  }

  @Test(arguments: [
    "dofile", "loadfile", "io", "debug", "package", "require", "print", "warn", "host", "sandbox", "globals",
  ]) func `is not there for scripts`(name: String) throws {
    #expect(try Sample().failure("return \(name)")?.message.hasPrefix("\"\(name)\" is not defined") == true)
  }

  @Test func `of what is left out, the error says what is there in its place`() throws {
    #expect(
      try Sample().failure("return io.open('x')")?.message
        == "\"io\" is not defined; files are read and written by steps, and go from one to the next as inputs and outputs"
    )
    #expect(
      try Sample().failure("os.execute('x')")?.text
        == "script.lua:1: attempt to call a nil value (field 'execute'); programs are run by steps: run = \"…\"")
    #expect(
      try Sample().failure("local t = {} t.elsewhere()")?.message == "attempt to call a nil value (field 'elsewhere')")
    #expect(try Sample().failure("\u{1B}Lua")?.message == "this is compiled Lua; a script is source text")
  }

  @Test func `an error that crossed many coroutines has the place where it arose, once`() throws {
    let source = """
      local function f(n)
        if n == 0 then error("broken") end
        return coroutine.wrap(f)(n - 1)
      end
      f(20)
      """
    #expect(try Sample().failure(source)?.text == "script.lua:2: broken")
  }

  @Test func `what reaches outside of the script is gone from the libraries`() throws {
    let names = ["os.execute", "os.exit", "os.remove", "os.rename", "os.tmpname", "os.setlocale", "string.dump"]
    for name in names + ["os.time", "os.date", "os.getenv"] { #expect(try lua("return \(name)") == [.null], "\(name)") }
    #expect(
      try lua("return os.difftime(5, 3), os.clock(), collectgarbage('count'), collectgarbage()") == [2.0, 0.0, 0.0, 0])
  }

  @Test func `what a script does to the libraries does not reach privileged code, nor methods of strings`() throws {
    let sample = try Sample()
    try sample.prepare(
      """
      function sandbox.shout(text) return text:upper() .. string.rep("!", 2) .. table.concat({ 1, 2 }) end
      """)
    let changed = """
      string.upper = nil string.rep = error table.concat = error _G.tostring = nil
      string.trim = function(s) return (s:gsub("%s", "")) end
      return shout('a'), ('b'):upper(), (' c '):trim()
      """
    #expect(try sample.run(changed) == ["A!!12", "B", "c"])
    #expect(try sample.run("return shout('a'), ('b'):rep(2), string.upper('c')") == ["A!!12", "bb", "C"])
  }

  @Test func `metatables of strings and of the environment are closed`() throws {
    #expect(try lua("return getmetatable(''), getmetatable(_G), getmetatable(_ENV)") == [false, false, false])
    #expect(try Sample().failure("setmetatable(_G, {})")?.message == "cannot change a protected metatable")
    #expect(try lua("return '10' + 5, -'2', '3' * '4'") == [15, -2, 12])
  }

  @Test func `finalizers are refused`() throws {
    #expect(
      try Sample().failure("setmetatable({}, {__gc = function() end})")?.text
        == "script.lua:1: a script can't set the metafield \"__gc\"")
  }

  @Test func `load takes source text alone, and gives it the script's globals`() throws {
    #expect(try lua("x = 4 return load('return x + 1')()") == [5])
    #expect(try lua("return load('return x', 'c', 't', {x = 7})()") == [7])
    #expect(try lua("local n = 0 return load(function() n = n + 1 return ({'return ', '1'})[n] end)()") == [1])
    #expect(try lua("return load('x =', '=chunk')") == [.null, "chunk:1: unexpected symbol near <eof>"])
    #expect(try lua("return load('return 1', 'c', 'b')") == [.null, "only source text can be loaded (mode \"t\")"])
    #expect(try lua("return (load('\\27Lua'))") == [.null])
    #expect(try Sample().failure("load('return nope')()")?.message.hasSuffix("\"nope\" is not defined") == true)
  }

  @Test func `a script can't pass itself off as privileged code`() throws {
    let sample = try Sample()
    var place: SourcePlace?
    try sample.vm.register("where") { call in
      place = call.place()
      return .none
    }
    try sample.prepare("sandbox.where = host.where")
    try sample.run("load('local x = where() return x', '=baton:prelude')()")
    #expect(place == SourcePlace(file: "(load)", line: 1))
  }

  @Test func `a first line for the shell and a byte order mark are passed over`() throws {
    #expect(try lua("\u{FEFF}#!/usr/bin/env baton\nreturn 1") == [1])
    #expect(try Sample().failure("#!/usr/bin/env baton\nerror('x')")?.place?.line == 2)
  }

  @Test func `bytecode is refused`() throws {
    #expect(try Sample().failure("\u{1B}Lua")?.kind == .syntax)
  }

  @Test(arguments: ["halt", "fail"]) func `can't be swallowed by a script`(word: String) throws {
    let sources = [
      "pcall(stop, 'enough')",
      "xpcall(stop, function() return 'mine' end, 'enough')",
      "pcall(pcall, pcall, stop, 'enough')",
      "coroutine.resume(coroutine.create(stop), 'enough')",
      "pcall(coroutine.wrap(function() pcall(stop, 'enough') end))",
      "local co = coroutine.create(function() local x <close> = setmetatable({}, {__close = function() stop('enough') end}) coroutine.yield() end) coroutine.resume(co) coroutine.close(co)",
      "local x <close> = setmetatable({}, {__close = function() pcall(error, 'x') end}) stop('enough')",
      "load(function() stop('enough') end)",
      "for _ in pairs(setmetatable({}, {__pairs = function() stop('enough') end})) do end",
      "local r = ('x'):gsub('x', function() stop('enough') end)",
    ]
    let sample = try Sample()
    try sample.vm.register("stop") { call in
      guard case .string(let reason)? = call.arguments.first else { return .none }
      return word == "halt" ? .halt(reason) : .fail(reason)
    }
    try sample.prepare("sandbox.stop = host.stop")
    for source in sources {
      let failure = sample.failure(source + " reached = true")
      #expect(failure?.kind == (word == "halt" ? .halt("enough") : .fail("enough")), "\(source)")
      #expect(failure?.message == "enough", "\(source)")
      #expect(failure?.place?.text == "script.lua:1", "\(source)")
    }
    #expect(try sample.run("return rawget(_G, 'reached')") == [.null])
  }

  @Test func `pcall and xpcall catch what a script may catch`() throws {
    #expect(try lua("return pcall(error, 'x', 0)") == [false, "x"])
    #expect(try lua("return pcall(function(...) return ... end, 1, nil, 3)") == [true, 1, .null, 3])
    #expect(
      try lua("return xpcall(function(a) error(a, 0) end, function(m) return m .. '!' end, 'x')") == [false, "x!"])
    #expect(try lua("return xpcall(function(...) return ... end, error, 1, 2)") == [true, 1, 2])
    #expect(try lua("return select('#', pcall(function() end))") == [1])
    #expect(try lua("return pcall(error, {code = 3})") == [false, .table(LuaTable(fields: [.init("code", 3)]))])
  }

  @Test func `coroutines yield across pcall, and work as the manual says`() throws {
    #expect(
      try lua(
        """
        local co = coroutine.create(function(a)
          local ok, b = pcall(function() return coroutine.yield(a + 1) end)
          local ok2, message = xpcall(function() coroutine.yield(b) error("end", 0) end, function(m) return m .. "!" end)
          return ok, ok2, message
        end)
        local r1 = {coroutine.resume(co, 1)}
        local r2 = {coroutine.resume(co, 10)}
        local r3 = {coroutine.resume(co)}
        return r1, r2, r3, coroutine.status(co), select(2, coroutine.resume(co))
        """) == [[true, 2], [true, 10], [true, true, false, "end!"], "dead", "cannot resume dead coroutine"])
    #expect(
      try lua(
        "local s = 0 for v in coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) do s = s + v end return s"
      ) == [6])
    #expect(try lua("return pcall(coroutine.wrap(function() error('x') end))") == [false, "script.lua:1: x"])
    #expect(try lua("return pcall(coroutine.wrap(function() error({1}) end))") == [false, [1]])
    #expect(
      try lua(
        "local c = coroutine.create(function() local x <close> = setmetatable({}, {__close = function() error('c', 0) end}) coroutine.yield() end) coroutine.resume(c) return coroutine.close(c)"
      )
        == [false, "c"])
    #expect(try lua("return coroutine.close(coroutine.create(error))") == [true])
    #expect(try Sample().failure("coroutine.close(coroutine.running())")?.message == "cannot close a running coroutine")
    #expect(
      try lua("return coroutine.resume(coroutine.running())") == [false, "cannot resume non-suspended coroutine"])
  }
}
