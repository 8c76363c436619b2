// The memory limit: every byte that Lua holds is counted, and none beyond the limit is given out.
//
// Lua answers a refusal with a full collection and asks again. A script whose live objects fill the memory would get a
// few bytes from each collection, and spend its time on collecting: so once the limit was met, memory is given out
// again only when a collection left some room below it.

#include <stdlib.h>

#include "machine.h"

/// Bytes allocated between two looks at the clock and at the place. Instructions that copy long strings are slow without
/// running many instructions, so the count hook alone would look too seldom.
#define ALLOCATION_PERIOD (4u << 20)

/// One part in this many must be free after a collection that the limit asked for.
#define ROOM 16

static bool is_refused(baton_vm *vm, uint64_t more) {
  uint64_t limit = vm->limits.memory;
  if (vm->is_full) limit -= limit / ROOM;
  bool refused = more > limit || vm->memory > limit - more;
  vm->is_full = refused;
  return refused;
}

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
    if (is_refused(vm, more)) return NULL;
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
