// The keeper: the parent of the daemon and of all programs, so small that it does not fail. It is the process that a
// service manager, the pid file and a container's PID 1 mean. It holds what must outlive a daemon: descriptors, by the
// numbers that the daemon knows them by, and exit statuses, which the kernel keeps until a daemon has recorded them. It
// passes signals on, and executes a new daemon where one has died.
//
// It is the guard of `tsv run` too, when it is called so (guard.c).
//
// It decides nothing else. It has no C library, no memory but what is declared here, no configuration, and reads nothing
// but packets of its daemon (protocol.h).

#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "guard.h"
#include "protocol.h"

enum {
  MOST_NUMBERS = 1 << 20, // of descriptors: the kernel's own default for fs.nr_open
  USUAL_DEATHS = 5,       // of a daemon within a minute, until it is given up
  LAST_DEATHS = 2,        // of these, with a new state instead of the one that daemons have died with
  MOST_DEATHS = 512,
  DEATHS_MS = 60 * 1000,
  BACKLOG = 1024,         // as the daemon has it
  STATUS_GIVEN_UP = 3,
  CLOSED_ASIDE = SIGURG, // of a process that has closed a file
};

#define BIT(signal) (1ULL << ((signal) - 1))
// What a daemon handles. Others do to the keeper what they would do to a daemon without one.
#define FORWARDED (BIT(SIGTERM) | BIT(SIGINT) | BIT(SIGQUIT) | BIT(SIGHUP) | BIT(SIGUSR1) | BIT(SIGUSR2) | BIT(SIGCONT))
struct kernel_limit {
  uint64_t soft, hard;
};
struct kernel_usage {
  struct {
    long seconds, microseconds;
  } user, system;
  long peak, others[13];
};

static char **words, **environment;
static int fixed[FIXED_COUNT];
static int has_next; // an executable for the daemon that follows this one
static kernel_sigset first_mask, waiting; // signals for a daemon that is not ready
static pid_t daemon_pid;
static int is_connected, takes_signals, takes_exits, has_been_ready, has_ended, end_status;
static int is_replacing; // the executable has been replaced, and the next one is the one before
static pid_t reported[MOST_DEAD]; // children whose exits the daemon has not recorded yet
static int reports;
static int may_have_died; // a child: looking at all of them takes time
static int was_reaped; // what was reported last, and no other child was looked at since
static int next_program; // of the table, to be looked at
static long deaths[MOST_DEATHS];
static int deaths_allowed = USUAL_DEATHS;
static uint64_t kept[MOST_NUMBERS / 64];
static int highest_kept;
static struct kernel_limit first_files;
static struct sockaddr_un manager;
static int manager_length;

// The compiler calls these for what it copies.
void *memset(void *to, int byte, size_t size) {
  for (volatile char *p = to; size > 0; size--) *p++ = (char)byte;
  return to;
}
void *memcpy(void *to, const void *from, size_t size) {
  const char *q = from;
  for (volatile char *p = to; size > 0; size--) *p++ = *q++;
  return to;
}

_Noreturn void leave(int status) {
  for (;;) RAW(exit_group, status);
}

static _Noreturn void fail(const char *text) {
  size_t length = 0;
  while (text[length] != 0) length++;
  RAW(write, 2, text, length);
  leave(STATUS_GIVEN_UP);
}

long now_ms(void) {
  struct kernel_time t = {0};
  RAW(clock_gettime, CLOCK_MONOTONIC, &t);
  return t.seconds * 1000 + t.nanoseconds / 1000000;
}

static int is_kept(int number) { return number >= 0 && number < MOST_NUMBERS && (kept[number / 64] >> (number % 64) & 1); }

static int is_fixed(int number) {
  for (int i = 0; i < FIXED_COUNT; i++)
    if (fixed[i] == number) return 1;
  return 0;
}

// A new number for a descriptor, in place of the old one.
static long move(int from, int to) {
  long moved = from == to ? to : RAW(dup3, from, to, O_CLOEXEC);
  if (moved >= 0 && from != to) RAW(close, from);
  return moved;
}

static void keep(int fd, int number) {
  if (number >= 0 && number < 3) RAW(dup3, fd, number, 0);
  if (number < 3 || number >= MOST_NUMBERS || is_fixed(number) || move(fd, number) < 0) {
    RAW(close, fd);
    return;
  }
  kept[number / 64] |= 1ULL << (number % 64);
  if (number > highest_kept) highest_kept = number;
}

