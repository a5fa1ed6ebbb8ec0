// The system calls that Node lacks, as a Node-API addon: posix.ts is its only caller and documents each function.
//
// Conventions: integers in, integers out; a failure is the negated errno, never an exception, because "no such process"
// or "nothing to read now" are answers. All of it runs on the main thread; nothing here blocks.
// Linux first. What POSIX has works on macOS too; what only Linux has answers -ENOSYS there.

#define _GNU_SOURCE
#include <node_api.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <link.h>
#include <malloc.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#else
#include <sys/event.h>
#define MSG_NOSIGNAL 0
#endif

// --- talking to JavaScript ---------------------------------------------------------------------------------------

#define MAX_ARGS 6
struct args {
  napi_env env;
  napi_value v[MAX_ARGS];
};

static struct args arguments(napi_env env, napi_callback_info info) {
  struct args a = {.env = env};
  size_t n = MAX_ARGS;
  napi_get_cb_info(env, info, &n, a.v, NULL, NULL); // missing ones become undefined
  return a;
}

static int integer(struct args *a, int i) {
  int32_t n = -1;
  napi_get_value_int32(a->env, a->v[i], &n);
  return n;
}

// The bytes behind a Uint8Array or Float64Array; they stay where they are for the length of the call.
static void *array(struct args *a, int i, size_t *length) {
  void *data = NULL;
  *length = 0;
  napi_get_typedarray_info(a->env, a->v[i], NULL, length, &data, NULL, NULL);
  return data;
}

// A copy of a string as UTF-8 with a NUL after it; the caller frees it. NULs inside are kept.
static char *string(struct args *a, int i, size_t *length) {
  size_t n = 0;
  if (napi_get_value_string_utf8(a->env, a->v[i], NULL, 0, &n) != napi_ok) return NULL;
  char *s = malloc(n + 2);
  if (s == NULL) return NULL;
  napi_get_value_string_utf8(a->env, a->v[i], s, n + 1, &n);
  s[n + 1] = 0;
  if (length != NULL) *length = n;
  return s;
}

static napi_value number(napi_env env, double n) {
  napi_value v = NULL;
  napi_create_double(env, n, &v);
  return v;
}

// The usual answer of a call that reports through errno.
static napi_value outcome(napi_env env, long result) { return number(env, result < 0 ? -errno : result); }

static void put(napi_env env, napi_value object, const char *key, napi_value value) {
  napi_set_named_property(env, object, key, value);
}

static napi_value text(napi_env env, const char *s) {
  napi_value v = NULL;
  napi_create_string_utf8(env, s, NAPI_AUTO_LENGTH, &v);
  return v;
}

// --- descriptors -------------------------------------------------------------------------------------------------

static int set_cloexec(int fd, int on) {
  int flags = fcntl(fd, F_GETFD);
  if (flags < 0) return -1;
  return fcntl(fd, F_SETFD, on ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC);
}

