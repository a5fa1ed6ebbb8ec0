// Begins the start of a program, and reads the verdict of its child. See start-process.ts.

#define _GNU_SOURCE
#include "spawn.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "descriptors.h"
#include "keeper.h"
#include "values.h"

struct stdio {
  int ours[3], theirs[3];
};

// Makes the pipes that the plan asks for; the daemon's ends do not block, the program's ends do.
static int make_stdio(struct launch *l, struct stdio *io) {
  int flags = (int)l->plan[P_FLAGS], size = (int)l->plan[P_PIPE_SIZE];
  for (int i = 0; i < 3; i++) {
    if (!(flags & (1 << i))) continue;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return -1;
    io->ours[i] = ends[i == 0];
    io->theirs[i] = ends[i != 0];
    if (fcntl(io->ours[i], F_SETFL, O_NONBLOCK) < 0) return -1;
    if (size > 0 && i > 0) fcntl(io->ours[i], F_SETPIPE_SZ, size); // a wish: EPERM above the user's share is no failure
    l->targets[l->maps] = i;
    l->sources[l->maps++] = io->theirs[i];
  }
  if (flags & F_REDIRECT) {
    l->targets[l->maps] = 2;
    l->sources[l->maps++] = io->theirs[1];
  }
  return 0;
}

// Pipes and clone. Answers the pid, or -1 with `f` filled in; `report` is the end to read the verdict from.
static pid_t launch(struct slot *slot, struct stdio *io, int *report, struct failure *f) {
  struct launch *l = &slot->launch;
  int ends[2] = {-1, -1};
  pid_t pid = -1;
  f->stage = STAGE_PIPE;
  if (pipe2(ends, O_CLOEXEC) == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 && make_stdio(l, io) == 0) {
    l->shared = l->maps < CHILD_DESCRIPTORS && reserve_descriptors();
    l->report = ends[1];
    find_ignored();
    f->stage = STAGE_STDIO;
    if (!l->shared || fill_reserved(slot) == 0) {
      f->stage = STAGE_FORK;
      l->pid = entrust((int)l->plan[P_ENTRY], io->ours);
      pid = start_child(slot);
    }
  }
  f->error = errno;
  close_if_open(ends[1]);
  for (int i = 0; i < 3; i++) close_if_open(io->theirs[i]);
  if (pid < 0) {
    withdraw(l->pid);
    close_if_open(ends[0]);
    for (int i = 0; i < 3; i++) close_if_open(io->ours[i]);
  }
  *report = pid < 0 ? -1 : ends[0];
  return pid;
}

// The strings of a launch are the slot's: the child reads them when the daemon has gone on.
static int unpack(struct args *a, struct slot *slot, const double *plan, size_t plan_size) {
  struct launch *l = &slot->launch;
  size_t paths_size = 0, argv_size = 0, env_size = 0, cwd_size = 0, cgroup_size = 0;
  char *paths = string(a, 0, &paths_size), *argv = string(a, 1, &argv_size);
  char *envp = string(a, 2, &env_size), *cwd = string(a, 3, &cwd_size);
  slot->memory[0] = paths, slot->memory[1] = argv, slot->memory[2] = envp, slot->memory[3] = cwd;
  if (paths == NULL || argv == NULL || envp == NULL || (cwd != NULL && strlen(cwd) != cwd_size)) return -1;
  slot->memory[4] = l->paths = split_strings(paths, paths_size, 2 * (int)plan[P_PATHS]);
  slot->memory[5] = l->argv = split_strings(argv, argv_size, (int)plan[P_ARGC]);
  slot->memory[6] = l->envp = split_strings(envp, env_size, (int)plan[P_ENVC]);
  if (plan[P_CGROUP] > 0) {
    char *cgroup = slot->memory[8] = string(a, 5, &cgroup_size);
    if (cgroup == NULL) return -1;
    slot->memory[9] = l->cgroup = split_strings(cgroup, cgroup_size, (int)plan[P_CGROUP]);
    if (l->cgroup == NULL) return -1;
    l->cgroup_writes = ((int)plan[P_CGROUP] - 1) / 2;
  }
  // In front of the plan's own, so that one piece of memory is enough: the groups.
  int groups = (int)plan[P_GROUPS];
  double *copy = slot->memory[7] = malloc(plan_size * sizeof *copy + (groups > 0 ? groups : 0) * sizeof(gid_t));
  if (l->paths == NULL || l->argv == NULL || l->envp == NULL || copy == NULL) return -1;
  memcpy(copy, plan, plan_size * sizeof *copy);
  l->plan = copy;
  l->path_count = (int)plan[P_PATHS];
  l->cwd = cwd_size > 0 ? cwd : NULL;
  l->maps = (int)plan[P_MAPS];
  l->groups = groups;
  if (l->maps > MAX_MAPS - 4) return -1;
  const double *rest = copy + P_REST;
  for (int i = 0; i < l->maps; i++) {
    l->targets[i] = (int)*rest++;
    l->sources[i] = (int)*rest++;
  }
  l->group_list = (gid_t *)(copy + plan_size);
  for (int i = 0; i < groups; i++) l->group_list[i] = (gid_t)*rest++;
  l->limits = rest;
  return 0;
}

