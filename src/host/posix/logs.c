// Renames and removes logs on threads of libuv's pool, as Node does. As root, symlinks of users are not followed: see
// guarded.c.

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "descriptors.h"
#include "guarded.h"
#include "spawn.h"
#include "values.h"

enum what { RENAME, UNLINK, UNLINK_IDLE, MAKE_WAY };

struct order {
  napi_async_work work;
  napi_deferred deferred;
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

static void run(napi_env env, void *data) {
  (void)env;
  struct order *o = data;
  int is_root = geteuid() == 0, result = -1;
  switch (o->what) {
  case RENAME: result = is_root ? rename_guarded(o->path, o->to) : rename(o->path, o->to); break;
  case UNLINK_IDLE: result = unlink_idle(o->path); break;
  case MAKE_WAY: result = is_root ? make_way_guarded(o->path) : make_way(o->path); break;
  case UNLINK: result = is_root ? unlink_guarded(o->path) : unlink(o->path); break;
  }
  o->result = result < 0 ? -errno : result;
}

static void finish(napi_env env, napi_status status, void *data) {
  (void)status; // never cancelled
  struct order *o = data;
  napi_resolve_deferred(env, o->deferred, number(env, o->result));
  napi_delete_async_work(env, o->work);
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
  napi_value promise = NULL;
  struct order *o = malloc(sizeof *o);
  if (o == NULL) return NULL;
  *o = order;
  napi_create_promise(a->env, &o->deferred, &promise);
  if (o->path == NULL || (o->what == RENAME && o->to == NULL)) {
    napi_resolve_deferred(a->env, o->deferred, number(a->env, -EINVAL));
    free(o->path);
    free(o->to);
    free(o);
    return promise;
  }
  napi_create_async_work(a->env, NULL, text(a->env, "tsv.log"), run, finish, o, &o->work);
  napi_queue_async_work(a->env, o->work);
  return promise;
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
