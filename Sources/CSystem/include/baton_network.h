/// Networks of processes' own.
#pragma once

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/// CLONE_NEWNET and CLONE_NEWUSER of <sched.h>, which shows them to those alone who defined _GNU_SOURCE first.
enum { baton_new_network = 0x40000000, baton_new_users = 0x10000000 };

static inline int baton_write_text(const char *path, const char *text) {
  int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return -1;
  ssize_t written = write(file, text, strlen(text));
  int error = errno;
  close(file);
  errno = error;
  return written == (ssize_t)strlen(text) ? 0 : -1;
}

/// Puts this process, which has one thread, into a network of its own in which there is nothing but the loopback. Who may not
/// make one has a namespace of users made around it, in which it stays who it is.
static inline int baton_network_make(void) {
  uid_t user = geteuid();
  gid_t group = getegid();
  if (syscall(SYS_unshare, baton_new_network) != 0) {
    if (syscall(SYS_unshare, baton_new_users | baton_new_network) != 0) return -1;
    char text[64];
    (void)baton_write_text("/proc/self/setgroups", "deny");
    snprintf(text, sizeof text, "%u %u 1", (unsigned)user, (unsigned)user);
    if (baton_write_text("/proc/self/uid_map", text) != 0) return -1;
    snprintf(text, sizeof text, "%u %u 1", (unsigned)group, (unsigned)group);
    if (baton_write_text("/proc/self/gid_map", text) != 0) return -1;
  }
  int file = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (file < 0) return -1;
  struct ifreq request;
  memset(&request, 0, sizeof request);
  strcpy(request.ifr_name, "lo");
  int result = ioctl(file, SIOCGIFFLAGS, &request);
  if (result == 0) {
    request.ifr_flags |= IFF_UP | IFF_RUNNING;
    result = ioctl(file, SIOCSIFFLAGS, &request);
  }
  int error = errno;
  close(file);
  errno = error;
  return result;
}

/// 1: the process has another namespace of this kind (`net`, `user`) than this one; 0: the same. -1: there is no such process.
static inline int baton_namespace_differs(pid_t pid, const char *kind) {
  char path[64];
  struct stat own, other;
  snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)pid, kind);
  if (stat(path, &other) != 0) return -1;
  snprintf(path, sizeof path, "/proc/self/ns/%s", kind);
  if (stat(path, &own) != 0) return -1;
  return own.st_ino != other.st_ino || own.st_dev != other.st_dev;
}

/// Puts this process, which has one thread, into a namespace of another process.
static inline int baton_namespace_enter(pid_t pid, const char *kind) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)pid, kind);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  int result = (int)syscall(SYS_setns, file, 0);
  int error = errno;
  close(file);
  errno = error;
  return result;
}
