// Compiled libraries of modules: what is loaded is the bytes that were looked at, whatever becomes of the file.

#define _GNU_SOURCE  // memfd_create
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "machine.h"

/// Linux 6.3: where the machine demands it, files in memory can't be run as programs. Libraries load from them all the same.
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

/// How deep functions are looked for in what a library gives.
#define NAMING_DEPTH 3

/// A file in memory with these bytes that nobody can change any more; -1 with `errno`.
static int sealed_file(const uint8_t *bytes, size_t length) {
  int file = memfd_create("baton-module", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (file < 0 && errno == EACCES) file = memfd_create("baton-module", MFD_CLOEXEC | MFD_NOEXEC_SEAL);
  if (file < 0) return -1;
  size_t written = 0;
  while (written < length) {
    ssize_t count = write(file, bytes + written, length - written);
    if (count > 0) {
      written += (size_t)count;
    } else if (count == 0 || errno != EINTR) {
      int failure = errno;
      close(file);
      errno = failure;
      return -1;
    }
  }
  if (fcntl(file, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    int failure = errno;
    close(file);
    errno = failure;
    return -1;
  }
  return file;
}

void *baton_library_open(const uint8_t *bytes, size_t length, char *message, size_t size) {
  int file = sealed_file(bytes, length);
  if (file < 0) {
    snprintf(message, size, "%s", strerror(errno));
    return NULL;
  }
  // The descriptor stays open: the loader takes a path that it has seen for the library that it had loaded from there.
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    const char *said = dlerror();
    if (said == NULL) said = "it can't be loaded";
    size_t prefix = strlen(path);
    // The path means nothing to anybody.
    if (strncmp(said, path, prefix) == 0 && strncmp(said + prefix, ": ", 2) == 0) said += prefix + 2;
    snprintf(message, size, "%s", said);
    close(file);
  }
  return library;
}

void *baton_library_symbol(void *library, const char *name) { return dlsym(library, name); }

typedef struct {
  void *function;
  int32_t handle;
} opening;

static int keep_function(lua_State *L) {
  opening *what = lua_touserdata(L, 1);
  lua_pushcfunction(L, (lua_CFunction)what->function);
  what->handle = function_handle(L, -1);
  return 0;
}

int32_t baton_vm_library_function(baton_vm *vm, void *function, int32_t *handle) {
  opening what = {function, 0};
  int32_t result = machine_enter(vm, keep_function, &what);
  *handle = what.handle;
  return result;
}

/// Gives the C functions in the value on the top of the stack, which it pops, their names for digests.
static void name_functions(lua_State *L, int names, const char *path, int depth) {
  luaL_checkstack(L, 8, NULL);
  if (lua_iscfunction(L, -1)) {
    lua_pushvalue(L, -1);
    if (lua_rawget(L, names) == LUA_TNIL) {
      lua_pushvalue(L, -2);
      lua_pushstring(L, path);
      lua_rawset(L, names);
    }
    lua_pop(L, 1);
  } else if (lua_istable(L, -1) && depth > 0) {
    lua_pushnil(L);
    while (lua_next(L, -2)) {
      if (lua_type(L, -2) == LUA_TSTRING) {
        const char *inner = lua_pushfstring(L, "%s.%s", path, lua_tostring(L, -2));
        lua_insert(L, -2);
        name_functions(L, names, inner, depth - 1);
      }
      lua_pop(L, 1);
    }
  }
  lua_pop(L, 1);
}

/// Puts what stands at the two indices in the place of Lua's globals and of its list of modules.
static void exchange(lua_State *L, int globals, int loaded) {
  lua_pushvalue(L, globals);
  lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_pushvalue(L, loaded);
  lua_setfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
}

/// What `host.opener` gives: calls the library's function (upvalue 1) with the module's name and the file. What it sees of Lua's
/// globals (upvalue 2) and of `package.loaded` (upvalue 3) is its rock's.
static int open_library(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  lua_settop(L, 2);
  luaL_checkstack(L, 12, NULL);
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  exchange(L, lua_upvalueindex(2), lua_upvalueindex(3));
  machine_of(L)->has_libraries = true;
  // Threads that it makes have the hook of the one that calls it: any of those that wait.
  interrupt_prepare(machine_of(L)->main);
  interrupt_prepare(L);
  for (resumption *waiting = machine_of(L)->resumed; waiting; waiting = waiting->outer) interrupt_prepare(waiting->from);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 2);
  int status = lua_pcall(L, 2, 1, 0);
  exchange(L, 3, 4);
  if (status != LUA_OK) return lua_error(L);
  // As `require` has it: a library may put what it is into the list itself.
  if (lua_isnil(L, -1)) {
    lua_pushvalue(L, 1);
    lua_rawget(L, lua_upvalueindex(3));
    lua_replace(L, -2);
  }
  lua_rawgeti(L, LUA_REGISTRYINDEX, machine_of(L)->builtins);
  const char *path = lua_pushfstring(L, "%s:%s", lua_tostring(L, lua_upvalueindex(4)), name);
  lua_pushvalue(L, 5);
  name_functions(L, 6, path, NAMING_DEPTH);
  lua_settop(L, 5);
  return 1;
}

/// `host.opener(function, globals, loaded, digest)`: what a compiled library's function becomes, which has what its rock has.
static int opener(lua_State *L) {
  luaL_argcheck(L, lua_iscfunction(L, 1), 1, "must be a library's function");
  luaL_checktype(L, 2, LUA_TTABLE);
  luaL_checktype(L, 3, LUA_TTABLE);
  luaL_checkstring(L, 4);
  lua_settop(L, 4);
  lua_pushcclosure(L, open_library, 4);
  return 1;
}

const luaL_Reg native_functions[] = {{"opener", opener}, {NULL, NULL}};
