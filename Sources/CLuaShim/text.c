// `tostring`, `string.format` and `string.rep`: texts without addresses, loops with an end.

#include <string.h>

#include "machine.h"

/// Bytes from which a function that reads a string looks at the clock.
#define LONG_TEXT 65536

MAY_RAISE const char *text_push(lua_State *L, int index, size_t *length) {
  index = lua_absindex(L, index);
  if (luaL_callmeta(L, index, "__tostring")) {
    if (!lua_isstring(L, -1)) luaL_error(L, "'__tostring' must return a string");
    return lua_tolstring(L, -1, length);
  }
  switch (lua_type(L, index)) {
    case LUA_TNIL:
    case LUA_TBOOLEAN:
    case LUA_TNUMBER:
    case LUA_TSTRING: return luaL_tolstring(L, index, length);
    default:
      switch (luaL_getmetafield(L, index, "__name")) {
        case LUA_TSTRING: return lua_tolstring(L, -1, length);
        case LUA_TNIL: break;
        default: lua_pop(L, 1);
      }
      lua_pushstring(L, luaL_typename(L, index));
      return lua_tolstring(L, -1, length);
  }
}

int text_tostring(lua_State *L) {
  luaL_checkany(L, 1);
  text_push(L, 1, NULL);
  return 1;
}

static bool has_address(lua_State *L, int index) {
  switch (lua_type(L, index)) {
    case LUA_TNONE:
    case LUA_TNIL:
    case LUA_TBOOLEAN:
    case LUA_TNUMBER:
    case LUA_TSTRING: return false;
    default: return true;
  }
}

/// `string.format`: `%s` and `%p` of what has an address become its text; the rest is Lua's own function (upvalue 1).
static int format(lua_State *L) {
  size_t length;
  const char *pattern = luaL_checklstring(L, 1, &length);
  int argument = 1;
  bool pointers = false;
  luaL_checkstack(L, 8, NULL);
  for (size_t at = 0; at < length; at++) {
    if (pattern[at] != '%') continue;
    if (++at < length && pattern[at] == '%') continue;
    argument++;
    while (at < length && strchr("-+ #0.123456789", pattern[at]) != NULL && pattern[at] != '\0') at++;
    if (at >= length) continue;
    if (pattern[at] != 's' && pattern[at] != 'p') {
      // A value that is not known yet says so itself, in its `__tostring`.
      if (argument <= lua_gettop(L) && has_address(L, argument)) {
        text_push(L, argument, NULL);
        lua_pop(L, 1);
      }
      continue;
    }
    pointers |= pattern[at] == 'p';
    if (argument <= lua_gettop(L) && (has_address(L, argument) || pattern[at] == 'p')) {
      if (pattern[at] == 'p' && !has_address(L, argument)) lua_pushstring(L, luaL_typename(L, argument));
      else text_push(L, argument, NULL);
      lua_replace(L, argument);
    }
  }
  if (pointers) {
    luaL_Buffer changed;
    char *copy = luaL_buffinitsize(L, &changed, length);
    memcpy(copy, pattern, length);
    for (size_t at = 0; at < length; at++) {
      if (copy[at] != '%') continue;
      if (++at < length && copy[at] == '%') continue;
      while (at < length && strchr("-+ #0.123456789", copy[at]) != NULL && copy[at] != '\0') at++;
      if (at < length && copy[at] == 'p') copy[at] = 's';
    }
    luaL_pushresultsize(&changed, length);
    lua_replace(L, 1);
  }
  return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

static int repeat(lua_State *L) {
  size_t length, gap;
  const char *text = luaL_checklstring(L, 1, &length);
  lua_Integer count = luaL_checkinteger(L, 2);
  const char *separator = luaL_optlstring(L, 3, "", &gap);
  if (count <= 0 || length + gap == 0) {
    lua_pushliteral(L, "");
    return 1;
  }
  uint64_t limit = machine_of(L)->limits.memory;
  if ((uint64_t)count > limit / (length + gap)) {
    return failure_fatal(L, BATON_VM_MEMORY, "", 0);
  }
  size_t total = (size_t)count * length + (size_t)(count - 1) * gap;
  luaL_Buffer result;
  char *to = luaL_buffinitsize(L, &result, total);
  // The text and its separator once, then what stands there already, twice as much each time.
  memcpy(to, text, length);
  size_t filled = length;
  if (count > 1) {
    memcpy(to + filled, separator, gap);
    filled += gap;
  }
  while (filled < total) {
    size_t more = filled < total - filled ? filled : total - filled;
    memcpy(to + filled, to, more);
    filled += more;
  }
  luaL_pushresultsize(&result, total);
  return 1;
}

/// Calls upvalue 1 in this frame, after a look at the clock when the strings that it reads are long.
static int guarded(lua_State *L) {
  size_t total = 0;
  for (int index = 1; index <= 2 && index <= lua_gettop(L); index++) {
    if (lua_type(L, index) == LUA_TSTRING) total += lua_rawlen(L, index);
  }
  if (total > LONG_TEXT) interrupt_check(L);
  return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

MAY_RAISE void text_guard(lua_State *L, const char *const names[]) {
  for (; *names != NULL; names++) {
    lua_getfield(L, -1, *names);
    lua_pushcclosure(L, guarded, 1);
    lua_setfield(L, -2, *names);
  }
}

MAY_RAISE void text_open(lua_State *L) {
  lua_getfield(L, -1, "format");
  lua_pushcclosure(L, format, 1);
  lua_setfield(L, -2, "format");
  lua_pushcfunction(L, repeat);
  lua_setfield(L, -2, "rep");
  lua_pushnil(L);
  lua_setfield(L, -2, "dump");
}
