/// Files: what Glibc's module hides behind variadics, or behind a struct of the same name.
#pragma once

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/// flock(2): `LOCK_EX | LOCK_NB`.
static inline int baton_try_lock(int fd) {
  int result;
  do result = flock(fd, LOCK_EX | LOCK_NB);
  while (result < 0 && errno == EINTR);
  return result;
}

/// Writes all bytes, and waits where a descriptor takes no more at the moment; false, with `errno`, when it cannot.
static inline bool baton_write_all(int fd, const void *bytes, size_t count) {
  const char *next = (const char *)bytes;
  while (count > 0) {
    ssize_t written = write(fd, next, count);
    if (written >= 0) {
      next += written;
      count -= (size_t)written;
    } else if (errno == EAGAIN) {
      struct pollfd room = {.fd = fd, .events = POLLOUT};
      poll(&room, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

/// A file that exists in memory only, closed on exec.
static inline int baton_memory_file(const char *name) { return (int)syscall(SYS_memfd_create, name, 1u /* MFD_CLOEXEC */); }

/// Makes a pipe larger; the answer does not matter.
static inline void baton_pipe_resize(int fd, int bytes) { (void)fcntl(fd, 1031 /* F_SETPIPE_SZ */, bytes); }

static inline int baton_set_nonblocking(int fd) {
  int flags = fcntl(fd, F_GETFL);
  return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

/// A pipe, both ends closed on exec, of which the reading end never blocks.
static inline int baton_pipe(int *ends) {
  if (syscall(SYS_pipe2, ends, O_CLOEXEC) != 0) return -1;
  return fcntl(ends[0], F_SETFL, O_NONBLOCK);
}

/// A copy of a descriptor, 3 or higher, closed on exec.
static inline int baton_duplicate(int fd) { return fcntl(fd, F_DUPFD_CLOEXEC, 3); }

/// ioctl(FICLONE): the file `to` shares the blocks of `from`, on file systems that can.
static inline int baton_clone_file(int to, int from) { return ioctl(to, 0x40049409 /* FICLONE */, from); }

/// Nanoseconds since 1970 of the last change of a file's content.
static inline int64_t baton_modified(const struct stat *info) {
  return (int64_t)info->st_mtim.tv_sec * 1000000000 + info->st_mtim.tv_nsec;
}

/// Nanoseconds since 1970 of the last change of a file's content, mode, owner or links.
static inline int64_t baton_changed(const struct stat *info) {
  return (int64_t)info->st_ctim.tv_sec * 1000000000 + info->st_ctim.tv_nsec;
}
