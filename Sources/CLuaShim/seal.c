// Sealed objects: tables that privileged code makes, and whose payload scripts can neither see nor forge.
//
// An object is a table with the payload under a private key, and a metatable whose `__baton` is the object's kind.

#include "machine.h"

static char key;

void *seal_key(void) { return &key; }

MAY_RAISE bool seal_open(lua_State *L, int index) {
  index = lua_absindex(L, index);
  if (lua_type(L, index) != LUA_TTABLE || !lua_getmetatable(L, index)) return false;
  lua_pushliteral(L, "__baton");
  if (lua_rawget(L, -2) != LUA_TSTRING) {
    lua_pop(L, 2);
    return false;
  }
  lua_remove(L, -2);
  lua_rawgetp(L, index, &key);
  return true;
}

MAY_RAISE bool seal_is_closed(lua_State *L, int index) {
  if (seal_open(L, index)) return lua_pop(L, 2), true;
  if (!lua_getmetatable(L, index)) return false;
  bool closed = lua_rawgetp(L, -1, &key) != LUA_TNIL;
  lua_pop(L, 2);
  return closed;
}

MAY_RAISE bool seal_push_original(lua_State *L, int index) {
  if (lua_type(L, index) != LUA_TTABLE || !lua_getmetatable(L, index)) return false;
  bool found = lua_rawgetp(L, -1, &key) == LUA_TTABLE;
  lua_remove(L, -2);
  if (!found) lua_pop(L, 1);
  return found;
}

/// `host.close(metatable, original)`: not even `rawset` changes tables with this metatable. They stand for `original`
/// wherever a value leaves the machine. Gives the metatable back.
static int close(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  if (lua_isnoneornil(L, 2)) {
    lua_settop(L, 1);
    lua_pushboolean(L, 1);
  }
  lua_settop(L, 2);
  lua_rawsetp(L, 1, &key);
  return 1;
}

/// `host.seal(payload, metatable)`: a new object of the kind `metatable.__baton`. The metatable becomes invisible to
/// scripts, and the one by which Swift's objects of that kind are made.
static int seal(lua_State *L) {
  luaL_checkany(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  lua_pushliteral(L, "__baton");
  luaL_argcheck(L, lua_rawget(L, 2) == LUA_TSTRING, 2, "field \"__baton\" must be a string");
  lua_rawgeti(L, LUA_REGISTRYINDEX, machine_of(L)->kinds);
  lua_pushvalue(L, 3);
  lua_rawget(L, 4);
  if (!lua_rawequal(L, 5, 2)) {
    lua_pushvalue(L, 3);
    lua_pushvalue(L, 2);
    lua_rawset(L, 4);
    lua_pushliteral(L, "__metatable");
    lua_pushboolean(L, 0);
    lua_rawset(L, 2);
  }
  lua_createtable(L, 0, 1);
  lua_pushvalue(L, 1);
  lua_rawsetp(L, -2, &key);
  lua_pushvalue(L, 2);
  lua_setmetatable(L, -2);
  return 1;
}

/// `host.unseal(value)`: payload and kind of an object, nil for anything else.
static int unseal(lua_State *L) {
  if (!seal_open(L, 1)) return 0;
  lua_insert(L, -2);
  return 2;
}

/// `host.confine(chunk, environment)`: a chunk that was just compiled, and what its file loads, see this table as their
/// globals, in place of those that every file has for itself.
static int confine(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  luaL_checktype(L, 2, LUA_TTABLE);
  luaL_argcheck(L, !lua_iscfunction(L, 1), 1, "must be compiled source");
  lua_settop(L, 2);
  sandbox_confine(L);
  return 0;
}

const luaL_Reg seal_functions[] = {
  {"seal", seal}, {"unseal", unseal}, {"close", close}, {"confine", confine}, {NULL, NULL}};
