import Testing

/// Modules in C: they are loaded where that was granted, and from the bytes that `baton.lock` pins.
@Suite struct CompiledModuleTests {
  /// A module with a counter of its own, one below it in the same library, and one behind a hyphen.
  static let gear = #"""
    #include <lua5.4/lauxlib.h>
    #include <lua5.4/lualib.h>

    static int turn(lua_State *L) {
      lua_Integer count = lua_tointeger(L, lua_upvalueindex(1)) + 1;
      lua_pushinteger(L, count);
      lua_copy(L, -1, lua_upvalueindex(1));
      return 1;
    }

    static int wheels(lua_State *L) {
      int *count = luaL_checkudata(L, 1, "gear.box");
      lua_pushfstring(L, "%d wheels", *count);
      return 1;
    }

    static int box(lua_State *L) {
      lua_Integer count = luaL_checkinteger(L, 1);
      luaL_argcheck(L, count > 0, 1, "a box has wheels");
      int *box = lua_newuserdatauv(L, sizeof *box, 0);
      *box = (int)count;
      luaL_setmetatable(L, "gear.box");
      return 1;
    }

    static int each(lua_State *L) {
      luaL_checktype(L, 1, LUA_TFUNCTION);
      for (int index = 1; index <= 3; index++) {
        lua_pushvalue(L, 1);
        lua_pushinteger(L, index);
        lua_call(L, 1, 0);
      }
      return 0;
    }

    int luaopen_gear(lua_State *L) {
      static const luaL_Reg functions[] = {{"box", box}, {"each", each}, {NULL, NULL}};
      luaL_newlib(L, functions);
      lua_pushinteger(L, 0);
      lua_pushcclosure(L, turn, 1);
      lua_setfield(L, -2, "turn");
      luaL_newmetatable(L, "gear.box");
      lua_pushcfunction(L, wheels);
      lua_setfield(L, -2, "wheels");
      lua_pushvalue(L, -1);
      lua_setfield(L, -2, "__index");
      lua_pop(L, 1);
      lua_pushinteger(L, 7);
      lua_setglobal(L, "planted");
      return 1;
    }

    int luaopen_gear_wheel(lua_State *L) {
      lua_pushfstring(L, "%s is a wheel", luaL_checkstring(L, 1));
      return 1;
    }
    """#

  static func rockspec(_ name: String, _ modules: String, more: String = "") -> String {
    """
    package = "\(name)"
    version = "1.0-1"
    source = { url = "git+https://example.org/\(name).git" }
    build = { type = "builtin", modules = { \(modules) }\(more) }

