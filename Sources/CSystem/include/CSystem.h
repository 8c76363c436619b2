/// The few system calls that Swift cannot reach through Glibc's module: macros, variadics, and what glibc does not wrap.
/// Every function answers as the call does: -1 and `errno`, unless it says otherwise.
#pragma once

#include "baton_events.h"
#include "baton_files.h"
#include "baton_network.h"
#include "baton_posix_spawn.h"
#include "baton_process.h"
#include "baton_spawn.h"
#include "baton_terminal.h"
