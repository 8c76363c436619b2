/// Processes: waiting for them, sending signals, looking after orphans.
#pragma once

#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/// The environment of this process: `NAME=value` strings, ended by NULL.
static inline char **baton_environment(void) { return environ; }

static inline pid_t baton_thread_id(void) { return (pid_t)syscall(SYS_gettid); }

/// Orphans among the descendants of this process become its children: those of its first thread.
static inline int baton_become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1); }

static inline int baton_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0u); }

/// Takes the mark off this process and those that it starts (`baton_spawn_request.mark`).
static inline void baton_unmark(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_RTTIME, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_RTTIME, &limit);
}

/// How a child ended.
typedef struct baton_exit {
  /// 0: it still runs. -1: there is no such child.
  pid_t pid;
  /// The exit code, or -1.
  int code;
  /// The signal that killed it, or 0.
  int signal;
} baton_exit;

static inline baton_exit baton_reap(idtype_t kind, id_t id, int options) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  int result;
  do result = waitid(kind, id, &info, WEXITED | WNOHANG | options);
  while (result < 0 && errno == EINTR);
  baton_exit end = {.pid = result < 0 ? -1 : info.si_pid, .code = -1, .signal = 0};
  if (end.pid > 0) {
    if (info.si_code == CLD_EXITED) end.code = info.si_status;
    else end.signal = info.si_status;
  }
  return end;
}

/// Reaps one child of this process, whichever thread made it, if it has ended.
static inline baton_exit baton_reap_child(pid_t pid) { return baton_reap(P_PID, (id_t)pid, 0); }

/// Reaps any child of the calling thread that has ended: on a subreaper's first thread those are the orphans, as long as
/// that thread makes no children itself. `pid` is -1 when the thread has no child at all.
static inline baton_exit baton_reap_orphan(void) { return baton_reap(P_ALL, 0, __WNOTHREAD); }

/// Whether any signal can be sent to a process of the group: 0 when there is none left.
static inline int baton_group_exists(pid_t group) { return kill(-group, 0) == 0 || errno != ESRCH; }
