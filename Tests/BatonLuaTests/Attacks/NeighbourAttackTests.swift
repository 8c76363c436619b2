import Glibc
import Testing

/// What one module tries to do to the others: to their libraries, globals, locals, handles and to what all share.
@Suite struct NeighbourAttackTests {
  static let attacks: [Attack] = [
    Attack(
      "lua-users wiki, SandBoxes: functions of shared libraries are replaced",
      """
      string.format = function() return "evil" end string.rep = nil table.concat = nil table.unpack = nil
      math.max = function() return 0 end utf8.len = nil coroutine.wrap = nil os.time = function() return 0 end
      """, .harmless),
    Attack(
      "lua-users wiki, SandBoxes: the same by rawset, behind any __newindex",
      """
      for _, library in ipairs { string, table, math, utf8, coroutine, os } do
        local names = {}
        for name in pairs(library) do names[#names + 1] = name end
        for _, name in ipairs(names) do rawset(library, name, function() return "evil" end) end
      end
      """, .harmless),
    Attack(
      "CVE-2022-24735 (Redis): code for others through shared globals",
      """
      function tostring() return "evil" end function pcall() return true end function next() return 1 end
      type, load, error, select = nil, nil, nil, nil
      for _, name in ipairs { "step", "secret", "require", "params", "env", "param", "rawget" } do
        _G[name] = function() return { check = function() end } end
      end
      planted = true rawset(_G, "planted", true) _ENV.planted = true
      """, .harmless),
    Attack(
      "World of Warcraft: a global of the host is given another meaning (RemoveExtraSpaces = RunScript)",
      "print, step, check = nil, print, function() end planted = function() return 'evil' end", .harmless),
    Attack(
      "lua-users wiki, SandBoxes: the metatable of strings", "getmetatable('').__index = { upper = print }",
      .refused("attempt to index a boolean value")),
    Attack(
      "CVE-2025-46818 (Redis): metatables of basic types",
      """
      for _, value in ipairs { 1, "x", true, print } do
        if pcall(setmetatable, value, { __index = {} }) then return "ESCAPED" end
      end
      if pcall(setmetatable, nil, {}) then return "ESCAPED" end
      """, .harmless),
    Attack(
      "Scribunto: a library is extended, and methods of every string with it",
      """
      function string.planted() return "evil" end function string.upper() return "evil" end
      if ("x"):planted() ~= "evil" then return "ESCAPED: its own strings" end
      """, .harmless),
    Attack(
      "lua-l, 2011: _ENV of a neighbour through load with its chunk name",
      """
      for _, name in ipairs { "@w.lua", "w.lua", "=w.lua", "@victim", "=baton:prelude", "@baton.shell" } do
        if load("return _ENV", name)() ~= _ENV then return "ESCAPED" end
        if load("return string", name)() ~= string then return "ESCAPED" end
      end
      """, .harmless),
    Attack(
      "Roblox: getfenv and setfenv reach the environment of whoever calls", "return setfenv(2, {})",
      .refused("\"setfenv\" is not defined")),
    Attack("Scribunto, T48150: getfenv(0) is the host's environment", "return getfenv(0)", .refused("getfenv")),
    Attack(
      "lua-users wiki, SandBoxes: a shared module is patched",
      "require('baton.shell').quote = function(text) return text .. '; evil' end", .refused("can't be changed")),
    Attack(
      "the same by rawset", "rawset(require 'baton.shell', 'quote', function() return '; evil' end)",
      .refused("rawset can't change what is closed")),
    Attack(
      "the same by table functions, which store without asking",
      "table.move({ print }, 1, 1, 1, require 'baton.shell') return 'ESCAPED'", .refused("can't be changed")),
    Attack(
      "the same by table.insert and table.sort",
      """
      local shell = require "baton.shell"
      if pcall(table.insert, shell, print) or #shell > 0 then return "ESCAPED" end
      if pcall(table.sort, setmetatable({}, { __len = function() return 2 end, __index = shell })) then return "ESCAPED" end
      """, .harmless),
    Attack(
      "the same by a metatable of one's own", "setmetatable(require 'baton.json', { __index = {} })",
      .refused("cannot change a protected metatable")),
    Attack(
      "the metatable of an object that all share", "getmetatable(require('baton.json').null).__tostring = print",
      .refused("attempt to index a string value")),
    Attack(
      "the metatable that all objects of a kind share",
      """
      local json = require "baton.json"
      local meta = getmetatable(json.decode "{}")
      if type(meta) == "table" then return "ESCAPED" end
      """, .harmless),
    Attack("parameters are changed for all", "params.who = 'evil'", .refused("params can't be changed")),
    Attack("parameters, by rawset", "rawset(params, 'who', 'evil')", .refused("rawset can't change what is closed")),
    Attack(
      "CVE-2022-24735 (Redis): the table behind a proxy, as pairs hands it out",
      """
      local _, state = pairs(params)
      if type(state) == "table" then state.who = "evil" rawset(state, "who", "evil") end
      for _, list in pairs(params) do if type(list) == "table" then list[1] = "evil" end end
      params.tags[1] = "evil" table.insert(params.tags, 1, "evil")
      """, .harmless),
    Attack("the environment, by rawset", "rawset(env, 'HOME', '/evil')", .refused("rawset can't change")),
    Attack("constructors of parameters", "param.string = nil", .refused("param can't be changed")),
    Attack("constructors of parameters, by rawset", "rawset(param, 'string', print)", .refused("rawset can't change")),
    Attack(
      "a neighbour's handle gets fields", "rawset(require('victim').handle, 'out', { version = 'evil' })",
      .refused("rawset can't change")),
    Attack(
      "a neighbour's handle is assigned to", "require('victim').handle.name = 'evil'",
      .refused("a handle can't be changed")),
    Attack(
      "a neighbour's ref is assigned to", "require('victim').ref.version = 'evil'", .refused("a ref can't be changed")),
    Attack(
      "a neighbour's ref gets other methods",
      "setmetatable(require('victim').ref, { __concat = function() return 'evil' end })",
      .refused("cannot change a protected metatable")),
    Attack(
      "Roblox: __metatable is asked for, and what it hides is looked for in the object",
      """
      local victim = require "victim"
      if getmetatable(victim.handle) ~= false or getmetatable(victim.ref) ~= false then return "ESCAPED" end
      if next(victim.handle) ~= nil or rawlen(victim.ref) ~= 0 then return "ESCAPED" end
      for _ in next, victim.ref do return "ESCAPED" end
      for key in pairs { [victim.handle] = 1 } do if rawget(key, 1) then return "ESCAPED" end end
      """, .harmless),
    Attack(
      "an object of the host is forged", "return setmetatable({ 'secret', 'TOKEN' }, { __baton = 'expr' })",
      .refused("a script can't set the metafield \"__baton\"")),
    Attack(
      "lua-users wiki, SandBoxes: locals of a neighbour by the debug library",
      "return debug.getupvalue(require('victim').compare, 1)", .refused("\"debug\" is not defined")),
    Attack(
      "timing and contents: a neighbour's key is guessed letter by letter through a metamethod of comparison",
      """
      local seen
      local spy = setmetatable({}, { __eq = function(_, other) seen = other return true end })
      require("victim").compare(spy)
      if seen then return "ESCAPED " .. tostring(seen) end
      """, .harmless),
    Attack("a module is put under another's name", "package.loaded.late = {}", .refused("\"package\" is not defined")),
    Attack(
      "CVE-2022-0543 (Redis in Debian): package.loadlib", "return package.loadlib('libc.so.6', '*')",
      .refused("\"package\" is not defined")),
    Attack("lua-users wiki, SandBoxes: a preloader", "package.preload.late = print", .refused("package")),
    Attack(
      "a neighbour's coroutine is closed under it",
      """
      local main = coroutine.running()
      if pcall(coroutine.close, main) or coroutine.resume(main) then return "ESCAPED" end
      coroutine.wrap(function()
        if pcall(coroutine.close, main) or coroutine.resume(main) then error "ESCAPED" end
      end)()
      """, .harmless),
    Attack(
      "a yield leaves the call of another: out of require, through the host's frames", "coroutine.yield('evil')",
      .refused("attempt to yield from outside a coroutine")),
    Attack("modules that require each other without an end", "return require 'evil'", .refused("require each other")),
    Attack(
      "the workflow's words take what they are given for plain tables, and run no metamethods of it",
      """
      local ran
      local trap = setmetatable({}, {
        __index = function() ran = true end, __len = function() ran = true return 3 end,
        __pairs = function() ran = true return next, {} end, __tostring = function() ran = true return "x" end,
      })
      for _, word in ipairs { secret, raw, junit, env, halt } do pcall(word, trap) end
      pcall(function() return env[trap] end)
      if ran then return "ESCAPED" end
      """, .harmless),
  ]

