import BatonModel
import Testing

/// What a module tries to use up: time, memory, stacks, patience.
@Suite struct ResourceAttackTests {
  private static let time = Attack.End.ended("the script ran for more than 400ms without an end")
  private static let memory = Attack.End.ended("the script used more than 96 MB of memory")

  static let attacks: [Attack] = [
    Attack("lua-users wiki, SandBoxes: an endless loop", "while true do end", time),
    Attack(
      "kikito/lua-sandbox #12: pcall in a loop catches the end of the time",
      "while true do pcall(function() while true do end end) end", time),
    Attack(
      "scoder/lupa #6: hooks are not inherited by coroutines",
      "while true do coroutine.resume(coroutine.create(function() while true do end end)) end", time),
    Attack(
      "HAProxy, hlua: a coroutine that yields counts anew",
      "local co = coroutine.wrap(function() while true do coroutine.yield() end end) while true do pcall(co) end", time),
    Attack(
      "a message handler that does not end", "while true do xpcall(error, function() while true do end end) end", time),
    Attack(
      "a variable that is closed while the script ends",
      """
      local x <close> = setmetatable({}, { __close = function() while true do end end })
      while true do end
      """, time),
    Attack(
      "coroutines that are closed while they refuse to end",
      """
      while true do
        local co = coroutine.create(function()
          local x <close> = setmetatable({}, { __close = function() while true do coroutine.yield() end end })
          coroutine.yield()
        end)
        coroutine.resume(co) pcall(coroutine.close, co)
      end
      """, time),
    Attack(
      "a metamethod that does not end", "return setmetatable({}, { __index = function() while true do end end }).x",
      time),
    Attack(
      "an error object that does not end when it is told",
      "error(setmetatable({}, { __tostring = function() while true do end end }))", time),
    Attack("an order function that does not end", "table.sort({ 3, 2, 1 }, function() while true do end end)", time),
    Attack(
      "an iterator that does not end",
      "for _ in pairs(setmetatable({}, { __pairs = function() return function() return 1 end end })) do end", time),
    Attack("a reader that does not end", "load(function() return ' ' end)", time),
    Attack("jumps back", "::again:: goto again", time),
    Attack("tail calls", "local function f() return f() end f()", time),
    Attack("the environment is asked without an end", "for i = 1, math.huge do local _ = env['X' .. i] end", time),
    Attack("steps without an end", "for i = 1, math.huge do step('s' .. i) { run = 'true' } end", time),
    Attack(
      "tinymux #1591: patterns run in C, where no hook fires",
      "return ('a'):rep(5000):find(('a*'):rep(30) .. 'b')", .refused("pattern takes too many steps")),
    Attack(
      "the same in a loop that catches it",
      "while true do pcall(string.find, ('a'):rep(5000), ('a*'):rep(30) .. 'b') end", time),
    Attack(
      "Cox, Regular Expression Matching Can Be Simple And Fast: back references",
      "return ('ab'):rep(3000):find('(.-)(.-)(.-)(.-)%1%2%3%4$x')", .refused("pattern takes too many steps")),
    Attack(
      "the compiler is given names that take it long to find, where no hook fires",
      """
      local names, text = {}, {}
      for i = 1, 190 do names[i] = "a" .. i end
      for depth = 1, 100 do text[depth] = "local " .. table.concat(names, ",") .. " function f() " end
      load(table.concat(text) .. ("x=1 "):rep(400000) .. ("end "):rep(100))
      """, time),
    Attack(
      "the compiler is given chains of jumps, which it walks along for each link",
      "load('return ' .. ('a and '):rep(400000) .. 'a')", time),
    Attack(
      "the compiler is given labels, which it compares with each other",
      """
      local labels = {}
      for i = 1, 30000 do labels[i] = "::a" .. i .. "::" end
      local text = "do " .. table.concat(labels) .. " end "
      for n = 1, 8 do load("function f() " .. text .. " end") end
      """, .harmless),
    Attack("lua-users wiki, SandBoxes: string.rep", "return ('x'):rep(1e10)", memory),
    Attack("the same, caught", "while true do pcall(string.rep, 'x', 1e18, 'y') end", memory),
    Attack("doubling", "local s = 'x' while true do s = s .. s end", memory),
    Attack(
      "table.concat of what is one string",
      "local s = ('x'):rep(1000000) return table.concat({ s, s, s, s, s, s, s, s, s, s }, s:rep(12))", memory),
    Attack("gsub that doubles", "local s = ('x'):rep(12000) return (s:gsub('x', s))", memory),
    Attack(
      "string.format that fills a line",
      "local s = ('x'):rep(9000000) return ('%s'):rep(12):format(s, s, s, s, s, s, s, s, s, s, s, s)", memory),
    Attack("string.pack with padding", "return string.pack('c50000000c50000000', 'x', 'x')", memory),
    Attack("tables without an end", "local t = {} for i = 1, math.huge do t[i] = { t } end", memory),
    Attack("coroutines without an end", "local t = {} while true do t[#t + 1] = coroutine.create(type) end", memory),
    Attack(
      "closures and variables to be closed", "local t = {} while true do t[#t + 1] = function() return t end end",
      memory),
    Attack(
      "memory that an error handler takes", "xpcall(error, function() local s = 'x' while true do s = s .. s end end)",
      memory),
    Attack(
      "memory of coroutines that catch",
      """
      local function grow() local s = "x" while true do s = s .. s end end
      while true do coroutine.wrap(function() pcall(grow) end)() end
      """, memory),
    Attack("recursion", "local function f() return 1 + f() end return f()", .refused("stack overflow")),
    Attack(
      "recursion in C: gsub", "local function g(s) return (s:gsub('.', g)) end return g('x')",
      .refused("stack overflow")),
    Attack(
      "recursion in C: sort", "local function f() table.sort({ 1, 2 }, f) return true end f()",
      .refused("stack overflow")),
    Attack(
      "recursion in C: tostring",
      "local t = setmetatable({}, { __tostring = function(t) return tostring(t) end }) return tostring(t)",
      .refused("stack overflow")),
    Attack("recursion in C: pcall", "local function f() return pcall(f) end f()", .harmless),
    Attack(
      "recursion in C: require of require", "local function f() return coroutine.wrap(f)() end f()",
      .refused("stack overflow")),
    Attack(
      "a chain of __index that bites its tail",
      "local a, b = {}, {} setmetatable(a, { __index = b }) setmetatable(b, { __index = a }) return a.x",
      .refused("chain too long")),
    Attack(
      "the compiler is given brackets in brackets",
      """
      for _, open in ipairs { "(", "{", "do ", "function f() ", "if x then ", "a[", "- ", "not ", "a..", "a^", "[[x]]..", "f{" } do
        local f, message = load("return " .. open:rep(200000))
        if f then return "ESCAPED " .. open end
        if load(open:rep(200000)) then return "ESCAPED " .. open end
      end
      """, .harmless),
    Attack("lua-users wiki, SandBoxes: widths of string.format", "return ('%99999d'):format(1)", .refused("invalid")),
    Attack(
      "lengths that are lies",
      """
      local liar = setmetatable({}, { __len = function() return math.maxinteger end })
      for _, f in ipairs { table.insert, table.remove, table.concat, table.unpack } do pcall(f, liar, 1, 1) end
      if pcall(table.sort, liar) or pcall(table.move, {}, 1, math.maxinteger, 2) then return "ESCAPED" end
      if pcall(table.unpack, liar) or pcall(table.concat, liar) then return "ESCAPED" end
      """, .harmless),
    Attack(
      "a matrix with more cells than there are atoms",
      """
      local axis, axes = {}, {}
      for i = 1, 1000 do axis[i] = i end
      for i = 1, 40 do axes["a" .. i] = axis end
      matrix "m" { axes = axes, step = function() return "true" end }
      """, .ended("that a matrix may have")),
  ]

  @Test(arguments: attacks) func `is contained`(attack: Attack) {
    let clock = ContinuousClock()
    let time = clock.measure { attack.check() }
    // A busy machine may keep this thread from its work for several times as long.
    #expect(time < .seconds(60), "\(attack.source)")
  }

  @Test(arguments: [
    ("a message of megabytes", "error(('x'):rep(20000000))"),
    ("a type's name of megabytes", "string.rep(setmetatable({}, { __name = ('x'):rep(10000000) }))"),
    (
      "a message that is an object that fails", "error(setmetatable({}, { __tostring = function() error 'again' end }))"
    ),
    ("a message that is an object that is none", "error(setmetatable({}, { __tostring = function() return {} end }))"),
    ("a message that is nothing", "error()"),
    ("a message that is a coroutine", "error(coroutine.create(print))"),
    ("a message that is no text", "error('\\xff\\xfe\\0')"),
  ]) func `an error that nobody catches is told, in bounds`(what: String, code: String) {
    let outcome = AttackedProject().attack(with: code, caught: false)
    #expect(outcome.mistakes.contains("error: "), "\(what): \(outcome)")
    #expect(outcome.mistakes.utf8.count < 70_000, "\(what)")
  }
}