static int set_nonblocking(int fd) {
  int flags = fcntl(fd, F_GETFL);
  return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

static int make_pipe(int fds[2]) {
#ifdef __linux__
  return pipe2(fds, O_CLOEXEC);
#else
  if (pipe(fds) < 0) return -1;
  set_cloexec(fds[0], 1);
  set_cloexec(fds[1], 1);
  return 0;
#endif
}

static void close_if_open(int fd) {
  int saved = errno;
  if (fd >= 0) close(fd);
  errno = saved;
}

static napi_value Pipe(napi_env env, napi_callback_info info) {
  (void)info;
  int fds[2];
  if (make_pipe(fds) < 0) return outcome(env, -1);
  napi_value pair;
  napi_create_array_with_length(env, 2, &pair);
  napi_set_element(env, pair, 0, number(env, fds[0]));
  napi_set_element(env, pair, 1, number(env, fds[1]));
  return pair;
}

static napi_value SetCloexec(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  return outcome(env, set_cloexec(integer(&a, 0), integer(&a, 1)));
}

static napi_value SetNonblocking(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  return outcome(env, set_nonblocking(integer(&a, 0)));
}

static napi_value Dup2(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  return outcome(env, dup2(integer(&a, 0), integer(&a, 1)));
}

static napi_value Close(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  return outcome(env, close(integer(&a, 0)));
}

static napi_value Flock(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  return outcome(env, flock(integer(&a, 0), LOCK_EX | LOCK_NB));
}

static napi_value Read(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  size_t size;
  void *bytes = array(&a, 1, &size);
  ssize_t n;
  do n = read(integer(&a, 0), bytes, size);
  while (n < 0 && errno == EINTR);
  return outcome(env, n);
}

static napi_value Write(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  size_t size;
  void *bytes = array(&a, 1, &size);
  ssize_t n;
  do n = write(integer(&a, 0), bytes, size);
  while (n < 0 && errno == EINTR);
  return outcome(env, n);
}

// --- starting programs -------------------------------------------------------------------------------------------

// The order of these names is the order of SPAWN_STAGES in posix.ts.
enum stage { STAGE_PIPE, STAGE_FORK, STAGE_SESSION, STAGE_STDIO, STAGE_RLIMIT, STAGE_GROUPS, STAGE_GID, STAGE_UID, STAGE_CHDIR, STAGE_EXEC };

// The plan is one array of doubles, so that a start costs one native call. The order is that of PLAN in posix.ts.
enum plan { P_ARGC, P_ENVC, P_FLAGS, P_UMASK, P_UID, P_GID, P_FILES, P_NICE, P_OOM, P_PIPE_SIZE, P_MAPS, P_GROUPS, P_LIMITS, P_REST };
enum flags { F_STDIN = 1, F_STDOUT = 2, F_STDERR = 4, F_REDIRECT = 8, F_SETSID = 16, F_TTY = 32 };
#define UNCHANGED 1000000 // for nice and oom_score_adj, whose own range includes -1

#define MAX_MAPS 32
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

#define CHILD_SLOTS 4
// With a thousand programs the daemon has three thousand pipes, and copying and closing them all for each child costs
// more than starting it. So the child begins sharing the daemon's table (CLONE_FILES), and close_range takes a private
// copy of its low end only. For that, what the child needs is put into descriptors that were reserved early and so are
// low: stdin, stdout, stderr and the report. Between starts /dev/null holds their places.
static struct {
  int ready; // 0 not tried, 1 reserved, -1 the kernel or a seccomp filter refuses close_range
  int null, top, fd[CHILD_SLOTS];
} slots;

static int reserve_slots(void) {
#ifdef __linux__
  if (slots.ready != 0) return slots.ready > 0;
  slots.ready = -1;
  if (syscall(SYS_close_range, ~0U, ~0U, 0) < 0) return 0;
  slots.null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int i = 0; i < CHILD_SLOTS; i++) {
    slots.fd[i] = slots.null < 0 ? -1 : fcntl(slots.null, F_DUPFD_CLOEXEC, 3);
    if (slots.fd[i] < 0) return 0;
    if (slots.fd[i] > slots.top) slots.top = slots.fd[i];
  }
  slots.ready = 1;
  return 1;
#else
  return 0;
#endif
}

static int fill_slots(struct launch *l) {
#ifdef __linux__
  for (int i = 0; i < l->maps; i++) {
    if (dup3(l->sources[i], slots.fd[i], O_CLOEXEC) < 0) return -1;
    l->sources[i] = slots.fd[i];
  }
  if (dup3(l->report, slots.fd[CHILD_SLOTS - 1], O_CLOEXEC) < 0) return -1;
  l->report = slots.fd[CHILD_SLOTS - 1];
#else
  (void)l;
#endif
  return 0;
}

