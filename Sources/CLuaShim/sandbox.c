// The libraries, and the three environments that are made of them.
//
// `sandbox` holds what scripts may use. Every file has an environment of its own: empty at first, falling back on
// libraries of its own (copies, so that what one file does to `string` or `_G` reaches no other), then on `sandbox`,
// and after that on an error. Privileged code has libraries that no script can reach at all.

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

/// `math.random`: what privileged code's `host.observed.random` gives for these arguments; where that is nothing, what
/// Lua's own function (upvalue 2; its state is upvalue 1) does.
static int random_number(lua_State *L) {
  int count = lua_gettop(L);
  luaL_checkstack(L, count + 4, NULL);
  lua_rawgeti(L, LUA_REGISTRYINDEX, machine_of(L)->host_table);
  lua_pushliteral(L, "observed");
  if (lua_rawget(L, -2) == LUA_TTABLE) {
    lua_pushliteral(L, "random");
    if (lua_rawget(L, -2) == LUA_TFUNCTION) {
      for (int index = 1; index <= count; index++) lua_pushvalue(L, index);
      lua_call(L, count, 1);
      if (!lua_isnil(L, -1)) return 1;
    }
  }
  lua_settop(L, count);
  return lua_tocfunction(L, lua_upvalueindex(2))(L);
}

/// Makes `math.random` start from the machine's seed, and scripts' follow what privileged code says.
static void fix_random(lua_State *L, bool privileged) {
  // `random` and `randomseed` share their state as upvalue 1; what is put in their places keeps it there.
  if (!privileged) {
    lua_getfield(L, -1, "random");
    lua_CFunction plain = lua_tocfunction(L, -1);
    lua_getupvalue(L, -1, 1);
    lua_pushcfunction(L, plain);
    lua_pushcclosure(L, random_number, 2);
    lua_setfield(L, -3, "random");
    lua_pop(L, 1);
  }
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
  fix_random(L, privileged);
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

/// Under this key the metatable of an environment keeps the layer below it: libraries of its own.
static char own_key;

/// Whether the value is an environment; then pushes the layer with its own libraries.
static bool push_own(lua_State *L, int environment) {
  environment = lua_absindex(L, environment);
  if (lua_type(L, environment) != LUA_TTABLE || !lua_getmetatable(L, environment)) return false;
  bool found = lua_rawgetp(L, -1, &own_key) == LUA_TTABLE;
  lua_remove(L, -2);
  if (!found) lua_pop(L, 1);
  return found;
}

MAY_RAISE bool sandbox_is_environment(lua_State *L, int index) {
  if (!push_own(L, index)) return false;
  lua_pop(L, 1);
  return true;
}

/// Pushes the environment of the function that runs at a level of the stack, if it has one: the one that it names, else
/// that of its file.
static bool push_environment_at(lua_State *L, int level) {
  lua_Debug frame;
  luaL_checkstack(L, 6, NULL);
  if (!lua_getstack(L, level, &frame)) return false;
  lua_getinfo(L, "fS", &frame);
  const char *name;
  for (int index = 1; (name = lua_getupvalue(L, -1, index)) != NULL; index++) {
    if (strcmp(name, "_ENV") == 0 && sandbox_is_environment(L, -1)) {
      lua_remove(L, -2);
      return true;
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, machine_of(L)->environments);
  lua_pushstring(L, frame.source);
  bool found = lua_rawget(L, -2) == LUA_TTABLE;
  lua_remove(L, -2);
  if (!found) lua_pop(L, 1);
  return found;
}

/// Appends the names in the table at the top, which it pops, to the list at `target`.
static lua_Integer append_names(lua_State *L, int target, lua_Integer count) {
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING) continue;
    lua_pushvalue(L, -1);
    lua_rawseti(L, target, ++count);
  }
  lua_pop(L, 1);
  return count;
}

/// `__index` of `sandbox`: asks the host function (upvalue 1) to raise, with what the script may have meant.
static int undefined(lua_State *L) {
  if (lua_type(L, 2) != LUA_TSTRING) return 0;
  lua_settop(L, 2);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, 2);
  lua_newtable(L);
  lua_rawgeti(L, LUA_REGISTRYINDEX, machine_of(L)->sandbox);
  lua_Integer count = append_names(L, 5, 0);
  if (push_environment_at(L, 1)) append_names(L, 5, count);
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

