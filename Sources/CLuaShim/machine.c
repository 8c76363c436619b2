// Entries into Lua. Whatever can raise runs in a C function under `lua_pcall`.

#include "machine.h"

#include <stdlib.h>
#include <string.h>

/// What an entry's protected function works on.
typedef struct {
  const uint8_t *bytes;
  size_t length;
  const char *name;
  int32_t number;
  bool privileged;
  buffer *reply;
  char *digest;
} entry;

int32_t machine_enter(baton_vm *vm, lua_CFunction function, void *what) {
  lua_State *L = vm->running;
  if (!lua_checkstack(L, 8)) {
    failure_plain(vm, NULL, "stack overflow", strlen("stack overflow"));
    return BATON_VM_RUNTIME;
  }
  int32_t outer = vm->fatal;
  int32_t depth = vm->depth;
  vm->fatal = BATON_VM_OK;
  vm->failure.length = 0;
  vm->place.length = 0;
  int base = lua_gettop(L);
  lua_pushcfunction(L, failure_handler);
  lua_pushcfunction(L, function);
  lua_pushlightuserdata(L, what);
  interrupt_prepare(vm->main);
  interrupt_prepare(L);
  baton_vm *interrupted = ticker_enter(vm);
  int status = lua_pcall(L, 1, 0, base + 1);
  ticker_leave(interrupted);
  int32_t result = BATON_VM_OK;
  if (vm->fatal != BATON_VM_OK) {
    result = vm->fatal;
  } else if (status != LUA_OK) {
    result = failure_is_memory(L, status, -1) ? BATON_VM_MEMORY : BATON_VM_RUNTIME;
    if (result == BATON_VM_MEMORY) {
      failure_of_memory(vm);
    } else if (vm->failure.length == 0) {
      size_t length = 0;
      const char *message = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &length) : NULL;
      failure_plain(vm, NULL, message == NULL ? "" : message, length);
    }
  }
  lua_settop(L, base);
  vm->running = L;
  vm->depth = depth;
  vm->fatal = outer;
  return result;
}

static int open_libraries(lua_State *L) {
  sandbox_open(L);
  return 0;
}

baton_vm *baton_vm_create(baton_vm_limits limits, baton_host host, void *context, int32_t undefined) {
  baton_vm *vm = calloc(1, sizeof *vm);
  if (vm == NULL) return NULL;
  vm->limits = limits;
  vm->host = host;
  vm->context = context;
  vm->undefined = undefined;
  vm->main = lua_newstate(machine_allocate, vm);
  if (vm->main == NULL) {
    pool_release(&vm->pool);
    free(vm);
    return NULL;
  }
  vm->running = vm->main;
  *(baton_vm **)lua_getextraspace(vm->main) = vm;
  allocator_begin(vm);
  entry nothing = {0};
  if (!lua_checkstack(vm->main, STACK_HEADROOM) || machine_enter(vm, open_libraries, &nothing) != BATON_VM_OK) {
    baton_vm_destroy(vm);
    return NULL;
  }
  return vm;
}

void baton_vm_destroy(baton_vm *vm) {
  vm->running = NULL;
  lua_close(vm->main);
  pool_release(&vm->pool);
  for (int depth = 0; depth < LEVELS; depth++) {
    buffer_release(&vm->levels[depth].arguments);
    buffer_release(&vm->levels[depth].reply);
  }
  buffer_release(&vm->failure);
  buffer_release(&vm->place);
  buffer_release(&vm->scratch);
  buffer_release(&vm->digested);
  free(vm);
}

uint64_t baton_vm_memory(const baton_vm *vm) { return vm->memory; }
uint64_t baton_vm_pool(const baton_vm *vm) { return vm->pool.total; }

baton_slice baton_vm_failure(const baton_vm *vm) { return (baton_slice){vm->failure.bytes, vm->failure.length}; }

/// A byte order mark and a first line `#!…` are no Lua; the line's end stays, so that lines keep their numbers.
static void skip_head(const uint8_t **bytes, size_t *length) {
  if (*length >= 3 && memcmp(*bytes, "\xEF\xBB\xBF", 3) == 0) {
    *bytes += 3;
    *length -= 3;
  }
  if (*length > 0 && **bytes == '#') {
    while (*length > 0 && **bytes != '\n') {
      ++*bytes;
      --*length;
    }
  }
}

