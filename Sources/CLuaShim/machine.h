// What the files of this folder share: the machine's state, and the pieces each file gives to the others.
//
// Functions marked MAY_RAISE leave by a longjmp when something is wrong; they run under a protected call only.
#ifndef BATON_LUA_MACHINE_H
#define BATON_LUA_MACHINE_H

#include <lua5.4/lauxlib.h>
#include <lua5.4/lua.h>
#include <lua5.4/lualib.h>
#include <stdbool.h>

#include "include/CLuaShim.h"

#define MAY_RAISE

/// How deep host functions and calls into Lua may alternate.
#define LEVELS 32
/// Instructions between two looks at the clock where they are counted.
#define HOOK_PERIOD 1000
/// Slots that a stack has beyond what it needs from the start, the main one and a coroutine's: see allocator.c.
#define STACK_HEADROOM 8000
#define COROUTINE_HEADROOM 400
/// What each coroutine has when there were so many before: they take memory as long as they wait.
#define LATER_HEADROOM 100
#define EARLY_COROUTINES 1000
/// How long a script may take to be compiled, in nanoseconds.
#define COMPILE_LIMIT 10000000000
/// Bytes of a message that are kept.
#define LONGEST_MESSAGE 65536
/// Elements that one call of a table function may visit.
#define ELEMENTS (1 << 25)
/// Chunks whose name starts with this are Baton's own: they are no places for a user to look at.
#define PRIVILEGED_PREFIX "=baton:"

/// Bytes outside of Lua, grown by `realloc`.
typedef struct {
  uint8_t *bytes;
  size_t length;
  size_t capacity;
} buffer;

/// The buffers of one entry into Lua or out of it.
typedef struct {
  buffer arguments;
  buffer reply;
} level;

/// A coroutine that runs: which thread resumed it, and which one ran before. It lives on the C stack.
typedef struct resumption {
  lua_State *from;
  lua_State *running;
  struct resumption *outer;
} resumption;

/// The sizes that come from the pool are multiples of the first, up to the other: Lua aligns to 8 bytes.
#define POOL_GRAIN 8
#define POOL_LARGEST 512
/// The size of a slab, and what its address is a multiple of.
#define POOL_SLAB (8u << 10)

typedef struct pool_chunk pool_chunk;

/// The head of blocks of one size.
typedef struct pool_slab {
  /// Among the slabs of this size that have room, or among the empty ones.
  struct pool_slab *next, *previous;
  /// Blocks given back; each begins with the address of the next.
  void *returned;
  uint32_t grains;
  /// Blocks that it has in all, that were ever lent, and that are lent now.
  uint32_t capacity, begun, lent;
} pool_slab;

/// Small blocks: see pool.c.
typedef struct {
  /// Slabs with room, by the size of their blocks in grains.
  pool_slab *open[POOL_LARGEST / POOL_GRAIN + 1];
  pool_slab *empty;
  /// What is left of the newest chunk.
  char *next, *end;
  pool_chunk *chunks;
  /// Bytes of the newest chunk, and of all.
  size_t length;
  uint64_t total;
} pool;

struct baton_vm {
  /// The main thread, and the one that runs now.
  lua_State *main;
  lua_State *running;
  /// The threads that wait for the running one, innermost first.
  resumption *resumed;
  baton_vm_limits limits;
  baton_host host;
  void *context;
  int32_t undefined;

  uint64_t memory;
  pool pool;
  /// Whether the last request for memory met the limit.
  bool is_full;
  /// Bytes allocated since the clock was last looked at.
  uint64_t allocated;
  /// From this size on, memory is refused once, so that Lua collects; and whether that was just done.
  uint64_t next_collection;
  bool has_asked;
  /// Whether a compiled library was opened.
  bool has_libraries;
  /// Closings of coroutines that are under way, each in the one before.
  int32_t closings;
  /// Coroutines that were begun so far.
  int64_t coroutines;

  /// When to look whether the limit is used up: monotonic nanoseconds; 0 when nothing runs.
  int64_t deadline;
  /// The limit that the deadline stands for, in nanoseconds.
  int64_t limit;
  /// When it began, and the thread's processor time at which the limit is used up, in nanoseconds; the latter is 0 until
  /// the first look behind the moment of the beginning: most calls are over before, and the time costs a system call.
  int64_t begun;
  int64_t work_end;
  /// When the call ends however little of the time was work: monotonic nanoseconds.
  int64_t last_deadline;
  /// When to look for signals that end the call: monotonic nanoseconds; 0: never.
  int64_t signal_look;

  /// What ends the entry whatever the script does: one of `BATON_VM_…`, or `BATON_VM_OK`.
  int32_t fatal;
  /// The wire form of the failure; filled where it happens.
  buffer failure;
  /// The wire form of the script's place where it last took much memory; empty where that is not known.
  buffer place;
  /// For bytes that are compared.
  buffer scratch;
  /// The bytes that a digest is made of.
  buffer digested;

