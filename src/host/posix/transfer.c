// Moves a flood of output from a pipe to a file on the thread of its file system, so that JavaScript runs once for many megabytes.
// Uses read and write, because splice(2) refuses files that are open for appending, and was no faster. Lines are formatted on the
// way if the log wants it.

#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "job.h"
#include "keeper.h"
#include "lines.h"

enum {
  CHUNK = 128 * 1024,          // a file passes its limit by less than this, as Supervisor's do
  BUFFER = 256 * 1024,         // fits in the second level of caches, and is enough for large pages of the file
  PIPE = 256 * 1024,           // room for the program to continue while we gather
  TURN_BYTES = 16 * 1024 * 1024,
  TURN_MS = 50,                // afterwards, other operations on the log have their turn
  SHARED_MS = 5,               // the same while other jobs of the thread wait
  LEAST_GATHER_US = 20,        // less than it takes to sleep
  MOST_GATHER_US = 500,
  PATIENCE_MS = 3,             // without output, until the turn ends
  RECENT = 64 * 1024,          // of what was read is kept for readers, when lines are formatted: RECENT_BYTES
  LEAST_READ = 512,            // so that a file with formatted lines passes its limit by no more than one with others
};

enum rest { REST_EMPTY, REST_END, REST_MORE };

// What to do when the pipe is empty: wait for more, end as the program has, or return.
enum mode { MODE_FLOOD, MODE_LAST, MODE_ONCE };

struct transfer {
  struct job job;
  int pipe, file;
  enum mode mode;
  struct memory_output *output; // NULL where output does not survive the daemon
  long pipe_size;
  int64_t position; // the length of the file before
  double room, taken, moved, lost;
  int error;
  enum rest rest;
  // Where what is read goes; with formatted lines, after the newest bytes that were read before.
  char *buffer;
  size_t length;
  // Only with formatted lines: NULL otherwise.
  char *texts;
  struct lines lines;
  double from, until; // in milliseconds since 1970, when the time of the head is right but for its milliseconds
  size_t line;        // where the incomplete line begins in the buffer
  uint32_t *unwritten; // what is read and not written; NULL without a keeper
};

static double now_ms(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

// Sleeps until the pipe is half full, at the rate of the last read, instead of waiting for the pipe: a program whose reader
// waits wakes it with each write, and both are slower. A program that is faster than we are is not waited for.
// @param took the time in which so much came @param at when it was read
static void gather(struct transfer *t, size_t count, double took, double at) {
  double us = (took * t->pipe_size / 2 / count - (now_ms(CLOCK_MONOTONIC) - at)) * 1e3;
  if (us < LEAST_GATHER_US) return;
  // Best effort: EPERM above the user's share of all pipes is not a failure. A program that is faster keeps its small pipe,
  // which stays in the caches. What is in a pipe at the end of a program is formatted at once, and must not be much.
  if (t->pipe_size < PIPE && t->texts == NULL) {
    int size = fcntl(t->pipe, F_SETPIPE_SZ, PIPE);
    if (size > 0) t->pipe_size = size;
  }
  struct timespec time = {0, (long)(us < MOST_GATHER_US ? us : MOST_GATHER_US) * 1000};
  nanosleep(&time, NULL);
}

// Waits for the program to write more. A hang-up counts: the read that follows sees the end.
static int is_more_coming(int pipe) {
  struct pollfd p = {.fd = pipe, .events = POLLIN};
  int ready;
  do ready = poll(&p, 1, PATIENCE_MS);
  while (ready < 0 && errno == EINTR);
  return ready > 0;
}

// Writes all of it, or counts what could not be written as lost: after an error, everything.
static void write_all(struct transfer *t, const char *bytes, size_t length) {
  while (length > 0 && t->error == 0) {
    ssize_t n = write(t->file, bytes, length);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      t->error = n < 0 ? errno : EIO;
      break;
    }
    bytes += n;
    length -= n;
    t->moved += n;
  }
  t->lost += length;
}

static void write_lines(struct lines *lines) {
  struct transfer *t = (struct transfer *)((char *)lines - offsetof(struct transfer, lines));
  write_all(t, lines->out, lines->used);
  lines->used = 0;
}

