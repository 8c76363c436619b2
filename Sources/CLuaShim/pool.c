// Small blocks of one machine.
//
// Lua's objects are many and small, and Lua says the size of a block when it gives it back: so no block needs a head. Blocks of
// one size share a slab; a slab of which nothing is lent any more serves any size. Slabs are cut from chunks, which stay
// until the machine goes.

#include <stdlib.h>
#include <sys/mman.h>

#include "machine.h"

/// Chunks begin with this many bytes, and double up to the other.
#define FIRST_CHUNK (64u << 10)
#define LARGEST_CHUNK (256u << 10)

/// Beyond so many bytes in all, chunks are pages of the large kind: the kernel hands out one where it would hand out 512.
#define MANY (8u << 20)
#define LARGE_PAGE (2u << 20)

/// Chunks may hold one part in so many beyond the limit: of some sizes, few blocks are lent.
#define SLACK 4

struct pool_chunk {
  pool_chunk *next;
};

static size_t capacity_of(size_t grains) {
  return (POOL_SLAB - sizeof(pool_slab)) / (grains * POOL_GRAIN);
}

/// The chunk's first slab has the place of its head.
static bool add_chunk(pool *p, uint64_t limit) {
  if (p->total > limit && p->total - limit > limit / SLACK) return false;
  size_t length = p->chunks == NULL ? FIRST_CHUNK : p->length < LARGEST_CHUNK ? 2 * p->length : LARGEST_CHUNK;
  if (p->total >= MANY) length = LARGE_PAGE;
  pool_chunk *chunk = aligned_alloc(length < LARGE_PAGE ? POOL_SLAB : LARGE_PAGE, length);
  if (chunk == NULL) return false;
  if (length == LARGE_PAGE) madvise(chunk, length, MADV_HUGEPAGE);
  chunk->next = p->chunks;
  p->chunks = chunk;
  p->length = length;
  p->total += length;
  p->next = (char *)chunk + POOL_SLAB;
  p->end = (char *)chunk + length;
  return true;
}

bool pool_add_slab(pool *p, size_t grains, uint64_t limit) {
  pool_slab *slab = p->empty;
  if (slab != NULL) {
    p->empty = slab->next;
  } else {
    if (p->next == p->end && !add_chunk(p, limit)) return false;
    slab = (pool_slab *)p->next;
    p->next += POOL_SLAB;
  }
  *slab = (pool_slab){.grains = (uint32_t)grains, .capacity = (uint32_t)capacity_of(grains)};
  pool_link(p, slab);
  return true;
}

void pool_release(pool *p) {
  while (p->chunks != NULL) {
    pool_chunk *next = p->chunks->next;
    free(p->chunks);
    p->chunks = next;
  }
}
