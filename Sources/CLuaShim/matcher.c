// The matcher of Lua's patterns, written from the reference manual's section 6.4.1.
//
// A pattern is tried by backtracking, so its work can grow exponentially, and no hook sees it: each tried byte is a
// step out of a budget.

#include "matcher.h"

#include <ctype.h>
#include <string.h>

/// Nested calls of the matcher.
#define DEPTH 200
/// Steps for each byte of the subject, on top of the machine's limit.
#define STEPS_A_BYTE 32
/// Steps between two looks at the clock, as a mask.
#define CLOCK_MASK 0xfffff

static const char *match(matcher *m, const char *s, const char *p);

void matcher_open(
  matcher *m, lua_State *L, const char *subject, size_t subject_length, const char *pattern, size_t pattern_length) {
  m->L = L;
  m->subject = subject;
  m->subject_end = subject + subject_length;
  m->pattern_end = pattern + pattern_length;
  m->steps = machine_of(L)->limits.pattern_steps + STEPS_A_BYTE * (uint64_t)subject_length;
  m->count = 0;
}

static void spend(matcher *m) {
  if (m->steps-- == 0) {
    m->steps = 0;
    luaL_error(m->L, "pattern takes too many steps on this subject of %d bytes", (int)(m->subject_end - m->subject));
  }
  if ((m->steps & CLOCK_MASK) == 0) interrupt_check(m->L);
}

static bool in_class(unsigned char byte, char class) {
  bool inside;
  switch (tolower((unsigned char)class)) {
    case 'a': inside = isalpha(byte); break;
    case 'c': inside = iscntrl(byte); break;
    case 'd': inside = isdigit(byte); break;
    case 'g': inside = isgraph(byte); break;
    case 'l': inside = islower(byte); break;
    case 'p': inside = ispunct(byte); break;
    case 's': inside = isspace(byte); break;
    case 'u': inside = isupper(byte); break;
    case 'w': inside = isalnum(byte); break;
    case 'x': inside = isxdigit(byte); break;
    case 'z': inside = byte == 0; break;
    default: return (unsigned char)class == byte;
  }
  return isupper((unsigned char)class) ? !inside : inside;
}

/// Whether the byte is in the set that starts at `[` and ends at the `]` at `last`.
static bool in_set(unsigned char byte, const char *set, const char *last) {
  bool wanted = true;
  const char *at = set + 1;
  if (*at == '^') {
    wanted = false;
    at++;
  }
  while (at < last) {
    if (*at == '%') {
      if (in_class(byte, at[1])) return wanted;
      at += 2;
    } else if (at[1] == '-' && at + 2 < last) {
      if ((unsigned char)at[0] <= byte && byte <= (unsigned char)at[2]) return wanted;
      at += 3;
    } else {
      if ((unsigned char)*at == byte) return wanted;
      at++;
    }
  }
  return !wanted;
}

/// Where the single-byte item at `p` ends.
static const char *item_end(matcher *m, const char *p) {
  if (*p == '%') {
    if (p + 1 >= m->pattern_end) luaL_error(m->L, "malformed pattern (ends with '%%')");
    return p + 2;
  }
  if (*p != '[') return p + 1;
  const char *at = p + 1;
  if (at < m->pattern_end && *at == '^') at++;
  // A `]` in the first place stands for itself.
  bool first = true;
  while (first || at >= m->pattern_end || *at != ']') {
    if (at >= m->pattern_end) luaL_error(m->L, "malformed pattern (missing ']')");
    if (*at++ == '%') {
      if (at >= m->pattern_end) luaL_error(m->L, "malformed pattern (missing ']')");
      at++;
    }
    first = false;
  }
  return at + 1;
}

static bool matches_one(matcher *m, const char *s, const char *p, const char *end) {
  spend(m);
  if (s >= m->subject_end) return false;
  switch (*p) {
    case '.': return true;
    case '%': return in_class((unsigned char)*s, p[1]);
    case '[': return in_set((unsigned char)*s, p, end - 1);
    default: return *p == *s;
  }
}

/// `%bxy`: from an `x` to the `y` that balances it.
static const char *match_balanced(matcher *m, const char *s, const char *p) {
  if (p + 1 >= m->pattern_end) luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
  if (s >= m->subject_end || *s != p[0]) return NULL;
  int open = 1;
  for (const char *at = s + 1; at < m->subject_end; at++) {
    spend(m);
    if (*at == p[1]) {
      if (--open == 0) return at + 1;
    } else if (*at == p[0]) {
      open++;
    }
  }
  return NULL;
}

static int closed_capture(matcher *m, char digit) {
  int index = digit - '1';
  if (index < 0 || index >= m->count || m->captures[index].length == CAPTURE_OPEN) {
    luaL_error(m->L, "invalid capture index %%%d", index + 1);
  }
  return index;
}

static const char *match_again(matcher *m, const char *s, char digit) {
  const capture *earlier = &m->captures[closed_capture(m, digit)];
  // A position is no text that could come again.
  if (earlier->length < 0) return NULL;
  spend(m);
  size_t length = (size_t)earlier->length;
  if ((size_t)(m->subject_end - s) < length || memcmp(s, earlier->start, length) != 0) return NULL;
  // Comparing is work, too.
  uint64_t cost = length / 16;
  m->steps -= cost < m->steps ? cost : m->steps;
  return s + length;
}

