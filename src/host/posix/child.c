// The child between clone and exec. It shares the daemon's memory: no allocation, no stdio, no locks, only system calls.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spawn.h"

static rlim_t limit_value(double n) { return n < 0 ? RLIM_INFINITY : (rlim_t)n; }

#ifdef __linux__
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
// Kernels before 5.9 have no close_range: read /proc/self/fd by the bare system call, since opendir would allocate.
static void close_listed(int first, int keep) {
  int dir = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir < 0) return; // without /proc, what Node opened is close-on-exec anyway
  struct entry { uint64_t ino; int64_t off; unsigned short size; unsigned char type; char name[]; };
  _Alignas(8) char buffer[4096];
  long n;
  while ((n = syscall(SYS_getdents64, dir, buffer, sizeof buffer)) > 0) {
    for (long at = 0; at < n;) {
      struct entry *e = (struct entry *)(buffer + at);
      int fd = e->name[0] == '.' ? -1 : atoi(e->name);
      if (fd >= first && fd != keep && fd != dir) close(fd);
      at += e->size;
    }
  }
  close(dir);
}
#endif

// Closes every descriptor from `first` on except `keep`, which is at least `first`.
static void close_from(int first, int keep) {
#ifdef __linux__
  if ((keep > first && syscall(SYS_close_range, first, keep - 1, 0) < 0) ||
      syscall(SYS_close_range, keep + 1, ~0U, 0) < 0)
    close_listed(first, keep);
#else
  for (int fd = first, end = getdtablesize(); fd < end; fd++)
    if (fd != keep) close(fd);
#endif
}

// In the child: its own table, holding no more than the low end of the daemon's.
static int own_table(const struct launch *l) {
#ifdef __linux__
#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE 2
#endif
  if (l->shared) return (int)syscall(SYS_close_range, slots.top + 1, ~0U, CLOSE_RANGE_UNSHARE);
#else
  (void)l;
#endif
  return 0;
}

// Two passes: first move every source out of the way of the targets, then put each in its place. dup2 also clears
// close-on-exec, which Node sets on 0 to 15; where source and target are the same it would not, so that is done by hand.
static int place_descriptors(struct launch *l) {
  int top = 2;
  for (int i = 0; i < l->maps; i++)
    if (l->targets[i] > top) top = l->targets[i];
  if (l->report <= top && (l->report = fcntl(l->report, F_DUPFD_CLOEXEC, top + 1)) < 0) return -1;
  for (int i = 0; i < l->maps; i++) {
    int *source = &l->sources[i];
    if (*source <= top && *source != l->targets[i] && (*source = fcntl(*source, F_DUPFD_CLOEXEC, top + 1)) < 0)
      return -1;
  }
  for (int i = 0; i < l->maps; i++) {
    int source = l->sources[i], target = l->targets[i];
    if (source == target ? fcntl(target, F_SETFD, 0) < 0 : dup2(source, target) < 0) return -1;
  }
  close_from(top + 1, l->report);
  return 0;
}

// Node raises its own soft file limit to the hard one, so the program is given what it would have had without tsv.
static int set_limits(const struct launch *l) {
  struct rlimit r;
  if (l->plan[P_FILES] >= 0) {
    if (getrlimit(RLIMIT_NOFILE, &r) < 0) return -1;
    rlim_t soft = limit_value(l->plan[P_FILES]);
    r.rlim_cur = soft < r.rlim_max ? soft : r.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &r) < 0) return -1;
  }
  for (int i = 0; i < (int)l->plan[P_LIMITS]; i++) {
    r.rlim_cur = limit_value(l->limits[3 * i + 1]);
    r.rlim_max = limit_value(l->limits[3 * i + 2]);
    if (setrlimit((int)l->limits[3 * i], &r) < 0) return -1;
  }
  return 0;
}

static int set_priority(const struct launch *l) {
  int nice_value = (int)l->plan[P_NICE], score = (int)l->plan[P_OOM];
  if (nice_value != UNCHANGED && setpriority(PRIO_PROCESS, 0, nice_value) < 0) return -1;
#ifdef __linux__
  if (score != UNCHANGED) {
    char digits[8], *p = digits + sizeof digits;
    for (int n = abs(score); p == digits + sizeof digits || n > 0; n /= 10) *--p = '0' + n % 10;
    if (score < 0) *--p = '-';
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, p, digits + sizeof digits - p) < 0) return -1;
    close(fd);
  }
#else
  (void)score;
#endif
  return 0;
}

