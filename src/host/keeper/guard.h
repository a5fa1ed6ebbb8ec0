// What the keeper and the guard share: they are one program.

#pragma once
#include <stdint.h>

#include "../posix/raw.h"

// The first word of the guard's command line.
#define GUARD_NAME "tsv-guard"

enum { GRACE_MS = 10 * 1000 }; // for programs to exit

// The kernel's own structures, which differ from the C library's on some architectures.
typedef uint64_t kernel_sigset;
struct kernel_time {
  long seconds, nanoseconds;
};

_Noreturn void leave(int status);
long now_ms(void);
_Noreturn void guard(void);
