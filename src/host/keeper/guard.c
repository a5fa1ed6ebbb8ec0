// The guard of `tsv run`: it ends the programs when the run was killed. It is a child of the run. Its descriptor 0 is a pipe
// that only the run can write to: a byte says that a program was started, and the pipe ends with the run. Its descriptor 1 is
// the table of the programs (protocol.h), which is empty at the end of a run that was not killed.
//
// Programs are no children of the guard, and the number of one that has exited may become another process's. So the guard reads
// the start time of each, while the run knows it, and trusts both together. That holds no descriptors, is the same on all
// kernels, and does for groups too, which have no descriptor before Linux 6.9.

#define _GNU_SOURCE
#include "guard.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "protocol.h"

enum { PIPE, TABLE, OWN_PROGRAM, TICK_MS = 50, AT_ONCE = 128 };

static struct seen {
  int32_t pid; // 0 for none
  uint8_t signal, to_group;
  unsigned long start; // 0: it had exited before the guard looked
} seen[MOST_PROGRAMS];
static int seen_count;

// When a process was started, in the kernel's ticks: the 22nd field of /proc/pid/stat (proc(5)). 0 for no process.
static unsigned long start_of(int pid) {
  char path[] = "/proc///////////stat", text[512], *digit = path + sizeof path - sizeof "/stat";
  for (int rest = pid; rest > 0; rest /= 10) *--digit = (char)('0' + rest % 10);
  long fd = RAW(openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  long length = RAW(read, fd, text, sizeof text), at = length;
  RAW(close, fd);
  // The second one is the name, which may contain anything, in parentheses.
  while (at > 0 && text[at - 1] != ')') at--;
  for (int field = 2; at < length && field < 22; at++)
    if (text[at] == ' ') field++;
  unsigned long start = 0;
  for (; at < length && text[at] >= '0' && text[at] <= '9'; at++) start = start * 10 + (unsigned long)(text[at] - '0');
  return start;
}

// @returns how many there are from the first one on
static int read_programs(int first, struct memory_program *into, int most) {
  RAW(lseek, TABLE, sizeof(struct memory_head) + (size_t)first * sizeof *into, SEEK_SET);
  long size = RAW(read, TABLE, into, (size_t)most * sizeof *into);
  return size < 0 ? 0 : (int)(size / (long)sizeof *into);
}

static void learn(int i, struct memory_program now) {
  // If the program is another one afterwards, the start time may be another process's.
  while (now.pid != seen[i].pid) {
    seen[i] = (struct seen){now.pid, now.signal, now.to_group, start_of(now.pid)};
    if (!read_programs(i, &now, 1)) return;
  }
}

// Takes over what the table has now.
static void look(void) {
  struct memory_head head = {0};
  struct memory_program some[AT_ONCE];
  RAW(lseek, TABLE, 0, SEEK_SET);
  RAW(read, TABLE, &head, sizeof head);
  if (head.programs > MOST_PROGRAMS) head.programs = MOST_PROGRAMS;
  for (int i = 0, count; i < head.programs; i += count) {
    int rest = head.programs - i;
    count = read_programs(i, some, rest < AT_ONCE ? rest : AT_ONCE);
    if (count == 0) break;
    for (int each = 0; each < count; each++) learn(i + each, some[each]);
  }
  for (int i = head.programs; i < seen_count; i++) seen[i].pid = 0;
  seen_count = head.programs;
}

// Whether it has not exited, or its group exists: the kernel gives no process the number of a group.
static int is_left(const struct seen *s) {
  if (s->pid <= 1) return 0;
  unsigned long start = start_of(s->pid);
  if (start != 0) return start == s->start;
  return s->to_group && RAW(kill, -s->pid, 0) == 0;
}

static int count_left(void) {
  int count = 0;
  for (int i = 0; i < seen_count; i++) {
    // From now on its number can be another's.
    if (!is_left(seen + i)) seen[i].pid = 0;
    count += seen[i].pid != 0;
  }
  return count;
}

static void send_signals(int is_killing) {
  for (int i = 0; i < seen_count; i++) {
    const struct seen *s = seen + i;
    if (!is_left(s)) continue;
    int signal = is_killing ? SIGKILL : s->signal, is_for_all = is_killing || s->to_group;
    // A process that has not executed yet may have no group.
    if (!is_for_all || RAW(kill, -s->pid, signal) < 0) RAW(kill, s->pid, signal);
  }
}

_Noreturn void guard(void) {
  // What ends the run must not end the guard before: killall(1), a closed terminal, a service manager.
  const kernel_sigset all = ~0ULL;
  RAW(rt_sigprocmask, SIG_BLOCK, &all, NULL, sizeof all);
  RAW(close, OWN_PROGRAM);
  char bytes[64];
  long count;
  do look();
  while ((count = RAW(read, PIPE, bytes, sizeof bytes)) > 0);
  if (count < 0) leave(1);
  look();
  send_signals(0);
  for (long end = now_ms() + GRACE_MS; count_left() > 0 && now_ms() < end;) {
    struct kernel_time tick = {0, TICK_MS * 1000 * 1000};
    RAW(ppoll, NULL, 0, &tick, NULL, sizeof(kernel_sigset));
  }
  send_signals(1);
  leave(0);
}