static void empty_slots(void) {
#ifdef __linux__
  for (int i = 0; i < CHILD_SLOTS; i++) dup3(slots.null, slots.fd[i], O_CLOEXEC);
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
// daemon may have left some ignored: those are looked up once, since asking for each would cost as much as clone itself.
static uint64_t ignored_realtime;
enum { LAST_STANDARD_SIGNAL = 31 };

static void find_ignored_realtime(void) {
  static int done;
  struct sigaction now;
  for (int i = LAST_STANDARD_SIGNAL + 1; !done && i < NSIG && i <= 64; i++)
    if (sigaction(i, NULL, &now) == 0 && now.sa_handler == SIG_IGN) ignored_realtime |= 1ull << (i - 1);
  done = 1;
}

static void reset_signals(void) {
  struct sigaction standard = {.sa_handler = SIG_DFL};
  for (int i = 1; i <= LAST_STANDARD_SIGNAL; i++)
    if (i != SIGKILL && i != SIGSTOP) sigaction(i, &standard, NULL);
  for (int i = LAST_STANDARD_SIGNAL + 1; ignored_realtime != 0 && i <= 64; i++)
    if (ignored_realtime >> (i - 1) & 1) sigaction(i, &standard, NULL);
}

// Everything between clone and exec. It shares the daemon's memory: no allocation, no stdio, no locks.
static int in_child(void *data) {
  struct launch *l = data;
  const double *plan = l->plan;
  int flags = (int)plan[P_FLAGS];
  struct failure f = {.stage = STAGE_SESSION};
  if (own_table(l) < 0) goto fail;
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

// Starts the child with every signal blocked. vfork semantics: we go on when it has executed or exited, so one stack
// serves all starts, and the cost does not grow with the daemon's memory. qemu-user makes a fork of it, hence the pipe.
static pid_t start_child(struct launch *l) {
  sigset_t all, old;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &old);
#ifdef __linux__
  static _Alignas(16) char stack[64 * 1024];
  int vfork_flags = CLONE_VM | CLONE_VFORK | SIGCHLD;
  pid_t pid = clone(in_child, stack + sizeof stack, l->shared ? vfork_flags | CLONE_FILES : vfork_flags, l);
  if (pid < 0 && errno == EINVAL && l->shared) { // qemu-user makes a plain fork of vfork, and cannot with CLONE_FILES
    l->shared = 0;
    pid = clone(in_child, stack + sizeof stack, vfork_flags, l);
  }
#else
  pid_t pid = fork();
  if (pid == 0) in_child(l);
#endif
  int saved = errno;
  sigprocmask(SIG_SETMASK, &old, NULL);
  errno = saved;
  return pid;
}

// Splits `count` NUL-terminated strings in place. A NUL inside one of them would make another argument of its rest:
// the count does not fit then, and the answer is NULL.
static char **split(char *joined, size_t length, int count) {
  char **list = malloc((count + 1) * sizeof *list);
  if (list == NULL) return NULL;
  char *at = joined, *end = joined + length;
  for (int i = 0; i < count; i++) {
    list[i] = at;
    at = at < end ? at + strlen(at) + 1 : end + 1;
  }
  list[count] = NULL;
  if (at != end) {
    free(list);
    errno = EINVAL;
    return NULL;
  }
  return list;
}

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
      f->stage = STAGE_FORK;
      pid = start_child(l);
    }
    f->error = errno;
    if (with_slots) empty_slots();
  } else {
    f->error = errno;
  }
  close_if_open(report[1]);
  for (int i = 0; i < 3; i++) close_if_open(io->theirs[i]);
  if (pid > 0) {
    ssize_t n;
    do n = read(report[0], f, sizeof *f);
    while (n < 0 && errno == EINTR);
    if (n == sizeof *f) { // nothing to read means that exec closed the pipe
      while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
      pid = -1;
    }
  }
  close_if_open(report[0]);
  if (pid < 0)
    for (int i = 0; i < 3; i++) close_if_open(io->ours[i]);
  return pid;
}

