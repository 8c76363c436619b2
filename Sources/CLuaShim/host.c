// Calls out of Lua into the host, and what the host may ask meanwhile.

#include <string.h>

#include "machine.h"

/// The C function behind every `host.NAME`; its upvalue is the host function's number.
///
/// Nothing raises while the host's frame is alive: arguments are read before it, its reply is acted upon after it.
static int call_host(lua_State *L) {
  baton_vm *vm = machine_of(L);
  if (vm->depth >= LEVELS) luaL_error(L, "calls between the script and the engine nest too deep (stack overflow)");
  level *here = &vm->levels[vm->depth];
  if (here->arguments.capacity > (1u << 20)) buffer_release(&here->arguments);
  here->arguments.length = 0;
  here->reply.length = 0;
  int count = lua_gettop(L);
  for (int index = 1; index <= count; index++) flatten(L, index, &here->arguments);

  int32_t level = 1;
  lua_State *outer = vm->running;
  vm->running = L;
  vm->depth++;
  int32_t kind = vm->host(
    vm->context, (int32_t)lua_tointeger(L, lua_upvalueindex(1)), here->arguments.bytes, here->arguments.length, &level);
  vm->depth--;
  vm->running = outer;

  const char *bytes = here->reply.length == 0 ? "" : (const char *)here->reply.bytes;
  switch (kind) {
    case BATON_REPLY_VALUES:
      interrupt_check(L);
      lua_settop(L, 0);
      return unflatten(L, here->reply.bytes, here->reply.length);
    case BATON_REPLY_HALT: return failure_fatal(L, BATON_VM_HALT, bytes, here->reply.length);
    case BATON_REPLY_FAIL: return failure_fatal(L, BATON_VM_FAIL, bytes, here->reply.length);
    default:
      lua_pushlstring(L, bytes, here->reply.length);
      return failure_raise_at(L, level);
  }
}

typedef struct {
  const char *name;
  int32_t function;
} registration;

static int register_function(lua_State *L) {
  registration *what = lua_touserdata(L, 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, machine_of(L)->host_table);
  host_push(L, what->function);
  lua_setfield(L, -2, what->name);
  return 0;
}

void host_push(lua_State *L, int32_t function) {
  lua_pushinteger(L, function);
  lua_pushcclosure(L, call_host, 1);
}

int32_t baton_vm_register(baton_vm *vm, const char *name, int32_t function) {
  registration what = {name, function};
  return machine_enter(vm, register_function, &what);
}

int32_t baton_vm_set_reply(baton_vm *vm, const uint8_t *bytes, size_t length) {
  if (vm->depth == 0) return 0;
  buffer *reply = &vm->levels[vm->depth - 1].reply;
  if (reply->capacity > (1u << 20)) buffer_release(reply);
  reply->length = 0;
  return buffer_append(reply, bytes, length);
}

int32_t baton_vm_place(baton_vm *vm, int32_t level, baton_slice *file, int32_t *line) {
  lua_Debug frame;
  if (!failure_script_frame(vm->running, level, &frame)) return 0;
  const char *name = failure_shown_name(&frame);
  *file = (baton_slice){(const uint8_t *)name, strlen(name)};
  *line = frame.currentline;
  return 1;
}
