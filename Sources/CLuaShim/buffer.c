// Bytes in the wire format, outside of Lua's memory.

#include <stdlib.h>
#include <string.h>

#include "machine.h"

/// What crosses the border at once; a table that names the same tables again and again could grow without an end.
#define LONGEST ((size_t)64 << 20)

bool buffer_reserve(buffer *target, size_t more) {
  if (more <= target->capacity - target->length) return true;
  if (more > LONGEST || target->length > LONGEST - more) return false;
  size_t capacity = target->capacity == 0 ? 512 : target->capacity * 2;
  if (capacity < target->length + more) capacity = target->length + more;
  uint8_t *moved = realloc(target->bytes, capacity);
  if (moved == NULL) return false;
  target->bytes = moved;
  target->capacity = capacity;
  return true;
}

bool buffer_append(buffer *target, const void *bytes, size_t length) {
  if (!buffer_reserve(target, length)) return false;
  if (length > 0) memcpy(target->bytes + target->length, bytes, length);
  target->length += length;
  return true;
}

bool buffer_byte(buffer *target, uint8_t value) { return buffer_append(target, &value, 1); }

bool buffer_count(buffer *target, uint32_t value) { return buffer_append(target, &value, sizeof value); }

bool buffer_integer(buffer *target, int64_t value) {
  return buffer_byte(target, BATON_WIRE_INTEGER) && buffer_append(target, &value, sizeof value);
}

bool buffer_string(buffer *target, const char *bytes, size_t length) {
  if (!buffer_reserve(target, length + 5)) return false;
  if (length < 256) {
    buffer_byte(target, BATON_WIRE_SHORT_STRING);
    buffer_byte(target, (uint8_t)length);
  } else {
    buffer_byte(target, BATON_WIRE_STRING);
    buffer_count(target, (uint32_t)length);
  }
  return buffer_append(target, bytes, length);
}

void buffer_release(buffer *target) {
  free(target->bytes);
  *target = (buffer){0};
}
