// How much of the C stack is left: where Lua does not count what it uses.

#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>

#include "machine.h"

/// The lowest address of this thread's stack; NULL: not asked for yet, or not to be known.
static _Thread_local const char *lowest;
static _Thread_local bool is_asked;

size_t stack_left(void) {
  if (!is_asked) {
    is_asked = true;
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
      void *start = NULL;
      size_t size = 0;
      if (pthread_attr_getstack(&attributes, &start, &size) == 0) lowest = start;
      pthread_attr_destroy(&attributes);
    }
  }
  const char *here = __builtin_frame_address(0);
  if (lowest == NULL) return SIZE_MAX;
  return here > lowest ? (size_t)(here - lowest) : 0;
}
