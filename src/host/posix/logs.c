// Logs are opened, renamed and removed on threads of libuv's pool, as Node does it: see guarded.c.

#include <string.h>

#include "guarded.h"
#include "values.h"

enum what { OPEN, RENAME, UNLINK };

struct order {
  napi_async_work work;
  napi_deferred deferred;
  enum what what;
  char *path, *to;
  int flags, mode, result;
};

static void run(napi_env env, void *data) {
  (void)env;
  struct order *o = data;
  int result = o->what == OPEN     ? open_guarded(o->path, o->flags, o->mode)
               : o->what == RENAME ? rename_guarded(o->path, o->to)
                                   : unlink_guarded(o->path);
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

napi_value OpenLog(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  return queue(&a, (struct order){.what = OPEN, .path = path_of(&a, 0), .flags = integer(&a, 1), .mode = integer(&a, 2)});
}

napi_value RenameLog(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  return queue(&a, (struct order){.what = RENAME, .path = path_of(&a, 0), .to = path_of(&a, 1)});
}

napi_value UnlinkLog(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  return queue(&a, (struct order){.what = UNLINK, .path = path_of(&a, 0)});
}

// For commands, which may wait.
napi_value OpenLogNow(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  char *path = path_of(&a, 0);
  errno = EINVAL;
  int fd = path == NULL ? -1 : open_guarded(path, integer(&a, 1), 0);
  free(path);
  return outcome(env, fd);
}