// So much that the lines pass the room by less than a chunk: the most of them are empty lines.
static size_t most_to_format(struct transfer *t) {
  const struct lines *l = &t->lines;
  double most = (t->room - t->moved) / (l->head_length + l->line_end.length + ESCAPED_BYTES);
  return most < LEAST_READ ? LEAST_READ : most < CHUNK ? (size_t)most : CHUNK;
}

static size_t most_to_read(struct transfer *t, double limit) {
  if (t->texts != NULL) return most_to_format(t);
  double left = limit - t->moved;
  return left < CHUNK ? CHUNK : left < BUFFER ? (size_t)left : BUFFER;
}

// Makes room behind what was read before. The incomplete line is a part of what is kept.
static char *make_room(struct transfer *t, size_t wanted) {
  if (t->texts == NULL) t->length = 0;
  else if (t->length + wanted > RECENT + BUFFER) {
    size_t gone = t->length - RECENT;
    memmove(t->buffer, t->buffer + gone, RECENT);
    t->length = RECENT;
    t->line -= gone;
  }
  return t->buffer + t->length;
}

// Notes what is lost if the daemon dies now: the incomplete line and so much. Before a read that is all that it can take.
static void note(struct transfer *t, size_t fresh) {
  if (t->unwritten != NULL) *t->unwritten = (t->texts == NULL ? 0 : t->length - t->line) + fresh;
}

static ssize_t read_counted(struct transfer *t, size_t wanted) {
  char *to = make_room(t, wanted);
  note(t, wanted);
  ssize_t n = read(t->pipe, to, wanted);
  note(t, n > 0 ? n : 0);
  return n;
}

static void take(struct transfer *t, size_t n) {
  size_t fresh = t->length;
  t->taken += n;
  t->length += n;
  if (t->texts == NULL) {
    write_all(t, t->buffer, n);
    return;
  }
  t->line = format_lines(&t->lines, t->buffer, t->line, fresh, t->length);
  write_lines(&t->lines);
}

// Whether the time in the head of lines can show the present.
static int is_head_right(struct transfer *t) {
  if (t->texts == NULL) return 1;
  double now = now_ms(CLOCK_REALTIME);
  if (now < t->from || now >= t->until) return 0;
  if (t->lines.milliseconds >= 0) show_milliseconds(&t->lines, (int)(now - t->from));
  return 1;
}

static void move(struct transfer *t) {
  double limit = t->room < TURN_BYTES ? t->room : TURN_BYTES, start = now_ms(CLOCK_MONOTONIC), last = start;
  do {
    if (!is_head_right(t)) return;
    size_t wanted = most_to_read(t, limit);
    ssize_t n = t->output == NULL ? read_counted(t, wanted) : take_in(t->output, t->pipe, t->file, t->position + (int64_t)t->moved, wanted, t->unwritten);
    if (n > 0) {
      double at = now_ms(CLOCK_MONOTONIC);
      take(t, n);
      if (t->output != NULL) t->output->count = 0;
      else note(t, 0);
      if (t->error != 0) return;
      if ((size_t)n < wanted && t->mode == MODE_FLOOD) gather(t, n, at - last, at);
      last = at;
    } else if (n == 0) {
      t->rest = REST_END;
      return;
    } else if (errno == EAGAIN) {
      t->rest = REST_EMPTY;
      if (t->mode != MODE_FLOOD || do_others_wait(&t->job) || !is_more_coming(t->pipe)) return;
      t->rest = REST_MORE;
    } else if (errno != EINTR) {
      t->rest = REST_END; // nothing more will come from this descriptor
      return;
    }
  } while (t->moved < limit && now_ms(CLOCK_MONOTONIC) - start < (do_others_wait(&t->job) ? SHARED_MS : TURN_MS));
}