static void drop(int number) {
  if (!is_kept(number)) return;
  kept[number / 64] &= ~(1ULL << (number % 64));
  RAW(close, number);
}

static void drop_all(const int32_t *numbers, size_t size) {
  for (size_t i = 0; i < size / sizeof *numbers; i++) drop(numbers[i]);
}

// Closes a file that may wait for ever at that, in a process that shares the table. By its exit signal, it is none of the
// children that are reported.
static void drop_aside(int number) {
  if (!is_kept(number)) return;
  kept[number / 64] &= ~(1ULL << (number % 64));
  long pid = RAW(clone, CLONE_FILES | CLOSED_ASIDE, 0);
  if (pid == 0) {
    RAW(prctl, PR_SET_PDEATHSIG, SIGKILL);
    RAW(close, number);
    leave(0);
  }
  if (pid < 0) RAW(close, number);
  // The number is free before that begins to wait, and may be another file's only then: a process that comes to run late
  // would close that one.
  struct kernel_time tick = {0, 100 * 1000};
  while (pid > 0 && RAW(fcntl, number, F_GETFD) >= 0) {
    if (RAW(wait4, pid, NULL, WNOHANG | __WCLONE, NULL) == pid) RAW(close, number); // it was killed before
    else RAW(ppoll, NULL, 0, &tick, NULL, sizeof(kernel_sigset));
  }
}

static void read_head(struct memory_head *head) {
  *head = (struct memory_head){0};
  RAW(lseek, fixed[FIXED_MEMORY], 0, SEEK_SET);
  RAW(read, fixed[FIXED_MEMORY], head, sizeof *head);
}

// A daemon that has ended what it supervised has left no state: the next one begins as the first one did.
static void forget_all(void) {
  for (int number = 0; number <= highest_kept; number++) drop_aside(number);
  RAW(ftruncate, fixed[FIXED_MEMORY], 0);
}

static void write_head(const siginfo_t *death, int deaths_lately, int is_fallback) {
  struct memory_head head;
  read_head(&head);
  head.deaths = deaths_lately, head.is_fallback = is_fallback;
  head.code = death->si_code, head.status = death->si_status;
  head.is_suspect = deaths_lately > 0 && deaths_lately >= deaths_allowed - LAST_DEATHS;
  RAW(lseek, fixed[FIXED_MEMORY], 0, SEEK_SET);
  RAW(write, fixed[FIXED_MEMORY], &head, sizeof head);
}

// In the new process. What it has open is what the last daemon had, at the same numbers.
static _Noreturn void become_daemon(int end) {
  RAW(prctl, PR_SET_PDEATHSIG, SIGKILL);
  RAW(dup3, end, fixed[FIXED_DAEMON], 0);
  RAW(dup3, fixed[FIXED_MEMORY], fixed[FIXED_CONTROL], 0);
  RAW(dup3, fixed[FIXED_MEMORY], fixed[FIXED_SIGNALS], 0);
  RAW(dup3, fixed[FIXED_MEMORY], fixed[FIXED_NEXT], 0);
  RAW(fcntl, fixed[FIXED_MEMORY], F_SETFD, 0);
  RAW(fcntl, fixed[FIXED_EXECUTABLE], F_SETFD, 0);
  for (int number = 0; number <= highest_kept; number++)
    if (is_kept(number)) RAW(fcntl, number, F_SETFD, 0);
  RAW(prlimit64, 0, RLIMIT_NOFILE, &first_files, NULL);
  RAW(rt_sigprocmask, SIG_SETMASK, &first_mask, NULL, sizeof first_mask);
  RAW(execveat, fixed[FIXED_EXECUTABLE], "", words, environment, AT_EMPTY_PATH);
  leave(127);
}

