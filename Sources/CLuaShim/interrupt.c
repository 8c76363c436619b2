// The time limit: a hook that looks at the clock, and that a script's `pcall` cannot swallow. A tick of the thread sets it for
// one instruction (see ticker.c); where ticks do not suffice, it counts instructions.
//
// Once the deadline has passed, the hook fires at every instruction, so that code which catches its error meets it
// again at once. `pcall`, `xpcall` and the coroutine functions of this folder pass it on as well.
//
// What counts is the time that the thread worked: on a busy machine a script of milliseconds may wait for seconds. A script
// that does not get to work is ended too, after several times its limit.

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "machine.h"

static int64_t monotonic_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/// After so many times its limit a call ends however little of it was work.
#define PATIENCE 4

static int64_t worked_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t later(int64_t moment, int64_t span) { return span > INT64_MAX - moment ? INT64_MAX : moment + span; }

/// Whether somebody at the keyboard wants all scripts to end.
static volatile sig_atomic_t cancelled;

void baton_vm_cancel(bool wanted) { cancelled = wanted; }

/// From here on, what the thread works counts.
static void count_work(baton_vm *vm) { vm->work_end = later(worked_nanoseconds(), vm->limit); }

void interrupt_pause(baton_vm *vm) {
  if (vm->deadline != 0 && vm->work_end == 0) count_work(vm);
}

void interrupt_begin(baton_vm *vm, int64_t limit) {
  int64_t now = monotonic_nanoseconds(), deadline = later(now, limit);
  if (vm->deadline != 0 && deadline >= vm->deadline) return;
  vm->deadline = deadline;
  vm->limit = limit;
  vm->begun = now;
  vm->work_end = 0;
  vm->last_deadline = later(now, limit > INT64_MAX / PATIENCE ? INT64_MAX : limit * PATIENCE);
}

/// A call that is shorter is over before anybody has lost patience.
#define QUICK 1000000000
#define BETWEEN_LOOKS 50000000

void interrupt_heed_signals(baton_vm *vm, bool wanted) {
  vm->signal_look = wanted ? later(monotonic_nanoseconds(), QUICK) : 0;
}

/// The signal that waits; 0: none.
static int waiting_signal(void) {
  sigset_t waiting;
  if (sigpending(&waiting) != 0) return 0;
  return sigismember(&waiting, SIGINT) == 1 ? SIGINT : sigismember(&waiting, SIGTERM) == 1 ? SIGTERM : 0;
}

bool interrupt_due(baton_vm *vm) {
  if (vm->deadline == 0) return false;
  if (cancelled) return true;
  int64_t now = monotonic_nanoseconds();
  if (vm->signal_look != 0 && now >= vm->signal_look) {
    if (waiting_signal() != 0) return true;
    vm->signal_look = later(now, BETWEEN_LOOKS);
  }
  if (vm->work_end == 0 && now != vm->begun) count_work(vm);
  if (now < vm->deadline) return false;
  int64_t left = vm->work_end - worked_nanoseconds();
  if (left <= 0 || now >= vm->last_deadline) return true;
  int64_t next = later(now, left);
  vm->deadline = next < vm->last_deadline ? next : vm->last_deadline;
  return false;
}

static void look(lua_State *L, lua_Debug *activation);

/// Whether instructions are counted: a compiled library may run Lua on threads that nobody here knows of.
static bool counts(const baton_vm *vm) { return vm->has_libraries || !ticker_is_there(); }

static void rest(lua_State *L) {
  if (counts(machine_of(L))) lua_sethook(L, look, LUA_MASKCOUNT, HOOK_PERIOD);
  else lua_sethook(L, NULL, 0, 0);
}

static void look(lua_State *L, lua_Debug *activation) {
  (void)activation;
  if (interrupt_due(machine_of(L))) {
    lua_sethook(L, look, LUA_MASKCOUNT, 1);
    interrupt_check(L);
  } else if (lua_gethookcount(L) != HOOK_PERIOD) {
    failure_note_place(L);
    rest(L);
  }
}

void interrupt_prepare(lua_State *L) {
  if (counts(machine_of(L)) && lua_gethook(L) == NULL) rest(L);
}

void interrupt_soon(baton_vm *vm) {
  if (vm->running != NULL) lua_sethook(vm->running, look, LUA_MASKCOUNT, 1);
}

void interrupt_hand_over(lua_State *thread, lua_State *to) {
  if (lua_gethook(thread) == look && lua_gethookcount(thread) == 1) lua_sethook(to, look, LUA_MASKCOUNT, 1);
}

MAY_RAISE void interrupt_check(lua_State *L) {
  baton_vm *vm = machine_of(L);
  if (!interrupt_due(vm)) return;
  char number[16] = "";
  if (vm->signal_look != 0 && monotonic_nanoseconds() >= vm->signal_look) {
    snprintf(number, sizeof number, "%d", waiting_signal());
  }
  failure_fatal(L, BATON_VM_TIME, number, strlen(number));
}
