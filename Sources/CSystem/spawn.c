#define _GNU_SOURCE
#include "baton_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { stack_size = 64 * 1024 };

typedef struct child_context {
  const baton_spawn_request *request;
  baton_spawn_result result;
} child_context;

void *baton_spawn_stack_make(void) {
  void *stack = mmap(NULL, stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  return stack == MAP_FAILED ? NULL : stack;
}

void baton_spawn_stack_free(void *stack) {
  if (stack != NULL) munmap(stack, stack_size);
}

/// What the kernel takes (rt_sigaction(2)); glibc's own function refuses the two signals that glibc uses itself, and those
/// may be inherited as ignored as well.
typedef struct kernel_action {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)(void);
  uint64_t mask;
} kernel_action;

static long kernel_sigaction(int signal, const kernel_action *action, kernel_action *old) {
  return syscall(SYS_rt_sigaction, signal, action, old, sizeof(uint64_t));
}

uint64_t baton_ignored_signals(void) {
  uint64_t ignored = 0;
  for (int signal = 1; signal <= 64; signal++) {
    kernel_action action = {0};
    if (kernel_sigaction(signal, NULL, &action) == 0 && action.handler == SIG_IGN) ignored |= 1ull << (signal - 1);
  }
  return ignored;
}

bool baton_can_mark(uint64_t first) {
  struct rlimit limit;
  return getrlimit(RLIMIT_RTTIME, &limit) == 0 && limit.rlim_cur >= first && limit.rlim_max == RLIM_INFINITY;
}

static int fail(child_context *context, baton_spawn_stage stage) {
  context->result.stage = stage;
  context->result.error = errno;
  _exit(127);
}

/// Runs in the child, in the parent's memory while the parent's thread stands still: only system calls, no allocation.
static int child_main(void *argument) {
  child_context *context = argument;
  const baton_spawn_request *request = context->request;
  setpgid(0, 0);

  // exec resets handlers; what is ignored would stay ignored.
  if (request->ignored_signals != 0) {
    const kernel_action action = {.handler = SIG_DFL};
    for (int signal = 1; signal <= 64; signal++)
      if (request->ignored_signals >> (signal - 1) & 1) kernel_sigaction(signal, &action, NULL);
  }

  if (dup2(request->input, 0) < 0 || dup2(request->output, 1) < 0 || dup2(request->output, 2) < 0)
    fail(context, baton_spawn_descriptor);
  if (request->inherited >= 0 && fcntl(request->inherited, F_SETFD, 0) < 0) fail(context, baton_spawn_descriptor);
  if (chdir(request->folder) != 0) fail(context, baton_spawn_folder);

  if (request->mark != 0) {
    const struct rlimit mark = {.rlim_cur = request->mark, .rlim_max = RLIM_INFINITY};
    setrlimit(RLIMIT_RTTIME, &mark);
  }

  if (request->death_signal != 0) prctl(PR_SET_PDEATHSIG, request->death_signal);

  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execve(request->path, request->arguments, request->environment);
  return fail(context, baton_spawn_program);
}

baton_spawn_result baton_spawn(const baton_spawn_request *request, void *stack) {
  child_context context = {.request = request, .result = {.pid = -1, .pidfd = -1}};
  int pidfd = -1;
  // A handler of this process must not run in the child, which shares its memory. glibc's own function leaves two out.
  const uint64_t all = ~0ull;
  uint64_t before = 0;
  (void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all);
  int pid = clone(
    child_main, (char *)stack + stack_size, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &context, &pidfd);
  const int error = errno;
  (void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof before);
  if (pid < 0) {
    context.result.stage = baton_spawn_process;
    context.result.error = error;
    return context.result;
  }
  context.result.pid = pid;
  context.result.pidfd = pidfd;
  if (context.result.stage != baton_spawn_done) {
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
    close(pidfd);
    context.result.pid = -1;
    context.result.pidfd = -1;
  }
  return context.result;
}

void baton_close_inherited_on_exec(void) {
  if (syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC) == 0) return;
  // Before Linux 5.11.
  long limit = sysconf(_SC_OPEN_MAX);
  for (int fd = 3; fd < (limit > 0 && limit < 65536 ? limit : 65536); fd++) {
    int flags = fcntl(fd, F_GETFD);
    if (flags >= 0) fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
  }
}
