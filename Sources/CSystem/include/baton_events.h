/// Waiting: epoll, eventfd, signalfd, inotify, clocks.
#pragma once

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

/// One thing that epoll reports: the tag that the descriptor was registered with, and `baton_readable` and so on.
typedef struct baton_ready {
  uint64_t tag;
  uint32_t events;
} baton_ready;

static const uint32_t baton_readable = EPOLLIN;
static const uint32_t baton_hung_up = EPOLLHUP | EPOLLERR;

static inline int baton_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static inline int baton_epoll_add(int epoll, int fd, uint64_t tag) {
  struct epoll_event event = {.events = EPOLLIN, .data = {.u64 = tag}};
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

/// Whether a registered descriptor is told of.
static inline int baton_epoll_listen(int epoll, int fd, uint64_t tag, int on) {
  struct epoll_event event = {.events = on ? EPOLLIN : 0, .data = {.u64 = tag}};
  return epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event);
}

/// Closes a registered descriptor. It is taken out first: a process that is being started at this moment has a copy of it,
/// and epoll would go on telling of it as long as that is there.
static inline int baton_epoll_close(int epoll, int fd) {
  (void)epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
  return close(fd);
}

/// Waits for at most `timeout` milliseconds (-1: without limit). `capacity` is at most 128.
static inline int baton_epoll_wait(int epoll, baton_ready *ready, int capacity, int timeout) {
  struct epoll_event events[128];
  if (capacity > 128) capacity = 128;
  int count = epoll_wait(epoll, events, capacity, timeout);
  for (int i = 0; i < count; i++) {
    ready[i].tag = events[i].data.u64;
    ready[i].events = events[i].events;
  }
  return count;
}

/// A counter to wake a reactor with; non-blocking.
static inline int baton_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

static inline void baton_eventfd_raise(int fd) {
  uint64_t one = 1;
  while (write(fd, &one, sizeof one) < 0 && errno == EINTR) {}
}

static inline void baton_eventfd_clear(int fd) {
  uint64_t count;
  while (read(fd, &count, sizeof count) < 0 && errno == EINTR) {}
}

/// Blocks these signals in the calling thread (and in those that it makes), and gives a descriptor that reports them.
static inline int baton_signalfd(const int *signals, int count) {
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < count; i++) sigaddset(&set, signals[i]);
  int error = pthread_sigmask(SIG_BLOCK, &set, NULL);
  if (error != 0) {
    errno = error;
    return -1;
  }
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/// The signals that came in, at most `capacity` (and at most 16) of them; returns how many.
static inline int baton_signalfd_read(int fd, int *signals, int capacity) {
  struct signalfd_siginfo infos[16];
  if (capacity > 16) capacity = 16;
  ssize_t bytes;
  do bytes = read(fd, infos, (size_t)capacity * sizeof infos[0]);
  while (bytes < 0 && errno == EINTR);
  int count = bytes < 0 ? 0 : (int)(bytes / (ssize_t)sizeof infos[0]);
  for (int i = 0; i < count; i++) signals[i] = (int)infos[i].ssi_signo;
  return count;
}

/// Blocks every signal in the calling thread: for threads that must never be interrupted.
static inline void baton_block_all_signals(void) {
  sigset_t set;
  sigfillset(&set);
  pthread_sigmask(SIG_SETMASK, &set, NULL);
}

static inline int baton_inotify(void) { return inotify_init1(IN_CLOEXEC | IN_NONBLOCK); }

/// Reports files that are moved into a folder.
static inline int baton_inotify_arrivals(int fd, const char *folder) {
  return inotify_add_watch(fd, folder, IN_MOVED_TO | IN_ONLYDIR);
}

/// Reports files of a folder that are written to.
static inline int baton_inotify_writes(int fd, const char *folder) {
  return inotify_add_watch(fd, folder, IN_MODIFY | IN_ONLYDIR);
}

/// Reports every change of the files of a folder: made, written to the end, moved, deleted.
static inline int baton_inotify_changes(int fd, const char *folder) {
  return inotify_add_watch(fd, folder, IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVE | IN_ONLYDIR);
}

/// One event out of what `read` on an inotify descriptor gave: which watch, and the file's name.
typedef struct baton_change {
  int watch;
  /// The queue ran over: anything may have changed.
  int overflow;
  /// Points into the buffer; NULL where there is none.
  const char *name;
  /// Bytes to go on to the next event.
  size_t size;
} baton_change;

static inline baton_change baton_inotify_event(const void *bytes) {
  const struct inotify_event *event = (const struct inotify_event *)bytes;
  baton_change change = {
    .watch = event->wd,
    .overflow = (event->mask & IN_Q_OVERFLOW) != 0,
    .name = event->len > 0 ? event->name : NULL,
    .size = sizeof *event + event->len,
  };
  return change;
}

/// Nanoseconds since the machine started, time asleep included: no one can set this clock.
static inline int64_t baton_boottime(void) {
  struct timespec time;
  clock_gettime(CLOCK_BOOTTIME, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/// Nanoseconds since 1970 by the clock on the wall.
static inline int64_t baton_walltime(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}
