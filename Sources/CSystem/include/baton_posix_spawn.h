/// What posix_spawn(3) can do beyond POSIX.
#pragma once

#include <spawn.h>

/// The program starts in this folder. An error number, or 0.
int baton_posix_spawn_folder(posix_spawn_file_actions_t *actions, const char *folder);

/// All descriptors from this one up are closed in the program. An error number, or 0.
int baton_posix_spawn_close_from(posix_spawn_file_actions_t *actions, int first);
