// Shared by the parts of a start: the plan, the child's copy of it, and the verdict.

#pragma once
#include <stdint.h>
#include <sys/types.h>

// The order of these names is the order of SPAWN_STAGES in start-process.ts.
enum stage {
  STAGE_PIPE,
  STAGE_FORK,
  STAGE_SESSION,
  STAGE_STDIO,
  STAGE_FIND,
  STAGE_CGROUP,
  STAGE_RLIMIT,
  STAGE_NICE,
  STAGE_OOM_SCORE_ADJ,
  STAGE_IONICE,
  STAGE_CPU_AFFINITY,
  STAGE_CAPABILITIES,
  STAGE_GROUPS,
  STAGE_GID,
  STAGE_UID,
  STAGE_CHDIR,
  STAGE_NO_NEW_PRIVS,
  STAGE_EXEC
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
  P_IO_PRIORITY,
  P_CAPABILITIES, // a mask, whose bits a double holds exactly; negative leaves them
  P_PIPE_SIZE,
  P_MAPS,
  P_GROUPS,
  P_LIMITS,
  P_CPUS,
  P_PATHS,
  P_ENTRY,
  P_CGROUP,
  P_REST
};
enum flags { F_STDIN = 1, F_STDOUT = 2, F_STDERR = 4, F_REDIRECT = 8, F_SETSID = 16, F_TTY = 32, F_LOOK_ONLY = 64, F_NO_NEW_PRIVS = 128, F_DIES_WITH_PARENT = 256, F_LISTEN_PID = 512 };
#define UNCHANGED 1000000 // for nice, oom_score_adj and the I/O priority: -1 is one of the first two

#define MAX_MAPS 32
#define CHILD_DESCRIPTORS 5
struct launch {
  char **paths; // pairs: where to look, or nothing, and what to execute when that can be executed
  int path_count;
  char *cwd;
  char **argv, **envp;
  char **cgroup; // its directory, then pairs: a file in it, and what to write there
  int cgroup_writes;
  double *plan;
  int maps, targets[MAX_MAPS], sources[MAX_MAPS];
  int groups;
  gid_t *group_list;
  const double *limits; // resource, soft, hard of each; CPUs follow
  int report;      // the write end of the close-on-exec pipe that carries a failure
  int shared;      // the child begins with the daemon's own table of descriptors: see `reserved`
  int has_default; // the child begins with every handled signal at its default
  int own;         // a futex: the child has a table of its own
  int stage;       // what the child is doing
  int *pid;        // the kernel writes the child's pid here, which is the keeper's child if there is one; NULL for a child of the daemon
};

// What the child writes into the report: that it has a table of its own, as `stage`; then a failure, or nothing when it
// executes. `index` is that of the path, the write into the cgroup, the limit or the capability which the failure is about.
enum { OWN_TABLE = -1 };
struct failure {
  int stage, error, index;
};

// What a start uses of the daemon's memory, from clone until the child has executed or is dead. A child that was given up
// and hangs in the kernel keeps its slot: it runs no instruction of ours any more, but the kernel clears `busy` at its end.
struct slot {
  struct slot *next;
  int id;
  int taken; // the verdict has not been read, nor the start abandoned
  int busy;  // a futex
  int set;   // of reserved descriptors; -1 for none
  pid_t child, helper;
  int error;
  struct launch launch;
  void *memory[10];
  _Alignas(16) char helper_stack[16 * 1024];
  _Alignas(16) char child_stack[64 * 1024];
};

// clone.c
struct slot *take_slot(void); // NULL and errno
struct slot *slot_of(int id);
void leave_slot(struct slot *slot);
void free_idle_slots(void);
int is_slot_over(struct slot *slot);   // its child uses our memory no more
int has_own_table(struct slot *slot);  // its child uses our table no more
int await_own_table(struct slot *slot, int milliseconds);
pid_t start_child(struct slot *slot);
int forget_helper(pid_t pid); // whether the dead process was one of ours and no child of the daemon's

// reserved.c: descriptors that were reserved for children.
int reserve_descriptors(void);
int fill_reserved(struct slot *slot);
void leave_reserved(struct slot *slot);
int first_of_no_child(void); // no descriptor from this one on is copied into a child

// child.c: runs in the child and executes the program, or reports the failing step.
int in_child(void *launch);
void find_ignored(void);
