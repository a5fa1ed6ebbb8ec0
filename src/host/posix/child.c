// The child between clone and exec. It shares the memory of the running daemon, so it uses only bare system calls.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/futex.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "raw.h"
#include "spawn.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE 2
#endif
// 32-bit ARM and x86 have these under a second name, for ids of 32 bits.
#ifdef SYS_setgroups32
#define RAW_SETGROUPS(n, list) RAW(setgroups32, n, list)
#define RAW_SETGID(id) RAW(setresgid32, id, id, id)
#define RAW_SETUID(id) RAW(setresuid32, id, id, id)
#else
#define RAW_SETGROUPS(n, list) RAW(setgroups, n, list)
#define RAW_SETGID(id) RAW(setresgid, id, id, id)
#define RAW_SETUID(id) RAW(setresuid, id, id, id)
#endif
#ifdef SYS_fcntl64
#define SYS_FCNTL fcntl64
#else
#define SYS_FCNTL fcntl
#endif
#define RAW_FCNTL_NAMED(name, ...) RAW(name, __VA_ARGS__)
#define RAW_FCNTL(...) RAW_FCNTL_NAMED(SYS_FCNTL, __VA_ARGS__)

// Kernels before 5.9 have no close_range: read /proc/self/fd by the bare system call, since opendir would allocate.
static void close_listed(int first, int keep) {
  long dir = RAW(openat, AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir < 0) return; // without /proc, what Node opened is close-on-exec anyway
  struct entry { uint64_t ino; int64_t off; unsigned short size; unsigned char type; char name[]; };
  _Alignas(8) char buffer[4096];
  long n;
  while ((n = RAW(getdents64, dir, buffer, sizeof buffer)) > 0) {
    for (long at = 0; at < n;) {
      struct entry *e = (struct entry *)(buffer + at);
      int fd = 0;
      for (const char *p = e->name; fd >= 0 && *p != 0; p++) fd = *p == '.' ? -1 : fd * 10 + (*p - '0');
      if (fd >= first && fd != keep && fd != dir) RAW(close, fd);
      at += e->size;
    }
  }
  RAW(close, dir);
}

// Closes every descriptor from `first` on except `keep`, which is at least `first`.
static void close_from(int first, int keep) {
  if ((keep > first && RAW(close_range, first, keep - 1) < 0) || RAW(close_range, keep + 1, ~0U) < 0)
    close_listed(first, keep);
}

// In the child: its own table, holding no more than the low end of the daemon's. From then on the daemon may change its own.
static long own_table(struct launch *l) {
  long result = l->shared ? RAW(close_range, first_of_no_child(), ~0U, CLOSE_RANGE_UNSHARE) : 0;
  if (result < 0) return result;
  const struct failure done = {.stage = OWN_TABLE};
  __atomic_store_n(&l->own, 1, __ATOMIC_RELEASE);
  RAW(futex, &l->own, FUTEX_WAKE, 1);
  RAW(write, l->report, &done, sizeof done);
  return 0;
}

// Two passes: first move every source out of the way of the targets, then put each in its place. dup2 also clears
// close-on-exec, which Node sets on 0 to 15; where source and target are the same it would not, so that is done by hand.
static long place_descriptors(struct launch *l) {
  int top = 2;
  long result;
  for (int i = 0; i < l->maps; i++)
    if (l->targets[i] > top) top = l->targets[i];
  if (l->report <= top) {
    if ((result = RAW_FCNTL(l->report, F_DUPFD_CLOEXEC, top + 1)) < 0) return result;
    l->report = (int)result;
  }
  for (int i = 0; i < l->maps; i++) {
    int *source = &l->sources[i];
    if (*source > top || *source == l->targets[i]) continue;
    if ((result = RAW_FCNTL(*source, F_DUPFD_CLOEXEC, top + 1)) < 0) return result;
    *source = (int)result;
  }
  for (int i = 0; i < l->maps; i++) {
    int source = l->sources[i], target = l->targets[i];
    result = source == target ? RAW_FCNTL(target, F_SETFD, 0) : RAW(dup3, source, target, 0);
    if (result < 0) return result;
  }
  // Before anything that may hang: what belongs to other children must not stay open here.
  for (int fd = 3; fd < top; fd++) {
    int is_target = 0;
    for (int i = 0; i < l->maps; i++) is_target |= l->targets[i] == fd;
    if (!is_target) RAW(close, fd);
  }
  close_from(top + 1, l->report);
  return 0;
}

