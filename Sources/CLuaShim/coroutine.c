// `coroutine.resume`, `wrap` and `close`: as Lua's own, but what ends a script goes through them.

#include "machine.h"

static lua_State *check_coroutine(lua_State *L) {
  lua_State *thread = lua_tothread(L, 1);
  luaL_argexpected(L, thread, 1, "coroutine");
  return thread;
}

/// Raises in the resuming thread what no script may catch; the coroutine stays as it is, its pending `__close` do not
/// run: the hook does not reach them there.
static void pass_on(lua_State *L, lua_State *thread, int status) {
  baton_vm *vm = machine_of(L);
  bool memory = status != LUA_OK && status != LUA_YIELD && failure_is_memory(thread, status, -1);
  if (vm->fatal != BATON_VM_OK) failure_fatal(L, vm->fatal, "", 0);
  if (memory) failure_fatal(L, BATON_VM_MEMORY, "", 0);
}

/// From here on, the thread runs, and `L` waits for it.
static void enter(lua_State *L, lua_State *thread, resumption *here) {
  baton_vm *vm = machine_of(L);
  interrupt_prepare(thread);
  *here = (resumption){L, vm->running, vm->resumed};
  vm->running = thread;
  vm->resumed = here;
}

static void leave(lua_State *thread, const resumption *here) {
  baton_vm *vm = machine_of(thread);
  vm->running = here->running;
  vm->resumed = here->outer;
  interrupt_hand_over(thread, here->from);
}

/// How deep closings may be in each other: Lua counts C calls from zero in each.
#define CLOSINGS 150
/// What each may need of the C stack: all the calls that Lua allows, with the buffers of its libraries.
#define CLOSING_STACK (1 << 20)

/// Closes the pending variables of a coroutine: what they run is the coroutine's. One that a hook ended has no hooks any more, so
/// that nothing could end what they run: it stays as it is.
static int reset(lua_State *L, lua_State *thread) {
  baton_vm *vm = machine_of(L);
  if (lua_status(thread) > LUA_YIELD && failure_is_fatal(thread, -1)) {
    return luaL_error(L, "cannot close a coroutine that was ended");
  }
  if (vm->closings >= CLOSINGS || (vm->closings > 0 && stack_left() < CLOSING_STACK)) {
    return luaL_error(L, "C stack overflow: too many coroutines are closed by others that are closed");
  }
  resumption here;
  enter(L, thread, &here);
  vm->closings++;
  int status = lua_resetthread(thread);
  vm->closings--;
  leave(thread, &here);
  pass_on(L, thread, status);
  return status;
}

/// Moves the arguments over, runs the coroutine, moves what it gave back: their number, or -1 with the error on top.
static int resume(lua_State *L, lua_State *thread, int arguments) {
  baton_vm *vm = machine_of(L);
  int headroom = 0;
  if (lua_status(thread) == LUA_OK) {
    headroom = vm->coroutines++ < EARLY_COROUTINES ? COROUTINE_HEADROOM : LATER_HEADROOM;
  }
  if (!lua_checkstack(thread, arguments + headroom)) {
    lua_pushliteral(L, "too many arguments to resume");
    return -1;
  }
  lua_xmove(L, thread, arguments);
  int results = 0;
  resumption here;
  enter(L, thread, &here);
  int status = lua_resume(thread, L, arguments, &results);
  leave(thread, &here);
  pass_on(L, thread, status);
  if (status != LUA_OK && status != LUA_YIELD) {
    lua_xmove(thread, L, 1);
    return -1;
  }
  if (!lua_checkstack(L, results + 1)) {
    lua_pop(thread, results);
    lua_pushliteral(L, "too many results to resume");
    return -1;
  }
  lua_xmove(thread, L, results);
  return results;
}

static int coroutine_resume(lua_State *L) {
  int results = resume(L, check_coroutine(L), lua_gettop(L) - 1);
  lua_pushboolean(L, results >= 0);
  if (results < 0) results = 1;
  lua_insert(L, -(results + 1));
  return results + 1;
}

static int call_wrapped(lua_State *L) {
  lua_State *thread = lua_tothread(L, lua_upvalueindex(1));
  int results = resume(L, thread, lua_gettop(L));
  if (results >= 0) return results;
  int status = lua_status(thread);
  if (status != LUA_OK && status != LUA_YIELD) {
    // It failed: its pending variables are closed, and its error is the one that counts.
    reset(L, thread);
    lua_xmove(thread, L, 1);
  }
  if (lua_type(L, -1) == LUA_TSTRING) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

static int coroutine_wrap(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_State *thread = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, thread, 1);
  lua_pushcclosure(L, call_wrapped, 1);
  return 1;
}

static int coroutine_close(lua_State *L) {
  lua_State *thread = check_coroutine(L);
  int status = lua_status(thread);
  lua_Debug frame;
  bool normal = status == LUA_OK && lua_getstack(thread, 0, &frame) && thread != L;
  if (thread == L || normal) {
    return luaL_error(L, "cannot close a %s coroutine", thread == L ? "running" : "normal");
  }
  status = reset(L, thread);
  if (status == LUA_OK) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushboolean(L, 0);
  lua_xmove(thread, L, 1);
  return 2;
}

const luaL_Reg coroutine_functions[] = {
  {"resume", coroutine_resume}, {"wrap", coroutine_wrap}, {"close", coroutine_close}, {NULL, NULL}};