    """
  }

  private func prepared(_ workflow: String) throws -> Sandbox {
    try Sandbox([
      "second/baton.json": "{}", "second/workflow.lua": workflow, "gear/gear.c": Self.gear,
      "gear/baton/module.json": #"{"permissions": ["c-modules"]}"#,
      "gear/gear-1.0-1.rockspec": Self.rockspec(
        "gear", #"gear = { sources = { "gear.c" } }"#, more: #", copy_directories = { "baton" }"#),
    ])
  }

  private func packed(_ sandbox: Sandbox) throws -> String {
    let packed = try sandbox.baton("module", "pack", "gear", "-o", "rocks", "--trust", "build")
    try #require(packed.code == 0, "\(packed.account)")
    let rock = try #require(packed.output.split(separator: " ").first)
    #expect(rock.hasPrefix("rocks/gear-1.0-1.linux-") && rock.hasSuffix(".rock"))
    return "../\(rock)"
  }

  @Test func `a module in C is packed, asks by name, and works when it was granted; the run says that it was used`()
    throws
  {
    let sandbox = try prepared(
      """
      local gear = require "gear"
      gear.turn()
      local seen = {}
      gear.each(function(number) seen[#seen + 1] = number end)
      step "turned" { run = { "echo", tostring(gear.turn()), gear.box(4):wheels(), require "gear.wheel", #seen, tostring(rawget(_G, "planted")) } }
      step "counted" { depends = "turned", function() return { count = gear.turn() > 2 } end }
      step "late" { depends = "counted", run = "test -e go" }
      """)
    let refused = try sandbox.baton("module", "pack", "gear", "-o", "rocks")
    #expect(refused.code == 2 && refused.errors.contains("it needs the permission build"), "\(refused.account)")
    let rock = try packed(sandbox)
    let added = try sandbox.baton("module", "add", rock, in: "second")
    #expect(added.code == 0, "\(added.account)")
    #expect(
      added.output.contains("gear asks to load compiled libraries") && added.output.contains("trust gear c-modules"),
      "\(added.account)")
    #expect(!added.output.contains("gear build"), "a binary rock is built already: \(added.account)")
    for command in ["run", "check", "plan"] {
      let refused = try sandbox.baton(command, "workflow.lua", in: "second")
      #expect(refused.code == 2, "\(refused.account)")
      #expect(refused.all.contains("it has not been granted the permission c-modules"), "\(refused.account)")
    }
    let once = try sandbox.baton("run", "workflow.lua", "--trust", "gear=c-modules", in: "second")
    #expect(once.code == 1, "\(once.account)")
    #expect(try sandbox.baton("logs", "turned", in: "second").output == "2 4 wheels gear.wheel is a wheel 3 nil\n")
    #expect(try sandbox.baton("show", in: "second").output.contains("gear 1.0-1"))
    #expect(try sandbox.baton("module", "trust", "gear", "c-modules", in: "second").code == 0)
    try sandbox.write("second/go", "")
    let resumed = try sandbox.baton("resume", in: "second")
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(!resumed.all.contains("another content"), "\(resumed.account)")

    // Another library under the same version.
    Disk.remove(sandbox.path("second/go"))
    #expect(try sandbox.baton("run", "workflow.lua", in: "second").code == 1)
    try sandbox.edit("gear/gear.c", "%d wheels", "%d cogs")
    _ = try packed(sandbox)
    #expect(try sandbox.baton("module", "update", in: "second").code == 0)
    try sandbox.write("second/go", "")
    let other = try sandbox.baton("resume", in: "second")
    #expect(other.all.contains("module gear 1.0-1 has another content now"), "\(other.account)")
  }

  @Test func `a library that was altered by a byte is not loaded`() throws {
    let sandbox = try prepared(#"step "a" { run = { "echo", require("gear").box(1):wheels() } }"#)
    let added = try sandbox.baton("module", "add", try packed(sandbox), "--trust", "c-modules", in: "second")
    #expect(added.code == 0, "\(added.account)")
    #expect(try sandbox.baton("run", "workflow.lua", in: "second").code == 0)
    let library = "second/.baton/rocks/lib/lua/5.4/gear.so"
    try sandbox.command(
      "sh", "-c", "printf 'Q' | dd of=\(library) bs=1 seek=$(($(stat -c %s \(library)) - 1)) conv=notrunc")
    let refused = try sandbox.baton("run", "workflow.lua", in: "second")
    #expect(refused.code == 2, "\(refused.account)")
    #expect(refused.errors.contains("gear.so of module \"gear\" has been altered"), "\(refused.account)")
    #expect(try sandbox.baton("module", "install", in: "second").code == 0)
    #expect(try sandbox.baton("run", "workflow.lua", in: "second").code == 0)
  }

  @Test func `each who requires a module in C has its own, and an error of it is one of the script`() throws {
    let sandbox = try prepared(
      """
      local gear, one, two = require "gear", require "one", require "two"
      gear.turn()
      local fine, why = pcall(gear.box, 0)
      step "a" { run = { "echo", gear.turn(), one(), two(), tostring(fine), why } }
      """)
    var names = ["gear": try packed(sandbox)]
    for name in ["one", "two"] {
      names[name] = "../\(name)"
      try sandbox.write(
        "\(name)/init.lua",
        "local gear = require 'gear' assert(planted == nil) return function() return gear.turn() end")
      try sandbox.write("\(name)/\(name)-1.0-1.rockspec", ModuleTests.rockspec(name, "1.0-1"))
    }
    for (name, place) in names.sorted(by: { $0.key < $1.key }) {
      let added = try sandbox.baton("module", "add", place, in: "second")
      #expect(added.code == 0, "\(name): \(added.account)")
    }
    try sandbox.write("second/baton.json", #"{"trust": {"gear": ["c-modules"]}}"#)
    let run = try sandbox.baton("run", "workflow.lua", in: "second")
    #expect(run.code == 0, "\(run.account)")
    #expect(
      try sandbox.baton("logs", "a", in: "second").output
        == "2 1 1 false bad argument #1 to '?' (a box has wheels)\n")
    try sandbox.write("second/workflow.lua", "require('gear').box(0)")
    let wrong = try sandbox.baton("run", "workflow.lua", in: "second")
    #expect(
      wrong.code == 2 && wrong.errors.contains("workflow.lua:1") && wrong.errors.contains("a box has wheels"),
      "\(wrong.account)")
  }

  /// What is wrong with a library: its source, how its bytes are changed, the module's name, and what the message says.
  static let wrongs: [(name: String, source: String, flags: String, says: [String])] = [
    (
      "nameless", "int other(void) { return 0; }", "",
      ["nameless.so has no function luaopen_nameless", "build it with one"]
    ),
    (
      "lost", "int nowhere(void); int luaopen_lost(void *L) { return nowhere(); }", "",
      ["lost.so needs nowhere, which no library that it names has"]
    ),
    (
      "old",
      "void *lua_newuserdata(void *, unsigned long); int luaopen_old(void *L) { lua_newuserdata(L, 8); return 1; }",
      "", ["old.so was built for another Lua than 5.4, which has no lua_newuserdata", "build the module for Lua 5.4"]
    ),
    (
      "stranger", "int lua_gettop(void *); int luaopen_stranger(void *L) { return lua_gettop(L); }",
      "-Wl,--no-as-needed -l:liblua5.1.so.0", ["built for another Lua than 5.4: it needs liblua5.1.so.0"]
    ),
    (
      "elder",
      "void luaL_checkversion_(void *, double, unsigned long); int luaopen_elder(void *L) { luaL_checkversion_(L, 503, 136); return 0; }",
      "", ["version mismatch"]
    ),
    (
      "needy", "int luaopen_needy(void *L) { return 0; }", "-Wl,--no-as-needed -L. -lgone",
      ["needy.so needs libgone.so, which this machine has not"]
    ),
  ]

  @Test("What is wrong with a library is told, with what helps", arguments: wrongs.indices)
  func told(_ index: Int) throws {
    let wrong = Self.wrongs[index]
    let name = wrong.name
    let sandbox = try Sandbox([
      "second/baton.json": "{}", "second/workflow.lua": "require '\(name)'", "m/gone.c": "int gone;",
      "m/\(name).c": wrong.source,
      "m/m-1.0-1.rockspec": Self.rockspec("m", "", more: ", install = { lib = { \(name) = '\(name).so' } }"),
    ])
    let compiled = try sandbox.command(
      "sh", "-c",
      "cd m && gcc -shared -fPIC -o libgone.so gone.c && gcc -w -shared -fPIC -o \(name).so \(name).c \(wrong.flags)")
    try #require(compiled.code == 0, "\(compiled.account)")
    let added = try sandbox.baton("module", "add", "../m", "--trust", "c-modules", in: "second")
    #expect(added.code == 0, "\(added.account)")
    let run = try sandbox.baton("run", "workflow.lua", in: "second")
    #expect(run.code == 2, "\(run.account)")
    for part in wrong.says { #expect(run.errors.contains(part), "\(run.account)") }
    #expect(!run.errors.contains("/proc/self/fd"), "\(run.account)")
  }

  @Test func `a library for another machine, or none at all, is told apart; of a name with a hyphen a part counts`()
    throws
  {
    let sandbox = try Sandbox([
      "second/baton.json": "{}", "m/v2-cog.c": "int luaopen_cog(void *L) { return 0; }",
      "m/text.so": "MZ, not a library",
      "m/m-1.0-1.rockspec": Self.rockspec(
        "m", "", more: ", install = { lib = { ['v2-cog'] = 'v2-cog.so', foreign = 'foreign.so', text = 'text.so' } }"),
    ])
    let compiled = try sandbox.command(
      "sh", "-c",
      // `e_machine`: SPARC's.
      """
      cd m && gcc -shared -fPIC -o v2-cog.so v2-cog.c && cp v2-cog.so foreign.so \
        && printf '\\002' | dd of=foreign.so bs=1 seek=18 conv=notrunc
      """)
    try #require(compiled.code == 0, "\(compiled.account)")
    #expect(try sandbox.baton("module", "add", "../m", "--trust", "c-modules", in: "second").code == 0)
    for (name, says) in [
      ("foreign", "foreign.so is for machine 2, and this machine is "), ("text", "text.so is no library of Linux"),
    ] {
      try sandbox.write("second/workflow.lua", "require '\(name)'")
      let run = try sandbox.baton("run", "workflow.lua", in: "second")
      #expect(run.code == 2 && run.errors.contains(says), "\(run.account)")
    }
    try sandbox.write("second/workflow.lua", "step 'a' { run = { 'echo', tostring(require 'v2-cog') } }")
    let run = try sandbox.baton("run", "workflow.lua", in: "second")
    #expect(run.code == 0, "\(run.account)")
    try sandbox.write("second/workflow.lua", "require 'v2-cog.tooth'")
    let missing = try sandbox.baton("run", "workflow.lua", in: "second")
    #expect(missing.code == 2 && missing.errors.contains("there is no module \"v2-cog.tooth\""), "\(missing.account)")
  }

  /// Ways of a module to a library that nobody granted, named after where they are written down.
  static let ways: [(source: String, code: String)] = [
    ("require of another rock's library", "return require 'trap'"),
    ("the manual of Lua 5.4, package.loadlib", "return package.loadlib(PATH, '*')"),
    ("the manual of Lua 5.4, package.cpath", "package.cpath = PATH .. ';?.so' return require 'trap'"),
    ("the manual of Lua 5.4, package.searchers", "return package.searchers[3] 'trap'"),
    ("the manual of Lua 5.4, package.preload", "return package.preload.trap()"),
    ("require by a path", "return require(PATH)"),
    ("require that leaves the tree", "return require '..lib.lua.5.4.trap'"),
    ("the registry by debug", "return debug.getregistry()._CLIBS"),
    ("upvalues of require by debug", "return debug.getupvalue(require, 1)"),
    ("the engine's own function by its name", "return host.opener(PATH, _G, package.loaded, 'x')"),
    ("a compiled chunk that calls into C", "return load('\\27Lua\\x54\\0' .. ('x'):rep(100), 'c', 'b')()"),
    ("dlopen by LuaJIT's ffi", "return require('ffi').load(PATH)"),
    ("a name that was loaded before", "package.loaded.trap = nil return require 'trap'"),
  ]

  @Test("What was not granted a library cannot have one loaded", arguments: ways.indices)
  func contained(_ index: Int) throws {
    let way = Self.ways[index]
    let sandbox = try Sandbox(["second/baton.json": "{}"])
    let trace = sandbox.path("ran")
    try sandbox.write(
      "trap/trap.c",
      """
      #include <fcntl.h>
      __attribute__((constructor)) static void begin(void) { open("\(trace)", O_CREAT | O_WRONLY, 0600); }
      int luaopen_trap(void *L) { return 0; }
      """)
    try sandbox.write(
      "trap/trap-1.0-1.rockspec", Self.rockspec("trap", "", more: ", install = { lib = { trap = 'trap.so' } }"))
    let library = sandbox.path("second/.baton/rocks/lib/lua/5.4/trap.so")
    try sandbox.write("evil/init.lua", "local PATH = '\(library)' return function() \(way.code) end")
    try sandbox.write("evil/evil-1.0-1.rockspec", ModuleTests.rockspec("evil", "1.0-1"))
    #expect(try sandbox.command("gcc", "-shared", "-fPIC", "-o", "trap/trap.so", "trap/trap.c").code == 0)
    for name in ["trap", "evil"] { #expect(try sandbox.baton("module", "add", "../\(name)", in: "second").code == 0) }
    try sandbox.write(
      "second/workflow.lua", "local fine, why = pcall(require 'evil') step 'a' { run = { 'echo', tostring(why) } }")
    let run = try sandbox.baton("run", "workflow.lua", in: "second")
    let said = try sandbox.baton("logs", "a", in: "second").output
    #expect(!Disk.exists(trace), "\(way.source): \(said)")
    #expect(run.code == 0 && !said.isEmpty, "\(way.source): \(run.account)")
    if way.source.hasPrefix("require of") {
      #expect(said.contains("the permission c-modules"), "\(said)")
      // The same, granted: the trap does go off.
      #expect(try sandbox.baton("run", "workflow.lua", "--trust", "trap=c-modules", in: "second").code == 0)
      #expect(Disk.exists(trace))
    }
  }

  @Test func `LPeg and LuaFileSystem, as Debian builds them, work in a workflow`() throws {
    let sandbox = try Sandbox(["second/baton.json": #"{"trust": {"*": ["c-modules"]}}"#])
    for (name, library) in [("lpeg", "lpeg"), ("luafilesystem", "lfs")] {
      let folders = try sandbox.command("sh", "-c", "ls /usr/lib/*/lua/5.4/\(library).so").output
      let place = try #require(folders.split(separator: "\n").first, "scripts/setup installs it")
      try sandbox.write(
        "\(name)/\(name)-1.0-1.rockspec",
        Self.rockspec(name, "", more: ", install = { lib = { \(library) = '\(library).so' } }"))
      try sandbox.command("cp", String(place), "\(name)/\(library).so")
      let added = try sandbox.baton("module", "add", "../\(name)", in: "second")
      #expect(added.code == 0, "\(added.account)")
    }
    try sandbox.write(
      "second/workflow.lua",
      """
      local lpeg, lfs = require "lpeg", require "lfs"
      local number = lpeg.R "09" ^ 1 / tonumber
      local sum = lpeg.Cf(number * ("+" * number) ^ 0, function(left, right) return left + right end)
      local function add(text) return sum:match(text) end
      step "sum" { run = { "echo", tostring(add "12+30"), lfs.attributes("baton.json", "mode") } }
      step "body" { depends = "sum", function(ctx) return { sum = add(ctx:sh("echo 1+2+3").text) } end }
      step "told" { depends = "body", run = { "echo", require("lpeg").version() } }
      """)
    let run = try sandbox.baton("run", "workflow.lua", in: "second")
    #expect(run.code == 0, "\(run.account)")
    #expect(try sandbox.baton("logs", "sum", in: "second").output == "42 file\n")
    #expect(try sandbox.baton("check", "workflow.lua", in: "second").code == 0)
  }
}