static napi_value Spawn(napi_env env, napi_callback_info info) {
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
      (cwd == NULL || strlen(cwd) == cwd_size) && (l.argv = split(argv, argv_size, (int)plan[P_ARGC])) != NULL &&
      (l.envp = split(envp, env_size, (int)plan[P_ENVC])) != NULL)
    pid = launch(&l, &io, &f);
  plan[0] = pid;
  for (int i = 0; i < 3; i++) plan[1 + i] = io.ours[i];
  if (pid < 0) plan[1] = f.stage, plan[2] = f.error;
  free(file), free(argv), free(envp), free(cwd), free(l.argv), free(l.envp), free(l.group_list);
  return NULL;
}

// --- children and signals ----------------------------------------------------------------------------------------

// Fills records of seven numbers: pid, exit code or -1, signal or -1, core dumped, user and system microseconds, peak
// KiB. Takes every dead child there is, orphans too, so nothing else in the daemon may wait for children of its own.
static napi_value Reap(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  size_t size;
  double *out = array(&a, 0, &size);
  int count = 0;
  for (; (size_t)(count + 1) * 7 <= size; count++) {
    struct rusage u;
    int status;
    pid_t pid = wait4(-1, &status, WNOHANG, &u);
    if (pid <= 0) break;
    double *r = out + count * 7;
    r[0] = pid;
    r[1] = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    r[2] = WIFSIGNALED(status) ? WTERMSIG(status) : -1;
    r[3] = WIFSIGNALED(status) && WCOREDUMP(status);
    r[4] = u.ru_utime.tv_sec * 1e6 + u.ru_utime.tv_usec;
    r[5] = u.ru_stime.tv_sec * 1e6 + u.ru_stime.tv_usec;
#ifdef __APPLE__
    r[6] = u.ru_maxrss / 1024;
#else
    r[6] = u.ru_maxrss;
#endif
  }
  return number(env, count);
}

// kill(2) gives 0 and negative pids meanings of their own ("everybody"); none of them can be meant here.
static napi_value Kill(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  int pid = integer(&a, 0), group = integer(&a, 2);
  if (pid <= (group ? 1 : 0)) return number(env, -EINVAL);
  return outcome(env, kill(group ? -pid : pid, integer(&a, 1)));
}