/// `__index` behind the methods of strings: what the file that asks has added to its `string`.
static int added_method(lua_State *L) {
  lua_settop(L, 2);
  if (!push_environment_at(L, 1)) return 0;
  // What an installed module sees is one table.
  if (!push_own(L, 3)) lua_pushvalue(L, 3);
  lua_pushliteral(L, "string");
  if (lua_rawget(L, 4) != LUA_TTABLE) return 0;
  lua_pushvalue(L, 2);
  lua_rawget(L, 5);
  return 1;
}

/// Methods of strings are looked up in a table that no script can reach, then among what the script added to `string`.
static void open_string_methods(lua_State *L, int privileged) {
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
  lua_pushcfunction(L, added_method);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 2);
}

/// Pushes a copy of the table at the index.
static void push_copy(lua_State *L, int table) {
  lua_newtable(L);
  lua_pushnil(L);
  while (lua_next(L, table)) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
}

/// The table at the top is the environment of the file with this name (as Lua knows it).
static void remember_environment(lua_State *L, const char *source) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, machine_of(L)->environments);
  lua_pushstring(L, source);
  lua_pushvalue(L, -3);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

MAY_RAISE void sandbox_push_environment(lua_State *L, const char *source) {
  baton_vm *vm = machine_of(L);
  luaL_checkstack(L, 16, NULL);
  lua_newtable(L);
  int environment = lua_gettop(L);
  lua_newtable(L);
  int own = environment + 1;
  lua_rawgeti(L, LUA_REGISTRYINDEX, vm->sandbox);
  lua_pushnil(L);
  while (lua_next(L, own + 1)) {
    // What has a metatable is closed already.
    bool closed = !lua_istable(L, -1) || lua_getmetatable(L, -1);
    if (!closed) {
      lua_pushvalue(L, -2);
      push_copy(L, lua_gettop(L) - 1);
      lua_rawset(L, own);
    }
    lua_settop(L, own + 2);
  }
  lua_pushvalue(L, environment);
  lua_setfield(L, own, "_G");
  control_push_load(L, environment);
  lua_rawgeti(L, LUA_REGISTRYINDEX, vm->builtins);
  lua_pushvalue(L, -2);
  lua_pushliteral(L, "load");
  lua_rawset(L, -3);
  lua_pop(L, 1);
  lua_setfield(L, own, "load");

  lua_pushvalue(L, own);
  protect(L);
  lua_pushvalue(L, own + 1);
  lua_setfield(L, -2, "__index");
  lua_settop(L, own);
  lua_pushvalue(L, environment);
  protect(L);
  lua_pushvalue(L, own);
  lua_setfield(L, -2, "__index");
  lua_pushvalue(L, own);
  lua_rawsetp(L, -2, &own_key);
  lua_settop(L, environment);
  if (source != NULL) remember_environment(L, source);
}

MAY_RAISE void sandbox_confine(lua_State *L) {
  lua_Debug chunk;
  lua_pushvalue(L, -2);
  lua_getinfo(L, ">S", &chunk);
  remember_environment(L, chunk.source);
  if (lua_setupvalue(L, -2, 1) == NULL) lua_pop(L, 1);
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
  int *tables[] = {&vm->functions, &vm->handle_of, &vm->kinds, &vm->builtins, &vm->environments};
  for (int index = 0; index < 5; index++) {
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

  push_libraries(L, true);
  int privileged = lua_gettop(L);
  vm->privileged = keep(L);
  lua_newtable(L);
  luaL_setfuncs(L, seal_functions, 0);
  luaL_setfuncs(L, native_functions, 0);
  vm->host_table = keep(L);
  lua_setfield(L, privileged, "host");
  lua_pushvalue(L, sandbox);
  lua_setfield(L, privileged, "sandbox");
  lua_pushvalue(L, privileged);
  lua_setfield(L, privileged, "_G");
  open_string_methods(L, privileged);
  name_builtins(L, sandbox);
  // Each environment has its own; here it only is a name that is known.
  lua_pushboolean(L, 0);
  lua_setfield(L, sandbox, "_G");
  lua_settop(L, 0);
}
