// Bytes in the wire format become Lua values.

#include <string.h>

#include "machine.h"

typedef struct {
  const uint8_t *next;
  const uint8_t *end;
  int depth;
} reader;

static void take(lua_State *L, reader *from, void *target, size_t length) {
  if ((size_t)(from->end - from->next) < length) luaL_error(L, "the bytes of a value end too early");
  memcpy(target, from->next, length);
  from->next += length;
}

static uint8_t take_byte(lua_State *L, reader *from) {
  uint8_t byte;
  take(L, from, &byte, 1);
  return byte;
}

static uint32_t take_count(lua_State *L, reader *from) {
  uint32_t count;
  take(L, from, &count, sizeof count);
  return count;
}

static void push_bytes(lua_State *L, reader *from, size_t length) {
  if ((size_t)(from->end - from->next) < length) luaL_error(L, "the bytes of a value end too early");
  lua_pushlstring(L, (const char *)from->next, length);
  from->next += length;
}

static int hint(uint32_t count, const reader *from) {
  // An item takes a byte at least: a wrong count cannot make a huge table.
  return count > (uint32_t)(from->end - from->next) ? 0 : (int)count;
}

static void push_value(lua_State *L, reader *from);

static void push_table(lua_State *L, reader *from) {
  uint32_t items = take_count(L, from);
  lua_createtable(L, hint(items, from), 0);
  for (uint32_t index = 1; index <= items; index++) {
    push_value(L, from);
    lua_rawseti(L, -2, index);
  }
  uint32_t fields = take_count(L, from);
  for (uint32_t index = 0; index < fields; index++) {
    push_value(L, from);
    push_value(L, from);
    if (lua_isnil(L, -2)) luaL_error(L, "a table key is nil");
    lua_rawset(L, -3);
  }
  uint32_t strays = take_count(L, from);
  for (uint32_t index = 0; index < strays; index++) {
    push_value(L, from);
    push_value(L, from);
    lua_pop(L, 2);
  }
}

static void push_object(lua_State *L, reader *from) {
  push_value(L, from);
  lua_createtable(L, 0, 1);
  push_value(L, from);
  lua_rawsetp(L, -2, seal_key());
  lua_rawgeti(L, LUA_REGISTRYINDEX, machine_of(L)->kinds);
  lua_pushvalue(L, -3);
  if (lua_rawget(L, -2) != LUA_TTABLE) luaL_error(L, "no object of this kind was sealed yet");
  lua_setmetatable(L, -3);
  lua_pop(L, 1);
  lua_remove(L, -2);
}

static void push_value(lua_State *L, reader *from) {
  if (++from->depth > machine_of(L)->limits.depth) luaL_error(L, "a value nests too deep");
  luaL_checkstack(L, 8, "a value nests too deep");
  switch (take_byte(L, from)) {
    case BATON_WIRE_NIL: lua_pushnil(L); break;
    case BATON_WIRE_FALSE: lua_pushboolean(L, 0); break;
    case BATON_WIRE_TRUE: lua_pushboolean(L, 1); break;
    case BATON_WIRE_INTEGER: {
      int64_t value;
      take(L, from, &value, sizeof value);
      lua_pushinteger(L, value);
      break;
    }
    case BATON_WIRE_NUMBER: {
      double value;
      take(L, from, &value, sizeof value);
      lua_pushnumber(L, value);
      break;
    }
    case BATON_WIRE_STRING: push_bytes(L, from, take_count(L, from)); break;
    case BATON_WIRE_SHORT_STRING: push_bytes(L, from, take_byte(L, from)); break;
    case BATON_WIRE_TABLE: push_table(L, from); break;
    case BATON_WIRE_FUNCTION: {
      int32_t handle;
      take(L, from, &handle, sizeof handle);
      function_push(L, handle);
      break;
    }
    case BATON_WIRE_OBJECT: push_object(L, from); break;
    default: luaL_error(L, "the bytes of a value have an unknown tag");
  }
  from->depth--;
}

MAY_RAISE int unflatten(lua_State *L, const uint8_t *bytes, size_t length) {
  reader from = {bytes, bytes + length, 0};
  int count = 0;
  while (from.next < from.end) {
    luaL_checkstack(L, 8, "too many values");
    push_value(L, &from);
    count++;
  }
  return count;
}
