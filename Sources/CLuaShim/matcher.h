// The matcher of Lua's patterns (reference manual, section 6.4.1), with a bound on its work.
#ifndef BATON_LUA_MATCHER_H
#define BATON_LUA_MATCHER_H

#include "machine.h"

#define CAPTURES 32

typedef struct {
  const char *start;
  /// Bytes of the capture, or one of the two below.
  ptrdiff_t length;
} capture;

enum { CAPTURE_OPEN = -1, CAPTURE_POSITION = -2 };

typedef struct {
  lua_State *L;
  const char *subject;
  const char *subject_end;
  const char *pattern_end;
  /// Steps that are left.
  uint64_t steps;
  /// Nested calls that are left.
  int depth;
  int count;
  capture captures[CAPTURES];
} matcher;

/// Prepares a matcher for one call of a pattern function.
void matcher_open(
  matcher *m, lua_State *L, const char *subject, size_t subject_length, const char *pattern, size_t pattern_length);

/// Matches the pattern at one place of the subject: where the match ends, or NULL.
MAY_RAISE const char *matcher_match(matcher *m, const char *subject, const char *pattern);

/// Pushes capture `index`; without captures, number 0 is the whole match.
MAY_RAISE void matcher_push(matcher *m, int index, const char *start, const char *end);

/// Pushes all captures, or the whole match when there are none and `start` is given; answers how many.
MAY_RAISE int matcher_push_all(matcher *m, const char *start, const char *end);

#endif