// What is at a path, for this process's own user: 0 when it can be executed, else a negated error.
static long judge(const char *path) {
  struct statx facts = {0};
  long result = RAW(statx, AT_FDCWD, path, 0, STATX_TYPE | STATX_MODE, &facts);
  // Filters of old container engines refuse the call: then access(2) has to tell.
  if (result == -ENOSYS || result == -EPERM) return RAW(faccessat, AT_FDCWD, path, X_OK);
  mode_t mode = facts.stx_mode;
  if (result < 0) return -ENOENT; // ENOTDIR, EACCES on a parent, ELOOP: exec would not find it either
  if (S_ISDIR(mode)) return -EISDIR;
  if ((mode & 0111) == 0) return -ENOEXEC;
  return RAW(faccessat, AT_FDCWD, path, X_OK) < 0 ? -EACCES : 0;
}

// The first path that can be executed; without any, the first one that is there at all says why.
static long find_command(const struct launch *l, struct failure *f, const char **file) {
  long problem = -ENOENT;
  for (int i = 0; i < l->path_count; i++) {
    const char *look = l->paths[2 * i];
    long result = look[0] == 0 ? 0 : judge(look);
    if (result == 0) {
      *file = l->paths[2 * i + 1];
      return 0;
    }
    if (problem == -ENOENT && result != -ENOENT) problem = result, f->index = i;
  }
  return problem;
}

enum { MOST_CPUS = 8192, IO_OF_PROCESS = 1, LAST_CAPABILITY = 63 };

// The kernel's own structure: the C library's is smaller on 32 bits.
struct limit { uint64_t soft, hard; };
static uint64_t limit_value(double n) { return n < 0 ? ~0ull : (uint64_t)n; }

static size_t length_of(const char *text) {
  size_t n = 0;
  while (text[n] != 0) n++;
  return n;
}

