// Digests of functions: what they do and what they know, not how they are written.
//
// The code comes from `lua_dump` in Lua 5.4's format (`ldump.c`, `lundump.c` of the Lua distribution), stripped,
// without the lines of definition and, for the outermost function, without the registers that its captured values
// came from. Captured values follow, then the script's globals that the code may name.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"

/// How deep captured values may nest.
#define DEPTH 150

/// Marks before each part, so that different values have different bytes.
enum {
  MARK_NIL = 'n',
  MARK_FALSE = 'f',
  MARK_TRUE = 't',
  MARK_INTEGER = 'i',
  MARK_NUMBER = 'd',
  MARK_STRING = 's',
  MARK_TABLE = 'T',
  MARK_END = 'e',
  MARK_OBJECT = 'O',
  MARK_FUNCTION = 'F',
  MARK_BUILTIN = 'B',
  MARK_SEEN = 'S',
  MARK_UPVALUE = 'u',
  MARK_GLOBAL = 'g',
  MARK_METATABLE = 'm',
  MARK_OTHER = 'o',
};

/// One digest in the making. `seen` and `names` are tables on Lua's stack.
typedef struct {
  buffer *out;
  int seen;
  int depth;
} work;

static void check(lua_State *L, bool written) {
  if (!written) luaL_error(L, "what a function captures is too large for a digest");
}

static void put(lua_State *L, work *to, uint8_t mark, const void *bytes, size_t length) {
  uint64_t size = length;
  check(L, buffer_byte(to->out, mark) && buffer_append(to->out, &size, sizeof size) &&
    buffer_append(to->out, bytes, length));
}

// The dump of a function.

typedef struct {
  lua_State *L;
  const uint8_t *next;
  const uint8_t *end;
  /// Where the bytes that count go.
  buffer *out;
  /// Index of a table that collects the string constants.
  int strings;
} dump;

static const uint8_t *skip(dump *from, size_t length) {
  if ((size_t)(from->end - from->next) < length) luaL_error(from->L, "a function's code ends too early");
  const uint8_t *bytes = from->next;
  from->next += length;
  return bytes;
}

static void keep(dump *from, size_t length) {
  const uint8_t *bytes = skip(from, length);
  check(from->L, buffer_append(from->out, bytes, length));
}

/// A number in groups of seven bits, the highest first, the last one marked.
static size_t number(dump *from) {
  size_t value = 0;
  uint8_t byte;
  do {
    byte = *skip(from, 1);
    value = value << 7 | (byte & 0x7f);
  } while ((byte & 0x80) == 0);
  return value;
}

static size_t kept_number(dump *from) {
  const uint8_t *start = from->next;
  size_t value = number(from);
  check(from->L, buffer_append(from->out, start, (size_t)(from->next - start)));
  return value;
}

static void string(dump *from, bool constant) {
  size_t length = kept_number(from);
  if (length-- == 0) return;
  const uint8_t *bytes = from->next;
  keep(from, length);
  if (!constant) return;
  lua_pushlstring(from->L, (const char *)bytes, length);
  lua_pushboolean(from->L, 1);
  lua_rawset(from->L, from->strings);
}

static void constants(dump *from) {
  enum { NIL = 0, FALSE_ = 1, TRUE_ = 17, INTEGER = 3, FLOAT = 19, SHORT = 4, LONG = 20 };
  for (size_t count = kept_number(from); count > 0; count--) {
    uint8_t tag = *from->next;
    keep(from, 1);
    switch (tag) {
      case NIL: case FALSE_: case TRUE_: break;
      case INTEGER: keep(from, sizeof(lua_Integer)); break;
      case FLOAT: keep(from, sizeof(lua_Number)); break;
      case SHORT: case LONG: string(from, true); break;
      default: luaL_error(from->L, "a function's code has an unknown constant");
    }
  }
}

static void prototype(dump *from, int depth) {
  if (depth > DEPTH) luaL_error(from->L, "functions nest too deep for a digest");
  size_t source = number(from);
  if (source > 0) skip(from, source - 1);
  number(from);  // the line where it is defined
  number(from);  // the line where it ends
  keep(from, 3);  // parameters, variadic, stack size
  size_t instructions = kept_number(from);
  if (instructions > (size_t)(from->end - from->next) / 4) luaL_error(from->L, "a function's code ends too early");
  keep(from, instructions * 4);
  constants(from);
  size_t upvalues = kept_number(from);
  for (size_t index = 0; index < upvalues; index++) {
    if (depth == 0) {
      skip(from, 2);  // which variable of the enclosing function: changes with code around it
      keep(from, 1);
    } else {
      keep(from, 3);
    }
  }
  for (size_t count = kept_number(from); count > 0; count--) prototype(from, depth + 1);
  // Debug information, empty in a stripped dump.
  for (int part = 0; part < 4; part++) {
    if (number(from) != 0) luaL_error(from->L, "a function's code has debug information");
  }
}