static void run(void *data) {
  struct transfer *t = data;
  struct lines *l = &t->lines;
  size_t before = t->length;
  t->output = t->texts == NULL ? take_output() : NULL;
  if (t->texts != NULL) l->size = most_of_piece(l) > BUFFER ? most_of_piece(l) : BUFFER;
  t->buffer = t->output == NULL ? malloc(RECENT + BUFFER) : t->output->bytes;
  if (l->size > 0) l->out = malloc(l->size);
  if (t->buffer == NULL || (l->size > 0 && l->out == NULL)) {
    free(t->buffer), t->buffer = NULL; // nothing is in it
    t->error = ENOMEM;
    return;
  }
  if (before > 0) memcpy(t->buffer, t->texts, before);
  int size = fcntl(t->pipe, F_GETPIPE_SZ);
  t->pipe_size = size > 0 ? size : 0; // a terminal: it holds a few kilobytes, and is not waited for
  move(t);
  if (t->output != NULL) leave_output(t->output), t->output = NULL, t->buffer = NULL;
}

static napi_value answer(napi_env env, void *data) {
  struct transfer *t = data;
  const double values[] = {t->moved, t->lost, t->error, t->rest, t->taken, t->length - t->line, t->lines.is_continued};
  napi_value list = numbers(env, values, t->texts == NULL ? 5 : 7), newest = NULL;
  if (t->texts == NULL || t->buffer == NULL) return list;
  size_t kept = t->length < RECENT ? t->length : RECENT;
  napi_create_buffer_copy(env, kept, t->buffer + t->length - kept, NULL, &newest);
  napi_set_element(env, list, 7, newest);
  return list;
}

static void drop(void *data) {
  struct transfer *t = data;
  free(t->buffer);
  free(t->lines.out);
  free(t->texts);
  free(t);
}

// Copies the texts: the incomplete line, the head and both ends, one after the other. @returns -1 when they are no such texts
static int take_texts(struct transfer *t, struct args *a) {
  enum { HELD, HEAD, LINE_END, CUT_END, LENGTHS, MARK = LENGTHS, MILLISECONDS, FROM, UNTIL, ESCAPED, CONTINUED, COUNT };
  size_t length = 0, count = 0, sum = 0;
  const char *bytes = array(a, 6, &length);
  const double *n = array(a, 7, &count);
  if (n == NULL) return 0;
  if (count != COUNT || n[HELD] > LONGEST_PIECE) return -1;
  for (int i = 0; i < LENGTHS; i++) sum += (size_t)n[i];
  if (sum != length || (t->texts = malloc(length + 1)) == NULL) return -1;
  memcpy(t->texts, bytes, length);
  char *head = t->texts + (size_t)n[HELD], *line_end = head + (size_t)n[HEAD], *cut_end = line_end + (size_t)n[LINE_END];
  t->length = (size_t)n[HELD];
  t->from = n[FROM];
  t->until = n[UNTIL];
  t->lines = (struct lines){
      .head = head, .head_length = (size_t)n[HEAD],
      .line_end = {line_end, (size_t)n[LINE_END]}, .cut_end = {cut_end, (size_t)n[CUT_END]},
      .mark = (long)n[MARK], .milliseconds = (long)n[MILLISECONDS],
      .is_escaped = n[ESCAPED] != 0, .is_continued = n[CONTINUED] != 0, .flush = write_lines,
  };
  return 0;
}

// transfer(pipe, file, room, mode, position, place of what is unwritten, texts?, numbers?): a promise of [moved, lost, errno, rest, taken], and with lines [held,
// isContinued, newest bytes].
napi_value Transfer(struct args *a) {
  struct transfer *t = calloc(1, sizeof *t);
  if (t == NULL) return NULL;
  t->job = (struct job){.run = run, .answer = answer, .drop = drop};
  t->pipe = integer(a, 0);
  t->file = integer(a, 1);
  napi_get_value_double(a->env, a->v[2], &t->room);
  t->mode = integer(a, 3);
  napi_get_value_int64(a->env, a->v[4], &t->position);
  t->unwritten = unwritten_at(integer(a, 5));
  t->rest = REST_MORE;
  if (take_texts(t, a) < 0) {
    drop(t);
    return NULL;
  }
  return start_job(a->env, &t->job, lane_of(t->file));
}
