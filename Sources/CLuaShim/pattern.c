// `string.find`, `match`, `gmatch` and `gsub`.

#define _GNU_SOURCE  // memmem

#include <string.h>

#include "matcher.h"

/// A start position as `find` and its kin take it: from 1, negative from the end; 0-based, at most one behind the end.
static size_t start_position(lua_Integer position, size_t length) {
  if (position > 0) return (size_t)position - 1;
  if (position == 0 || position < -(lua_Integer)length) return 0;
  return length + (size_t)position;
}

static bool is_plain(const char *pattern, size_t length) {
  for (size_t index = 0; index < length; index++) {
    if (pattern[index] != '\0' && strchr("^$*+?.([%-", pattern[index]) != NULL) return false;
  }
  return true;
}

static int find_plain(
  lua_State *L, const char *subject, size_t length, size_t start, const char *pattern, size_t pattern_length) {
  if (length > 65536) interrupt_check(L);
  const char *found = memmem(subject + start, length - start, pattern, pattern_length);
  if (found == NULL) {
    lua_pushnil(L);
    return 1;
  }
  lua_pushinteger(L, found - subject + 1);
  lua_pushinteger(L, (found - subject) + (lua_Integer)pattern_length);
  return 2;
}

static int search(lua_State *L, bool find) {
  size_t length, pattern_length;
  const char *subject = luaL_checklstring(L, 1, &length);
  const char *pattern = luaL_checklstring(L, 2, &pattern_length);
  size_t start = start_position(luaL_optinteger(L, 3, 1), length);
  if (start > length) {
    lua_pushnil(L);
    return 1;
  }
  if (find && (lua_toboolean(L, 4) || is_plain(pattern, pattern_length))) {
    return find_plain(L, subject, length, start, pattern, pattern_length);
  }
  matcher m;
  bool anchored = pattern_length > 0 && *pattern == '^';
  matcher_open(&m, L, subject, length, pattern, pattern_length);
  for (const char *from = subject + start; from <= m.subject_end; from++) {
    const char *end = matcher_match(&m, from, pattern + anchored);
    if (end != NULL && find) {
      lua_pushinteger(L, from - subject + 1);
      lua_pushinteger(L, end - subject);
      return matcher_push_all(&m, NULL, NULL) + 2;
    }
    if (end != NULL) return matcher_push_all(&m, from, end);
    if (anchored) break;
  }
  lua_pushnil(L);
  return 1;
}

static int find(lua_State *L) { return search(L, true); }

static int match(lua_State *L) { return search(L, false); }

/// Iterator of `gmatch`; upvalues: subject, pattern, where to go on, where the last match ended (both 0-based; -1:
/// nowhere).
static int next_match(lua_State *L) {
  size_t length, pattern_length;
  const char *subject = lua_tolstring(L, lua_upvalueindex(1), &length);
  const char *pattern = lua_tolstring(L, lua_upvalueindex(2), &pattern_length);
  lua_Integer last = lua_tointeger(L, lua_upvalueindex(4));
  matcher m;
  matcher_open(&m, L, subject, length, pattern, pattern_length);
  for (const char *from = subject + lua_tointeger(L, lua_upvalueindex(3)); from <= m.subject_end; from++) {
    const char *end = matcher_match(&m, from, pattern);
    // An empty match where the last one ended would be that match again.
    if (end == NULL || end - subject == last) continue;
    lua_pushinteger(L, end - subject);
    lua_pushvalue(L, -1);
    lua_replace(L, lua_upvalueindex(3));
    lua_replace(L, lua_upvalueindex(4));
    return matcher_push_all(&m, from, end);
  }
  lua_pushinteger(L, (lua_Integer)length + 1);
  lua_replace(L, lua_upvalueindex(3));
  return 0;
}

static int gmatch(lua_State *L) {
  size_t length;
  luaL_checklstring(L, 1, &length);
  luaL_checkstring(L, 2);
  size_t start = start_position(luaL_optinteger(L, 3, 1), length);
  if (start > length) start = length + 1;
  lua_settop(L, 2);
  lua_pushinteger(L, (lua_Integer)start);
  lua_pushinteger(L, -1);
  lua_pushcclosure(L, next_match, 4);
  return 1;
}

/// Appends the replacement text (argument 3) with its `%0` to `%9` filled in.
static void add_text(matcher *m, luaL_Buffer *result, const char *start, const char *end) {
  size_t length;
  const char *text = lua_tolstring(m->L, 3, &length);
  const char *text_end = text + length;
  while (text < text_end) {
    const char *percent = memchr(text, '%', (size_t)(text_end - text));
    if (percent == NULL) percent = text_end;
    luaL_addlstring(result, text, (size_t)(percent - text));
    if (percent == text_end) break;
    char what = percent + 1 < text_end ? percent[1] : '\0';
    if (what == '%') {
      luaL_addchar(result, '%');
    } else if (what == '0') {
      luaL_addlstring(result, start, (size_t)(end - start));
    } else if (what >= '1' && what <= '9') {
      matcher_push(m, what - '1', start, end);
      luaL_tolstring(m->L, -1, NULL);
      lua_remove(m->L, -2);
      luaL_addvalue(result);
    } else {
      luaL_error(m->L, "invalid use of '%%' in replacement string");
    }
    text = percent + 2;
  }
}

/// Appends what replaces a match; answers whether it differs from the match.
static bool add_replacement(matcher *m, luaL_Buffer *result, const char *start, const char *end, int type) {
  lua_State *L = m->L;
  if (type == LUA_TFUNCTION) {
    lua_pushvalue(L, 3);
    lua_call(L, matcher_push_all(m, start, end), 1);
  } else if (type == LUA_TTABLE) {
    matcher_push(m, 0, start, end);
    lua_gettable(L, 3);
  } else {
    add_text(m, result, start, end);
    return true;
  }
  if (!lua_toboolean(L, -1)) {
    lua_pop(L, 1);
    luaL_addlstring(result, start, (size_t)(end - start));
    return false;
  }
  if (!lua_isstring(L, -1)) luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
  luaL_addvalue(result);
  return true;
}

static int gsub(lua_State *L) {
  size_t length, pattern_length;
  const char *subject = luaL_checklstring(L, 1, &length);
  const char *pattern = luaL_checklstring(L, 2, &pattern_length);
  int type = lua_type(L, 3);
  lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)length + 1);
  luaL_argexpected(
    L, type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE, 3,
    "string/function/table");
  matcher m;
  bool anchored = pattern_length > 0 && *pattern == '^';
  matcher_open(&m, L, subject, length, pattern, pattern_length);
  luaL_Buffer result;
  luaL_buffinit(L, &result);
  const char *from = subject, *last = NULL;
  lua_Integer count = 0;
  bool changed = false;
  while (count < most) {
    const char *end = matcher_match(&m, from, pattern + anchored);
    if (end != NULL && end != last) {
      count++;
      changed |= add_replacement(&m, &result, from, end, type);
      from = last = end;
    } else if (from < m.subject_end) {
      luaL_addchar(&result, *from++);
    } else {
      break;
    }
    if (anchored) break;
  }
  if (changed) {
    luaL_addlstring(&result, from, (size_t)(m.subject_end - from));
    luaL_pushresult(&result);
  } else {
    lua_pushvalue(L, 1);
  }
  lua_pushinteger(L, count);
  return 2;
}

const luaL_Reg pattern_functions[] = {
  {"find", find}, {"match", match}, {"gmatch", gmatch}, {"gsub", gsub}, {NULL, NULL}};
