// Lua values become bytes in the wire format.
//
// Tables are read raw: no metamethod runs here, so nothing can re-enter or change them meanwhile.

#include <stdlib.h>
#include <string.h>

#include "machine.h"

/// Fields up to which a table is sorted on Lua's stack.
#define SMALL 24
/// Levels of tables that are watched for cycles.
#define PATH 256
/// Values between two looks at the clock.
#define PERIOD 4096

typedef struct {
  buffer *target;
  int depth;
  uint32_t visited;
  const void *path[PATH];
} writer;

typedef struct {
  const char *bytes;
  size_t length;
  int slot;
} field;

/// Raises at the script's line, not at that of privileged code which passes a value on.
#define refuse(L, ...) (lua_pushfstring(L, __VA_ARGS__), failure_raise_at(L, 1))

static void check(lua_State *L, bool written) {
  if (!written) refuse(L, "a value is too large to be passed on");
}

static int compare_fields(const void *left, const void *right) {
  const field *a = left, *b = right;
  return order_compare_bytes(a->bytes, a->length, b->bytes, b->length);
}

static void sort_few(field *fields, int count) {
  for (int index = 1; index < count; index++) {
    field moving = fields[index];
    int hole = index;
    for (; hole > 0 && compare_fields(&fields[hole - 1], &moving) > 0; hole--) fields[hole] = fields[hole - 1];
    fields[hole] = moving;
  }
}

static void write_value(lua_State *L, writer *to, int index);

/// In words, a key that is neither a string nor a place in the sequence.
static void write_stray(lua_State *L, writer *to, int index) {
  if (lua_isnumber(L, index)) {
    lua_pushvalue(L, index);  // `lua_tostring` would change the key itself
    lua_pushfstring(L, "[%s]", lua_tostring(L, -1));
    lua_remove(L, -2);
  } else if (lua_isboolean(L, index)) {
    lua_pushfstring(L, "[%s]", lua_toboolean(L, index) ? "true" : "false");
  } else {
    lua_pushfstring(L, "[a %s]", luaL_typename(L, index));
  }
  size_t length;
  const char *text = lua_tolstring(L, -1, &length);
  check(L, buffer_string(to->target, text, length));
  lua_pop(L, 1);
}

typedef struct {
  lua_Integer length;
  uint32_t inside;
  uint32_t strings;
  uint32_t strays;
} shape;

static shape measure(lua_State *L, int table) {
  shape found = {(lua_Integer)lua_rawlen(L, table), 0, 0, 0};
  lua_pushnil(L);
  while (lua_next(L, table)) {
    lua_pop(L, 1);
    if (lua_isinteger(L, -1)) {
      lua_Integer key = lua_tointeger(L, -1);
      if (key >= 1 && key <= found.length) found.inside++;
      else found.strays++;
    } else if (lua_type(L, -1) == LUA_TSTRING) {
      found.strings++;
    } else if (lua_touserdata(L, -1) != seal_key()) {
      found.strays++;
    }
  }
  // A border beyond many holes: what follows the first hole is no sequence.
  if (found.length > 2 * (lua_Integer)found.inside + 64) {
    lua_Integer whole = 0;
    while (lua_rawgeti(L, table, whole + 1) != LUA_TNIL) {
      lua_pop(L, 1);
      whole++;
    }
    lua_pop(L, 1);
    found.strays += found.inside - (uint32_t)whole;
    found.length = whole;
  }
  return found;
}

static void write_few_fields(lua_State *L, writer *to, int table, uint32_t count) {
  // No more than is needed: a coroutine that waits keeps the stack that it once grew to.
  luaL_checkstack(L, (int)count + 8, "a table nests too deep");
  field fields[SMALL];
  int found = 0;
  int base = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, table)) {
    if (lua_type(L, -2) == LUA_TSTRING) {
      // The value stays below the key.
      lua_insert(L, -2);
      fields[found].bytes = lua_tolstring(L, -1, &fields[found].length);
      fields[found].slot = base + 1 + found;
      found++;
    } else {
      lua_pop(L, 1);
    }
  }
  sort_few(fields, found);
  for (int index = 0; index < found; index++) {
    check(L, buffer_string(to->target, fields[index].bytes, fields[index].length));
    write_value(L, to, fields[index].slot);
  }
  lua_settop(L, base);
}