static const char *open_capture(matcher *m, const char *s, const char *p, ptrdiff_t length) {
  if (m->count >= CAPTURES) luaL_error(m->L, "too many captures");
  m->captures[m->count++] = (capture){s, length};
  const char *end = match(m, s, p);
  if (end == NULL) m->count--;
  return end;
}

static const char *close_capture(matcher *m, const char *s, const char *p) {
  int index = m->count - 1;
  while (index >= 0 && m->captures[index].length != CAPTURE_OPEN) index--;
  if (index < 0) luaL_error(m->L, "invalid pattern capture");
  m->captures[index].length = s - m->captures[index].start;
  const char *end = match(m, s, p);
  if (end == NULL) m->captures[index].length = CAPTURE_OPEN;
  return end;
}

/// As many as there are, then fewer.
static const char *match_longest(matcher *m, const char *s, const char *p, const char *end) {
  ptrdiff_t count = 0;
  while (matches_one(m, s + count, p, end)) count++;
  for (; count >= 0; count--) {
    spend(m);
    const char *result = match(m, s + count, end + 1);
    if (result != NULL) return result;
  }
  return NULL;
}

/// As few as possible, then more.
static const char *match_shortest(matcher *m, const char *s, const char *p, const char *end) {
  for (;; s++) {
    const char *result = match(m, s, end + 1);
    if (result != NULL) return result;
    if (!matches_one(m, s, p, end)) return NULL;
  }
}

/// `%f[set]`: the place where a run of the set's bytes begins. The subject is as if it had a zero before and behind it.
static bool at_frontier(matcher *m, const char *s, const char *set, const char *end) {
  spend(m);
  unsigned char before = s == m->subject ? 0 : (unsigned char)s[-1];
  unsigned char here = s < m->subject_end ? (unsigned char)*s : 0;
  return !in_set(before, set, end - 1) && in_set(here, set, end - 1);
}

static const char *match_items(matcher *m, const char *s, const char *p) {
  while (p < m->pattern_end) {
    if (*p == '(') {
      bool position = p + 1 < m->pattern_end && p[1] == ')';
      return open_capture(m, s, p + (position ? 2 : 1), position ? CAPTURE_POSITION : CAPTURE_OPEN);
    }
    if (*p == ')') return close_capture(m, s, p + 1);
    if (*p == '$' && p + 1 == m->pattern_end) return s == m->subject_end ? s : NULL;
    if (*p == '%' && p + 1 < m->pattern_end) {
      if (p[1] == 'b') {
        s = match_balanced(m, s, p + 2);
        if (s == NULL) return NULL;
        p += 4;
        continue;
      }
      if (p[1] == 'f') {
        p += 2;
        if (p >= m->pattern_end || *p != '[') luaL_error(m->L, "missing '[' after '%%f' in pattern");
        const char *end = item_end(m, p);
        if (!at_frontier(m, s, p, end)) return NULL;
        p = end;
        continue;
      }
      if (isdigit((unsigned char)p[1])) {
        s = match_again(m, s, p[1]);
        if (s == NULL) return NULL;
        p += 2;
        continue;
      }
    }
    const char *end = item_end(m, p);
    switch (end < m->pattern_end ? *end : '\0') {
      case '*': return match_longest(m, s, p, end);
      case '+': return matches_one(m, s, p, end) ? match_longest(m, s + 1, p, end) : NULL;
      case '-': return match_shortest(m, s, p, end);
      case '?': {
        const char *result = matches_one(m, s, p, end) ? match(m, s + 1, end + 1) : NULL;
        if (result != NULL) return result;
        p = end + 1;
        break;
      }
      default:
        if (!matches_one(m, s, p, end)) return NULL;
        s++;
        p = end;
    }
  }
  return s;
}

static const char *match(matcher *m, const char *s, const char *p) {
  if (m->depth-- == 0) luaL_error(m->L, "pattern too complex");
  const char *end = match_items(m, s, p);
  m->depth++;
  return end;
}

MAY_RAISE const char *matcher_match(matcher *m, const char *subject, const char *pattern) {
  m->depth = DEPTH;
  m->count = 0;
  return match(m, subject, pattern);
}

MAY_RAISE void matcher_push(matcher *m, int index, const char *start, const char *end) {
  if (index >= m->count) {
    if (index > 0) luaL_error(m->L, "invalid capture index %%%d", index + 1);
    lua_pushlstring(m->L, start, (size_t)(end - start));
    return;
  }
  const capture *found = &m->captures[index];
  if (found->length == CAPTURE_OPEN) luaL_error(m->L, "unfinished capture");
  if (found->length == CAPTURE_POSITION) lua_pushinteger(m->L, found->start - m->subject + 1);
  else lua_pushlstring(m->L, found->start, (size_t)found->length);
}

MAY_RAISE int matcher_push_all(matcher *m, const char *start, const char *end) {
  int count = m->count == 0 && start != NULL ? 1 : m->count;
  luaL_checkstack(m->L, count, "too many captures");
  for (int index = 0; index < count; index++) matcher_push(m, index, start, end);
  return count;
}
