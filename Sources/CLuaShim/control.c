// `pcall`, `xpcall`, `load`, `setmetatable` and `rawset` as scripts see them.
//
// What ends a script (a limit, `halt`, `fail`) goes through every protected call.

#include <string.h>

#include "machine.h"

/// Raises again what no script may catch; the error is on the top of the stack.
static void pass_on(lua_State *L, int status) {
  baton_vm *vm = machine_of(L);
  if (vm->fatal != BATON_VM_OK) lua_error(L);
  if (failure_is_memory(L, status, -1)) failure_fatal(L, BATON_VM_MEMORY, "", 0);
}

static int finish(lua_State *L, int status, lua_KContext skipped) {
  if (status != LUA_OK && status != LUA_YIELD) {
    pass_on(L, status);
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
  }
  return lua_gettop(L) - (int)skipped;
}

static int protected_call(lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushboolean(L, 1);
  lua_insert(L, 1);
  return finish(L, lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, finish), 0);
}

/// Message handler of `xpcall`: the script's own (upvalue 1) sees only what a script may catch.
static int handle(lua_State *L) {
  if (machine_of(L)->fatal != BATON_VM_OK) return 1;
  lua_settop(L, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, 1, 1);
  return 1;
}

static int protected_call_with_handler(lua_State *L) {
  int count = lua_gettop(L);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  // Function, handler, arguments… become: handler, true, function, arguments…
  lua_pushvalue(L, 2);
  lua_pushcclosure(L, handle, 1);
  lua_pushboolean(L, 1);
  lua_pushvalue(L, 1);
  lua_rotate(L, 3, 3);
  lua_remove(L, 1);
  lua_remove(L, 1);
  return finish(L, lua_pcallk(L, count - 2, LUA_MULTRET, 1, 1, finish), 1);
}

/// All pieces that a function gives, joined.
static void join_pieces(lua_State *L, int function) {
  luaL_Buffer pieces;
  luaL_buffinit(L, &pieces);
  for (;;) {
    lua_pushvalue(L, function);
    lua_call(L, 0, 1);
    size_t length = 0;
    if (!lua_isnil(L, -1)) {
      if (lua_type(L, -1) != LUA_TSTRING) luaL_error(L, "reader function must return a string");
      lua_tolstring(L, -1, &length);
    }
    if (length == 0) break;
    luaL_addvalue(&pieces);
  }
  lua_pop(L, 1);
  luaL_pushresult(&pieces);
}

/// Source text that the compiler has not seen yet.
typedef struct {
  const char *next;
  size_t left;
} pieces;

/// Bytes of source between two looks at the clock.
#define PIECE 512

static const char *read_piece(lua_State *L, void *data, size_t *size) {
  pieces *from = data;
  const char *piece = from->next;
  interrupt_check(L);
  *size = from->left < PIECE ? from->left : PIECE;
  from->next += *size;
  from->left -= *size;
  return *size == 0 ? NULL : piece;
}

MAY_RAISE int control_compile(lua_State *L, const char *source, size_t length, const char *name) {
  pieces from = {source, length};
  return lua_load(L, read_piece, &from, name, "t");
}

/// `load(chunk, name, mode, env)`: source text only; without `env` the chunk sees the environment of its file (upvalue 1).
static int load(lua_State *L) {
  bool explicit = lua_gettop(L) >= 4;
  const char *mode = luaL_optstring(L, 3, "t");
  if (lua_type(L, 1) != LUA_TSTRING) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 4);
    join_pieces(L, 1);
    lua_replace(L, 1);
    if (lua_isnoneornil(L, 2)) {
      lua_pushliteral(L, "=(load)");
      lua_replace(L, 2);
    }
  }
  lua_settop(L, 4);
  size_t length;
  const char *source = lua_tolstring(L, 1, &length);
  const char *name = luaL_optstring(L, 2, source);
  if (strncmp(name, PRIVILEGED_PREFIX, strlen(PRIVILEGED_PREFIX)) == 0) name = "=(load)";
  int status = LUA_ERRSYNTAX;
  if (strchr(mode, 't') == NULL) {
    lua_pushliteral(L, "only source text can be loaded (mode \"t\")");
  } else {
    status = control_compile(L, source, length, name);
  }
  if (status != LUA_OK) {
    if (status != LUA_ERRSYNTAX) pass_on(L, status);
    lua_pushnil(L);
    lua_insert(L, -2);
    return 2;
  }
  if (explicit) lua_pushvalue(L, 4);
  else if (lua_istable(L, lua_upvalueindex(1))) lua_pushvalue(L, lua_upvalueindex(1));
  else sandbox_push_environment(L, NULL);
  if (lua_setupvalue(L, -2, 1) == NULL) lua_pop(L, 1);
  return 1;
}

MAY_RAISE void control_push_load(lua_State *L, int environment) {
  lua_pushvalue(L, environment);
  lua_pushcclosure(L, load, 1);
}

/// `rawset`, but for what is closed.
static int raw_set(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checkany(L, 2);
  luaL_checkany(L, 3);
  lua_settop(L, 3);
  if (seal_is_closed(L, 1)) return luaL_error(L, "rawset can't change what is closed");
  lua_rawset(L, 1);
  return 1;
}

/// Refuses finalizers, which would run whenever memory happens to be collected and where no limit reaches them, and the
/// mark of sealed objects.
static int set_metatable(lua_State *L) {
  int type = lua_type(L, 2);
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
  if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) return luaL_error(L, "cannot change a protected metatable");
  static const char *const refused[] = {"__gc", "__baton"};
  for (int index = 0; type == LUA_TTABLE && index < 2; index++) {
    lua_pushstring(L, refused[index]);
    if (lua_rawget(L, 2) != LUA_TNIL) return luaL_error(L, "a script can't set the metafield \"%s\"", refused[index]);
    lua_pop(L, 1);
  }
  lua_settop(L, 2);
  lua_setmetatable(L, 1);
  return 1;
}

/// Memory is the machine's business: `collectgarbage` does nothing, and `count` is the same on every run.
static int collect_garbage(lua_State *L) {
  const char *option = luaL_optstring(L, 1, "collect");
  if (strcmp(option, "count") == 0) lua_pushnumber(L, 0);
  else lua_pushinteger(L, 0);
  return 1;
}

const luaL_Reg control_functions[] = {
  {"pcall", protected_call},       {"xpcall", protected_call_with_handler},
  {"load", load},                  {"setmetatable", set_metatable},
  {"collectgarbage", collect_garbage}, {"rawset", raw_set},
  {NULL, NULL}};
