// What the keeper and the daemon send each other, in packets over a socket pair.

#pragma once
#include <stdint.h>

// The name of the variable with six descriptors, `control,daemon,executable,memory,signals,next`, that both find at the
// same numbers: the keeper's end of the socket, the daemon's end, what to execute as a daemon, the memory that outlives it,
// the keeper's signals, and what to execute after that. In the daemon, those of the keeper alone stand for nothing: it has
// no other file there.
// The soft limit of open files follows, and the descriptor of the keeper's own program, which an emulator opens by its number.
#define KEEPER_VARIABLE "TSV_KEEPER"
enum fixed { FIXED_CONTROL, FIXED_DAEMON, FIXED_EXECUTABLE, FIXED_MEMORY, FIXED_SIGNALS, FIXED_NEXT, FIXED_COUNT };

enum request {
  KEEP_DESCRIPTOR = 1, // the packet has descriptors; their numbers in the daemon are `number` and those that follow. 0, 1
                       // and 2 replace the keeper's
  DROP_DESCRIPTOR,     // number, and those that follow
  REAP,                // no record needs the children that were reported last. Numbers to drop follow
  READY,               // number 0: the daemon handles signals; 1: exits too, and from now on its death is a crash
  END,                 // number: the exit status. The daemon is about to exit, and so does the keeper
  REPLACE,             // the packet has a descriptor: what to execute when the daemon has exited
  NOTIFY,              // text for the service manager follows
  DROP_RIGHTS,         // number: a uid. The gid and the groups follow: the daemon continues with these rights only
  CHANGE_DIRECTORY,    // its path follows
  LISTEN,              // number: a socket that was kept. Clients find the keeper as the process that listens
  DROP_ASIDE,          // number: closing it may wait for a file system
  ADOPT_ORPHANS,       // processes whose parents exit become children of the keeper: of the daemon, and of programs
  HOLD,                // no signals until READY. The answer is a `dead` without a pid
  SETTLE,              // the same answer, when all requests before are done
};
struct request_packet {
  int32_t request, number;
};
enum { LONGEST_REST = 4096, MOST_PASSED = 3, MOST_DEAD = 16 };

// A child that has exited and is not reaped. A packet has MOST_DEAD at most, and the next one comes when they are reaped.
// As siginfo_t has it; microseconds, KiB.
struct dead {
  int32_t pid, code, status, has_core;
  int64_t user, system, peak;
};

// The beginning of the memory that outlives a daemon. The keeper writes it before each start of a daemon, but for
// `programs`, `state` and `end`, which are the daemon's.
struct memory_head {
  int32_t deaths;      // within the last minute; 0 in an upgrade
  int32_t is_fallback; // REPLACE failed, and this is the executable before it
  int32_t code, status; // of the last death, as siginfo_t has it
  int32_t programs;    // entries that follow
  int32_t state;       // the descriptor of the snapshot and its journal; 0 for none, also between two generations of a reload
  int32_t is_suspect;  // the state has killed daemons, and only a few more may die
  int32_t end;         // 0: the daemon runs; 1: it stops everything and starts over; END_SHUTDOWN: it shuts down
  uint32_t unwritten;  // bytes of the activity log that are in the memory of the daemon
  int32_t unused;
};
enum { END_SHUTDOWN = 2, MOST_PROGRAMS = 16384, MOST_OUTPUTS = 4, OUTPUT_BYTES = 256 * 1024 };
// The newest process of a program. The guard of `tsv run` has the head and the programs too.
struct memory_program {
  int32_t pid;          // the kernel writes it as it creates the process; 0 for none
  uint8_t signal, to_group;
  uint8_t is_recorded;  // the journal has the pid
  uint8_t is_over;      // no start of it is wanted
  int32_t fds[3];       // the daemon's ends of its pipes or terminal; -1 for none
  uint32_t unwritten[2]; // bytes of its output, stdout and stderr, that are in the memory of the daemon, at most
};
// Output on its way from the pipe of a program to a log, in the memory behind the programs. The daemon moves it to the
// stage, which is a pipe that the keeper has too, notes how long the log is and how much comes, reads it, and writes it. Whenever
// it dies, what is missing in the log is in the stage or in `bytes`.
struct memory_output {
  int32_t log;       // a descriptor of the daemon. The keeper does not have it: closing a log can wait for ever
  int32_t stage[2];  // both ends; 0 for none yet
  int32_t unused;
  int64_t position;  // the length of the log before
  int64_t count;     // 0: what is in the stage is not written
  char bytes[OUTPUT_BYTES];
};
struct memory {
  struct memory_head head;
  struct memory_program programs[MOST_PROGRAMS];
  struct memory_output outputs[MOST_OUTPUTS];
};
