// Low descriptors that are reserved for what children need, so that a start costs the same however many pipes are open.

#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spawn.h"
#include "values.h"

#if defined(__linux__) && !defined(SYS_close_range)
#define SYS_close_range 436
#endif

// With a thousand programs the daemon has three thousand pipes, and copying and closing them all for each child costs
// more than starting it. So the child begins sharing the daemon's table (CLONE_FILES), and close_range takes a private
// copy of its low end only. For that, what the child needs is put into descriptors that were reserved early and so are
// low: stdin, stdout, stderr and the report. Between starts /dev/null holds their places.
struct slots slots;

int reserve_slots(void) {
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

int fill_slots(struct launch *l) {
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

void empty_slots(void) {
#ifdef __linux__
  for (int i = 0; i < CHILD_SLOTS; i++) dup3(slots.null, slots.fd[i], O_CLOEXEC);
#endif
}

// A daemon that takes over has all descriptors of its programs from the start: what is free below them is taken at once.
napi_value ReserveSlots(napi_env env, napi_callback_info info) {
  (void)info;
  return number(env, reserve_slots());
}