static napi_value BecomeSubreaper(napi_env env, napi_callback_info info) {
  (void)info;
#ifdef __linux__
  return outcome(env, prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
#else
  return number(env, -ENOSYS);
#endif
}

static napi_value GetLimit(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  struct rlimit r;
  if (getrlimit(integer(&a, 0), &r) < 0) return outcome(env, -1);
  napi_value limit;
  napi_create_object(env, &limit);
  put(env, limit, "soft", number(env, r.rlim_cur == RLIM_INFINITY ? -1 : (double)r.rlim_cur));
  put(env, limit, "hard", number(env, r.rlim_max == RLIM_INFINITY ? -1 : (double)r.rlim_max));
  return limit;
}

static napi_value SetLimit(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  double soft = -1, hard = -1;
  napi_get_value_double(env, a.v[1], &soft);
  napi_get_value_double(env, a.v[2], &hard);
  struct rlimit r = {limit_value(soft), limit_value(hard)};
  return outcome(env, setrlimit(integer(&a, 0), &r));
}

// --- users and groups --------------------------------------------------------------------------------------------

// The C library's functions rather than a look into /etc/passwd: accounts may live in LDAP, sssd or systemd.
static napi_value FindUser(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  uint32_t uid;
  char *name = string(&a, 0, NULL);
  errno = 0;
  struct passwd *p = name ? getpwnam(name) : napi_get_value_uint32(env, a.v[0], &uid) == napi_ok ? getpwuid(uid) : NULL;
  free(name);
  if (p == NULL) return number(env, -errno);
  napi_value user;
  napi_create_object(env, &user);
  put(env, user, "name", text(env, p->pw_name));
  put(env, user, "uid", number(env, p->pw_uid));
  put(env, user, "gid", number(env, p->pw_gid));
  put(env, user, "home", text(env, p->pw_dir));
  put(env, user, "shell", text(env, p->pw_shell));
  return user;
}

static napi_value FindGroup(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  uint32_t gid;
  char *name = string(&a, 0, NULL);
  errno = 0;
  struct group *g = name ? getgrnam(name) : napi_get_value_uint32(env, a.v[0], &gid) == napi_ok ? getgrgid(gid) : NULL;
  free(name);
  if (g == NULL) return number(env, -errno);
  napi_value group;
  napi_create_object(env, &group);
  put(env, group, "name", text(env, g->gr_name));
  put(env, group, "gid", number(env, g->gr_gid));
  return group;
}

static napi_value GroupsOf(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  char *name = string(&a, 0, NULL);
  int n = 64, found = -1;
#ifdef __APPLE__
  int *ids = NULL;
#else
  gid_t *ids = NULL;
#endif
  for (; name != NULL && found < 0; n *= 4) { // the call says when the room was too small; n may be left as it was
    int room = n;
    void *bigger = realloc(ids, n * sizeof *ids);
    if (bigger == NULL) break;
    ids = bigger;
    found = getgrouplist(name, integer(&a, 1), ids, &room) < 0 ? -1 : room;
  }
  napi_value list;
  napi_create_array(env, &list);
  for (int i = 0; i < found; i++) napi_set_element(env, list, i, number(env, (gid_t)ids[i]));
  free(ids), free(name);
  return list;
}

// --- sockets -----------------------------------------------------------------------------------------------------

static int new_socket(int family, int type) {
  int fd = socket(family, type, 0);
  if (fd >= 0 && (set_cloexec(fd, 1) < 0 || set_nonblocking(fd) < 0)) {
    close_if_open(fd);
    return -1;
  }
  return fd;
}

// A leading NUL in the path (written "@" by systemd) is an abstract name: no file, and no NUL behind it.
static int unix_address(const char *path, size_t length, struct sockaddr_un *address, socklen_t *size) {
  *address = (struct sockaddr_un){.sun_family = AF_UNIX};
  if (length >= sizeof address->sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(address->sun_path, path, length);
  *size = offsetof(struct sockaddr_un, sun_path) + length + (path[0] != 0);
  return 0;
}

// Binds and listens; the file appears with at most `mode`. Linux takes the file's mode from the socket itself, so that
// no umask changes under the feet of other threads that create files at that moment.
static int listen_unix(const char *path, size_t length, mode_t mode, int backlog) {
  struct sockaddr_un address;
  socklen_t size;
  if (unix_address(path, length, &address, &size) < 0) return -1;
  int fd = new_socket(AF_UNIX, SOCK_STREAM);
  if (fd < 0) return -1;
#ifdef __linux__
  int bound = fchmod(fd, mode) < 0 ? -1 : bind(fd, (struct sockaddr *)&address, size);
#else
  mode_t old = umask(0777 & ~mode);
  int bound = bind(fd, (struct sockaddr *)&address, size);
  umask(old);
#endif
  if (bound < 0 || listen(fd, backlog) < 0) {
    close_if_open(fd);
    return -1;
  }
  return fd;
}

static napi_value ListenUnix(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  size_t length = 0;
  char *path = string(&a, 0, &length);
  int fd = path ? listen_unix(path, length, integer(&a, 1), integer(&a, 2)) : (errno = EINVAL, -1);
  int saved = errno;
  free(path);
  errno = saved;
  return outcome(env, fd);
}

static napi_value ListenTcp(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  char *host = string(&a, 0, NULL), *port = string(&a, 1, NULL);
  struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE, .ai_socktype = SOCK_STREAM};
  struct addrinfo *found = NULL;
  int fd = -1, on = 1;
  errno = EINVAL; // only numeric addresses: a name could take seconds to look up
  if (host != NULL && port != NULL && getaddrinfo(host, port, &hints, &found) == 0) {
    fd = new_socket(found->ai_family, SOCK_STREAM);
    if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
                    bind(fd, found->ai_addr, found->ai_addrlen) < 0 || listen(fd, integer(&a, 2)) < 0)) {
      close_if_open(fd);
      fd = -1;
    }
    int saved = errno;
    freeaddrinfo(found);
    errno = saved;
  } else {
    errno = EINVAL;
  }
  napi_value result = outcome(env, fd);
  free(host), free(port);
  return result;
}

