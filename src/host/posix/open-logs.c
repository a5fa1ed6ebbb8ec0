// Opens logs on threads of libuv's pool, many in one job: each job wakes a thread and the main thread once, and threads that
// create files in one directory would wait for each other, spinning. As root, symlinks of users are not followed: see guarded.c.

#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "descriptors.h"
#include "guarded.h"
#include "spawn.h"
#include "values.h"

#ifndef O_LARGEFILE
#define O_LARGEFILE 0
#endif

// The result for each: descriptor or negated error, mode, size, owner, links.
enum { FIELDS = 5 };

struct batch {
  napi_async_work work;
  napi_deferred deferred;
  char *paths; // each with a NUL after it
  int count, flags, mode, lock;
  double *told; // FIELDS for each
};

// No child is to close a copy of a log: see reserved.c. The close of the lower number waits here, where it may.
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

static void run(napi_env env, void *data) {
  (void)env;
  struct batch *b = data;
  int is_root = geteuid() == 0;
  double *told = b->told;
  for (const char *path = b->paths; told < b->told + FIELDS * b->count; path += strlen(path) + 1, told += FIELDS) {
    struct facts facts = {0};
    int fd = open_and_look(b, path, is_root, &facts);
    told[0] = fd < 0 ? -errno : fd;
    told[1] = facts.mode, told[2] = (double)facts.size, told[3] = facts.uid, told[4] = (double)facts.links;
  }
}

static void give_up(struct batch *b) {
  free(b->paths);
  free(b->told);
  free(b);
}

static void finish(napi_env env, napi_status status, void *data) {
  (void)status; // never cancelled
  struct batch *b = data;
  napi_value list;
  napi_create_array_with_length(env, FIELDS * b->count, &list);
  for (int i = 0; i < FIELDS * b->count; i++) napi_set_element(env, list, i, number(env, b->told[i]));
  napi_resolve_deferred(env, b->deferred, list);
  napi_delete_async_work(env, b->work);
  give_up(b);
}

// openLogs(paths, count, flags, mode, lock): a promise of FIELDS numbers for each.
napi_value OpenLogs(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  struct batch *b = calloc(1, sizeof *b);
  if (b == NULL) return NULL;
  *b = (struct batch){.count = integer(&a, 1), .flags = integer(&a, 2), .mode = integer(&a, 3), .lock = integer(&a, 4)};
  b->paths = string(&a, 0, NULL);
  b->told = calloc(b->count, FIELDS * sizeof *b->told);
  if (b->paths == NULL || b->told == NULL) {
    give_up(b);
    return NULL;
  }
  napi_value promise = NULL;
  napi_create_promise(env, &b->deferred, &promise);
  napi_create_async_work(env, NULL, text(env, "tsv.logs"), run, finish, b, &b->work);
  napi_queue_async_work(env, b->work);
  return promise;
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
