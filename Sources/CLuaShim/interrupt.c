// The time limit: a count hook that looks at the clock, and that a script's `pcall` cannot swallow.
//
// Once the deadline has passed, the hook fires at every instruction, so that code which catches its error meets it
// again at once. `pcall`, `xpcall` and the coroutine functions of this folder pass it on as well.

#include <stdio.h>
#include <time.h>

#include "machine.h"

int64_t monotonic_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

bool interrupt_due(const baton_vm *vm) { return vm->deadline != 0 && monotonic_nanoseconds() >= vm->deadline; }

static void look(lua_State *L, lua_Debug *activation) {
  (void)activation;
  if (interrupt_due(machine_of(L))) {
    lua_sethook(L, look, LUA_MASKCOUNT, 1);
    interrupt_check(L);
  } else if (lua_gethookcount(L) != HOOK_PERIOD) {
    failure_note_place(L);
    lua_sethook(L, look, LUA_MASKCOUNT, HOOK_PERIOD);
  }
}

void interrupt_install(lua_State *L) { lua_sethook(L, look, LUA_MASKCOUNT, HOOK_PERIOD); }

void interrupt_soon(baton_vm *vm) {
  if (vm->running != NULL) lua_sethook(vm->running, look, LUA_MASKCOUNT, 1);
}

MAY_RAISE void interrupt_check(lua_State *L) {
  if (interrupt_due(machine_of(L))) failure_fatal(L, BATON_VM_TIME, "", 0);
}
