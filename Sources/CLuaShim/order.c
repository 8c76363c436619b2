// `next` and `pairs` in a stable order: booleans, numbers, strings, sealed objects.
//
// Lua's own order depends on addresses and on a random seed; the same script has to build the same plan on every run.

#include <stdlib.h>
#include <string.h>

#include "machine.h"

int order_compare_bytes(const char *left, size_t left_length, const char *right, size_t right_length) {
  size_t common = left_length < right_length ? left_length : right_length;
  int order = common == 0 ? 0 : memcmp(left, right, common);
  return order != 0 ? order : (left_length > right_length) - (left_length < right_length);
}

/// A key ready to be compared. Strings point into Lua's memory, where the table holds them.
typedef struct {
  enum { BOOLEAN, INTEGER, NUMBER, STRING, OBJECT } kind;
  union {
    int64_t integer;
    double number;
    const char *bytes;
  } value;
  size_t length;
  /// Where the key stands in the array that is being sorted.
  int position;
} sort_key;

/// Exact order of an integer and a float.
static int compare_mixed(int64_t integer, double number) {
  if (number >= 9223372036854775808.0) return -1;
  if (number < -9223372036854775808.0) return 1;
  int64_t whole = (int64_t)number;
  if (integer != whole) return integer < whole ? -1 : 1;
  double fraction = number - (double)whole;
  return fraction > 0 ? -1 : fraction < 0 ? 1 : 0;
}

static int compare(const void *left, const void *right) {
  const sort_key *a = left, *b = right;
  int a_class = a->kind == NUMBER ? INTEGER : a->kind, b_class = b->kind == NUMBER ? INTEGER : b->kind;
  if (a_class != b_class) return a_class < b_class ? -1 : 1;
  if (a_class == INTEGER) {
    if (a->kind == INTEGER && b->kind == INTEGER) {
      return (a->value.integer > b->value.integer) - (a->value.integer < b->value.integer);
    }
    if (a->kind == INTEGER) return compare_mixed(a->value.integer, b->value.number);
    if (b->kind == INTEGER) return -compare_mixed(b->value.integer, a->value.number);
    return (a->value.number > b->value.number) - (a->value.number < b->value.number);
  }
  if (a_class == BOOLEAN) return (int)(a->value.integer - b->value.integer);
  return order_compare_bytes(a->value.bytes, a->length, b->value.bytes, b->length);
}

/// Reads the key on the top of the stack. A sealed object leaves its bytes, as a string, in its place.
static sort_key read_key(lua_State *L) {
  sort_key key = {0};
  switch (lua_type(L, -1)) {
    case LUA_TBOOLEAN:
      key.kind = BOOLEAN;
      key.value.integer = lua_toboolean(L, -1);
      break;
    case LUA_TNUMBER:
      if (lua_isinteger(L, -1)) {
        key.kind = INTEGER;
        key.value.integer = lua_tointeger(L, -1);
      } else {
        key.kind = NUMBER;
        key.value.number = lua_tonumber(L, -1);
      }
      break;
    case LUA_TSTRING:
      key.kind = STRING;
      key.value.bytes = lua_tolstring(L, -1, &key.length);
      break;
    default: {
      if (!seal_open(L, -1)) {
        luaL_error(
          L, "keys that are %ss have no order that is the same on every run; use strings, or a list",
          luaL_typename(L, -1));
      }
      lua_pop(L, 2);
      buffer *bytes = &machine_of(L)->scratch;
      bytes->length = 0;
      flatten(L, -1, bytes);
      key.kind = OBJECT;
      lua_pushlstring(L, (const char *)bytes->bytes, bytes->length);
      lua_replace(L, -2);
      key.value.bytes = lua_tolstring(L, -1, &key.length);
    }
  }
  return key;
}

static bool has_order(lua_State *L, int index) {
  switch (lua_type(L, index)) {
    case LUA_TBOOLEAN:
    case LUA_TNUMBER:
    case LUA_TSTRING: return true;
    default:
      if (!seal_open(L, index)) return false;
      lua_pop(L, 2);
      return true;
  }
}

static bool is_hidden(lua_State *L, int index) {
  return lua_type(L, index) == LUA_TLIGHTUSERDATA && lua_touserdata(L, index) == seal_key();
}

/// Collects the keys that stand behind the sequence, sorts them, and appends them to the array on the top of the stack.
static void append_rest(lua_State *L, int table, lua_Integer sequence, int count, int *unordered) {
  int array = lua_gettop(L);
  sort_key *keys = lua_newuserdatauv(L, (size_t)count * sizeof(sort_key), 0);
  lua_createtable(L, count, 0);  // the keys
  lua_createtable(L, 0, 0);      // what keeps the bytes of objects alive
  int found = 0, sorted = 0, lone = 0;
  lua_pushnil(L);
  while (lua_next(L, table)) {
    lua_pop(L, 1);
    if (is_hidden(L, -1)) continue;
    if (lua_isinteger(L, -1) && lua_tointeger(L, -1) >= 1 && lua_tointeger(L, -1) <= sequence) continue;
    if (!has_order(L, -1)) {
      if (unordered != NULL) {
        ++*unordered;
        continue;
      }
      // A single one comes last, whatever it is.
      if (lone != 0) read_key(L);
      lua_pushvalue(L, -1);
      lua_rawseti(L, array + 2, ++found);
      lone = found;
      continue;
    }
    lua_pushvalue(L, -1);
    keys[sorted] = read_key(L);
    keys[sorted].position = found + 1;
    if (keys[sorted].kind == OBJECT) lua_rawseti(L, array + 3, found + 1);
    else lua_pop(L, 1);
    sorted++;
    lua_pushvalue(L, -1);
    lua_rawseti(L, array + 2, ++found);
  }
  if (sorted > 1) qsort(keys, (size_t)sorted, sizeof(sort_key), compare);
  for (int index = 0; index < sorted; index++) {
    lua_rawgeti(L, array + 2, keys[index].position);
    lua_rawseti(L, array, sequence + index + 1);
  }
  if (lone != 0) {
    lua_rawgeti(L, array + 2, lone);
    lua_rawseti(L, array, sequence + sorted + 1);
  }
  lua_settop(L, array);
}

