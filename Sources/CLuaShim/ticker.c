// Ticks of the thread that runs Lua: after so much work of it, a signal says so to the machine that runs.
//
// A count hook costs at every instruction of every script, and all but a few calls end before anybody looks at the clock. So
// there is no hook until a tick sets one: `lua_sethook` may be called in a handler of the same thread. The timer counts the
// processor's time, thus it stays silent while the thread waits, and interrupts no system call that waits. It is started where
// it stands when Lua is entered, and starts itself again only while Lua runs.

#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "machine.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/// Between two ticks, in nanoseconds of the thread's work.
#define TICK 10000000
#define SIGNAL SIGVTALRM

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t timers;
static bool is_handled;

/// What this thread has: read by its handler.
static _Thread_local baton_vm *volatile entered;
static _Thread_local timer_t timer;
static _Thread_local volatile sig_atomic_t is_started;
/// 0: not asked for yet; 1: there; -1: this system has none.
static _Thread_local volatile sig_atomic_t state;

static void start(void) {
  struct itimerspec next = {.it_value = {.tv_nsec = TICK}};
  is_started = timer_settime(timer, 0, &next, NULL) == 0;
}

static void tick(int number) {
  (void)number;
  baton_vm *vm = entered;
  if (vm == NULL) {
    is_started = 0;
    return;
  }
  int error = errno;
  interrupt_soon(vm);
  start();
  errno = error;
}

static void end_timer(void *owned) {
  (void)owned;
  state = -1;
  timer_delete(timer);
}

/// Timers are not the child's.
static void forget(void) {
  state = 0;
  is_started = 0;
}

static void prepare(void) {
  struct sigaction action = {.sa_handler = tick, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  is_handled = pthread_key_create(&timers, end_timer) == 0 && pthread_atfork(NULL, NULL, forget) == 0
    && sigaction(SIGNAL, &action, NULL) == 0;
}

static bool make_timer(void) {
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGNAL};
  sigset_t own;
  pthread_once(&once, prepare);
  event.sigev_notify_thread_id = gettid();
  sigemptyset(&own);
  sigaddset(&own, SIGNAL);
  if (!is_handled || timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer) != 0) return false;
  if (pthread_setspecific(timers, &timers) == 0 && pthread_sigmask(SIG_UNBLOCK, &own, NULL) == 0) return true;
  timer_delete(timer);
  return false;
}

bool ticker_is_there(void) {
  if (state == 0) state = make_timer() ? 1 : -1;
  return state > 0;
}

baton_vm *ticker_enter(baton_vm *vm) {
  baton_vm *outer = entered;
  entered = vm;
  // The handler sees either the machine or that it need not start again.
  atomic_signal_fence(memory_order_seq_cst);
  if (!is_started && ticker_is_there()) start();
  return outer;
}

void ticker_leave(baton_vm *outer) { entered = outer; }
