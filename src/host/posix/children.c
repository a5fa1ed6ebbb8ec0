// Children and resources: reaping, signals, limits.

#define _GNU_SOURCE
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spawn.h"
#include "values.h"

static rlim_t limit_value(double n) { return n < 0 ? RLIM_INFINITY : (rlim_t)n; }

// The pid of a child that is dead and not reaped, or 0. Any child, orphans too, so nothing else in the daemon may wait for
// children of its own. Until it is reaped, its number and that of its group are no other's.
napi_value DeadChild(struct args *a) {
  siginfo_t dead = {0};
  if (waitid(P_ALL, 0, &dead, WEXITED | WNOHANG | WNOWAIT) < 0) return number(a->env, 0);
  return number(a->env, dead.si_pid);
}

// reap(pid, record): a record has seven numbers: pid, exit code or -1, signal or -1, core dumped, user and system
// microseconds, peak KiB. @returns 1, 0 for a helper, which has no record, or -1 when there is no such dead child
napi_value Reap(struct args *a) {
  size_t size;
  double *r = array(a, 1, &size);
  struct rusage u;
  int status, wanted = integer(a, 0);
  if (wanted <= 0 || size < 7 || wait4(wanted, &status, WNOHANG, &u) != wanted) return number(a->env, -1);
  if (forget_helper(wanted)) return number(a->env, 0);
  r[0] = wanted;
  r[1] = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  r[2] = WIFSIGNALED(status) ? WTERMSIG(status) : -1;
  r[3] = WIFSIGNALED(status) && WCOREDUMP(status);
  r[4] = u.ru_utime.tv_sec * 1e6 + u.ru_utime.tv_usec;
  r[5] = u.ru_stime.tv_sec * 1e6 + u.ru_stime.tv_usec;
  r[6] = u.ru_maxrss;
  return number(a->env, 1);
}

// kill(2) gives 0 and negative pids meanings of their own ("everybody"); none of them can be meant here.
napi_value Kill(struct args *a) {
  int pid = integer(a, 0), group = integer(a, 2);
  if (pid <= (group ? 1 : 0)) return number(a->env, -EINVAL);
  return outcome(a, kill(group ? -pid : pid, integer(a, 1)));
}

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif

// A descriptor, close-on-exec, that continues meaning this process when its id is another's.
napi_value OpenProcess(struct args *a) { return outcome(a, syscall(SYS_pidfd_open, integer(a, 0), 0)); }

napi_value SignalProcess(struct args *a) { return outcome(a, syscall(SYS_pidfd_send_signal, integer(a, 0), integer(a, 1), NULL, 0)); }

napi_value BecomeSubreaper(struct args *a) { return outcome(a, prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)); }

napi_value DieWithParent(struct args *a) { return outcome(a, prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)); }

napi_value GetLimit(struct args *a) {
  struct rlimit r;
  if (getrlimit(integer(a, 0), &r) < 0) return outcome(a, -1);
  napi_value limit;
  napi_create_object(a->env, &limit);
  put(a->env, limit, "soft", number(a->env, r.rlim_cur == RLIM_INFINITY ? -1 : (double)r.rlim_cur));
  put(a->env, limit, "hard", number(a->env, r.rlim_max == RLIM_INFINITY ? -1 : (double)r.rlim_max));
  return limit;
}

napi_value SetLimit(struct args *a) {
  double soft = -1, hard = -1;
  napi_get_value_double(a->env, a->v[1], &soft);
  napi_get_value_double(a->env, a->v[2], &hard);
  struct rlimit r = {limit_value(soft), limit_value(hard)};
  return outcome(a, setrlimit(integer(a, 0), &r));
}
