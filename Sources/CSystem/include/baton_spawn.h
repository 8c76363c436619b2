/// Starting a process.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/// What to start. Every descriptor of this process must be closed on exec; these are the ones that the child gets.
typedef struct baton_spawn_request {
  const char *path;
  char *const *arguments;
  char *const *environment;
  const char *folder;
  /// Becomes standard input; 3 or higher.
  int input;
  /// Becomes standard output and standard error; 3 or higher.
  int output;
  /// Stays open in the child under its own number; -1: none.
  int inherited;
  /// Those that the child sets back to their default: `baton_ignored_signals()`.
  uint64_t ignored_signals;
  /// The child's soft limit of `RLIMIT_RTTIME`, by which its descendants are known; 0: the limit is left alone.
  uint64_t mark;
  /// The signal that the child gets when the thread that starts it ends, its process with it (PR_SET_PDEATHSIG(2const)); 0: none.
  int death_signal;
} baton_spawn_request;

typedef enum baton_spawn_stage {
  baton_spawn_done = 0,
  /// No process was to be had.
  baton_spawn_process,
  /// The folder cannot be entered.
  baton_spawn_folder,
  /// The program cannot be executed.
  baton_spawn_program,
  /// A descriptor could not be handed over.
  baton_spawn_descriptor,
} baton_spawn_stage;

typedef struct baton_spawn_result {
  pid_t pid;
  /// Readable when the process has ended; closed on exec.
  int pidfd;
  baton_spawn_stage stage;
  /// `errno` of the stage that failed.
  int error;
} baton_spawn_result;

/// The signals that this process ignores now, bit n-1 for signal n: a child would go on ignoring them.
uint64_t baton_ignored_signals(void);

/// Whether the soft limit of `RLIMIT_RTTIME` can stand for a mark: no one has set that limit to anything below `first`.
bool baton_can_mark(uint64_t first);

/// A stack for the child's few steps between clone and exec; one a thread that spawns.
void *baton_spawn_stack_make(void);
void baton_spawn_stack_free(void *stack);

/// Starts a process in a process group of its own, no signal blocked, every signal at its default.
///
/// This is posix_spawn(3) as glibc does it (clone with `CLONE_VM | CLONE_VFORK`: no page table is copied), and beyond it
/// gives the pidfd without a further call and says at which stage it failed.
baton_spawn_result baton_spawn(const baton_spawn_request *request, void *stack);

/// Marks every descriptor from 3 up as closed on exec: those that this process inherited.
void baton_close_inherited_on_exec(void);
