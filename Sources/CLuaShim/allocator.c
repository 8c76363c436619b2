// The memory limit: every byte that Lua holds is counted, and none beyond the limit is given out.
//
// Lua answers a refusal with a full collection and asks again. A script whose live objects fill the memory would get a
// few bytes from each collection, and spend its time on collecting: so once the limit was met, memory is given out
// again only when a collection left some room below it.

#include <stdlib.h>
#include <string.h>

#include "machine.h"

/// Bytes allocated between two looks at the clock and at the place: a few instructions that copy long strings may take all
/// memory between two ticks.
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

// Until Lua 5.4.4, `a .. b .. c` uses a pointer into a stack that is gone when a `__concat` moves the stack: refs are joined
// so. A stack moves when it grows, which room prepared beforehand avoids (`STACK_HEADROOM`), and when a collection finds it too large.
// Collections that a refused request for memory begins leave stacks as they are: so these are the only ones.
#define COLLECTS_WHEN_REFUSED (LUA_VERSION_RELEASE_NUM <= 50404)

/// The first collection is not worth it below this size.
#define FIRST_COLLECTION (1u << 20)

/// Up to so many live bytes, collections wait until there are twice as many; beyond, until there is half as much again.
#define MANY (16u << 20)

void allocator_begin(baton_vm *vm) {
  if (COLLECTS_WHEN_REFUSED) lua_gc(vm->main, LUA_GCSTOP);
}

/// Whether Lua has to collect before it gets so many bytes more for an object. It asks again at once, and gets them; the
/// buffers of its libraries do not ask again.
static bool must_collect(baton_vm *vm, uint64_t more) {
  if (!COLLECTS_WHEN_REFUSED) return false;
  if (vm->next_collection == 0) vm->next_collection = FIRST_COLLECTION;
  if (vm->has_asked) {
    vm->has_asked = false;
    uint64_t live = vm->memory + more;
    uint64_t next = live > MANY ? live + live / 2 : 2 * live;
    vm->next_collection = next > FIRST_COLLECTION ? next : FIRST_COLLECTION;
    return false;
  }
  vm->has_asked = vm->memory + more > vm->next_collection;
  return vm->has_asked;
}

static void give_back(baton_vm *vm, void *block, size_t size) {
  if (block == NULL) return;
  if (pool_has(size)) {
    pool_return(&vm->pool, block);
  } else {
    free(block);
  }
}

static void *moved_block(baton_vm *vm, void *block, size_t old_size, size_t new_size) {
  bool is_pooled = pool_has(new_size);
  if (block != NULL && !is_pooled && !pool_has(old_size)) return realloc(block, new_size);
  // Lua relies on shrinking to succeed.
  uint64_t limit = new_size < old_size ? UINT64_MAX : vm->limits.memory;
  void *moved = is_pooled ? pool_lend(&vm->pool, new_size, limit) : malloc(new_size);
  if (moved == NULL || block == NULL) return moved;
  memcpy(moved, block, old_size < new_size ? old_size : new_size);
  give_back(vm, block, old_size);
  return moved;
}

void *machine_allocate(void *context, void *block, size_t old_size, size_t new_size) {
  baton_vm *vm = context;
  // Of a new object, `old_size` is its kind.
  bool is_object = block == NULL && old_size != 0;
  if (block == NULL) old_size = 0;
  if (new_size == 0) {
    give_back(vm, block, old_size);
    vm->memory -= old_size;
    return NULL;
  }
  if (new_size > old_size) {
    uint64_t more = new_size - old_size;
    if ((is_object && must_collect(vm, more)) || is_refused(vm, more)) return NULL;
    vm->allocated += more;
    if (vm->allocated > ALLOCATION_PERIOD) {
      vm->allocated = 0;
      interrupt_soon(vm);
    }
  }
  void *moved = moved_block(vm, block, old_size, new_size);
  if (moved == NULL && new_size > old_size) return NULL;
  vm->memory = vm->memory - old_size + new_size;
  return moved == NULL ? block : moved;
}
