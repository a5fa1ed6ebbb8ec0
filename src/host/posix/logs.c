// Opens, renames and removes logs on threads of libuv's pool. As root, symlinks of users are not followed: see guarded.c. Logs
// are opened many in one job: each job wakes a thread and the main thread once, and threads that create files in one directory
// would wait for each other, spinning.

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "descriptors.h"
#include "guarded.h"
#include "job.h"
#include "spawn.h"

#ifndef O_LARGEFILE
#define O_LARGEFILE 0
#endif

enum what { RENAME, UNLINK, UNLINK_IDLE, MAKE_WAY };

struct order {
  struct job job;
  enum what what;
  char *path, *to;
  int result;
};

// Makes the missing directories on the way to a file, as `mkdir -p` does. A daemon that is not root can do no more than its user.
static int make_way(char *path) {
  for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
    *slash = 0;
    int result = mkdir(path, 0755), error = errno;
    *slash = '/';
    if (result < 0 && error != EEXIST) {
      errno = error;
      return -1;
    }
  }
  return 0;
}

// Removes a regular file of our own that no daemon has open and locked. EBUSY: one has; EPERM: not ours.
static int unlink_idle(const char *path) {
  struct facts facts;
  int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return -1;
  int result = -1, error = EPERM;
  if (facts_of(fd, &facts) < 0) error = errno;
  else if (S_ISREG(facts.mode) && facts.uid == geteuid()) {
    if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) error = EBUSY;
    else if ((result = unlink(path)) < 0) error = errno;
  }
  close_if_open(fd);
  errno = error;
  return result;
}

static void run(void *data) {
  struct order *o = data;
  int is_root = geteuid() == 0, result = -1;
  errno = EINVAL;
  if (o->path != NULL && (o->what != RENAME || o->to != NULL)) switch (o->what) {
  case RENAME: result = is_root ? rename_guarded(o->path, o->to) : rename(o->path, o->to); break;
  case UNLINK_IDLE: result = unlink_idle(o->path); break;
  case MAKE_WAY: result = is_root ? make_way_guarded(o->path) : make_way(o->path); break;
  case UNLINK: result = is_root ? unlink_guarded(o->path) : unlink(o->path); break;
  }
  o->result = result < 0 ? -errno : result;
}

static napi_value answer(napi_env env, void *data) { return number(env, ((struct order *)data)->result); }

static void drop(void *data) {
  struct order *o = data;
  free(o->path);
  free(o->to);
  free(o);
}

// A path, without a NUL inside; null for none.
static char *path_of(struct args *a, int i) {
  size_t length = 0;
  char *path = string(a, i, &length);
  if (path != NULL && strlen(path) == length) return path;
  free(path);
  return NULL;
}

static napi_value queue(struct args *a, struct order order) {
  struct order *o = malloc(sizeof *o);
  if (o == NULL) return NULL;
  *o = order;
  o->job = (struct job){.run = run, .answer = answer, .drop = drop};
  return start_job(a->env, &o->job, "tsv.log");
}

napi_value RenameLog(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  return queue(&a, (struct order){.what = RENAME, .path = path_of(&a, 0), .to = path_of(&a, 1)});
}

napi_value UnlinkLog(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  return queue(&a, (struct order){.what = UNLINK, .path = path_of(&a, 0)});
}

napi_value UnlinkIdleLog(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  return queue(&a, (struct order){.what = UNLINK_IDLE, .path = path_of(&a, 0)});
}

napi_value MakeLogWay(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  return queue(&a, (struct order){.what = MAKE_WAY, .path = path_of(&a, 0)});
}

// The result for each: descriptor or negated error, mode, size, owner, links.
enum { FIELDS = 5 };

struct batch {
  struct job job;
  char *paths; // each with a NUL after it
  int count, flags, mode, lock;
  double *results; // FIELDS for each
};

// No child is to close a copy of a log: see spawn.h. The close of the lower number waits here, where it may.
static int lift(int fd) {
  if (fd < 0 || fd >= first_of_no_child()) return fd;
  int lifted = fcntl(fd, F_DUPFD_CLOEXEC, first_of_no_child());
  close_if_open(fd);
  return lifted;
}

static int open_and_look(const struct batch *b, const char *path, int is_root, struct facts *facts) {
  int flags = b->flags | O_LARGEFILE | O_CLOEXEC;
  int fd = lift(is_root ? open_guarded(path, flags, b->mode) : open(path, flags, b->mode));
  if (fd < 0) return fd;
  if (facts_of(fd, facts) < 0) {
    close_if_open(fd);
    return -1;
  }
  // Some file systems have no locks: then other processes cannot see that the file is in use.
  if (b->lock) flock(fd, LOCK_SH | LOCK_NB);
  return fd;
}

static void open_all(void *data) {
  struct batch *b = data;
  int is_root = geteuid() == 0;
  double *results = b->results;
  for (const char *path = b->paths; results < b->results + FIELDS * b->count; path += strlen(path) + 1, results += FIELDS) {
    struct facts facts = {0};
    int fd = open_and_look(b, path, is_root, &facts);
    results[0] = fd < 0 ? -errno : fd;
    results[1] = facts.mode, results[2] = (double)facts.size, results[3] = facts.uid, results[4] = (double)facts.links;
  }
}

static void drop_batch(void *data) {
  struct batch *b = data;
  free(b->paths);
  free(b->results);
  free(b);
}

static napi_value opened(napi_env env, void *data) {
  struct batch *b = data;
  return numbers(env, b->results, FIELDS * b->count);
}

// openLogs(paths, count, flags, mode, lock): a promise of FIELDS numbers for each.
napi_value OpenLogs(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  struct batch *b = calloc(1, sizeof *b);
  if (b == NULL) return NULL;
  b->job = (struct job){.run = open_all, .answer = opened, .drop = drop_batch};
  b->count = integer(&a, 1);
  b->flags = integer(&a, 2);
  b->mode = integer(&a, 3);
  b->lock = integer(&a, 4);
  b->paths = string(&a, 0, NULL);
  b->results = calloc(b->count, FIELDS * sizeof *b->results);
  if (b->paths == NULL || b->results == NULL) {
    drop_batch(b);
    return NULL;
  }
  return start_job(env, &b->job, "tsv.logs");
}

// For commands, which may wait.
napi_value OpenLogNow(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  size_t length = 0;
  char *path = string(&a, 0, &length);
  errno = EINVAL;
  int fd = path == NULL || strlen(path) != length ? -1 : open_guarded(path, integer(&a, 1), 0);
  free(path);
  return outcome(env, fd);
}