  int32_t depth;
  level levels[LEVELS];

  /// The number of the next function handle.
  int32_t handles;
  /// The key of `next`'s snapshot: which table, and how far.
  const void *traversed;
  lua_Integer traversal;

  /// References in the registry.
  int functions, handle_of, host_table, sandbox, environments, privileged, kinds, snapshot, builtins;
};

static inline baton_vm *machine_of(lua_State *L) { return *(baton_vm **)lua_getextraspace(L); }

// machine.c
/// Runs the function, with `what` as its argument, under a protected call, and writes down a failure; answers one of
/// `BATON_VM_…`.
int32_t machine_enter(baton_vm *vm, lua_CFunction function, void *what);

// host.c
/// Pushes the C function that calls the host function with this number.
MAY_RAISE void host_push(lua_State *L, int32_t function);

// pool.c
/// Opens a slab for blocks of so many grains; false where there is no memory, or chunks hold more than `limit` bytes and some.
bool pool_add_slab(pool *p, size_t grains, uint64_t limit);
void pool_release(pool *p);

static inline bool pool_has(size_t size) { return size <= POOL_LARGEST; }

static inline size_t pool_grains(size_t size) { return (size + POOL_GRAIN - 1) / POOL_GRAIN; }

static inline void pool_link(pool *p, pool_slab *slab) {
  pool_slab **first = &p->open[slab->grains];
  slab->previous = NULL;
  slab->next = *first;
  if (*first != NULL) (*first)->previous = slab;
  *first = slab;
}

static inline void pool_unlink(pool *p, pool_slab *slab) {
  if (slab->previous != NULL) {
    slab->previous->next = slab->next;
  } else {
    p->open[slab->grains] = slab->next;
  }
  if (slab->next != NULL) slab->next->previous = slab->previous;
}

/// A block of at least `size` bytes, 1 to `POOL_LARGEST`, that `pool_return` gives back; NULL as `pool_add_slab` says.
static inline void *pool_lend(pool *p, size_t size, uint64_t limit) {
  size_t grains = pool_grains(size);
  if (p->open[grains] == NULL && !pool_add_slab(p, grains, limit)) return NULL;
  pool_slab *slab = p->open[grains];
  void *block = slab->returned;
  if (block != NULL) {
    slab->returned = *(void **)block;
  } else {
    block = (char *)(slab + 1) + (size_t)slab->begun++ * grains * POOL_GRAIN;
  }
  if (++slab->lent == slab->capacity) pool_unlink(p, slab);
  return block;
}

static inline void pool_return(pool *p, void *block) {
  pool_slab *slab = (pool_slab *)((uintptr_t)block & ~(uintptr_t)(POOL_SLAB - 1));
  *(void **)block = slab->returned;
  slab->returned = block;
  if (slab->lent-- == slab->capacity) {
    pool_link(p, slab);
  } else if (slab->lent == 0 && (slab->next != NULL || slab->previous != NULL)) {
    // The last one of its size stays.
    pool_unlink(p, slab);
    slab->next = p->empty;
    p->empty = slab;
  }
}

// allocator.c
void *machine_allocate(void *context, void *block, size_t old_size, size_t new_size);
/// Prepares collections; right after the state was made.
void allocator_begin(baton_vm *vm);

// buffer.c: answers false when there is no memory.
bool buffer_reserve(buffer *target, size_t more);
bool buffer_append(buffer *target, const void *bytes, size_t length);
bool buffer_string(buffer *target, const char *bytes, size_t length);
bool buffer_integer(buffer *target, int64_t value);
bool buffer_count(buffer *target, uint32_t value);
bool buffer_byte(buffer *target, uint8_t value);
void buffer_release(buffer *target);

// stack.c
/// How much of this thread's C stack is left, in bytes; `SIZE_MAX`: nobody knows.
size_t stack_left(void);

// interrupt.c
/// A thread of Lua is about to run: it looks at the clock from time to time.
void interrupt_prepare(lua_State *L);
/// Has the call that begins end when one of the signals that end the program is waiting, blocked, to be taken.
void interrupt_heed_signals(baton_vm *vm, bool wanted);
/// A call within the one under way begins: what the outer one may still work has to be known.
void interrupt_pause(baton_vm *vm);
/// Begins a call with a limit in nanoseconds, unless one around it ends sooner. Who calls keeps the fields that it sets.
void interrupt_begin(baton_vm *vm, int64_t limit);
/// A look that `thread` was to take and did not get to, as it ran no instruction any more, is for the thread that waited for it.
void interrupt_hand_over(lua_State *thread, lua_State *to);
/// Whether the limit is used up; looks at the clock.
bool interrupt_due(baton_vm *vm);
/// Raises when the limit is used up.
MAY_RAISE void interrupt_check(lua_State *L);
/// Makes the next instruction of the running thread look at the clock and note its place. A handler of signals may call it.
void interrupt_soon(baton_vm *vm);