static long write_file(const char *path, const char *text) {
  long fd = RAW(openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return fd;
  long result = RAW(write, fd, text, length_of(text));
  RAW(close, fd);
  return result;
}

// Here and not in the daemon: to lower a limit may take the kernel time. The last write enters the cgroup.
static long enter_cgroup(const struct launch *l, struct failure *f) {
  if (l->cgroup == NULL) return 0;
  const char *directory = l->cgroup[0];
  long result = RAW(mkdirat, AT_FDCWD, directory, 0755);
  if (result < 0 && result != -EEXIST) return result;
  for (int i = 0; i < l->cgroup_writes; i++) {
    f->index = i;
    if ((result = write_file(l->cgroup[1 + 2 * i], l->cgroup[2 + 2 * i])) >= 0) continue;
    RAW(unlinkat, AT_FDCWD, directory, AT_REMOVEDIR); // fails when a process is in it
    return result;
  }
  f->index = -1;
  return 0;
}

// Node raises its own soft file limit to the hard one, so the program is given what it would have had without tsv.
static long set_limits(const struct launch *l, struct failure *f) {
  struct limit r;
  long result;
  if (l->plan[P_FILES] >= 0) {
    if ((result = RAW(prlimit64, 0, RLIMIT_NOFILE, NULL, &r)) < 0) return result;
    r.soft = limit_value(l->plan[P_FILES]);
    if (r.soft > r.hard) r.soft = r.hard;
    if ((result = RAW(prlimit64, 0, RLIMIT_NOFILE, &r, NULL)) < 0) return result;
  }
  for (int i = 0; i < (int)l->plan[P_LIMITS]; i++) {
    f->index = i;
    r.soft = limit_value(l->limits[3 * i + 1]);
    r.hard = limit_value(l->limits[3 * i + 2]);
    if ((result = RAW(prlimit64, 0, (int)l->limits[3 * i], &r, NULL)) < 0) return result;
  }
  f->index = -1;
  return 0;
}

static long set_oom_score(int score) {
  char digits[8] = {0}, *end = digits + sizeof digits - 1, *p = end;
  for (int n = abs(score); p == end || n > 0; n /= 10) *--p = '0' + n % 10;
  if (score < 0) *--p = '-';
  return write_file("/proc/self/oom_score_adj", p);
}

// The kernel leaves out CPUs that are not there, without an error if one remains.
static long set_cpus(const struct launch *l) {
  enum { BITS = 8 * sizeof(unsigned long) };
  const double *cpus = l->limits + 3 * (int)l->plan[P_LIMITS];
  unsigned long wanted[MOST_CPUS / BITS] = {0}, set[MOST_CPUS / BITS] = {0};
  int count = (int)l->plan[P_CPUS];
  if (count == 0) return 0;
  for (int i = 0; i < count; i++) wanted[(int)cpus[i] / BITS] |= 1ul << (int)cpus[i] % BITS;
  long result = RAW(sched_setaffinity, 0, sizeof wanted, wanted);
  if (result < 0 || (result = RAW(sched_getaffinity, 0, sizeof set, set)) < 0) return result;
  for (size_t i = 0; i < MOST_CPUS / BITS; i++)
    if (wanted[i] & ~set[i]) return -EINVAL;
  return 0;
}

static long set_priorities(struct launch *l) {
  int nice_value = (int)l->plan[P_NICE], score = (int)l->plan[P_OOM], io = (int)l->plan[P_IO_PRIORITY];
  long result;
  l->stage = STAGE_NICE;
  if (nice_value != UNCHANGED && (result = RAW(setpriority, PRIO_PROCESS, 0, nice_value)) < 0) return result;
  l->stage = STAGE_OOM_SCORE_ADJ;
  if (score != UNCHANGED && (result = set_oom_score(score)) < 0) return result;
  l->stage = STAGE_IONICE;
  if (io != UNCHANGED && (result = RAW(ioprio_set, IO_OF_PROCESS, 0, io)) < 0) return result;
  l->stage = STAGE_CPU_AFFINITY;
  return set_cpus(l);
}

// exec resets handlers but keeps "ignore", which Node sets for SIGPIPE and which the process that started the daemon may have left
// for others (nohup; GNU make, for 32 and 33). Those are looked up once: nothing in the daemon ignores another one later.
// And once the mask is lifted, no handler of the daemon may run in the child.
static uint64_t ignored;
enum { LAST_SIGNAL = 64, LAST_STANDARD_SIGNAL = 31 };

// The bare system call: glibc keeps 32 and 33 for its threads and refuses to touch them. All zero is SIG_DFL without
// flags or mask; the handler comes first in the kernel's structure on x86 and ARM (rt_sigaction(2)).
typedef struct { unsigned long handler, rest[7]; } bare_sigaction;

void find_ignored(void) {
  static int done;
  bare_sigaction now;
  for (int i = 1; !done && i <= LAST_SIGNAL; i++)
    if (RAW(rt_sigaction, i, NULL, &now, 8) == 0 && now.handler == (unsigned long)SIG_IGN) ignored |= 1ull << (i - 1);
  done = 1;
}

static void reset_signals(const struct launch *l) {
  const bare_sigaction standard = {0};
  uint64_t changed = ignored;
  if (!l->has_default) changed |= ~0ull >> (LAST_SIGNAL - LAST_STANDARD_SIGNAL);
  for (int i = 1; i <= LAST_SIGNAL; i++)
    if (changed >> (i - 1) & 1) RAW(rt_sigaction, i, &standard, NULL, 8);
}

static void unblock_signals(const struct launch *l) {
  const uint64_t none = 0;
  // A signal that its user has sent meanwhile must not dump the memory of both (fs.suid_dumpable=2).
  if (l->plan[P_UID] >= 0) RAW(prctl, PR_SET_DUMPABLE, 0);
  RAW(rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none);
}

// No program that is executed gets a capability that is not wanted.
static long bound_capabilities(uint64_t wanted, struct failure *f) {
  for (int c = 0; c <= LAST_CAPABILITY; c++) {
    int is_wanted = wanted >> c & 1;
    long is_there = RAW(prctl, PR_CAPBSET_READ, c);
    long result = is_there == 1 && !is_wanted ? RAW(prctl, PR_CAPBSET_DROP, c) : 0;
    if (result < 0) return result;
    if (is_there == 1 || !is_wanted) continue;
    f->index = c;
    return is_there < 0 ? is_there : -EPERM;
  }
  return 0;
}

// They are the inheritable ones, for root, and ambient, for others.
static long keep_capabilities(uint64_t wanted) {
  struct { uint32_t version; int pid; } header = {0x20080522, 0}; // _LINUX_CAPABILITY_VERSION_3
  uint32_t low = (uint32_t)wanted, high = wanted >> 32;
  struct { uint32_t effective, permitted, inheritable; } sets[2] = {{low, low, low}, {high, high, high}};
  long result = RAW(capset, &header, sets);
  for (int c = 0; result >= 0 && c <= LAST_CAPABILITY; c++)
    if (wanted >> c & 1) result = RAW(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, c);
  return result;
}

static long drop_rights(struct launch *l, struct failure *f) {
  const double *plan = l->plan;
  int has_capabilities = plan[P_CAPABILITIES] >= 0;
  uint64_t wanted = has_capabilities ? (uint64_t)plan[P_CAPABILITIES] : 0;
  long result;
  l->stage = STAGE_CAPABILITIES;
  if (has_capabilities && (result = bound_capabilities(wanted, f)) < 0) return result;
  if (has_capabilities && (result = RAW(prctl, PR_SET_KEEPCAPS, 1)) < 0) return result;
  l->stage = STAGE_GROUPS;
  if (l->groups >= 0 && (result = RAW_SETGROUPS(l->groups, l->group_list)) < 0) return result;
  l->stage = STAGE_GID;
  if (plan[P_GID] >= 0 && (result = RAW_SETGID((gid_t)plan[P_GID])) < 0) return result;
  l->stage = STAGE_UID;
  if (plan[P_UID] >= 0 && (result = RAW_SETUID((uid_t)plan[P_UID])) < 0) return result;
  l->stage = STAGE_CAPABILITIES;
  return has_capabilities ? keep_capabilities(wanted) : 0;
}

// sd_listen_fds(3) compares it. The strings are the slot's own, and the value is as long as the longest pid.
static void tell_listen_pid(char **envp) {
  static const char name[] = "LISTEN_PID=";
  for (; *envp != NULL; envp++) {
    char *p = *envp;
    size_t i = 0;
    while (name[i] != 0 && p[i] == name[i]) i++;
    if (name[i] != 0) continue;
    char digits[12], *d = digits + sizeof digits;
    for (long pid = RAW(getpid, 0); pid > 0; pid /= 10) *--d = '0' + pid % 10;
    for (p += i; d < digits + sizeof digits && *p != 0;) *p++ = *d++;
    *p = 0;
  }
}

// @returns the negated error of the step that `l->stage` names
static long prepare(struct launch *l, struct failure *f, const char **file) {
  int flags = (int)l->plan[P_FLAGS];
  long result;
  l->stage = STAGE_STDIO;
  if ((result = own_table(l)) < 0) return result;
  l->stage = STAGE_SESSION;
  reset_signals(l);
  if ((result = flags & F_SETSID ? RAW(setsid, 0) : RAW(setpgid, 0, 0)) < 0) return result;
  l->stage = STAGE_STDIO;
  if ((result = place_descriptors(l)) < 0) return result;
  if (flags & F_TTY && (result = RAW(ioctl, 0, TIOCSCTTY, 0)) < 0) return result;
  l->stage = STAGE_FIND; // for the daemon's user, from the daemon's directory
  if ((result = find_command(l, f, file)) < 0) return result;
  if (flags & F_LOOK_ONLY) RAW(exit_group, 0);
  l->stage = STAGE_CGROUP;
  if ((result = enter_cgroup(l, f)) < 0) return result;
  l->stage = STAGE_RLIMIT;
  if ((result = set_limits(l, f)) < 0 || (result = set_priorities(l)) < 0) return result;
  if ((result = drop_rights(l, f)) < 0) return result;
  l->stage = STAGE_CHDIR; // only now: a directory that the user may not enter must fail, and NFS may refuse root
  if (l->cwd != NULL && (result = RAW(chdir, l->cwd)) < 0) return result;
  if (l->plan[P_UMASK] >= 0) RAW(umask, (int)l->plan[P_UMASK]);
  l->stage = STAGE_NO_NEW_PRIVS;
  if (flags & F_NO_NEW_PRIVS && (result = RAW(prctl, PR_SET_NO_NEW_PRIVS, 1)) < 0) return result;
  l->stage = STAGE_EXEC;
  // only now: a change of the user clears it
  if (flags & F_DIES_WITH_PARENT && (result = RAW(prctl, PR_SET_PDEATHSIG, SIGKILL)) < 0) return result;
  if (flags & F_LISTEN_PID) tell_listen_pid(l->envp);
  unblock_signals(l);
  return RAW(execve, *file, l->argv, l->envp);
}

int in_child(void *data) {
  struct launch *l = data;
  struct failure f = {.index = -1};
  const char *file = NULL;
  long result = prepare(l, &f, &file);
  f.stage = l->stage;
  f.error = (int)-result;
  RAW(write, l->report, &f, sizeof f);
  RAW(exit_group, 127);
  return 127;
}
