/// Lua behind a wall: the only calls into Lua that Swift makes.
///
/// Lua's errors are longjmps. Every function here catches them, so that they never cross a Swift frame. Values cross as
/// bytes in the wire format that is written down at `BATON_WIRE_NIL` and below; Swift never sees a Lua stack.
#ifndef BATON_LUA_SHIM_H
#define BATON_LUA_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct baton_vm baton_vm;

/// The wire format: a tag byte, then its payload. Integers are little-endian; lengths and counts are u32.
///
/// | tag | payload |
/// | --- | --- |
/// | nil, false, true | nothing |
/// | integer, number | 8 bytes |
/// | string | length, bytes |
/// | short string | length as u8, bytes |
/// | table | count, values (the entries 1…n); count, pairs of a string and a value (sorted); count, strings: other keys |
/// | function | handle as i32 |
/// | object | kind (a string), payload (a value) |
enum {
  BATON_WIRE_NIL = 0,
  BATON_WIRE_FALSE = 1,
  BATON_WIRE_TRUE = 2,
  BATON_WIRE_INTEGER = 3,
  BATON_WIRE_NUMBER = 4,
  BATON_WIRE_STRING = 5,
  BATON_WIRE_SHORT_STRING = 6,
  BATON_WIRE_TABLE = 7,
  BATON_WIRE_FUNCTION = 8,
  BATON_WIRE_OBJECT = 9,
};

/// What came of an entry into Lua.
enum {
  BATON_VM_OK = 0,
  BATON_VM_SYNTAX = 1,
  BATON_VM_RUNTIME = 2,
  /// The memory limit was reached.
  BATON_VM_MEMORY = 3,
  /// The deadline passed.
  BATON_VM_TIME = 4,
  /// A host function replied `BATON_REPLY_HALT` or `BATON_REPLY_FAIL`.
  BATON_VM_HALT = 5,
  BATON_VM_FAIL = 6,
};

/// What a host function answers.
enum {
  /// The reply's bytes are the values that the Lua call returns, one after the other.
  BATON_REPLY_VALUES = 0,
  /// The reply's bytes are a message; it is raised as an error at the script's place.
  BATON_REPLY_RAISE = 1,
  /// The reply's bytes are a message; the script's `pcall` cannot catch it.
  BATON_REPLY_HALT = 2,
  BATON_REPLY_FAIL = 3,
};

/// A function that Lua calls: its number, its arguments in the wire format (valid until it returns). It answers with
/// one of `BATON_REPLY_…`, having handed the bytes to `baton_vm_set_reply`. `*level` is the number of script frames
/// to skip when an error is raised (1: the calling script line). It must not jump.
typedef int32_t (*baton_host)(
  void *context, int32_t function, const uint8_t *arguments, size_t length, int32_t *level);

typedef struct {
  /// Bytes that Lua may hold at once.
  uint64_t memory;
  /// Steps that one call of a pattern function may take, on top of a share for each byte of its subject.
  uint64_t pattern_steps;
  /// How deep tables that cross the border may nest.
  int32_t depth;
  /// What `math.random` starts from.
  uint64_t seed;
} baton_vm_limits;

/// Bytes that belong to the machine, valid until its next entry.
typedef struct {
  const uint8_t *bytes;
  size_t length;
} baton_slice;

/// A new machine, or NULL when there is no memory for it. `undefined` is the number of the host function that is asked
/// when a script names a global that does not exist: it gets the name and all known names, and raises.
baton_vm *baton_vm_create(baton_vm_limits limits, baton_host host, void *context, int32_t undefined);
void baton_vm_destroy(baton_vm *vm);

/// Bytes that Lua holds now.
uint64_t baton_vm_memory(const baton_vm *vm);
/// Bytes that are there for small objects, used or not; they stay until the machine goes.
uint64_t baton_vm_pool(const baton_vm *vm);

/// Makes `host.NAME` in privileged code call the host function with this number.
int32_t baton_vm_register(baton_vm *vm, const char *name, int32_t function);

/// Compiles a chunk of source text (never bytecode). `privileged` chunks see `host` and `sandbox`; the others
/// are sandboxed, each with globals of its own. On success `*handle` is the chunk's function.
int32_t baton_vm_compile(
  baton_vm *vm, const uint8_t *source, size_t length, const char *name, int32_t privileged, int32_t *handle);

/// Loads a compiled library from its bytes (a shared object for this machine): it stays until the process ends. Its constructors
/// run. Answers NULL where that fails, with why in `message`, of `size` bytes.
void *baton_library_open(const uint8_t *bytes, size_t length, char *message, size_t size);

/// What a library calls so, or NULL.
void *baton_library_symbol(void *library, const char *name);

/// Makes a handle of a library's function, one of the form `int luaopen_NAME(lua_State *)`, for `host.opener`.
int32_t baton_vm_library_function(baton_vm *vm, void *function, int32_t *handle);

/// Calls a function with arguments in the wire format; `result` are its results. `limit` is in nanoseconds. With
/// `heeds_signals`, a call of more than a second ends with `BATON_VM_TIME`, and the signal's number for a message, when SIGINT or
/// SIGTERM waits to be taken by the caller.
int32_t baton_vm_call(
  baton_vm *vm, int32_t handle, const uint8_t *arguments, size_t length, int64_t limit, bool heeds_signals,
  baton_slice *result);

/// Ends whatever runs in any machine, and all that is called until it is taken back: each call fails with
/// `BATON_VM_TIME`. May be called by a signal handler.
void baton_vm_cancel(bool wanted);

/// What the last entry that did not answer `BATON_VM_OK` failed with, in the wire format: message, file or nil, line,
/// limit in nanoseconds or nil, then the frames of the traceback, outermost last.
baton_slice baton_vm_failure(const baton_vm *vm);

/// Hands over the bytes of a host function's reply; answers 0 when there is no memory for them.
int32_t baton_vm_set_reply(baton_vm *vm, const uint8_t *bytes, size_t length);

/// Where the script stands that called the running host function: `level` 1 is the nearest line of script code, 2 the
/// one that called it. Answers 0 when there is none.
int32_t baton_vm_place(baton_vm *vm, int32_t level, baton_slice *file, int32_t *line);

/// A digest of a function's code and of what it captures, as 32 hexadecimal digits and a zero: the same for code that
/// differs only in comments, layout and the names of locals.
int32_t baton_vm_digest(baton_vm *vm, int32_t handle, char digest[33]);

/// SipHash-2-4 with 128 bits of output.
void baton_siphash_128(const uint8_t *bytes, size_t length, const uint8_t key[16], uint8_t digest[16]);

#endif
