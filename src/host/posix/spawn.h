// What the parts of a start share: the plan, what the child needs of it, and how a failure is told.

#pragma once
#include <stdint.h>
#include <sys/types.h>

// The order of these names is the order of SPAWN_STAGES in start-process.ts.
enum stage {
  STAGE_PIPE,
  STAGE_FORK,
  STAGE_SESSION,
  STAGE_STDIO,
  STAGE_RLIMIT,
  STAGE_GROUPS,
  STAGE_GID,
  STAGE_UID,
  STAGE_CHDIR,
  STAGE_EXEC,
  STAGE_LATE // none of these: the child was given up
};

// The plan is one array of doubles, so that a start costs one native call. The order is that of PLAN in start-process.ts.
enum plan {
  P_ARGC,
  P_ENVC,
  P_FLAGS,
  P_UMASK,
  P_UID,
  P_GID,
  P_FILES,
  P_NICE,
  P_OOM,
  P_PIPE_SIZE,
  P_MAPS,
  P_GROUPS,
  P_LIMITS,
  P_REST
};
enum flags { F_STDIN = 1, F_STDOUT = 2, F_STDERR = 4, F_REDIRECT = 8, F_SETSID = 16, F_TTY = 32 };
#define UNCHANGED 1000000 // for nice and oom_score_adj, whose own range includes -1

#define MAX_MAPS 32
#define CHILD_SLOTS 4
struct launch {
  char *file, *cwd;
  char **argv, **envp;
  const double *plan;
  int maps, targets[MAX_MAPS], sources[MAX_MAPS];
  int groups;
  gid_t *group_list;
  const double *limits;
  int report; // the write end of the close-on-exec pipe that carries a failure
  int shared; // the child begins with the daemon's own table of descriptors: see `slots`
};

struct failure {
  int stage, error;
};

// The descriptors that were reserved for children (slots.c).
struct slots {
  int ready; // 0 not tried, 1 reserved, -1 the kernel or a seccomp filter refuses close_range
  int null, top, fd[CHILD_SLOTS];
};
extern struct slots slots;
int reserve_slots(void);
int fill_slots(struct launch *l);
void empty_slots(void);

// Runs in the child and executes the program, or reports the failing step (child.c).
int in_child(void *launch);
void find_ignored_realtime(void);

// Makes the child and waits until it has executed or exited (clone.c). -1 and errno; ETIMEDOUT when it took too long.
pid_t start_child(struct launch *l);
// What the child tells through the pipe: 0 when it executed, else -1 and `f`.
int await_verdict(int report, pid_t pid, struct failure *f);
