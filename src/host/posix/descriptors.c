// Descriptors: flags, pipes, locks, and reads and writes, which never block on a non-blocking descriptor.

#define _GNU_SOURCE
#include "descriptors.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "values.h"

int set_cloexec(int fd, int on) {
  int flags = fcntl(fd, F_GETFD);
  if (flags < 0) return -1;
  return fcntl(fd, F_SETFD, on ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC);
}

int set_blocking(int fd, int on) {
  int flags = fcntl(fd, F_GETFL);
  return flags < 0 ? -1 : fcntl(fd, F_SETFL, on ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

void close_if_open(int fd) {
  int saved = errno;
  if (fd >= 0) close(fd);
  errno = saved;
}

napi_value Pipe(struct args *a) {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) < 0) return outcome(a, -1);
  napi_value pair;
  napi_create_array_with_length(a->env, 2, &pair);
  napi_set_element(a->env, pair, 0, number(a->env, fds[0]));
  napi_set_element(a->env, pair, 1, number(a->env, fds[1]));
  return pair;
}

napi_value SetCloexec(struct args *a) { return outcome(a, set_cloexec(integer(a, 0), integer(a, 1))); }

napi_value SetNonblocking(struct args *a) { return outcome(a, set_blocking(integer(a, 0), 0)); }

// For sockets that programs inherit: the flag belongs to the socket, not to the descriptor.
napi_value SetBlocking(struct args *a) { return outcome(a, set_blocking(integer(a, 0), 1)); }

napi_value Dup2(struct args *a) { return outcome(a, dup2(integer(a, 0), integer(a, 1))); }

napi_value Close(struct args *a) { return outcome(a, close(integer(a, 0))); }

napi_value Flock(struct args *a) { return outcome(a, flock(integer(a, 0), LOCK_EX | LOCK_NB)); }

napi_value IsTerminal(struct args *a) { return outcome(a, isatty(integer(a, 0))); }

napi_value Unread(struct args *a) {
  int bytes = 0;
  return outcome(a, ioctl(integer(a, 0), FIONREAD, &bytes) < 0 ? -1 : bytes);
}

napi_value Read(struct args *a) {
  size_t size;
  void *bytes = array(a, 1, &size);
  ssize_t n;
  do n = read(integer(a, 0), bytes, size);
  while (n < 0 && errno == EINTR);
  return outcome(a, n);
}

napi_value Write(struct args *a) {
  size_t size;
  void *bytes = array(a, 1, &size);
  ssize_t n;
  do n = write(integer(a, 0), bytes, size);
  while (n < 0 && errno == EINTR);
  return outcome(a, n);
}

int facts_of(int fd, struct facts *facts) {
  struct statx s;
  if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &s) < 0) return -1;
  dev_t dev = makedev(s.stx_dev_major, s.stx_dev_minor);
  *facts = (struct facts){dev, s.stx_ino, s.stx_size, s.stx_nlink, s.stx_mode, s.stx_uid, s.stx_gid};
  return 0;
}

int is_of_proc(int fd) {
  enum { PROC_MAGIC = 0x9fa0 }; // statfs(2)
  struct statfs system;
  return fstatfs(fd, &system) == 0 && system.f_type == PROC_MAGIC;
}
