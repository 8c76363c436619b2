// The libraries, and the three environments that are made of them.
//
// `sandbox` holds what scripts may use; `globals` is the environment of scripts: empty at first, falling back on
// `sandbox`, and after that on an error. Privileged code has an environment with libraries of its own, so that
// nothing a script does to `string` or `table` reaches it.

#include <string.h>

#include "machine.h"

/// Opens a library, gives it functions of this folder, and leaves its table on the stack.
static void open(lua_State *L, const char *name, lua_CFunction opener, const luaL_Reg *replaced) {
  luaL_requiref(L, name, opener, 0);
  if (replaced != NULL) luaL_setfuncs(L, replaced, 0);
}

static void drop(lua_State *L, const char *const *names) {
  for (; *names != NULL; names++) {
    lua_pushnil(L);
    lua_setfield(L, -2, *names);
  }
}

/// `math.randomseed` without a number starts again from the machine's seed; upvalue 1 is Lua's own.
static int seed_random(lua_State *L) {
  if (lua_isnone(L, 1)) {
    lua_pushinteger(L, (lua_Integer)machine_of(L)->limits.seed);
    lua_pushinteger(L, 0);
  }
  return lua_tocfunction(L, lua_upvalueindex(2))(L);
}

/// Makes `math.random` start from the machine's seed.
static void fix_random(lua_State *L) {
  // `random` and `randomseed` share their state as upvalue 1; the seeding keeps that place.
  lua_getfield(L, -1, "randomseed");
  lua_CFunction original = lua_tocfunction(L, -1);
  lua_getupvalue(L, -1, 1);
  lua_pushcfunction(L, original);
  lua_pushcclosure(L, seed_random, 2);
  lua_pushvalue(L, -1);
  lua_setfield(L, -4, "randomseed");
  lua_call(L, 0, 0);
  lua_pop(L, 1);
}

static int constant_clock(lua_State *L) {
  lua_pushnumber(L, 0);
  return 1;
}

/// Pushes a new table with the libraries.
static void push_libraries(lua_State *L, bool privileged) {
  static const char *const unwanted[] = {"dofile", "loadfile", "print", "warn", "_G", NULL};
  static const char *const long_readers[] = {"len", "codepoint", "offset", "codes", NULL};
  static const char *const long_string_readers[] = {"byte", "reverse", "lower", "upper", "unpack", NULL};
  static const char *const process[] = {"execute", "exit", "remove", "rename", "setlocale", "tmpname", NULL};
  static const char *const observed[] = {"date", "getenv", "time", NULL};

  lua_newtable(L);
  int target = lua_gettop(L);
  // `luaopen_base` fills the table of globals.
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_pushvalue(L, target);
  lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_pushcfunction(L, luaopen_base);
  lua_call(L, 0, 1);
  drop(L, unwanted);
  luaL_setfuncs(L, control_functions, 0);
  luaL_setfuncs(L, order_functions, 0);
  lua_pushcfunction(L, text_tostring);
  lua_setfield(L, -2, "tostring");
  lua_pop(L, 1);
  lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);

  open(L, "string", luaopen_string, NULL);
  text_open(L);
  luaL_setfuncs(L, pattern_functions, 0);
  text_guard(L, long_string_readers);
  lua_setfield(L, target, "string");
  open(L, "table", luaopen_table, table_functions);
  lua_setfield(L, target, "table");
  open(L, "math", luaopen_math, NULL);
  fix_random(L);
  lua_setfield(L, target, "math");
  open(L, "utf8", luaopen_utf8, NULL);
  text_guard(L, long_readers);
  lua_setfield(L, target, "utf8");
  open(L, "coroutine", luaopen_coroutine, coroutine_functions);
  lua_setfield(L, target, "coroutine");
  open(L, "os", luaopen_os, NULL);
  drop(L, process);
  lua_pushcfunction(L, constant_clock);
  lua_setfield(L, -2, "clock");
  if (!privileged) drop(L, observed);
  lua_setfield(L, target, "os");
  // `luaL_requiref` would give the same tables again.
  lua_pushnil(L);
  lua_setfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
}

