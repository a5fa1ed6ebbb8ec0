// Moves a flood of output from a pipe to a file on the thread of its file system, so that JavaScript runs once for many megabytes.
// Uses read and write, because splice(2) refuses files that are open for appending, and was no faster.

#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "job.h"

enum {
  CHUNK = 128 * 1024,          // a file passes its limit by less than this, as Supervisor's do
  BUFFER = 256 * 1024,         // fits in the second level of caches, and is enough for large pages of the file
  PIPE = 1024 * 1024,          // room for the program to continue while we write
  TURN_BYTES = 16 * 1024 * 1024,
  TURN_MS = 50,                // afterwards, other operations on the log have their turn
  SHARED_MS = 5,               // the same while other jobs of the thread wait
  GATHER_US = 50,              // a pipe that is read at once has a few kilobytes; after this time, a full buffer
  PATIENCE_MS = 3,             // without output, until the turn ends
};

enum rest { REST_EMPTY, REST_END, REST_MORE };

struct transfer {
  struct job job;
  int pipe, file, is_last;
  double room, moved, lost;
  int error;
  enum rest rest;
};

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void gather(void) {
  struct timespec moment = {0, GATHER_US * 1000};
  nanosleep(&moment, NULL);
}

// Waits for the program to write more. A hang-up counts: the read that follows sees the end.
static int is_more_coming(int pipe) {
  struct pollfd p = {.fd = pipe, .events = POLLIN};
  int ready;
  do ready = poll(&p, 1, PATIENCE_MS);
  while (ready < 0 && errno == EINTR);
  if (ready <= 0) return 0;
  gather();
  return 1;
}

// Writes all of it, or counts what could not be written as lost.
static int write_all(struct transfer *t, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t n = write(t->file, bytes, length);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      t->error = n < 0 ? errno : EIO;
      t->lost += length;
      return -1;
    }
    bytes += n;
    length -= n;
    t->moved += n;
  }
  return 0;
}

static void move(struct transfer *t, char *buffer) {
  double limit = t->room < TURN_BYTES ? t->room : TURN_BYTES, start = now_ms();
  do {
    double left = limit - t->moved;
    size_t wanted = left < CHUNK ? CHUNK : left < BUFFER ? (size_t)left : BUFFER;
    ssize_t n = read(t->pipe, buffer, wanted);
    if (n > 0) {
      if (write_all(t, buffer, n) < 0) return;
      if ((size_t)n < wanted && !t->is_last) gather();
    } else if (n == 0) {
      t->rest = REST_END;
      return;
    } else if (errno == EAGAIN) {
      t->rest = REST_EMPTY;
      if (t->is_last || do_others_wait(&t->job) || !is_more_coming(t->pipe)) return;
      t->rest = REST_MORE;
    } else if (errno != EINTR) {
      t->rest = REST_END; // nothing more will come from this descriptor
      return;
    }
  } while (t->moved < limit && now_ms() - start < (do_others_wait(&t->job) ? SHARED_MS : TURN_MS));
}

static void run(void *data) {
  struct transfer *t = data;
  char *buffer = malloc(BUFFER);
  if (buffer == NULL) {
    t->error = ENOMEM;
    return;
  }
#ifdef F_SETPIPE_SZ
  // Best effort: EPERM above the user's share of all pipes is not a failure. A larger pipe is not changed.
  if (!t->is_last && fcntl(t->pipe, F_GETPIPE_SZ) < PIPE) fcntl(t->pipe, F_SETPIPE_SZ, PIPE);
#endif
  move(t, buffer);
  free(buffer);
}

static napi_value answer(napi_env env, void *data) {
  struct transfer *t = data;
  const double values[] = {t->moved, t->lost, t->error, t->rest};
  return numbers(env, values, 4);
}

// transfer(pipe, file, room, isLast): a promise of [moved, lost, errno, rest].
napi_value Transfer(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  struct transfer *t = calloc(1, sizeof *t);
  if (t == NULL) return NULL;
  t->job = (struct job){.run = run, .answer = answer, .drop = free};
  t->pipe = integer(&a, 0);
  t->file = integer(&a, 1);
  napi_get_value_double(env, a.v[2], &t->room);
  t->is_last = integer(&a, 3);
  t->rest = REST_MORE;
  return start_job(env, &t->job, lane_of(t->file));
}