// spawn(paths, argv, env, cwd, plan, cgroup): the plan becomes pid, our three ends, the report, the slot; or -1 and a failure.
napi_value Spawn(struct args *a) {
  size_t plan_size;
  double *plan = array(a, 4, &plan_size);
  struct stdio io = {{-1, -1, -1}, {-1, -1, -1}};
  struct failure f = {STAGE_EXEC, EINVAL, -1};
  int report = -1;
  pid_t pid = -1;
  struct slot *slot = take_slot();
  if (slot == NULL) f = (struct failure){STAGE_FORK, errno, -1};
  else if (unpack(a, slot, plan, plan_size) == 0) pid = launch(slot, &io, &report, &f);
  if (slot != NULL && pid < 0) leave_slot(slot);
  plan[0] = pid;
  for (int i = 0; i < 3; i++) plan[1 + i] = io.ours[i];
  plan[4] = report;
  plan[5] = slot == NULL ? -1 : slot->id;
  if (pid < 0) plan[1] = f.stage, plan[2] = f.error, plan[3] = f.index;
  return NULL;
}

enum verdict { NONE_YET, EXECUTED, FAILED };

// verdict(report, slot, plan, milliseconds): what the child has told, for which it waits so long; of a failure the plan has
// stage, error and index. When there is one, the slot is left.
napi_value Verdict(struct args *a) {
  size_t plan_size;
  double *plan = array(a, 2, &plan_size);
  int report = integer(a, 0), patience = integer(a, 3);
  struct slot *slot = slot_of(integer(a, 1));
  struct pollfd readable = {.fd = report, .events = POLLIN};
  struct failure f;
  ssize_t n;
  for (;;) {
    n = read(report, &f, sizeof f);
    if (n < 0 && errno == EINTR) continue;
    // Our copy of the report's other end goes with the reserved descriptors: its end is seen only afterwards.
    if (n == sizeof f && f.stage == OWN_TABLE) leave_reserved(slot);
    else if (n >= 0 || errno != EAGAIN || patience <= 0 || poll(&readable, 1, patience) == 0) break;
  }
  if (n < 0 && errno == EAGAIN) return number(a->env, NONE_YET);
  leave_slot(slot);
  if (n != sizeof f) return number(a->env, EXECUTED); // nothing to read means that exec closed the pipe
  plan[0] = f.stage, plan[1] = f.error, plan[2] = f.index;
  return number(a->env, FAILED);
}

// abandon(slot, lives): the verdict is not read; a child that lives is killed, if the kernel lets it die. @returns the
// stage it was in
napi_value Abandon(struct args *a) {
  struct slot *slot = slot_of(integer(a, 0));
  int stage = slot->launch.stage;
  // Only the daemon reaps its children, so the number is still the child's.
  if (integer(a, 1)) kill(-slot->child, SIGKILL), kill(slot->child, SIGKILL);
  if (slot->helper > 0) kill(slot->helper, SIGKILL);
  leave_slot(slot);
  return number(a->env, stage);
}