/// `__index` of `sandbox`: asks the host function (upvalue 1) to raise, with what the script may have meant.
static int undefined(lua_State *L) {
  if (lua_type(L, 2) != LUA_TSTRING) return 0;
  baton_vm *vm = machine_of(L);
  lua_settop(L, 2);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, 2);
  lua_newtable(L);
  const int places[] = {vm->sandbox, vm->globals};
  lua_Integer count = 0;
  for (int index = 0; index < 2; index++) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, places[index]);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
      lua_pop(L, 1);
      if (lua_type(L, -1) != LUA_TSTRING) continue;
      lua_pushvalue(L, -1);
      lua_rawseti(L, 5, ++count);
    }
    lua_pop(L, 1);
  }
  lua_call(L, 2, 0);
  return 0;
}

/// Gives the table on the top of the stack a metatable that scripts can neither see nor change.
static void protect(lua_State *L) {
  lua_createtable(L, 0, 2);
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pushvalue(L, -1);
  lua_setmetatable(L, -3);
}

static int keep(lua_State *L) {
  lua_pushvalue(L, -1);
  return luaL_ref(L, LUA_REGISTRYINDEX);
}

/// Methods of strings are looked up in a table that no script can reach, then among what the script added to `string`.
static void open_string_methods(lua_State *L, int privileged, int sandbox) {
  lua_pushliteral(L, "");
  lua_getmetatable(L, -1);
  lua_newtable(L);
  lua_getfield(L, privileged, "string");
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -5);
  }
  lua_pop(L, 1);
  protect(L);
  lua_getfield(L, sandbox, "string");
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 2);
}

/// Remembers under which name each C function of the libraries is known, for digests.
static void name_builtins(lua_State *L, int environment) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, machine_of(L)->builtins);
  int names = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, environment)) {
    if (lua_istable(L, -1)) {
      lua_pushnil(L);
      while (lua_next(L, -2)) {
        if (lua_iscfunction(L, -1)) {
          lua_pushfstring(L, "%s.%s", lua_tostring(L, -4), lua_tostring(L, -2));
          lua_rawset(L, names);
        } else {
          lua_pop(L, 1);
        }
      }
      lua_pop(L, 1);
    } else if (lua_iscfunction(L, -1)) {
      lua_pushvalue(L, -2);
      lua_rawset(L, names);
    } else {
      lua_pop(L, 1);
    }
  }
  lua_pop(L, 1);
}

MAY_RAISE void sandbox_open(lua_State *L) {
  baton_vm *vm = machine_of(L);
  luaL_checkstack(L, 20, NULL);
  lua_settop(L, 0);
  int *tables[] = {&vm->functions, &vm->handle_of, &vm->kinds, &vm->builtins};
  for (int index = 0; index < 4; index++) {
    lua_newtable(L);
    *tables[index] = luaL_ref(L, LUA_REGISTRYINDEX);
  }
  lua_pushboolean(L, 0);
  vm->snapshot = luaL_ref(L, LUA_REGISTRYINDEX);

  push_libraries(L, false);
  int sandbox = lua_gettop(L);
  vm->sandbox = keep(L);
  protect(L);
  host_push(L, vm->undefined);
  lua_pushcclosure(L, undefined, 1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);

  lua_newtable(L);
  int globals = lua_gettop(L);
  vm->globals = keep(L);
  protect(L);
  lua_pushvalue(L, sandbox);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  push_libraries(L, true);
  int privileged = lua_gettop(L);
  vm->privileged = keep(L);
  lua_newtable(L);
  luaL_setfuncs(L, seal_functions, 0);
  vm->host_table = keep(L);
  lua_setfield(L, privileged, "host");
  lua_pushvalue(L, sandbox);
  lua_setfield(L, privileged, "sandbox");
  lua_pushvalue(L, globals);
  lua_setfield(L, privileged, "globals");
  lua_pushvalue(L, privileged);
  lua_setfield(L, privileged, "_G");
  open_string_methods(L, privileged, sandbox);
  name_builtins(L, sandbox);
  lua_pushvalue(L, globals);
  lua_setfield(L, sandbox, "_G");
  lua_settop(L, 0);
}