// {pid, uid, gid} of whoever is at the other end; for the end that connected, of whoever called listen.
static napi_value peer(napi_env env, int fd) {
#ifdef __linux__
  struct ucred c;
  socklen_t size = sizeof c;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &size) < 0) return outcome(env, -1);
  double pid = c.pid, uid = c.uid, gid = c.gid;
#else
  uid_t uid;
  gid_t gid;
  pid_t pid = 0;
  if (getpeereid(fd, &uid, &gid) < 0) return outcome(env, -1);
#ifdef LOCAL_PEERPID
  socklen_t size = sizeof pid;
  getsockopt(fd, 0 /* SOL_LOCAL */, LOCAL_PEERPID, &pid, &size);
#endif
#endif
  napi_value who;
  napi_create_object(env, &who);
  put(env, who, "pid", number(env, pid));
  put(env, who, "uid", number(env, uid));
  put(env, who, "gid", number(env, gid));
  return who;
}

static napi_value PeerCredentials(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  return peer(env, integer(&a, 0));
}

// Is anybody listening? Connecting never waits here: a listener that hangs is told by the kernel's queue, not by itself.
static napi_value ProbeUnix(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  size_t length = 0;
  char *path = string(&a, 0, &length);
  struct sockaddr_un address;
  socklen_t size;
  int fd = -1;
  napi_value result;
  if (path != NULL && unix_address(path, length, &address, &size) == 0 && (fd = new_socket(AF_UNIX, SOCK_STREAM)) >= 0 &&
      connect(fd, (struct sockaddr *)&address, size) == 0)
    result = peer(env, fd);
  else
    result = outcome(env, -1);
  close_if_open(fd);
  free(path);
  return result;
}

static napi_value SendDatagram(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  size_t length = 0, count;
  char *path = string(&a, 0, &length);
  void *bytes = array(&a, 1, &count);
  struct sockaddr_un address;
  socklen_t size;
  int fd = -1;
  long n = -1;
  if (path != NULL && unix_address(path, length, &address, &size) == 0 && (fd = new_socket(AF_UNIX, SOCK_DGRAM)) >= 0)
    n = sendto(fd, bytes, count, MSG_NOSIGNAL, (struct sockaddr *)&address, size);
  napi_value result = outcome(env, n);
  close_if_open(fd);
  free(path);
  return result;
}

// --- the pipe watcher --------------------------------------------------------------------------------------------

// All pipes are members of one epoll set (kqueue elsewhere), and the event loop watches that single descriptor: a pipe
// costs no handle, no stream and no buffer in Node. Everything is level-triggered, so what is not read now is announced
// again. libuv comes with every Node and its poll functions have kept their form through all of libuv 1; its header is
// not part of node-api-headers, so the few names are declared here.
typedef struct uv_poll_s uv_poll_t;
struct uv_loop_s;
extern size_t uv_handle_size(int type);
extern int uv_poll_init(struct uv_loop_s *loop, uv_poll_t *handle, int fd);
extern int uv_poll_start(uv_poll_t *handle, int events, void (*ready)(uv_poll_t *, int status, int events));
extern int uv_poll_stop(uv_poll_t *handle);
extern void uv_close(uv_poll_t *handle, void (*closed)(uv_poll_t *));
enum { UV_POLL_HANDLE = 8, UV_READABLE_EVENT = 1 };
enum interest { FOR_READ = 1, FOR_WRITE = 2 };

static struct {
  napi_env env;
  napi_ref ready;
  napi_async_context context;
  uv_poll_t *poll;
  int set;
} watcher = {.set = -1};