static int append_dump(lua_State *L, const void *bytes, size_t length, void *target) {
  (void)L;
  return buffer_append(target, bytes, length) ? 0 : 1;
}

/// Appends what counts of the code of the function at the index; adds its string constants to the table at `strings`.
static void put_code(lua_State *L, work *to, int function, int strings) {
  static const uint8_t header[] = {0x1b, 'L', 'u', 'a', 0x54, 0, 0x19, 0x93, '\r', '\n', 0x1a, '\n', 4, 8, 8};
  buffer *bytes = &machine_of(L)->scratch;
  bytes->length = 0;
  lua_pushvalue(L, function);
  if (lua_dump(L, append_dump, bytes, 1) != 0) luaL_error(L, "a function is too large for a digest");
  lua_pop(L, 1);
  dump from = {L, bytes->bytes, bytes->bytes + bytes->length, to->out, strings};
  if (memcmp(skip(&from, sizeof header), header, sizeof header) != 0) {
    luaL_error(L, "the code of functions is not in the format of Lua 5.4");
  }
  skip(&from, 16);  // an integer and a float for comparison
  skip(&from, 1);   // number of upvalues
  check(L, buffer_byte(to->out, MARK_FUNCTION));
  prototype(&from, 0);
  check(L, buffer_byte(to->out, MARK_END));
}

static void put_value(lua_State *L, work *to, int index);

/// If the value was met before, writes which one it was.
static bool put_seen(lua_State *L, work *to, int index) {
  lua_pushvalue(L, index);
  if (lua_rawget(L, to->seen) != LUA_TNIL) {
    lua_Integer which = lua_tointeger(L, -1);
    lua_pop(L, 1);
    put(L, to, MARK_SEEN, &which, sizeof which);
    return true;
  }
  lua_pop(L, 1);
  lua_rawgeti(L, to->seen, 0);
  lua_Integer count = lua_tointeger(L, -1) + 1;
  lua_pop(L, 1);
  lua_pushinteger(L, count);
  lua_rawseti(L, to->seen, 0);
  lua_pushvalue(L, index);
  lua_pushinteger(L, count);
  lua_rawset(L, to->seen);
  return false;
}

/// Appends the globals of the environment at the index whose names are among the string constants. Of the sandbox's names
/// only sealed objects and closed tables that stand for others count: they hold what came from outside; everything else there
/// is the same in every script.
static void put_globals(lua_State *L, work *to, int strings, int environment) {
  baton_vm *vm = machine_of(L);
  order_push_keys(L, strings, NULL);
  int keys = lua_gettop(L);
  lua_pushvalue(L, environment);
  lua_rawgeti(L, LUA_REGISTRYINDEX, vm->sandbox);
  for (lua_Integer place = 1; lua_rawgeti(L, keys, place) != LUA_TNIL; place++) {
    size_t length;
    const char *name = lua_tolstring(L, -1, &length);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, keys + 1) != LUA_TNIL) {
      put(L, to, MARK_GLOBAL, name, length);
      put_value(L, to, lua_gettop(L));
    } else {
      lua_pushvalue(L, -2);
      lua_rawget(L, keys + 2);
      bool counts = seal_open(L, -1);
      if (counts) {
        lua_pop(L, 2);
      } else if ((counts = seal_push_original(L, -1))) {
        lua_pop(L, 1);
      }
      if (counts) {
        put(L, to, MARK_GLOBAL, name, length);
        put_value(L, to, lua_gettop(L));
      }
      lua_pop(L, 1);
    }
    lua_pop(L, 2);
  }
  lua_settop(L, keys - 1);
}

/// A function of the libraries or of Baton: its name stands for it.
static bool put_builtin(lua_State *L, work *to, int function) {
  baton_vm *vm = machine_of(L);
  if (!lua_iscfunction(L, function)) {
    lua_Debug frame;
    lua_pushvalue(L, function);
    lua_getinfo(L, ">S", &frame);
    if (!failure_is_privileged(&frame)) return false;
    // By its name in the sandbox, or by the place where it was made.
    lua_rawgeti(L, LUA_REGISTRYINDEX, vm->sandbox);
    order_push_keys(L, -1, NULL);
    for (lua_Integer place = 1; lua_rawgeti(L, -1, place) != LUA_TNIL; place++) {
      lua_pushvalue(L, -1);
      lua_rawget(L, -4);
      bool same = lua_rawequal(L, -1, function);
      lua_pop(L, 1);
      if (same) break;
      lua_pop(L, 1);
    }
    size_t length = 0;
    const char *name = lua_tolstring(L, -1, &length);
    put(L, to, MARK_BUILTIN, name == NULL ? "" : name, length);
    lua_pop(L, 3);
    return true;
  }
  lua_rawgeti(L, LUA_REGISTRYINDEX, vm->builtins);
  lua_pushvalue(L, function);
  lua_rawget(L, -2);
  size_t length = 0;
  const char *name = lua_tolstring(L, -1, &length);
  put(L, to, MARK_BUILTIN, name == NULL ? "" : name, length);
  lua_pop(L, 2);
  return true;
}

