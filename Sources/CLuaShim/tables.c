// The table library with loops that end: a C loop never sees the count hook, and `__len` may answer anything.

#include "machine.h"

static lua_Integer length_of(lua_State *L, int index) {
  luaL_checktype(L, index, LUA_TTABLE);
  return luaL_len(L, index);
}

/// Refuses a loop of too many elements, and looks at the clock before a long one.
static void check_span(lua_State *L, lua_Integer first, lua_Integer last, const char *function) {
  if (last < first) return;
  lua_Unsigned count = (lua_Unsigned)last - (lua_Unsigned)first;
  if (count >= ELEMENTS) luaL_error(L, "table.%s would visit more than %d elements", function, ELEMENTS);
  if (count > 1024) interrupt_check(L);
}

static int insert(lua_State *L) {
  lua_Integer end = (lua_Integer)((lua_Unsigned)length_of(L, 1) + 1);
  lua_Integer place = end;
  switch (lua_gettop(L)) {
    case 2: break;
    case 3:
      place = luaL_checkinteger(L, 2);
      luaL_argcheck(L, (lua_Unsigned)place - 1u < (lua_Unsigned)end, 2, "position out of bounds");
      check_span(L, place, end, "insert");
      for (lua_Integer index = end; index > place; index--) {
        lua_geti(L, 1, index - 1);
        lua_seti(L, 1, index);
      }
      break;
    default: return luaL_error(L, "wrong number of arguments to 'insert'");
  }
  lua_seti(L, 1, place);
  return 0;
}

static int removal(lua_State *L) {
  lua_Integer size = length_of(L, 1);
  lua_Integer place = luaL_optinteger(L, 2, size);
  if (place != size) {
    luaL_argcheck(L, (lua_Unsigned)place - 1u <= (lua_Unsigned)size, 2, "position out of bounds");
  }
  check_span(L, place, size, "remove");
  lua_geti(L, 1, place);
  for (; place < size; place++) {
    lua_geti(L, 1, place + 1);
    lua_seti(L, 1, place);
  }
  lua_pushnil(L);
  lua_seti(L, 1, place);
  return 1;
}

static int concat(lua_State *L) {
  lua_Integer last = length_of(L, 1);
  size_t gap;
  const char *separator = luaL_optlstring(L, 2, "", &gap);
  lua_Integer first = luaL_optinteger(L, 3, 1);
  last = luaL_optinteger(L, 4, last);
  check_span(L, first, last, "concat");
  luaL_Buffer result;
  luaL_buffinit(L, &result);
  for (lua_Integer index = first; index <= last; index++) {
    lua_geti(L, 1, index);
    if (!lua_isstring(L, -1)) {
      return luaL_error(
        L, "invalid value (a %s) at index %I in table for 'concat'", luaL_typename(L, -1), (LUAI_UACINT)index);
    }
    luaL_addvalue(&result);
    if (index == last) break;
    luaL_addlstring(&result, separator, gap);
  }
  luaL_pushresult(&result);
  return 1;
}

static int move(lua_State *L) {
  lua_Integer first = luaL_checkinteger(L, 2);
  lua_Integer last = luaL_checkinteger(L, 3);
  lua_Integer target = luaL_checkinteger(L, 4);
  int to = lua_isnoneornil(L, 5) ? 1 : 5;
  length_of(L, 1);
  length_of(L, to);
  if (last >= first) {
    check_span(L, first, last, "move");
    luaL_argcheck(L, first > 0 || last < LUA_MAXINTEGER + first, 3, "too many elements to move");
    lua_Integer count = last - first + 1;
    luaL_argcheck(L, target <= LUA_MAXINTEGER - count + 1, 4, "destination wrap around");
    bool forward = target > last || target <= first || (to != 1 && !lua_compare(L, 1, to, LUA_OPEQ));
    for (lua_Integer step = 0; step < count; step++) {
      lua_Integer offset = forward ? step : count - 1 - step;
      lua_geti(L, 1, first + offset);
      lua_seti(L, to, target + offset);
    }
  }
  lua_pushvalue(L, to);
  return 1;
}

static int unpack(lua_State *L) {
  lua_Integer first = luaL_optinteger(L, 2, 1);
  lua_Integer last = lua_isnoneornil(L, 3) ? luaL_len(L, 1) : luaL_checkinteger(L, 3);
  if (first > last) return 0;
  lua_Unsigned count = (lua_Unsigned)last - (lua_Unsigned)first;
  if (count >= 1000000 || !lua_checkstack(L, (int)++count)) return luaL_error(L, "too many results to unpack");
  for (lua_Integer index = first; index < last; index++) lua_geti(L, 1, index);
  lua_geti(L, 1, last);
  return (int)count;
}

/// Whether the value at `right` comes before that at `left`, by the function at index 2 or by `<`.
static bool comes_before(lua_State *L, int right, int left) {
  if (lua_isnil(L, 2)) return lua_compare(L, right, left, LUA_OPLT);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, right);
  lua_pushvalue(L, left);
  lua_call(L, 2, 1);
  bool before = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return before;
}

/// Merges two sorted runs of the table at `from` into the one at `to`; equal elements keep their order.
static void merge(lua_State *L, int from, int to, lua_Integer start, lua_Integer middle, lua_Integer end) {
  lua_Integer left = start, right = middle;
  for (lua_Integer place = start; place < end; place++) {
    bool take_right = left >= middle;
    if (!take_right && right < end) {
      lua_rawgeti(L, from, right + 1);
      lua_rawgeti(L, from, left + 1);
      int top = lua_gettop(L);
      take_right = comes_before(L, top - 1, top);
      lua_pop(L, 2);
    }
    lua_rawgeti(L, from, (take_right ? right++ : left++) + 1);
    lua_rawseti(L, to, place + 1);
  }
}

/// A merge sort: stable, the same on every run (Lua's own takes its pivots from the clock), and safe with an order
/// function that contradicts itself.
static int sort(lua_State *L) {
  lua_Integer size = length_of(L, 1);
  if (size < 2) return 0;
  check_span(L, 1, size, "sort");
  if (!lua_isnoneornil(L, 2)) luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  luaL_checkstack(L, 12, NULL);
  lua_createtable(L, (int)size, 0);
  lua_createtable(L, (int)size, 0);
  for (lua_Integer index = 1; index <= size; index++) {
    lua_geti(L, 1, index);
    lua_rawseti(L, 3, index);
  }
  int from = 3, to = 4;
  for (lua_Integer width = 1; width < size; width *= 2) {
    interrupt_check(L);
    for (lua_Integer start = 0; start < size; start += 2 * width) {
      lua_Integer middle = start + width < size ? start + width : size;
      lua_Integer end = middle + width < size ? middle + width : size;
      merge(L, from, to, start, middle, end);
    }
    int other = from;
    from = to;
    to = other;
  }
  for (lua_Integer index = 1; index <= size; index++) {
    lua_rawgeti(L, from, index);
    lua_seti(L, 1, index);
  }
  return 0;
}

const luaL_Reg table_functions[] = {{"insert", insert}, {"remove", removal}, {"concat", concat}, {"move", move},
                                    {"unpack", unpack}, {"sort", sort},      {NULL, NULL}};