/// What an entry's limit replaces.
typedef struct {
  int64_t deadline, limit, begun, work_end, last_deadline, signal_look;
} span_of_time;

static span_of_time clock_begin(baton_vm *vm, int64_t limit) {
  interrupt_pause(vm);
  span_of_time outer = {vm->deadline, vm->limit, vm->begun, vm->work_end, vm->last_deadline,
    vm->signal_look};
  interrupt_begin(vm, limit);
  return outer;
}

static void clock_end(baton_vm *vm, span_of_time outer) {
  vm->deadline = outer.deadline;
  vm->limit = outer.limit;
  vm->begun = outer.begun;
  vm->work_end = outer.work_end;
  vm->last_deadline = outer.last_deadline;
  vm->signal_look = outer.signal_look;
}

static int compile(lua_State *L) {
  baton_vm *vm = machine_of(L);
  entry *what = lua_touserdata(L, 1);
  skip_head(&what->bytes, &what->length);
  const char *name = lua_pushfstring(L, "%s%s", what->privileged ? PRIVILEGED_PREFIX : "@", what->name);
  int status = control_compile(L, (const char *)what->bytes, what->length, name);
  if (status != LUA_OK) {
    if (vm->fatal != BATON_VM_OK) return lua_error(L);
    // Written down here: the message names the place, and there is no stack of calls.
    size_t length;
    const char *message = lua_tolstring(L, -1, &length);
    if (!failure_is_memory(L, status, -1)) failure_plain(vm, what->name, message, length);
    what->number = BATON_VM_SYNTAX;
    return failure_is_memory(L, status, -1) ? luaL_error(L, "not enough memory") : 0;
  }
  if (what->privileged) lua_rawgeti(L, LUA_REGISTRYINDEX, vm->privileged);
  else sandbox_push_environment(L, name);
  lua_setupvalue(L, -2, 1);
  what->number = -function_handle(L, -1);
  return 0;
}

int32_t baton_vm_compile(
  baton_vm *vm, const uint8_t *source, size_t length, const char *name, int32_t privileged, int32_t *handle) {
  entry what = {.bytes = source, .length = length, .name = name, .privileged = privileged != 0};
  span_of_time outer = clock_begin(vm, COMPILE_LIMIT);
  int32_t result = machine_enter(vm, compile, &what);
  clock_end(vm, outer);
  if (result != BATON_VM_OK) return result;
  if (what.number == BATON_VM_SYNTAX) return BATON_VM_SYNTAX;
  *handle = -what.number;
  return BATON_VM_OK;
}

static int call(lua_State *L) {
  entry *what = lua_touserdata(L, 1);
  function_push(L, what->number);
  int count = unflatten(L, what->bytes, what->length);
  lua_call(L, count, LUA_MULTRET);
  int last = lua_gettop(L);
  // The results may fill what this function was given of the stack.
  luaL_checkstack(L, 8, "too many results");
  for (int index = 2; index <= last; index++) flatten(L, index, what->reply);
  return 0;
}

int32_t baton_vm_call(
  baton_vm *vm, int32_t handle, const uint8_t *arguments, size_t length, int64_t limit, bool heeds_signals,
  baton_slice *result) {
  if (vm->depth >= LEVELS) {
    const char *message = "calls between the script and the engine nest too deep (stack overflow)";
    failure_plain(vm, NULL, message, strlen(message));
    return BATON_VM_RUNTIME;
  }
  span_of_time outer = clock_begin(vm, limit);
  interrupt_heed_signals(vm, heeds_signals);
  buffer *reply = &vm->levels[vm->depth].reply;
  if (reply->capacity > (1u << 20)) buffer_release(reply);
  reply->length = 0;
  entry what = {.bytes = arguments, .length = length, .number = handle, .reply = reply};
  vm->depth++;
  int32_t status = machine_enter(vm, call, &what);
  vm->depth--;
  clock_end(vm, outer);
  *result = (baton_slice){reply->bytes, reply->length};
  return status;
}

static int digest(lua_State *L) {
  entry *what = lua_touserdata(L, 1);
  lua_pushcfunction(L, digest_function);
  function_push(L, what->number);
  lua_call(L, 1, 1);
  memcpy(what->digest, lua_tostring(L, -1), 33);
  return 0;
}

int32_t baton_vm_digest(baton_vm *vm, int32_t handle, char digest_text[33]) {
  entry what = {.number = handle, .digest = digest_text};
  return machine_enter(vm, digest, &what);
}
