import Testing

/// What a module tries to do to the machine under it: bytecode, faults of Lua that were published, leaks, what the
/// libraries once gave.
@Suite struct MachineAttackTests {
  static let attacks: [Attack] = [
    // Bytecode.
    Attack(
      "Peter Cawley, lua-l 2008 (LBCI): dumped functions are loaded again", "return string.dump(function() end)",
      .refused("attempt to call a nil value (field 'dump')")),
    Attack(
      "CVE-2015-4335 (Redis, Ben Murphy): load takes bytecode",
      #"""
      local head = "\27LuaT\0\x19\x93\r\n\x1a\n\4\8\8"
      for _, mode in ipairs { "b", "bt", "tb", "t", "", "x" } do
        if load(head .. ("\0"):rep(200), "c", mode) then return "ESCAPED" end
      end
      if load(head) or load("\27") or load("\27Lua") then return "ESCAPED" end
      """#, .harmless),
    Attack(
      "saelo, Exploiting Lua 5.1 on x64: bytecode comes in pieces",
      #"""
      local pieces, n = { "\27", "Lua", "T\0\x19\x93\r\n\x1a\n" }, 0
      if load(function() n = n + 1 return pieces[n] end, "c", "bt") then return "ESCAPED" end
      """#, .harmless),
    Attack(
      "erezto, lua-sandbox-escape: the first letter is hidden behind what is passed over",
      #"""
      for _, head in ipairs { "\xEF\xBB\xBF", "#\n", "\xEF\xBB\xBF#\n", " ", "\n", "\0" } do
        if load(head .. "\27LuaT\0") then return "ESCAPED" end
      end
      """#, .harmless),
    Attack("Lua 5.1 names: loadstring", "return loadstring('return 1')", .refused("\"loadstring\" is not defined")),

    // Faults of Lua.
    Attack(
      "CVE-2014-5461: more parameters than arguments",
      """
      local names = {}
      for i = 1, 180 do names[i] = "p" .. i end
      local f = load("return function(" .. table.concat(names, ",") .. ", ...) return p1, p180, ... end")()
      for depth = 1, 100 do coroutine.wrap(function() f() f(1) end)() end
      """, .harmless),
    Attack("CVE-2019-6706: debug.upvaluejoin", "debug.upvaluejoin(print, 1, print, 1)", .refused("debug")),
    Attack("CVE-2020-24369: hooks and stripped code", "debug.sethook(print, 'l')", .refused("debug")),
    Attack("CVE-2020-24370: debug.getlocal", "debug.getlocal(1, math.mininteger)", .refused("debug")),
    Attack(
      "CVE-2020-15888: a stack that shrinks while a vararg function fails",
      """
      local function fail(...) local t = { ... } collectgarbage() error(t[#t]) end
      for depth = 1, 60 do
        local arguments = {}
        for i = 1, depth * 40 do arguments[i] = {} end
        local co = coroutine.create(function() pcall(fail, table.unpack(arguments)) coroutine.yield() fail(1) end)
        coroutine.resume(co) collectgarbage() coroutine.resume(co)
      end
      """, .harmless),
    Attack(
      "CVE-2020-24371: coroutines that are collected while they run",
      """
      for i = 1, 3000 do
        local co = coroutine.wrap(function(...) local t = { ... } while true do t = { t, coroutine.yield(t) } end end)
        co(i) co {} co(co)
      end
      """, .harmless),
    Attack(
      "CVE-2021-43519: the C stack ends while a coroutine reports that it ended",
      """
      local function nest() local co = coroutine.wrap(nest) return pcall(co) end
      nest()
      local function again() return coroutine.wrap(function() again() end)() end
      again()
      """, .refused("stack overflow")),
    Attack(
      "Lua 5.4.3 to 5.4.5, lua_resetthread: each closing of a coroutine counts C calls from zero",
      """
      local chain
      for i = 1, 20000 do
        local inner = chain
        chain = coroutine.create(function()
          local x <close> = setmetatable({}, { __close = function() if inner then coroutine.close(inner) end end })
          coroutine.yield()
        end)
        coroutine.resume(chain)
      end
      coroutine.close(chain)
      """, .harmless),
    Attack(
      "Lua 5.4.3 to 5.4.5, lua_resetthread: closings with all the calls that Lua allows in each",
      """
      local chain
      local function deep(n, f) if n == 0 then f() else ("x"):gsub("x", function() deep(n - 1, f) end) end end
      for i = 1, 200 do
        local inner = chain
        chain = coroutine.create(function()
          local x <close> = setmetatable({}, {
            __close = function() pcall(deep, 180, function() if inner then coroutine.close(inner) end end) end })
          coroutine.yield()
        end)
        coroutine.resume(chain)
      end
      coroutine.close(chain)
      """, .harmless),
    Attack(
      "CVE-2021-44647: the name of a function that Lua calls by itself",
      """
      local ok, message = pcall(function()
        local a <close> = setmetatable({}, { __close = function() local b <close> = setmetatable({}, { __close = 5 }) end })
        for _ in setmetatable({}, { __call = function() error {} end }) do end
      end)
      if ok then return "ESCAPED" end
      """, .harmless),
    Attack(
      "CVE-2021-44964: a finalizer that collects", "setmetatable({}, { __gc = function() collectgarbage() end })",
      .refused("a script can't set the metafield \"__gc\"")),
    Attack(
      "CVE-2021-45985: a finalizer in a tail call",
      """
      local meta = {}
      local object = setmetatable({}, meta)
      -- Set behind setmetatable's back: Lua looks for it there alone.
      meta.__gc = function() planted = true end
      object = nil
      local function f() collectgarbage() return ("x"):rep(100) end
      for i = 1, 200000 do local t = { i } end
      f()
      if rawget(_G, "planted") then return "ESCAPED" end
      """, .harmless),
    Attack(
      "CVE-2022-28805: an _ENV that is a constant",
      """
      for _, text in ipairs {
        "local _ENV <const> = 1; X = 10", "local _ENV <const> = nil; return function() return y end",
        "local _ENV <const> = 'x'; return len", "local _ENV <close> = nil; return x",
      } do
        local f = load(text)
        if f then pcall(f) pcall(function() return f()() end) end
      end
      """, .harmless),
    Attack(
      "CVE-2022-33099: an error while an overflow of the C stack is handled",
      """
      local function loop() return 1 + loop() end
      xpcall(loop, loop)
      xpcall(loop, function(m) return loop() end)
      local function handler(n) if type(n) == "number" and n > 0 then error(n - 1) end return n end
      xpcall(error, handler, 300)
      xpcall(function() return ("x"):gsub("x", function() return loop() end) end, function(m) return (m:rep(3)) end)
      """, .harmless),
    Attack(
      "lua.org, bugs of 5.4.4: a concatenation keeps a pointer into a stack that moved",
      """
      local function deep(n) if n > 0 then return 1 + deep(n - 1) end return 0 end
      for size = 1, 150, 7 do
        local object = setmetatable({}, { __concat = function(a) deep(size) return tostring(a) end })
        local text = coroutine.wrap(function() return "a" .. "b" .. object end)()
        if type(text) ~= "string" then return "ESCAPED" end
      end
      """, .harmless),
    Attack(
      "lua.org, bugs of 5.4.4: closing variables moves the stack",
      """
      local function deep(n) if n > 0 then return 1 + deep(n - 1) end return 0 end
      for size = 10, 150, 20 do
        coroutine.wrap(function()
          for _ = 1, 3 do
            local a <close> = setmetatable({}, { __close = function() deep(size) end })
            local b <close> = setmetatable({}, { __close = function() pcall(error, deep(size)) end })
          end
        end)()
      end
      """, .harmless),
    Attack(
      "CVE-2025-46817 (Redis): unpack counts beyond the integers",
      """
      for _, range in ipairs { { 0, 2 ^ 31 }, { math.mininteger, math.maxinteger }, { -1, 2147483647 }, { 1, 1e7 } } do
        if pcall(table.unpack, {}, range[1], range[2]) then return "ESCAPED" end
        if pcall(string.byte, ("x"):rep(2000000), 1, -1) then return "ESCAPED" end
      end
      """, .harmless),
    Attack(
      "CVE-2025-46819 (Redis): a long bracket that does not end",
      """
      for _, text in ipairs { "return [", "return [=", "return [==", "x = [" .. ("="):rep(100000), "--[", "--[==", "[[" } do
        if load(text) and text:sub(1, 2) ~= "--" then return "ESCAPED" end
      end
      """, .harmless),
    Attack(
      "CVE-2025-49844 (Redis, RediShell): names of chunks are collected while a chunk is read",
      """
      for i = 1, 300 do
        local text = load(("local a%d = '%s' "):rep(20):format(table.unpack((function()
          local parts = {} for n = 1, 40 do parts[n] = n end return parts end)())),
          ("n"):rep(5000) .. i)
        collectgarbage()
        if text then text() end
      end
      """, .harmless),
    Attack(
      "CVE-2018-11219, CVE-2020-14147 (Redis, struct): sizes of packed numbers overflow",
      """
      for _, form in ipairs { "i17", "I0", "!17", "i99999999999", "!0", "s17", "j" .. ("i16"):rep(3) .. "x9999999999" } do
        if pcall(string.pack, form, 1, 1, 1, 1, 1) then return "ESCAPED " .. form end
      end
      for _, form in ipairs { "c2147483647", "s8", "s4", "i16", "c9223372036854775807" } do
        if pcall(string.unpack, form, ("\\255"):rep(9)) then return "ESCAPED " .. form end
      end
      for _, at in ipairs { math.maxinteger, 2 ^ 40, -100 } do
        if pcall(string.unpack, "z", "x", at) then return "ESCAPED" end
      end
      """, .harmless),
    Attack("CVE-2024-31449 (Redis): bit.tohex", "return bit.tohex(65535, -2147483648)", .refused("bit")),
    Attack(
      "CVE-2018-11218, CVE-2022-24834 (Redis, cmsgpack and cjson): nesting and lengths of what is encoded",
      #"""
      local json = require "baton.json"
      local deep = {}
      for _ = 1, 100000 do deep = { deep } end
      if pcall(json.encode, deep) then return "ESCAPED" end
      if pcall(json.decode, ("["):rep(100000)) then return "ESCAPED" end
      if #json.encode(("\0"):rep(100000)) ~= 600002 then return "ESCAPED" end
      local loop = {} loop.loop = loop
      if pcall(json.encode, loop) then return "ESCAPED" end
      """#, .harmless),
    Attack(
      "CVE-2021-32626 (Redis): what goes from Lua to the host overflows its stack",
      """
      local deep = {}
      for _ = 1, 100000 do deep = { deep } end
      for _, word in ipairs { junit, slack } do word(deep) end
      if pcall(step, "deep", { run = deep }) then return "ESCAPED" end
      local wide = {}
      for i = 1, 300 do wide[i] = i end
      pcall(raw, table.unpack(wide))
      """, .harmless),

    // What the libraries once gave.
    Attack("lua-users wiki, SandBoxes: os.execute", "os.execute 'touch /tmp/escaped'", .refused("field 'execute'")),
    Attack("lua-users wiki, SandBoxes: os.exit", "os.exit(0, true)", .refused("field 'exit'")),
    Attack("lua-users wiki, SandBoxes: os.remove, os.rename", "os.remove '/tmp/x'", .refused("field 'remove'")),
    Attack("lua-users wiki, SandBoxes: os.setlocale", "os.setlocale('C')", .refused("field 'setlocale'")),
    Attack("lua-users wiki, SandBoxes: io.popen", "return io.popen('id'):read('a')", .refused("\"io\" is not defined")),
    Attack("lua-users wiki, SandBoxes: dofile", "return dofile '/etc/passwd'", .refused("\"dofile\" is not defined")),
    Attack("lua-users wiki, SandBoxes: loadfile", "return loadfile '/etc/passwd'", .refused("\"loadfile\"")),
    Attack("lua-users wiki, SandBoxes: newproxy", "return newproxy(true)", .refused("\"newproxy\" is not defined")),
    Attack("LuaJIT: the foreign function interface", "return require 'ffi'", .refused("there is no module \"ffi\"")),
    Attack("the words of the prelude", "return host.seal({}, {})", .refused("\"host\" is not defined")),
    Attack("the words of the prelude, by the table of words", "return sandbox", .refused("\"sandbox\" is not defined")),
    Attack(
      "tostring, %p and __name tell addresses, from which the layout of memory follows (saelo)",
      """
      local texts = {
        tostring {}, tostring(print), tostring(coroutine.create(print)), ("%p"):format {}, ("%s"):format(print),
        tostring(params), tostring(env), tostring(setmetatable({}, { __name = "x" })), ("%20p"):format(_G),
      }
      for _, text in ipairs(texts) do if text:find "0x" or text:find "%x%x%x%x%x" then return "ESCAPED " .. text end end
      """, .harmless),
    Attack(
      "clocks and the size of the heap tell what neighbours do",
      """
      local clock, heap, time = os.clock(), collectgarbage "count", os.time()
      local junk = {}
      for i = 1, 100000 do junk[i] = { i } end
      if os.clock() ~= clock or collectgarbage "count" ~= heap or os.time() ~= time then return "ESCAPED" end
      for _, option in ipairs { "stop", "restart", "step", "setpause", "incremental", "generational", "isrunning" } do
        if collectgarbage(option) ~= 0 then return "ESCAPED" end
      end
      """, .harmless),
    Attack(
      "seeds of random numbers tell addresses (Lua 5.4's randomseed answers with them)",
      "local a, b = math.randomseed() if a ~= 1 or b ~= 0 then return 'ESCAPED' end", .harmless),
  ]

  @Test(arguments: attacks) func `is contained`(attack: Attack) { attack.check() }
}