static void on_ready(uv_poll_t *handle, int status, int events) {
  (void)handle, (void)status, (void)events;
  napi_env env = watcher.env;
  napi_handle_scope scope;
  napi_value ready, receiver, error;
  bool thrown = false;
  napi_open_handle_scope(env, &scope);
  napi_get_reference_value(env, watcher.ready, &ready);
  napi_get_global(env, &receiver);
  napi_make_callback(env, watcher.context, receiver, ready, 0, NULL, NULL);
  if (napi_is_exception_pending(env, &thrown) == napi_ok && thrown) {
    napi_get_and_clear_last_exception(env, &error);
    napi_fatal_exception(env, error); // to process.on("uncaughtException"), as for any callback of Node's
  }
  napi_close_handle_scope(env, scope);
}

static void stop_watcher(void *unused) {
  (void)unused;
  uv_close(watcher.poll, NULL);
}

// Registers the function to call when pipes are ready. Once, and on the main thread; armed by arm(1).
static napi_value CreateWatcher(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  struct uv_loop_s *loop;
  if (watcher.set >= 0) return number(env, -EALREADY);
#ifdef __linux__
  int set = epoll_create1(EPOLL_CLOEXEC);
#else
  int set = kqueue();
#endif
  if (set < 0) return outcome(env, -1);
  napi_get_uv_event_loop(env, &loop);
  watcher.poll = calloc(1, uv_handle_size(UV_POLL_HANDLE));
  int failed = uv_poll_init(loop, watcher.poll, set);
  if (failed < 0) {
    close(set);
    return number(env, failed);
  }
  watcher.env = env;
  watcher.set = set;
  napi_create_reference(env, a.v[0], 1, &watcher.ready);
  napi_async_init(env, NULL, text(env, "tsv.pipes"), &watcher.context);
  napi_add_env_cleanup_hook(env, stop_watcher, NULL);
  return number(env, 0);
}

static napi_value Arm(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  return number(env, integer(&a, 0) ? uv_poll_start(watcher.poll, UV_READABLE_EVENT, on_ready) : uv_poll_stop(watcher.poll));
}

// watch(fd, interest, generation), interest 0 to stop. The generation comes back with each event, so that an event for a
// descriptor that was closed, and its number taken by another, meanwhile is told apart.
static napi_value Watch(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  int fd = integer(&a, 0), interest = integer(&a, 1), generation = integer(&a, 2);
#ifdef __linux__
  struct epoll_event e = {.events = interest == FOR_READ ? EPOLLIN : EPOLLOUT,
                          .data.u64 = (uint64_t)(uint32_t)generation << 32 | (uint32_t)fd};
  if (interest == 0) return outcome(env, epoll_ctl(watcher.set, EPOLL_CTL_DEL, fd, NULL));
  return outcome(env, epoll_ctl(watcher.set, EPOLL_CTL_ADD, fd, &e));
#else
  struct kevent e[2];
  uintptr_t mark = generation;
  EV_SET(&e[0], fd, interest == FOR_WRITE ? EVFILT_WRITE : EVFILT_READ, interest ? EV_ADD : EV_DELETE, 0, 0, (void *)mark);
  if (interest != 0) return outcome(env, kevent(watcher.set, e, 1, NULL, 0, NULL));
  EV_SET(&e[1], fd, EVFILT_WRITE, EV_DELETE, 0, 0, NULL);
  int read_gone = kevent(watcher.set, e, 1, NULL, 0, NULL), write_gone = kevent(watcher.set, e + 1, 1, NULL, 0, NULL);
  return outcome(env, read_gone < 0 && write_gone < 0 ? -1 : 0);
#endif
}