static void put_function(lua_State *L, work *to, int function) {
  if (put_builtin(L, to, function) || put_seen(L, to, function)) return;
  lua_newtable(L);
  int strings = lua_gettop(L);
  put_code(L, to, function, strings);
  int environment = 0;
  for (int index = 1;; index++) {
    const char *name = lua_getupvalue(L, function, index);
    if (name == NULL) break;
    if (strcmp(name, "_ENV") == 0) {
      environment = index;
    } else {
      put(L, to, MARK_UPVALUE, NULL, 0);
      put_value(L, to, lua_gettop(L));
    }
    lua_pop(L, 1);
  }
  // Without it, the function names no globals.
  if (environment != 0 && lua_getupvalue(L, function, environment) != NULL && lua_istable(L, -1)) {
    put_globals(L, to, strings, lua_gettop(L));
  }
  lua_settop(L, strings - 1);
}

/// Lets the object's metatable say what stands for its payload, on the top of the stack: a number that is only an order of
/// declaration means nothing. Metatables of objects are Baton's own.
static void replace_payload(lua_State *L, int object) {
  int payload = lua_gettop(L);
  lua_getmetatable(L, object);
  lua_pushliteral(L, "__digest");
  if (lua_rawget(L, -2) == LUA_TFUNCTION) {
    lua_pushvalue(L, payload);
    lua_call(L, 1, 1);
    lua_replace(L, payload);
  }
  lua_settop(L, payload);
}

static void put_table(lua_State *L, work *to, int table) {
  if (put_seen(L, to, table)) return;
  if (seal_open(L, table)) {
    size_t length;
    const char *kind = lua_tolstring(L, -2, &length);
    put(L, to, MARK_OBJECT, kind, length);
    replace_payload(L, table);
    put_value(L, to, lua_gettop(L));
    lua_pop(L, 2);
    return;
  }
  if (seal_push_original(L, table)) {
    put_value(L, to, lua_gettop(L));
    lua_pop(L, 1);
    return;
  }
  check(L, buffer_byte(to->out, MARK_TABLE));
  int unordered = 0;
  order_push_keys(L, table, &unordered);
  // Keys that are tables or functions have no order: their number is what can be told of them.
  if (unordered > 0) put(L, to, MARK_OTHER, &unordered, sizeof unordered);
  int keys = lua_gettop(L);
  for (lua_Integer place = 1; lua_rawgeti(L, keys, place) != LUA_TNIL; place++) {
    put_value(L, to, keys + 1);
    lua_rawget(L, table);
    put_value(L, to, keys + 1);
    lua_settop(L, keys);
  }
  lua_settop(L, keys - 1);
  if (lua_getmetatable(L, table)) {
    check(L, buffer_byte(to->out, MARK_METATABLE));
    put_value(L, to, lua_gettop(L));
    lua_pop(L, 1);
  }
  check(L, buffer_byte(to->out, MARK_END));
}

static void put_value(lua_State *L, work *to, int index) {
  if (++to->depth > DEPTH) luaL_error(L, "what a function captures nests too deep for a digest");
  luaL_checkstack(L, 20, "what a function captures nests too deep for a digest");
  if (to->out->length % 4096 < 16) interrupt_check(L);
  switch (lua_type(L, index)) {
    case LUA_TNIL: check(L, buffer_byte(to->out, MARK_NIL)); break;
    case LUA_TBOOLEAN: check(L, buffer_byte(to->out, lua_toboolean(L, index) ? MARK_TRUE : MARK_FALSE)); break;
    case LUA_TNUMBER:
      if (lua_isinteger(L, index)) {
        lua_Integer value = lua_tointeger(L, index);
        put(L, to, MARK_INTEGER, &value, sizeof value);
      } else {
        lua_Number value = lua_tonumber(L, index);
        put(L, to, MARK_NUMBER, &value, sizeof value);
      }
      break;
    case LUA_TSTRING: {
      size_t length;
      const char *bytes = lua_tolstring(L, index, &length);
      put(L, to, MARK_STRING, bytes, length);
      break;
    }
    case LUA_TTABLE: put_table(L, to, index); break;
    case LUA_TFUNCTION: put_function(L, to, index); break;
    default: put(L, to, MARK_OTHER, luaL_typename(L, index), strlen(luaL_typename(L, index)));
  }
  to->depth--;
}

int digest_function(lua_State *L) {
  static const uint8_t key[16] = "baton functions";
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_settop(L, 1);
  lua_newtable(L);
  buffer *out = &machine_of(L)->digested;
  if (out->capacity > (1u << 20)) buffer_release(out);
  out->length = 0;
  work to = {out, 2, 0};
  put_value(L, &to, 1);
  uint8_t digest[16];
  baton_siphash_128(out->bytes, out->length, key, digest);
  char text[33];
  for (int index = 0; index < 16; index++) snprintf(text + 2 * index, 3, "%02x", digest[index]);
  lua_pushlstring(L, text, 33);
  return 1;
}