// ticker.c
/// Whether this thread can have ticks.
bool ticker_is_there(void);
/// The machine that this thread's ticks are for from here on; returns the one before.
baton_vm *ticker_enter(baton_vm *vm);
void ticker_leave(baton_vm *outer);

// failure.c
/// Message handler of every entry: writes the failure down where it happened.
int failure_handler(lua_State *L);
/// Sets the machine's fatal state with a message and the script's place, then raises.
MAY_RAISE int failure_fatal(lua_State *L, int32_t kind, const char *message, size_t length);
/// Whether a value is the error that this raises.
bool failure_is_fatal(lua_State *L, int index);
/// Writes down a failure that the handler did not see, and the file that it is about, if any.
void failure_plain(baton_vm *vm, const char *file, const char *message, size_t length);
/// Notes the script's place, for `failure_of_memory`.
void failure_note_place(lua_State *L);
/// Writes down that memory ended, with the noted place: the stack is gone when Lua tells it, and can't be read while
/// Lua asks for memory.
void failure_of_memory(baton_vm *vm);
/// Whether an error value that was caught is that of the memory limit.
bool failure_is_memory(lua_State *L, int status, int index);
/// The nearest frame of script code at `level` (1 is the nearest), filled with "Sl".
bool failure_script_frame(lua_State *L, int32_t level, lua_Debug *frame);
/// Whether a frame's chunk is Baton's own.
bool failure_is_privileged(const lua_Debug *frame);
/// The frame's chunk as people know it.
const char *failure_shown_name(const lua_Debug *frame);
/// Raises the message on the top of the stack with the place of the script at `level` before it.
MAY_RAISE int failure_raise_at(lua_State *L, int32_t level);

// flatten.c and unflatten.c
MAY_RAISE void flatten(lua_State *L, int index, buffer *target);
/// Pushes all values of the bytes, and answers how many.
MAY_RAISE int unflatten(lua_State *L, const uint8_t *bytes, size_t length);
/// The handle of the function at the index.
MAY_RAISE int32_t function_handle(lua_State *L, int index);
/// Pushes the function of a handle.
MAY_RAISE void function_push(lua_State *L, int32_t handle);

// seal.c
/// The key under which an object keeps its payload, and a closed table's metatable its mark.
void *seal_key(void);
/// Whether the value is a table that scripts must not change: a sealed object, or one that `host.close` was told.
MAY_RAISE bool seal_is_closed(lua_State *L, int index);
/// Whether the value is a closed table that stands for another; then pushes that one.
MAY_RAISE bool seal_push_original(lua_State *L, int index);
/// Whether the value is a sealed object; then pushes its kind (a string) and its payload.
MAY_RAISE bool seal_open(lua_State *L, int index);
extern const luaL_Reg seal_functions[];

// order.c
extern const luaL_Reg order_functions[];
/// Pushes an array of the table's keys in their stable order. Keys without one raise, or, where `unordered` is given,
/// are left out and counted there.
MAY_RAISE void order_push_keys(lua_State *L, int table, int *unordered);
/// Bytewise order of two strings, a prefix first.
int order_compare_bytes(const char *left, size_t left_length, const char *right, size_t right_length);

// control.c, coroutine.c, text.c, pattern.c, tables.c
/// Compiles source text, looking at the clock all the while: what Lua's compiler does can grow with the square of its length.
/// Pushes the function or a message, and answers as `lua_load` does.
MAY_RAISE int control_compile(lua_State *L, const char *source, size_t length, const char *name);
/// Pushes `load` as the scripts of the environment at the index see it.
MAY_RAISE void control_push_load(lua_State *L, int environment);
extern const luaL_Reg control_functions[];
extern const luaL_Reg coroutine_functions[];
extern const luaL_Reg pattern_functions[];
extern const luaL_Reg table_functions[];
/// Pushes the value's text without any address in it, honouring `__tostring` and `__name`.
MAY_RAISE const char *text_push(lua_State *L, int index, size_t *length);
/// Replaces functions of the string library, whose table is on the top of the stack.
MAY_RAISE void text_open(lua_State *L);
/// The global `tostring`.
int text_tostring(lua_State *L);
/// Wraps the functions of the table on the top of the stack, which read long strings, so that they look at the clock.
MAY_RAISE void text_guard(lua_State *L, const char *const names[]);

// sandbox.c
/// Builds the libraries, the sandbox and the privileged environment.
MAY_RAISE void sandbox_open(lua_State *L);
/// Pushes a new environment for scripts, that of the chunk with this name (as Lua knows it) unless it is NULL.
MAY_RAISE void sandbox_push_environment(lua_State *L, const char *source);
/// Pops a table, which becomes the environment of the chunk below it, and of its file.
MAY_RAISE void sandbox_confine(lua_State *L);
/// Whether the value is such an environment.
MAY_RAISE bool sandbox_is_environment(lua_State *L, int index);

// native.c
extern const luaL_Reg native_functions[];

// digest.c
int digest_function(lua_State *L);

#endif