  @Test(arguments: attacks) func `is contained`(attack: Attack) { attack.check() }

  @Test(arguments: [
    "..outside", "../outside", "/etc/passwd", "a/../../outside", "victim/../../outside", "outside\\0", "\\0", "",
    ".", "..", "victim.", "...outside", "~", "file:///etc/passwd", "victim;rm", "%2e%2e.outside", "victim\\nlate",
  ]) func `a name leads out of the folder of modules (CWE-22)`(name: String) {
    Attack("CWE-22: \(name)", "return require \"\(name)\"", .refused("is no name of a module")).check {
      $0.writeOutside("return 'ESCAPED'")
    }
  }

  /// What a link shows would stand in messages about its syntax.
  @Test func `a link leads out of the folder of modules (CWE-59)`() {
    Attack("CWE-59", "return require 'link'", .refused("there is no module \"link\"")).check {
      symlink($0.writeOutside("return 'ESCAPED'"), $0.path("link"))
    }
  }

  @Test func `a link within the folder of modules is followed`() {
    Attack("a link", "if not require('link').check then return 'ESCAPED' end", .harmless).check {
      symlink("late.lua", $0.path("link"))
    }
  }

  @Test func `a module that is a pipe, a device or a folder does not hang`() {
    Attack("CWE-73", "return require 'pipe'", .refused("there is no module")).check {
      mkfifo($0.path("pipe"), 0o644)
    }
    Attack("CWE-73", "return require 'zero'", .refused("there is no module")).check {
      symlink("/dev/zero", $0.path("zero"))
    }
  }

  @Test func `compiled Lua in place of a module (Factorio, memorycorruption.net 2024)`() {
    let attack = Attack("bytecode", "return require 'compiled'", .refused("this is compiled Lua"))
    attack.check { $0.write("compiled", "\u{1B}LuaT\u{1}") }
    Attack("bytecode", attack.code, .refused("unexpected symbol")).check {
      $0.write("compiled", "#!/usr/bin/lua\n\u{1B}LuaT\u{1}")
    }
    attack.check { $0.write("compiled", "\u{FEFF}\u{1B}LuaT\u{1}") }
  }
}