static void start_daemon(void) {
  int ends[2];
  if (RAW(socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
    fail("Error: tsv cannot start a daemon: no descriptor is left\n");
  is_connected = 1;
  takes_signals = takes_exits = has_ended = 0;
  reports = was_reaped = 0;
  long pid = RAW(clone, SIGCHLD, 0);
  if (pid == 0) become_daemon(ends[1]);
  if (pid < 0) fail("Error: tsv cannot start a daemon: fork failed\n");
  daemon_pid = (pid_t)pid;
  RAW(close, ends[1]);
  move(ends[0], fixed[FIXED_CONTROL]);
}

static void pass_on(int signal) {
  if (takes_signals) RAW(kill, daemon_pid, signal);
  else waiting |= BIT(signal);
}

// @param fd what the daemon after this one executes; -1 for the same
static void execute_next(int fd) {
  has_next = fd >= 0;
  if (has_next) move(fd, fixed[FIXED_NEXT]);
  else RAW(dup3, fixed[FIXED_MEMORY], fixed[FIXED_NEXT], O_CLOEXEC);
}

static void become_ready(int is_whole) {
  takes_signals = 1;
  if (is_whole) {
    takes_exits = has_been_ready = 1;
    is_replacing = 0;
    execute_next(-1);
  }
  for (int signal = 1; waiting != 0; signal++) {
    if (waiting & BIT(signal)) RAW(kill, daemon_pid, signal);
    waiting &= ~BIT(signal);
  }
}

// The manager accepts messages of its main process only.
static void notify(const char *text, size_t length) {
  if (manager_length == 0) return;
  int fd = (int)RAW(socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return;
  struct iovec piece = {(void *)text, length};
  struct msghdr message = {.msg_name = &manager, .msg_namelen = manager_length, .msg_iov = &piece, .msg_iovlen = 1};
  RAW(sendmsg, fd, &message, MSG_NOSIGNAL);
  RAW(close, fd);
}

#ifdef SYS_setgroups32
#define SYS_SETGROUPS SYS_setgroups32
#define SYS_SETGID SYS_setgid32
#define SYS_SETUID SYS_setuid32
#else
#define SYS_SETGROUPS SYS_setgroups
#define SYS_SETGID SYS_setgid
#define SYS_SETUID SYS_setuid
#endif

// A daemon of an unprivileged user must not be able to choose what root executes.
static void drop_rights(int uid, const int32_t *ids, size_t groups) {
  if (RAW(SETGROUPS, groups, ids + 1) < 0 || RAW(SETGID, ids[0]) < 0 || RAW(SETUID, uid) < 0)
    fail("Error: the keeper of tsv cannot become the user of its daemon\n");
}

static int send_dead(const struct dead *dead, int count) {
  struct iovec piece = {(void *)dead, count * sizeof *dead};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
  return RAW(sendmsg, fixed[FIXED_CONTROL], &message, MSG_DONTWAIT | MSG_NOSIGNAL) > 0;
}

static void reap_reported(void) {
  for (int i = 0; i < reports; i++) RAW(waitid, P_PID, reported[i], NULL, WEXITED | WNOHANG, NULL);
  was_reaped = reports > 0;
  reports = 0;
}

// One packet. @returns 0 when there is none
static int read_packet(void) {
  struct {
    struct request_packet head;
    union {
      char text[LONGEST_REST];
      int32_t ids[LONGEST_REST / sizeof(int32_t)];
    };
  } packet;
  union {
    struct cmsghdr head;
    char space[CMSG_SPACE(MOST_PASSED * sizeof(int))];
  } control;
  struct iovec piece = {&packet, sizeof packet};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  long size = RAW(recvmsg, fixed[FIXED_CONTROL], &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (size < (long)sizeof packet.head) {
    if (size >= 0) is_connected = 0; // closed: nothing more comes until it has died
    return 0;
  }
  struct cmsghdr *first = CMSG_FIRSTHDR(&message);
  int number = packet.head.number, fd = -1, passed = 0;
  int *fds = NULL;
  if (first != NULL && first->cmsg_level == SOL_SOCKET && first->cmsg_type == SCM_RIGHTS) {
    fds = (int *)CMSG_DATA(first);
    passed = (int)((first->cmsg_len - CMSG_LEN(0)) / sizeof *fds);
    fd = fds[0];
  }
  size_t rest = (size_t)size - sizeof packet.head;
  switch (packet.head.request) {
    case KEEP_DESCRIPTOR:
      for (int i = 0; i < passed; i++) {
        if (i > 0) number = rest >= i * sizeof *packet.ids ? packet.ids[i - 1] : -1;
        for (int j = i + 1; j < passed; j++) // those that follow have numbers of their own until they are moved
          if (fds[j] == number) fds[j] = (int)RAW(fcntl, fds[j], F_DUPFD_CLOEXEC, 3);
        keep(fds[i], number);
      }
      return 1;
    case REAP:
      reap_reported();
      drop_all(packet.ids, rest);
      break;
    case DROP_DESCRIPTOR:
      drop(number);
      drop_all(packet.ids, rest);
      break;
    case READY: become_ready(number); break;
    case LISTEN:
      if (is_kept(number)) RAW(listen, number, BACKLOG);
      break;
    case HOLD:
      takes_signals = takes_exits = 0;
      // fall through
    case SETTLE:
      send_dead(&(struct dead){0}, 1);
      break;
    case END: has_ended = 1, end_status = number; break;
    case REPLACE:
      execute_next(fd);
      return 1;
    case DROP_ASIDE: drop_aside(number); break;
    case ADOPT_ORPHANS: RAW(prctl, PR_SET_CHILD_SUBREAPER, 1); break;
    case CHANGE_DIRECTORY:
      packet.text[rest < LONGEST_REST ? rest : LONGEST_REST - 1] = 0;
      RAW(chdir, packet.text);
      break;
    case NOTIFY: notify(packet.text, rest); break;
    case DROP_RIGHTS:
      if (rest >= sizeof *packet.ids) drop_rights(number, packet.ids, rest / sizeof *packet.ids - 1);
      break;
  }
  if (fd >= 0) RAW(close, fd);
  return 1;
}

// The same end as the daemon's.
static _Noreturn void end_as(const siginfo_t *death) {
  if (death->si_code == CLD_EXITED) leave(death->si_status);
  int signal = death->si_status;
  kernel_sigset only = BIT(signal);
  RAW(prctl, PR_SET_DUMPABLE, 0); // the daemon has left its core already
  RAW(rt_sigprocmask, SIG_UNBLOCK, &only, NULL, sizeof only);
  RAW(kill, RAW(getpid, 0), signal);
  leave(128 + signal); // PID 1 survives its own signals
}

// Every program gets its signal, and SIGKILL after the grace period.
static void stop_programs(void) {
  long end = now_ms() + GRACE_MS;
  for (int is_killing = 0; is_killing < 2; is_killing++) {
    struct memory_head head;
    struct memory_program program;
    RAW(lseek, fixed[FIXED_MEMORY], 0, SEEK_SET);
    if (RAW(read, fixed[FIXED_MEMORY], &head, sizeof head) != sizeof head) return;
    for (int i = 0; i < head.programs && RAW(read, fixed[FIXED_MEMORY], &program, sizeof program) == sizeof program; i++) {
      siginfo_t info = {0};
      // A child that is not reaped: the number is its own.
      if (program.pid <= 1 || RAW(waitid, P_PID, program.pid, &info, WEXITED | WNOHANG | WNOWAIT, NULL) < 0) continue;
      int signal = is_killing ? SIGKILL : program.signal;
      RAW(kill, program.to_group || is_killing ? -program.pid : program.pid, signal);
    }
    while (!is_killing && now_ms() < end) {
      long child;
      while ((child = RAW(wait4, -1, NULL, WNOHANG, NULL)) > 0) {}
      if (child < 0) return; // no children are left
      struct kernel_time tick = {0, 10 * 1000 * 1000};
      RAW(ppoll, NULL, 0, &tick, NULL, sizeof(kernel_sigset));
    }
  }
}

// How many daemons have died within the last minute, with this one.
static int count_death(void) {
  long now = now_ms();
  int lately = 1;
  for (int i = MOST_DEATHS - 1; i > 0; i--) {
    deaths[i] = deaths[i - 1];
    if (deaths[i] != 0 && now - deaths[i] < DEATHS_MS) lately++;
  }
  deaths[0] = now;
  return lately;
}

// Executes the next one from now on. @returns whether it is the one before, because the new one has failed
static int replace_executable(void) {
  int before = is_replacing ? -1 : (int)RAW(fcntl, fixed[FIXED_EXECUTABLE], F_DUPFD_CLOEXEC, 3);
  RAW(dup3, fixed[FIXED_NEXT], fixed[FIXED_EXECUTABLE], O_CLOEXEC);
  execute_next(before);
  is_replacing = !is_replacing;
  return !is_replacing;
}

static void daemon_died(const siginfo_t *death) {
  while (read_packet()) {} // it has sent this before
  int is_upgrade = has_ended && has_next;
  if (!has_been_ready || (has_ended && !is_upgrade)) {
    if (has_ended && death->si_code == CLD_EXITED) leave(end_status);
    end_as(death);
  }
  int lately = is_upgrade ? 0 : count_death();
  if (lately >= deaths_allowed) {
    stop_programs();
    fail("Error: the daemon died again and again within a minute; its programs were stopped\n");
  }
  struct memory_head head;
  read_head(&head);
  if (head.state == 0 && head.end == END_SHUTDOWN) end_as(death);
  if (head.state == 0) forget_all();
  if (!is_upgrade && !is_replacing) execute_next(-1); // an upgrade that has not begun
  int is_fallback = has_next && replace_executable();
  write_head(death, lately, is_fallback);
  start_daemon();
}

// @param kind P_ALL, or P_PID and its number. @returns whether there is one
static int find_dead(int kind, pid_t pid, struct dead *dead) {
  struct kernel_usage usage = {0};
  siginfo_t child = {0};
  if (RAW(waitid, kind, pid, &child, WEXITED | WNOHANG | WNOWAIT, &usage) < 0 || child.si_pid == 0) return 0;
  *dead = (struct dead){.pid = child.si_pid,
                        .code = child.si_code,
                        .status = child.si_status,
                        .user = usage.user.seconds * 1000000LL + usage.user.microseconds,
                        .system = usage.system.seconds * 1000000LL + usage.system.microseconds,
                        .peak = usage.peak};
  return 1;
}

// waitid(2) shows one child until it is reaped. Others are among the programs that come next in the table, when many exit
// at once. @returns how many there are with the first
static int find_more_dead(struct dead *dead) {
  enum { LOOKED_AT = 64 };
  struct memory_head head;
  struct memory_program programs[LOOKED_AT];
  RAW(lseek, fixed[FIXED_MEMORY], 0, SEEK_SET);
  if (RAW(read, fixed[FIXED_MEMORY], &head, sizeof head) != sizeof head) return 1;
  if (next_program >= head.programs) next_program = 0;
  RAW(lseek, fixed[FIXED_MEMORY], sizeof head + next_program * sizeof *programs, SEEK_SET);
  long size = RAW(read, fixed[FIXED_MEMORY], programs, sizeof programs);
  int count = 1;
  for (int i = 0; i < size / (long)sizeof *programs && next_program < head.programs && count < MOST_DEAD; i++, next_program++) {
    pid_t pid = programs[i].pid;
    if (pid > 1 && pid != dead[0].pid && pid != daemon_pid) count += find_dead(P_PID, pid, dead + count);
  }
  return count;
}

// Reports children that have exited. They stay zombies, whose pids are no others', until their exits are recorded.
static void look_for_dead(void) {
  if (!may_have_died) return;
  siginfo_t death = {0};
  if (RAW(waitid, P_PID, daemon_pid, &death, WEXITED | WNOHANG, NULL) == 0 && death.si_pid == daemon_pid)
    daemon_died(&death);
  if (!takes_exits || reports > 0) return;
  struct dead dead[MOST_DEAD];
  may_have_died = find_dead(P_ALL, 0, dead);
  int are_many = was_reaped;
  was_reaped = 0;
  if (!may_have_died || dead[0].pid == daemon_pid) return; // its SIGCHLD is waiting
  int count = are_many ? find_more_dead(dead) : 1;
  if (!send_dead(dead, count)) return;
  for (reports = 0; reports < count; reports++) reported[reports] = dead[reports].pid;
  RAW(kill, daemon_pid, SIGCHLD);
}

static void read_signals(void) {
  struct signalfd_siginfo info;
  while (RAW(read, fixed[FIXED_SIGNALS], &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == CLOSED_ASIDE) {
      while (RAW(wait4, -1, NULL, WNOHANG | __WCLONE, NULL) > 0) {}
      continue;
    }
    may_have_died |= info.ssi_signo == SIGCHLD;
    // The terminal sends its signals to the daemon too, which is in the same process group.
    if (info.ssi_signo != SIGCHLD && info.ssi_code != SI_KERNEL) pass_on((int)info.ssi_signo);
  }
}

// @returns what stands behind NAME=, or NULL
static const char *variable(const char *name) {
  for (char **each = environment; *each != NULL; each++) {
    const char *text = *each, *wanted = name;
    while (*wanted != 0 && *text == *wanted) text++, wanted++;
    if (*wanted == 0 && *text == '=') return text + 1;
  }
  return NULL;
}

static int read_number(const char **text) {
  int number = 0;
  while (**text >= '0' && **text <= '9') number = number * 10 + (*(*text)++ - '0');
  if (**text == ',') ++*text;
  return number;
}

static void read_fixed(void) {
  const char *text = variable(KEEPER_VARIABLE);
  for (int i = 0; i < FIXED_COUNT && text != NULL; i++) fixed[i] = read_number(&text);
  if (text != NULL) read_number(&text); // the limit is for the daemon
  int program = text == NULL ? 0 : read_number(&text);
  if (program > 2) RAW(close, program);
  for (int i = 0; i < FIXED_COUNT; i++) {
    int is_open = fixed[i] > 2 && fixed[i] < MOST_NUMBERS && RAW(fcntl, fixed[i], F_SETFD, FD_CLOEXEC) == 0;
    if (!is_open) fail("Error: the keeper of tsv is started by tsv alone\n");
  }
}

// Tests kill daemons more often.
static void read_deaths(void) {
  const char *text = variable("TSV_DEATHS");
  int number = 0;
  while (text != NULL && *text >= '0' && *text <= '9' && number <= MOST_DEATHS) number = number * 10 + (*text++ - '0');
  if (number > 0) deaths_allowed = number < MOST_DEATHS ? number : MOST_DEATHS;
}

// An address of unix(7); an @ at its beginning means one without a file.
static void read_manager(void) {
  const char *path = variable("NOTIFY_SOCKET");
  if (path == NULL || (*path != '/' && *path != '@')) return;
  int length = 0;
  while (path[length] != 0 && length < (int)sizeof manager.sun_path - 1) {
    manager.sun_path[length] = path[length];
    length++;
  }
  if (path[length] != 0) return;
  if (*path == '@') manager.sun_path[0] = 0;
  manager.sun_family = AF_UNIX;
  manager_length = (int)offsetof(struct sockaddr_un, sun_path) + length;
}

// The daemon raises its own limit, and its numbers are used here.
static void raise_limit(void) {
  RAW(prlimit64, 0, RLIMIT_NOFILE, NULL, &first_files);
  struct kernel_limit most = {first_files.hard, first_files.hard};
  RAW(prlimit64, 0, RLIMIT_NOFILE, &most, NULL);
}

// As the program that was executed for the daemon is called, or as the guard. @returns whether it is the guard
static int name_itself(void) {
  const char *name = words[0] == NULL ? "tsv" : words[0];
  for (const char *each = name; *each != 0; each++)
    if (*each == '/' && each[1] != 0) name = each + 1;
  RAW(prctl, PR_SET_NAME, name);
  const char *wanted = GUARD_NAME;
  while (*wanted != 0 && *wanted == *name) wanted++, name++;
  return *wanted == 0 && *name == 0;
}

static void catch_signals(void) {
  kernel_sigset caught = FORWARDED | BIT(SIGCHLD) | BIT(CLOSED_ASIDE);
  RAW(rt_sigprocmask, SIG_BLOCK, &caught, &first_mask, sizeof caught);
  long fd = RAW(signalfd4, -1, &caught, sizeof caught, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) fail("Error: tsv cannot start its keeper: no signalfd\n");
  move((int)fd, fixed[FIXED_SIGNALS]);
}

__attribute__((used)) static _Noreturn void keeper(long *stack) {
  words = (char **)(stack + 1);
  environment = words + stack[0] + 1;
  if (name_itself()) guard();
  read_fixed();
  read_manager();
  read_deaths();
  raise_limit();
  catch_signals();
  start_daemon();
  for (;;) {
    struct pollfd sources[] = {{.fd = fixed[FIXED_SIGNALS], .events = POLLIN}, {.fd = is_connected ? fixed[FIXED_CONTROL] : -1, .events = POLLIN}};
    RAW(ppoll, sources, 2, NULL, NULL, sizeof(kernel_sigset));
    if (sources[0].revents) read_signals();
    for (int packets = 0; packets < 64 && read_packet(); packets++) {}
    look_for_dead();
  }
}

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall keeper\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n\tmov x29, xzr\n\tmov x0, sp\n\tbl keeper\n");
#elif defined(__arm__)
__asm__(".globl _start\n_start:\n\tmov r0, sp\n\tbic r1, r0, #7\n\tmov sp, r1\n\tbl keeper\n");
#endif
