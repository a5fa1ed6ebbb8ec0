// Starting a program in one call: pipes, clone, and the verdict of the child.

#define _GNU_SOURCE
#include "spawn.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "descriptors.h"
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
    if (make_pipe(ends) < 0) return -1;
    io->ours[i] = ends[i == 0];
    io->theirs[i] = ends[i != 0];
    if (fcntl(io->ours[i], F_SETFL, O_NONBLOCK) < 0) return -1;
#ifdef F_SETPIPE_SZ
    if (size > 0 && i > 0) fcntl(io->ours[i], F_SETPIPE_SZ, size); // a wish: EPERM above the user's share is no failure
#else
    (void)size;
#endif
    l->targets[l->maps] = i;
    l->sources[l->maps++] = io->theirs[i];
  }
  if (flags & F_REDIRECT) {
    l->targets[l->maps] = 2;
    l->sources[l->maps++] = io->theirs[1];
  }
  return 0;
}

// Pipes, clone and the verdict. Answers the pid, or -1 with `f` filled in.
static pid_t launch(struct launch *l, struct stdio *io, struct failure *f) {
  int report[2] = {-1, -1};
  pid_t pid = -1;
  f->stage = STAGE_PIPE;
  if (make_pipe(report) == 0 && make_stdio(l, io) == 0) {
    int with_slots = l->maps < CHILD_SLOTS && reserve_slots();
    l->report = report[1];
    l->shared = with_slots;
    find_ignored_realtime();
    f->stage = STAGE_STDIO;
    if (!with_slots || fill_slots(l) == 0) {
      pid = start_child(l);
      f->stage = pid < 0 && errno == ETIMEDOUT ? STAGE_LATE : STAGE_FORK;
    }
    f->error = errno;
    if (with_slots) empty_slots();
  } else {
    f->error = errno;
  }
  close_if_open(report[1]);
  for (int i = 0; i < 3; i++) close_if_open(io->theirs[i]);
  if (pid > 0 && await_verdict(report[0], pid, f) < 0) pid = -1;
  close_if_open(report[0]);
  if (pid < 0)
    for (int i = 0; i < 3; i++) close_if_open(io->ours[i]);
  return pid;
}

napi_value Spawn(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  size_t argv_size = 0, env_size = 0, cwd_size = 0, file_size = 0, plan_size;
  double *plan = array(&a, 4, &plan_size);
  struct launch l = {.plan = plan, .maps = (int)plan[P_MAPS], .groups = (int)plan[P_GROUPS]};
  struct stdio io = {{-1, -1, -1}, {-1, -1, -1}};
  struct failure f = {STAGE_EXEC, EINVAL};
  pid_t pid = -1;
  char *file = l.file = string(&a, 0, &file_size), *argv = string(&a, 1, &argv_size);
  char *envp = string(&a, 2, &env_size), *cwd = string(&a, 3, &cwd_size);
  if (cwd_size > 0) l.cwd = cwd;
  const double *rest = plan + P_REST;
  for (int i = 0; i < l.maps && i < MAX_MAPS - 4; i++) {
    l.targets[i] = (int)*rest++;
    l.sources[i] = (int)*rest++;
  }
  l.group_list = malloc((l.groups > 0 ? l.groups : 1) * sizeof *l.group_list);
  for (int i = 0; i < l.groups; i++) l.group_list[i] = (gid_t)*rest++;
  l.limits = rest;
  if (file && argv && envp && l.group_list && l.maps <= MAX_MAPS - 4 && strlen(file) == file_size &&
      (cwd == NULL || strlen(cwd) == cwd_size) && (l.argv = split_strings(argv, argv_size, (int)plan[P_ARGC])) != NULL &&
      (l.envp = split_strings(envp, env_size, (int)plan[P_ENVC])) != NULL)
    pid = launch(&l, &io, &f);
  plan[0] = pid;
  for (int i = 0; i < 3; i++) plan[1 + i] = io.ours[i];
  if (pid < 0) plan[1] = f.stage, plan[2] = f.error;
  free(file), free(argv), free(envp), free(cwd), free(l.argv), free(l.envp), free(l.group_list);
  return NULL;
}
