/// The terminal.
#pragma once

#include <sys/ioctl.h>
#include <unistd.h>

typedef struct baton_size {
  int columns;
  int rows;
} baton_size;

/// The size of the terminal behind a descriptor; zeros when it is none.
static inline baton_size baton_terminal_size(int fd) {
  struct winsize size = {0};
  baton_size result = {0, 0};
  if (ioctl(fd, TIOCGWINSZ, &size) == 0) {
    result.columns = size.ws_col;
    result.rows = size.ws_row;
  }
  return result;
}
