// Low descriptors that are reserved for children, so that a start costs the same however many pipes are open,
// and so that no child closes a file of the daemon's.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spawn.h"
#include "values.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

// With a thousand programs the daemon has three thousand pipes, and copying and closing them all for each child costs
// more than starting it. So the child begins sharing the daemon's table (CLONE_FILES), and close_range takes a private
// copy of its low end only. For that, what the child needs is put into descriptors that were reserved early and so are
// low: stdin, stdout, stderr, one more and the report. Between starts /dev/null holds their places.
//
// The kernel copies up to the next multiple of BLOCK (sane_fdtable_size() in fs/file.c), and the child closes the copies.
// Closing a copy of a file flushes it, which waits for as long as the file's system does not answer (FUSE, NFS): then no
// program could be started because one log hangs. So every descriptor below that multiple is taken before the daemon
// opens a file for long; several sets serve several children at once.
enum { BLOCK = 64, MAX_SETS = 16, OWN_TABLE_MS = 200 };

static struct {
  int ready; // 0 not tried, 1 reserved, -1 the kernel or a seccomp filter refuses close_range
  int null, end, sets;
  int fd[MAX_SETS][CHILD_DESCRIPTORS];
  struct slot *user[MAX_SETS];
} reserved;

static int collect(int found[MAX_SETS * CHILD_DESCRIPTORS]) {
  int count = 0;
  reserved.end = BLOCK;
  for (;;) {
    int fd = fcntl(reserved.null, F_DUPFD_CLOEXEC, 3);
    if (fd < 0) return count;
    if (fd >= reserved.end) {
      if (count >= CHILD_DESCRIPTORS) {
        close(fd);
        return count;
      }
      reserved.end = fd / BLOCK * BLOCK + BLOCK;
    }
    if (count < MAX_SETS * CHILD_DESCRIPTORS) found[count++] = fd;
  }
}

int reserve_descriptors(void) {
  int found[MAX_SETS * CHILD_DESCRIPTORS];
  if (reserved.ready != 0) return reserved.ready > 0;
  reserved.ready = -1;
  if (syscall(SYS_close_range, ~0U, ~0U, 0) < 0) return 0;
  reserved.null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (reserved.null < 0) return 0;
  reserved.sets = collect(found) / CHILD_DESCRIPTORS;
  for (int i = 0; i < reserved.sets * CHILD_DESCRIPTORS; i++) reserved.fd[i / CHILD_DESCRIPTORS][i % CHILD_DESCRIPTORS] = found[i];
  if (reserved.sets > 0) reserved.ready = 1;
  return reserved.ready > 0;
}

int first_of_no_child(void) { return reserved.ready > 0 ? reserved.end : 0; }

static void empty(int set) {
  for (int i = 0; i < CHILD_DESCRIPTORS; i++) dup3(reserved.null, reserved.fd[set][i], O_CLOEXEC);
  reserved.user[set] = NULL;
}

static int free_set(void) {
  for (int set = 0; set < reserved.sets; set++) {
    struct slot *user = reserved.user[set];
    if (user == NULL || has_own_table(user)) return set;
  }
  // All children of so many starts wait for a processor.
  if (await_own_table(reserved.user[0], OWN_TABLE_MS)) return 0;
  errno = EAGAIN;
  return -1;
}

int fill_reserved(struct slot *slot) {
  struct launch *l = &slot->launch;
  int set = free_set();
  if (set < 0) return -1;
  if (reserved.user[set] != NULL) reserved.user[set]->set = -1, empty(set);
  reserved.user[set] = slot;
  slot->set = set;
  const int *fd = reserved.fd[set];
  for (int i = 0; i < l->maps; i++) {
    if (dup3(l->sources[i], fd[i], O_CLOEXEC) < 0) return -1;
    l->sources[i] = fd[i];
  }
  if (dup3(l->report, fd[CHILD_DESCRIPTORS - 1], O_CLOEXEC) < 0) return -1;
  l->report = fd[CHILD_DESCRIPTORS - 1];
  return 0;
}

// A child that still shares our table keeps its set, until it is needed.
void leave_reserved(struct slot *slot) {
  int set = slot->set;
  if (set < 0 || !has_own_table(slot)) return;
  slot->set = -1;
  empty(set);
}

// What is free below the first block is taken at once: before the daemon opens a file, or continues with another's.
napi_value ReserveSlots(struct args *a) { return number(a->env, reserve_descriptors() ? first_of_no_child() : 0); }
