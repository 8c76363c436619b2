// SipHash-2-4 with 128 bits of output (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012; the long
// output as in the authors' reference description).

#include <string.h>

#include "include/CLuaShim.h"

static uint64_t rotate(uint64_t value, int bits) { return value << bits | value >> (64 - bits); }

static void rounds(uint64_t v[4], int count) {
  while (count-- > 0) {
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
  }
}

static uint64_t load(const uint8_t *bytes, size_t count) {
  uint64_t word = 0;
  memcpy(&word, bytes, count);
  return word;
}

void baton_siphash_128(const uint8_t *bytes, size_t length, const uint8_t key[16], uint8_t digest[16]) {
  uint64_t k0 = load(key, 8), k1 = load(key + 8, 8);
  uint64_t v[4] = {
    k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d ^ 0xee, k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573};
  size_t whole = length & ~(size_t)7;
  for (size_t offset = 0; offset < whole; offset += 8) {
    uint64_t word = load(bytes + offset, 8);
    v[3] ^= word;
    rounds(v, 2);
    v[0] ^= word;
  }
  uint64_t last = (uint64_t)length << 56;
  if (length > whole) last |= load(bytes + whole, length - whole);
  v[3] ^= last;
  rounds(v, 2);
  v[0] ^= last;
  v[2] ^= 0xee;
  rounds(v, 4);
  uint64_t low = v[0] ^ v[1] ^ v[2] ^ v[3];
  v[1] ^= 0xdd;
  rounds(v, 4);
  uint64_t high = v[0] ^ v[1] ^ v[2] ^ v[3];
  memcpy(digest, &low, 8);
  memcpy(digest + 8, &high, 8);
}