MAY_RAISE void order_push_keys(lua_State *L, int table, int *unordered) {
  table = lua_absindex(L, table);
  luaL_checkstack(L, 10, NULL);
  lua_Integer sequence = 0;
  int count = 0;
  bool rest = false;
  lua_pushnil(L);
  while (lua_next(L, table)) {
    lua_pop(L, 1);
    if (is_hidden(L, -1)) continue;
    if (count == INT32_MAX) luaL_error(L, "the table has too many keys");
    count++;
    // While the keys come as 1, 2, 3 … they are in order already.
    if (!rest && lua_isinteger(L, -1) && lua_tointeger(L, -1) == sequence + 1) sequence++;
    else rest = true;
  }
  // Which integers come first is up to how Lua keeps them, which differs from run to run.
  if (count > sequence) sequence = 0;
  lua_createtable(L, count, 0);
  for (lua_Integer index = 1; index <= sequence; index++) {
    lua_pushinteger(L, index);
    lua_rawseti(L, -2, index);
  }
  if (count > sequence) append_rest(L, table, sequence, count - (int)sequence, unordered);
}

/// Iterator of `pairs`; upvalues: the keys, how many were visited.
static int step(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Integer visited = lua_tointeger(L, lua_upvalueindex(2));
  for (;;) {
    if (lua_rawgeti(L, lua_upvalueindex(1), ++visited) == LUA_TNIL) return 1;
    lua_pushvalue(L, -1);
    // A key that was removed meanwhile is passed over.
    if (lua_rawget(L, 1) != LUA_TNIL) break;
    lua_pop(L, 2);
  }
  lua_pushinteger(L, visited);
  lua_replace(L, lua_upvalueindex(2));
  return 2;
}

static int finish_pairs(lua_State *L, int status, lua_KContext context) {
  (void)L, (void)status, (void)context;
  return 3;
}

static int pairs(lua_State *L) {
  luaL_checkany(L, 1);
  if (luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
    lua_pushvalue(L, 1);
    lua_callk(L, 1, 3, 0, finish_pairs);
    return 3;
  }
  luaL_checktype(L, 1, LUA_TTABLE);
  order_push_keys(L, 1, NULL);
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, step, 2);
  lua_pushvalue(L, 1);
  lua_pushnil(L);
  return 3;
}

/// Keeps the keys on the top of the stack for the next call. They hold their table alive, so that its address stays
/// its own.
static void keep_snapshot(lua_State *L, lua_Integer place) {
  baton_vm *vm = machine_of(L);
  lua_pushvalue(L, 1);
  lua_rawseti(L, -2, 0);
  lua_pushvalue(L, -1);
  lua_rawseti(L, LUA_REGISTRYINDEX, vm->snapshot);
  vm->traversed = lua_topointer(L, 1);
  vm->traversal = place;
}

/// The keys of the table at index 1: the snapshot of the last traversal if it is the same one and its current key is
/// that at index 2, else a new one. Leaves it on the stack and sets `traversal` to the place of the key.
static void find_snapshot(lua_State *L) {
  baton_vm *vm = machine_of(L);
  if (vm->traversed == lua_topointer(L, 1)) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, vm->snapshot);
    if (lua_rawgeti(L, -1, vm->traversal) != LUA_TNIL && lua_rawequal(L, -1, 2)) {
      lua_pop(L, 1);
      return;
    }
    lua_pop(L, 2);
  }
  order_push_keys(L, 1, NULL);
  lua_Integer place = 1;
  for (;; place++) {
    if (lua_rawgeti(L, -1, place) == LUA_TNIL) luaL_error(L, "\"next\" got a key that is not in the table");
    bool found = lua_rawequal(L, -1, 2);
    lua_pop(L, 1);
    if (found) break;
  }
  keep_snapshot(L, place);
}

static int next(lua_State *L) {
  baton_vm *vm = machine_of(L);
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 2);
  if (lua_isnil(L, 2)) {
    // Emptiness is asked more often than all keys are.
    lua_pushnil(L);
    if (!lua_next(L, 1)) return lua_pushnil(L), 1;
    lua_settop(L, 2);
    order_push_keys(L, 1, NULL);
    keep_snapshot(L, 0);
  } else {
    find_snapshot(L);
  }
  for (;;) {
    if (lua_rawgeti(L, 3, ++vm->traversal) == LUA_TNIL) {
      vm->traversed = NULL;
      lua_pushnil(L);
      lua_rawseti(L, LUA_REGISTRYINDEX, vm->snapshot);
      return 1;
    }
    lua_pushvalue(L, -1);
    if (lua_rawget(L, 1) != LUA_TNIL) return 2;
    lua_pop(L, 2);
  }
}

const luaL_Reg order_functions[] = {{"next", next}, {"pairs", pairs}, {NULL, NULL}};
