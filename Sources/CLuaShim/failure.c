// What went wrong, and where: written down at the place where it happened, before the stack unwinds.

#include <stdio.h>
#include <string.h>

#include "machine.h"

/// What is raised where a script has to end, whatever it does.
#define ENDED "the script was ended"

/// Frames of a traceback that are kept.
#define FRAMES 20

bool failure_is_privileged(const lua_Debug *frame) {
  return strncmp(frame->source, PRIVILEGED_PREFIX, strlen(PRIVILEGED_PREFIX)) == 0;
}

/// Walks the frames of the running thread, then those of the threads that resumed it.
typedef struct {
  lua_State *L;
  const resumption *outer;
  int depth;
} walk;

/// The next frame of script code, filled with "Sl" and on demand with the function's name, which costs more.
static bool next_frame(walk *at, lua_Debug *frame, bool named) {
  while (at->L != NULL) {
    while (lua_getstack(at->L, at->depth++, frame)) {
      lua_getinfo(at->L, "S", frame);
      if (frame->what[0] == 'C' || failure_is_privileged(frame)) continue;
      lua_getinfo(at->L, "l", frame);
      if (frame->currentline <= 0) continue;
      if (named) lua_getinfo(at->L, "n", frame);
      return true;
    }
    at->L = at->outer == NULL ? NULL : at->outer->from;
    at->outer = at->outer == NULL ? NULL : at->outer->outer;
    at->depth = 0;
  }
  return false;
}

/// Whether it is a module of the standard library: their chunks are named as the modules are, all others by their files.
static bool is_library(const lua_Debug *frame) {
  const char *name = frame->source;
  size_t length = strlen(name);
  bool is_file = strchr(name, '/') != NULL || (length > 4 && strcmp(name + length - 4, ".lua") == 0);
  return strncmp(name, "@baton.", 7) == 0 && !is_file;
}

/// Modules of the standard library count only where nothing but them is there: what is wrong is their caller's.
bool failure_script_frame(lua_State *L, int32_t level, lua_Debug *frame) {
  walk at = {L, machine_of(L)->resumed, 0};
  lua_Debug library;
  bool is_in_library = false;
  while (next_frame(&at, frame, false)) {
    if (!is_library(frame)) {
      if (--level <= 0) return true;
    } else if (!is_in_library) {
      library = *frame;
      is_in_library = true;
    }
  }
  if (is_in_library) *frame = library;
  return is_in_library;
}

/// The chunk's name without the mark before it.
const char *failure_shown_name(const lua_Debug *frame) {
  return frame->source[0] == '@' || frame->source[0] == '=' ? frame->source + 1 : frame->short_src;
}

static void write_traceback(baton_vm *vm, lua_State *L) {
  lua_Debug frame;
  walk at = {L, vm->resumed, 0};
  for (int kept = 0; kept < FRAMES && next_frame(&at, &frame, true); kept++) {
    char text[512];
    const char *name = frame.name != NULL ? frame.name : frame.what[0] == 'm' ? "main chunk" : "a function";
    int length = snprintf(text, sizeof text, "%s:%d: in %s", failure_shown_name(&frame), frame.currentline, name);
    if (length >= (int)sizeof text) length = sizeof text - 1;
    buffer_string(&vm->failure, text, (size_t)length);
  }
}

/// The script's nearest place: file and line.
static void write_place(buffer *target, lua_State *L) {
  lua_Debug frame;
  if (failure_script_frame(L, 1, &frame)) {
    const char *file = failure_shown_name(&frame);
    buffer_string(target, file, strlen(file));
    buffer_integer(target, frame.currentline);
  } else {
    buffer_byte(target, BATON_WIRE_NIL);
    buffer_integer(target, 0);
  }
}

void failure_note_place(lua_State *L) {
  buffer *place = &machine_of(L)->place;
  place->length = 0;
  write_place(place, L);
}

void failure_of_memory(baton_vm *vm) {
  vm->failure.length = 0;
  buffer_string(&vm->failure, "", 0);
  buffer_append(&vm->failure, vm->place.bytes, vm->place.length);
}

/// How much of a message is kept: it ends where a letter does.
static size_t kept_length(const char *message, size_t length) {
  if (length <= LONGEST_MESSAGE) return length;
  length = LONGEST_MESSAGE;
  while (length > 0 && ((unsigned char)message[length] & 0xc0) == 0x80) length--;
  return length;
}

/// Message, the script's nearest place, the limit where there is one, the traceback.
static void write(baton_vm *vm, lua_State *L, const char *message, size_t length) {
  vm->failure.length = 0;
  length = kept_length(message, length);
  buffer_string(&vm->failure, message, length);
  write_place(&vm->failure, L);
  buffer_integer(&vm->failure, vm->limit);
  write_traceback(vm, L);
}

void failure_plain(baton_vm *vm, const char *file, const char *message, size_t length) {
  vm->failure.length = 0;
  buffer_string(&vm->failure, message, length);
  if (file == NULL) buffer_byte(&vm->failure, BATON_WIRE_NIL);
  else buffer_string(&vm->failure, file, strlen(file));
  buffer_integer(&vm->failure, 0);
  buffer_integer(&vm->failure, vm->limit);
}

int failure_handler(lua_State *L) {
  baton_vm *vm = machine_of(L);
  if (vm->fatal != BATON_VM_OK) return 1;
  size_t length = 0;
  const char *message;
  if (lua_type(L, 1) == LUA_TSTRING) {
    message = lua_tolstring(L, 1, &length);
  } else if (luaL_getmetafield(L, 1, "__tostring") != LUA_TNIL || lua_type(L, 1) == LUA_TNUMBER) {
    message = text_push(L, 1, &length);
  } else {
    message = lua_pushfstring(L, "the error is a %s value, not a message", luaL_typename(L, 1));
    length = strlen(message);
  }
  write(vm, L, message, length);
  lua_pushlstring(L, message, length);
  return 1;
}

MAY_RAISE int failure_fatal(lua_State *L, int32_t kind, const char *message, size_t length) {
  baton_vm *vm = machine_of(L);
  if (vm->fatal == BATON_VM_OK) {
    vm->fatal = kind;
    write(vm, L, message, length);
  }
  lua_pushliteral(L, ENDED);
  return lua_error(L);
}

bool failure_is_fatal(lua_State *L, int index) {
  return lua_type(L, index) == LUA_TSTRING && strcmp(lua_tostring(L, index), ENDED) == 0;
}

bool failure_is_memory(lua_State *L, int status, int index) {
  if (status == LUA_ERRMEM) return true;
  // The auxiliary library's buffers report it as a plain error.
  return lua_type(L, index) == LUA_TSTRING && strcmp(lua_tostring(L, index), "not enough memory") == 0;
}

MAY_RAISE int failure_raise_at(lua_State *L, int32_t level) {
  lua_Debug frame;
  if (level > 0 && failure_script_frame(L, level, &frame)) {
    lua_pushfstring(L, "%s:%d: ", failure_shown_name(&frame), frame.currentline);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}