// The bare system calls: glibc's wrappers make every thread of the process follow, and after clone(CLONE_VM) the threads
// it finds are the daemon's (nptl(7), "C library/kernel differences"). 32-bit ARM and x86 have them under a second name.
#ifdef __linux__
#ifdef SYS_setgroups32
#define SET_GROUPS(n, list) syscall(SYS_setgroups32, n, list)
#define SET_GID(id) syscall(SYS_setresgid32, id, id, id)
#define SET_UID(id) syscall(SYS_setresuid32, id, id, id)
#else
#define SET_GROUPS(n, list) syscall(SYS_setgroups, n, list)
#define SET_GID(id) syscall(SYS_setresgid, id, id, id)
#define SET_UID(id) syscall(SYS_setresuid, id, id, id)
#endif
#else
#define SET_GROUPS(n, list) setgroups(n, list)
#define SET_GID(id) setgid(id)
#define SET_UID(id) setuid(id)
#endif

// exec resets handlers but keeps "ignore", which Node sets for SIGPIPE; and once the mask is lifted, no handler of the
// daemon may run in the child. The standard signals are 1 to 31. Node sets no real-time signal, but whoever started the
// daemon may have left some ignored (GNU make does, with 32 and 33): those are looked up once, since asking for each
// would cost as much as clone itself.
static uint64_t ignored_realtime;
enum { LAST_STANDARD_SIGNAL = 31 };

#ifdef __linux__
// The bare system call: glibc keeps 32 and 33 for its threads and refuses to touch them. All zero is SIG_DFL without
// flags or mask; the handler comes first in the kernel's structure on x86 and ARM (rt_sigaction(2)).
typedef struct { unsigned long handler, rest[7]; } bare_sigaction;
static long bare_set(int signal, const bare_sigaction *next, bare_sigaction *before) {
  return syscall(SYS_rt_sigaction, signal, next, before, 8);
}

void find_ignored_realtime(void) {
  static int done;
  bare_sigaction now;
  for (int i = LAST_STANDARD_SIGNAL + 1; !done && i <= 64; i++)
    if (bare_set(i, NULL, &now) == 0 && now.handler == (unsigned long)SIG_IGN) ignored_realtime |= 1ull << (i - 1);
  done = 1;
}

static void reset_realtime(void) {
  const bare_sigaction standard = {0};
  for (int i = LAST_STANDARD_SIGNAL + 1; ignored_realtime != 0 && i <= 64; i++)
    if (ignored_realtime >> (i - 1) & 1) bare_set(i, &standard, NULL);
}
#else
void find_ignored_realtime(void) {}
static void reset_realtime(void) {}
#endif

static void reset_signals(void) {
  struct sigaction standard = {.sa_handler = SIG_DFL};
  for (int i = 1; i <= LAST_STANDARD_SIGNAL; i++)
    if (i != SIGKILL && i != SIGSTOP) sigaction(i, &standard, NULL);
  reset_realtime();
}

// Everything between clone and exec. It shares the daemon's memory: no allocation, no stdio, no locks.
int in_child(void *data) {
  struct launch *l = data;
  const double *plan = l->plan;
  int flags = (int)plan[P_FLAGS];
  struct failure f = {.stage = STAGE_STDIO};
  if (own_table(l) < 0) goto fail;
  f.stage = STAGE_SESSION;
  reset_signals();
  if ((flags & F_SETSID ? setsid() : setpgid(0, 0)) < 0) goto fail;
  f.stage = STAGE_STDIO;
  if (place_descriptors(l) < 0) goto fail;
  if (flags & F_TTY && ioctl(0, TIOCSCTTY, 0) < 0) goto fail;
  f.stage = STAGE_RLIMIT;
  if (set_limits(l) < 0) goto fail;
  if (set_priority(l) < 0) goto fail;
  f.stage = STAGE_GROUPS;
  if (l->groups >= 0 && SET_GROUPS(l->groups, l->group_list) < 0) goto fail;
  f.stage = STAGE_GID;
  if (plan[P_GID] >= 0 && SET_GID((gid_t)plan[P_GID]) < 0) goto fail;
  f.stage = STAGE_UID;
  if (plan[P_UID] >= 0 && SET_UID((uid_t)plan[P_UID]) < 0) goto fail;
  f.stage = STAGE_CHDIR; // only now: a directory that the user may not enter must fail, and NFS may refuse root
  if (l->cwd != NULL && chdir(l->cwd) < 0) goto fail;
  if (plan[P_UMASK] >= 0) umask((mode_t)plan[P_UMASK]);
  f.stage = STAGE_EXEC;
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execve(l->file, l->argv, l->envp);
fail:
  f.error = errno;
  if (write(l->report, &f, sizeof f) < 0) _exit(126);
  _exit(127);
}