static void write_many_fields(lua_State *L, writer *to, int table, uint32_t count) {
  field *fields = lua_newuserdatauv(L, count * sizeof(field), 0);
  uint32_t found = 0;
  lua_pushnil(L);
  while (lua_next(L, table)) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING) continue;
    fields[found].bytes = lua_tolstring(L, -1, &fields[found].length);
    found++;
  }
  qsort(fields, found, sizeof(field), compare_fields);
  for (uint32_t index = 0; index < found; index++) {
    check(L, buffer_string(to->target, fields[index].bytes, fields[index].length));
    lua_pushlstring(L, fields[index].bytes, fields[index].length);
    lua_rawget(L, table);
    write_value(L, to, lua_gettop(L));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

static void write_strays(lua_State *L, writer *to, int table, lua_Integer length) {
  lua_pushnil(L);
  while (lua_next(L, table)) {
    lua_pop(L, 1);
    if (lua_type(L, -1) == LUA_TSTRING || lua_touserdata(L, -1) == seal_key()) continue;
    if (lua_isinteger(L, -1) && lua_tointeger(L, -1) >= 1 && lua_tointeger(L, -1) <= length) continue;
    write_stray(L, to, lua_gettop(L));
    // Of whole numbers, the value too: `{ [12] = 3 }` tells of line 12.
    if (lua_isinteger(L, -1)) {
      lua_pushvalue(L, -1);
      lua_rawget(L, table);
      write_value(L, to, lua_gettop(L));
      lua_pop(L, 1);
    } else {
      check(L, buffer_byte(to->target, BATON_WIRE_NIL));
    }
  }
}

static void write_table(lua_State *L, writer *to, int table) {
  shape found = measure(L, table);
  check(L, buffer_byte(to->target, BATON_WIRE_TABLE) && buffer_count(to->target, (uint32_t)found.length));
  for (lua_Integer index = 1; index <= found.length; index++) {
    lua_rawgeti(L, table, index);
    write_value(L, to, lua_gettop(L));
    lua_pop(L, 1);
  }
  check(L, buffer_count(to->target, found.strings));
  if (found.strings > SMALL) write_many_fields(L, to, table, found.strings);
  else if (found.strings > 0) write_few_fields(L, to, table, found.strings);
  check(L, buffer_count(to->target, found.strays));
  if (found.strays > 0) write_strays(L, to, table, found.length);
}

static void enter(lua_State *L, writer *to, int index) {
  const void *table = lua_topointer(L, index);
  for (int outer = 0; outer < to->depth; outer++) {
    if (to->path[outer] == table) refuse(L, "a table contains itself: such a table can't be passed on");
  }
  if (to->depth >= machine_of(L)->limits.depth || to->depth >= PATH) {
    refuse(L, "a table nests more than %d deep", to->depth);
  }
  to->path[to->depth++] = table;
  luaL_checkstack(L, 8, "a table nests too deep");
}

static void write_value(lua_State *L, writer *to, int index) {
  bool written = true;
  if (++to->visited % PERIOD == 0) interrupt_check(L);
  switch (lua_type(L, index)) {
    case LUA_TNIL: written = buffer_byte(to->target, BATON_WIRE_NIL); break;
    case LUA_TBOOLEAN:
      written = buffer_byte(to->target, lua_toboolean(L, index) ? BATON_WIRE_TRUE : BATON_WIRE_FALSE);
      break;
    case LUA_TNUMBER:
      if (lua_isinteger(L, index)) {
        written = buffer_integer(to->target, lua_tointeger(L, index));
      } else {
        double value = lua_tonumber(L, index);
        written = buffer_byte(to->target, BATON_WIRE_NUMBER) && buffer_append(to->target, &value, sizeof value);
      }
      break;
    case LUA_TSTRING: {
      size_t length;
      const char *bytes = lua_tolstring(L, index, &length);
      written = buffer_string(to->target, bytes, length);
      break;
    }
    case LUA_TFUNCTION: {
      int32_t handle = function_handle(L, index);
      written = buffer_byte(to->target, BATON_WIRE_FUNCTION) && buffer_append(to->target, &handle, sizeof handle);
      break;
    }
    case LUA_TTABLE:
      enter(L, to, index);
      if (seal_open(L, index)) {
        int payload = lua_gettop(L);
        written = buffer_byte(to->target, BATON_WIRE_OBJECT);
        write_value(L, to, payload - 1);
        write_value(L, to, payload);
        lua_pop(L, 2);
      } else if (seal_push_original(L, index)) {
        write_table(L, to, lua_gettop(L));
        lua_pop(L, 1);
      } else {
        write_table(L, to, index);
      }
      to->depth--;
      break;
    default: refuse(L, "a %s can't be passed on", luaL_typename(L, index));
  }
  check(L, written);
}

MAY_RAISE void flatten(lua_State *L, int index, buffer *target) {
  writer to;
  to.target = target;
  to.depth = 0;
  to.visited = 0;
  // Plain values need no more of the stack than every C function has: a coroutine that waits keeps what it once grew to.
  write_value(L, &to, lua_absindex(L, index));
}

MAY_RAISE int32_t function_handle(lua_State *L, int index) {
  baton_vm *vm = machine_of(L);
  index = lua_absindex(L, index);
  lua_rawgeti(L, LUA_REGISTRYINDEX, vm->handle_of);
  lua_pushvalue(L, index);
  if (lua_rawget(L, -2) == LUA_TNIL) {
    lua_pop(L, 1);
    if (vm->handles == INT32_MAX) luaL_error(L, "too many functions");
    lua_rawgeti(L, LUA_REGISTRYINDEX, vm->functions);
    lua_pushvalue(L, index);
    lua_rawseti(L, -2, vm->handles + 1);
    lua_pop(L, 1);
    lua_pushvalue(L, index);
    lua_pushinteger(L, ++vm->handles);
    lua_rawset(L, -3);
    lua_pushinteger(L, vm->handles);
  }
  int32_t handle = (int32_t)lua_tointeger(L, -1);
  lua_pop(L, 2);
  return handle;
}

MAY_RAISE void function_push(lua_State *L, int32_t handle) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, machine_of(L)->functions);
  if (lua_rawgeti(L, -1, handle) != LUA_TFUNCTION) {
    luaL_error(L, "there is no function with the handle %d", (int)handle);
  }
  lua_remove(L, -2);
}
