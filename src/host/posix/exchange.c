// What event listeners are sent and what they answer passes through files in memory, which outlive the daemon. The kernel moves bytes
// and the position of the file in one system call, so that whenever the daemon dies, each byte is in the pipe or in the file.
// The next daemon has the same open file, and so its position,
// which only grows:
//
//   staged bytes ──stage──► file, from its position to its end ──pour──► pipe of stdin
//   pipe of stdout ──splice──► file, up to its position; what was taken before is released ──► bytes

#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "descriptors.h"
#include "values.h"

napi_value Position(struct args *a) { return outcome(a, lseek(integer(a, 0), 0, SEEK_CUR)); }

// What a listener has answered, behind the first `taken` bytes of the file; more from its pipe if there is room.
static ssize_t take(int pipe, int file, char *bytes, size_t size, off_t taken) {
  off_t end = lseek(file, 0, SEEK_CUR);
  if (end < taken) end = lseek(file, taken, SEEK_SET);
  // All of it is recorded.
  if (end == taken && ftruncate(file, 0) < 0) return -1;
  size_t rest = end - taken;
  ssize_t n = rest < size ? splice(pipe, NULL, file, NULL, size - rest, SPLICE_F_NONBLOCK) : 0;
  if (n > 0) rest += n;
  if (rest > 0) return pread(file, bytes, rest < size ? rest : size, taken);
  if (n == 0 || errno == EAGAIN) return n;
  // For want of memory, they do not outlive the daemon.
  n = read(pipe, bytes, size);
  if (n > 0) lseek(file, n, SEEK_CUR);
  return n;
}

// takeThrough(pipe, file, bytes, taken): the bytes taken, 0 at the end, or a negated errno
napi_value TakeThrough(struct args *a) {
  size_t size;
  char *bytes = array(a, 2, &size);
  int64_t taken = 0;
  napi_get_value_int64(a->env, a->v[3], &taken);
  ssize_t n;
  do n = take(integer(a, 0), integer(a, 1), bytes, size, taken);
  while (n < 0 && errno == EINTR);
  return outcome(a, n);
}

// stage(file, pipe, bytes): adds bytes that `pour` writes. What was poured is released, unless it may still be in the pipe, which has
// the same memory. @returns 0 or a negated errno; -EPIPE without a reader
napi_value Stage(struct args *a) {
  int file = integer(a, 0), pipe = integer(a, 1), unread = 1;
  size_t size, done = 0;
  const char *bytes = array(a, 2, &size);
  struct pollfd p = {.fd = pipe, .events = POLLOUT};
  struct facts facts;
  if (poll(&p, 1, 0) > 0 && p.revents & POLLERR) return number(a->env, -EPIPE);
  if (facts_of(file, &facts) < 0) return outcome(a, -1);
  off_t at = lseek(file, 0, SEEK_CUR), end = facts.size;
  if (end <= at) {
    end = at;
    if (ioctl(pipe, FIONREAD, &unread) == 0 && unread == 0) {
      // A position that only grew would reach the limit of a file's size.
      if (ftruncate(file, 0) < 0 || lseek(file, 0, SEEK_SET) < 0) return outcome(a, -1);
      end = 0;
    }
  }
  while (done < size) {
    ssize_t n = pwrite(file, bytes + done, size - done, end + done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      int error = n < 0 ? errno : EIO;
      return number(a->env, ftruncate(file, end) < 0 ? -errno : -error);
    }
    done += n;
  }
  return number(a->env, 0);
}

// unstage(file): forgets staged bytes that were not poured.
napi_value Unstage(struct args *a) { return outcome(a, ftruncate(integer(a, 0), lseek(integer(a, 0), 0, SEEK_CUR))); }

// pour(file, pipe): writes staged bytes. @returns the bytes that the pipe does not take now, or a negated errno
napi_value Pour(struct args *a) {
  int file = integer(a, 0), pipe = integer(a, 1);
  struct facts facts;
  for (;;) {
    if (facts_of(file, &facts) < 0) return outcome(a, -1);
    off_t left = (off_t)facts.size - lseek(file, 0, SEEK_CUR);
    if (left <= 0) return number(a->env, 0);
    ssize_t n = splice(file, NULL, pipe, NULL, left, SPLICE_F_NONBLOCK);
    if (n > 0 || (n < 0 && errno == EINTR)) continue;
    return n == 0 || errno == EAGAIN ? number(a->env, left) : outcome(a, -1);
  }
}