// Fills records of three integers: descriptor, what it is ready for, generation. Never waits. A hang-up or an error is
// reported as what was asked for: the read or write that follows tells which.
static napi_value Drain(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  size_t size;
  int32_t *out = array(&a, 0, &size);
  enum { AT_ONCE = 256 };
  int room = size / 3 < AT_ONCE ? (int)(size / 3) : AT_ONCE;
#ifdef __linux__
  struct epoll_event events[AT_ONCE];
  int n = epoll_wait(watcher.set, events, room, 0);
  for (int i = 0; i < n; i++) {
    out[3 * i] = (int32_t)(events[i].data.u64 & 0xffffffff);
    out[3 * i + 1] = events[i].events & EPOLLOUT ? FOR_WRITE : events[i].events & EPOLLIN ? FOR_READ : FOR_READ | FOR_WRITE;
    out[3 * i + 2] = (int32_t)(events[i].data.u64 >> 32);
  }
#else
  struct kevent events[AT_ONCE];
  struct timespec now = {0, 0};
  int n = kevent(watcher.set, NULL, 0, events, room, &now);
  for (int i = 0; i < n; i++) {
    out[3 * i] = (int32_t)events[i].ident;
    out[3 * i + 1] = events[i].filter == EVFILT_WRITE ? FOR_WRITE : FOR_READ;
    out[3 * i + 2] = (int32_t)(uintptr_t)events[i].udata;
  }
#endif
  return outcome(env, n < 0 && errno == EINTR ? 0 : n);
}

// --- memory ------------------------------------------------------------------------------------------------------

#ifdef __linux__
// Drops the pages of one object's segments that are never written: they come back from the page cache when used.
static int drop_segments(struct dl_phdr_info *object, size_t size, void *total) {
  (void)size;
  uintptr_t page = sysconf(_SC_PAGESIZE);
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *h = &object->dlpi_phdr[i];
    if (h->p_type != PT_LOAD || h->p_flags & PF_W) continue;
    uintptr_t start = (object->dlpi_addr + h->p_vaddr + page - 1) & -page;
    uintptr_t end = (object->dlpi_addr + h->p_vaddr + h->p_filesz) & -page;
    if (end > start && madvise((void *)start, end - start, MADV_DONTNEED) == 0) *(double *)total += end - start;
  }
  return 0;
}
#endif

static napi_value Trim(napi_env env, napi_callback_info info) {
  (void)info;
  double total = 0;
#ifdef __linux__
  malloc_trim(0);
  dl_iterate_phdr(drop_segments, &total);
#endif
  return number(env, total);
}

// --- the table ---------------------------------------------------------------------------------------------------

NAPI_MODULE_INIT() {
  static const struct {
    const char *name;
    napi_callback function;
  } table[] = {
      {"pipe", Pipe},           {"setCloexec", SetCloexec}, {"setNonblocking", SetNonblocking},
      {"dup2", Dup2},           {"close", Close},           {"flock", Flock},
      {"read", Read},           {"write", Write},           {"spawn", Spawn},
      {"reap", Reap},           {"kill", Kill},             {"becomeSubreaper", BecomeSubreaper},
      {"getLimit", GetLimit},   {"setLimit", SetLimit},     {"findUser", FindUser},
      {"findGroup", FindGroup}, {"groupsOf", GroupsOf},     {"listenUnix", ListenUnix},
      {"listenTcp", ListenTcp}, {"probeUnix", ProbeUnix},   {"peerCredentials", PeerCredentials},
      {"watch", Watch},         {"drain", Drain},           {"createWatcher", CreateWatcher},
      {"arm", Arm},             {"trim", Trim},             {"sendDatagram", SendDatagram},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    napi_value function;
    napi_create_function(env, table[i].name, NAPI_AUTO_LENGTH, table[i].function, NULL, &function);
    put(env, exports, table[i].name, function);
  }
  napi_value limits;
  napi_create_object(env, &limits);
  put(env, limits, "files", number(env, RLIMIT_NOFILE));
  put(env, limits, "processes", number(env, RLIMIT_NPROC));
  put(env, limits, "core", number(env, RLIMIT_CORE));
  put(env, limits, "memory", number(env, RLIMIT_AS));
  put(env, exports, "limits", limits);
  return exports;
}
