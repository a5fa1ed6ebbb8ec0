// Making the child, and waiting no longer than START_SECONDS for it to execute.
//
// vfork semantics: the child runs in the daemon's memory until it executes, so the cost does not grow with that memory.
// But who makes a vfork cannot leave it, and what holds the child up may be its user's doing: before it executes it
// belongs to that user, who may send it SIGSTOP, and it enters a directory that may never answer (a FUSE mount, whose
// requests not even SIGKILL ends; a dead server). So a helper makes the vfork, and the daemon waits for the child with a
// limit. With CLONE_PARENT the child is the daemon's own, not the helper's. (No thread: its end would send the programs
// it started the signal that they asked for with PR_SET_PDEATHSIG. And no clone without CLONE_VFORK, short of the helper:
// what such a child writes into oom_score_adj holds for all that share its memory.)

#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#endif

#include "spawn.h"

// Directories that are mounted when somebody enters them take a second or two; a try that fails is followed by others.
// The number is told in words by spawn-errors.ts.
enum { START_SECONDS = 5 };
// What is left to a child that was killed: it dies at once or hangs in the kernel.
enum { DEATH_SECONDS = 1 };

#ifdef __linux__
// What a start uses of the daemon's memory beyond the call itself. One serves all starts, except that of a child which
// was given up and hangs in the kernel: it runs no instruction of ours any more, but at its end the kernel clears `busy`.
struct room {
  struct room *next;
  int busy; // a futex
  pid_t child;
  int error;
  int flags;
  struct launch *launch;
  _Alignas(16) char helper_stack[16 * 1024];
  _Alignas(16) char child_stack[64 * 1024];
};

static struct room *free_room(void) {
  static struct room *first;
  struct room *room = first;
  while (room != NULL && __atomic_load_n(&room->busy, __ATOMIC_ACQUIRE)) room = room->next;
  if (room == NULL && (room = calloc(1, sizeof *room)) != NULL) {
    room->next = first;
    first = room;
  }
  return room;
}

// Waits until the child uses our memory no more. Not FUTEX_PRIVATE_FLAG: the kernel's waking is not private either.
static int is_done_within(struct room *room, int seconds) {
  long limit[2] = {seconds, 0}; // the kernel's own timespec: the C library's may be wider on 32 bits
  while (__atomic_load_n(&room->busy, __ATOMIC_ACQUIRE))
    if (syscall(SYS_futex, &room->busy, FUTEX_WAIT, 1, limit, NULL, 0) < 0 && errno == ETIMEDOUT) return 0;
  return 1;
}

// The helper: returns, and so ends, when the child has executed or exited.
static int make_child(void *data) {
  struct room *room = data;
  if (clone(in_child, room->child_stack + sizeof room->child_stack, room->flags, room->launch, &room->child, NULL,
            &room->busy) < 0) {
    room->error = errno;
    __atomic_store_n(&room->busy, 0, __ATOMIC_RELEASE);
    syscall(SYS_futex, &room->busy, FUTEX_WAKE, 1, NULL, NULL, 0);
  }
  return 0;
}

static void wait_for(pid_t pid) {
  while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR) continue;
}

static pid_t clone_with_helper(struct launch *l) {
  struct room *room = free_room();
  if (room == NULL) return -1;
  room->launch = l;
  room->child = room->error = 0;
  room->flags = CLONE_VM | CLONE_VFORK | CLONE_PARENT | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD;
  if (l->shared) room->flags |= CLONE_FILES;
  __atomic_store_n(&room->busy, 1, __ATOMIC_RELEASE);
  // CLONE_FILES because copying a table of thousands would cost more than all the rest. SIGCHLD because CLONE_PARENT
  // makes the helper's signal that of the child.
  pid_t helper = clone(make_child, room->helper_stack + sizeof room->helper_stack, CLONE_VM | CLONE_FILES | SIGCHLD, room);
  if (helper < 0) {
    int saved = errno;
    room->busy = 0;
    errno = saved;
    return -1;
  }
  int late = !is_done_within(room, START_SECONDS);
  if (late) {
    // Nobody but us waits for children, so the number is still the child's. The helper's wait in vfork ends with it.
    if (room->child > 0) kill(room->child, SIGKILL);
    kill(helper, SIGKILL);
  }
  wait_for(helper);
  if (late) {
    if (room->child > 0) kill(room->child, SIGKILL); // made since
    else __atomic_store_n(&room->busy, 0, __ATOMIC_RELEASE);
    if (room->child > 0 && is_done_within(room, DEATH_SECONDS)) wait_for(room->child); // else it is reaped at its end
    errno = ETIMEDOUT;
    return -1;
  }
  if (room->error != 0) errno = room->error;
  return room->error != 0 ? -1 : room->child;
}

// qemu-user makes a plain fork of vfork, cannot share memory otherwise, and a table of descriptors neither: it gets the
// flags that it knows, and the wait for the verdict is what is bounded there.
static pid_t clone_child(struct launch *l) {
  pid_t pid = clone_with_helper(l);
  if (pid >= 0 || errno != EINVAL) return pid;
  l->shared = 0;
  static _Alignas(16) char stack[64 * 1024];
  return clone(in_child, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, l);
}
#else
static pid_t clone_child(struct launch *l) {
  pid_t pid = fork();
  if (pid == 0) in_child(l);
  return pid;
}
#endif

// The child begins with every signal blocked.
pid_t start_child(struct launch *l) {
  sigset_t all, old;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &old);
  pid_t pid = clone_child(l);
  int saved = errno;
  sigprocmask(SIG_SETMASK, &old, NULL);
  errno = saved;
  return pid;
}

int await_verdict(int report, pid_t pid, struct failure *f) {
  struct pollfd verdict = {.fd = report, .events = POLLIN};
  int ready;
  do ready = poll(&verdict, 1, START_SECONDS * 1000);
  while (ready < 0 && errno == EINTR);
  if (ready == 0) {
    kill(pid, SIGKILL);
    f->stage = STAGE_LATE, f->error = ETIMEDOUT;
    return -1; // reaped when it ends
  }
  ssize_t n;
  do n = read(report, f, sizeof *f);
  while (n < 0 && errno == EINTR);
  if (n != sizeof *f) return 0; // nothing to read means that exec closed the pipe
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
  return -1;
}
