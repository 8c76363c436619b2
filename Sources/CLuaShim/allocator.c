// The memory limit: every byte that Lua holds is counted, and none beyond the limit is given out.

#include <stdlib.h>

#include "machine.h"

/// Bytes allocated between two looks at the clock. Instructions that copy long strings are slow without running many
/// instructions, so the count hook alone would look too seldom.
#define ALLOCATION_PERIOD (4u << 20)

void *machine_allocate(void *context, void *block, size_t old_size, size_t new_size) {
  baton_vm *vm = context;
  if (block == NULL) old_size = 0;
  if (new_size == 0) {
    free(block);
    vm->memory -= old_size;
    return NULL;
  }
  if (new_size > old_size) {
    uint64_t more = new_size - old_size;
    if (more > vm->limits.memory || vm->memory > vm->limits.memory - more) return NULL;
    vm->allocated += more;
    if (vm->allocated > ALLOCATION_PERIOD) {
      vm->allocated = 0;
      interrupt_soon(vm);
    }
  }
  void *moved = realloc(block, new_size);
  if (moved != NULL) vm->memory = vm->memory - old_size + new_size;
  // Lua relies on shrinking to succeed.
  return moved == NULL && new_size <= old_size ? block : moved;
}
