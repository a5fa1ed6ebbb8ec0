// Finds the file system of a descriptor or a path without waiting for one that does not answer. A descriptor is enough by
// itself; a path is walked on a thread of libuv's pool, name by name and symlink by symlink. rooms.c limits the threads in each
// file system on the way. Names in one directory share a walk; those that lead out of its file system get separate walks.

#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "descriptors.h"
#include "job.h"
#include "rooms.h"

struct search {
  struct job job;
  char *path;
  char *names; // each with a NUL after it; NULL to locate only the path
  int count;
  double *devices; // of the names
  int is_refused;
  double device; // where the walk ended, or that refuses further searches
};

#ifdef __linux__
struct walk {
  int at, room, links, is_refused;
  double device;
  char rest[2 * PATH_MAX];
};

// Continues at `fd`, which is closed on failure. A walk is in one file system at a time.
static int go_to(struct walk *w, int fd) {
  struct place place;
  if (fd < 0 || place_of(fd, &place) < 0) {
    close_if_open(fd);
    return -1;
  }
  close_if_open(w->at);
  w->at = fd;
  if (w->room != NO_ROOM && place.device == w->device) return 0;
  leave_room(w->room);
  w->device = place.device;
  w->room = enter_room(place.device);
  w->is_refused = w->room == NO_ROOM;
  return w->is_refused ? -1 : 0;
}

// Puts the target of a symlink in front of the rest of the path.
static int follow(struct walk *w, int link) {
  char target[PATH_MAX];
  size_t left = strlen(w->rest);
  ssize_t length = readlinkat(link, "", target, sizeof target);
  if (length <= 0 || ++w->links > MOST_LINKS || (size_t)length + left + 2 > sizeof w->rest) return -1;
  memmove(w->rest + length + 1, w->rest, left + 1);
  memcpy(w->rest, target, length);
  w->rest[length] = '/';
  return target[0] == '/' ? go_to(w, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)) : 0;
}

// Walks one name. A name that is missing or cannot be examined is on the file system where the walk ends.
static int step(struct walk *w, const char *name) {
  struct place next;
  int fd = openat(w->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || place_of(fd, &next) < 0) {
    close_if_open(fd);
    return -1;
  }
  if (!S_ISLNK(next.mode)) return go_to(w, fd);
  int followed = is_of_proc(fd) ? go_to(w, openat(w->at, name, O_PATH | O_CLOEXEC)) : follow(w, fd);
  close_if_open(fd);
  return followed;
}

static void walk(struct walk *w) {
  char name[NAME_MAX + 1];
  for (;;) {
    char *start = w->rest + strspn(w->rest, "/");
    size_t n = strcspn(start, "/");
    if (n == 0 || n > NAME_MAX) return;
    memcpy(name, start, n);
    name[n] = 0;
    memmove(w->rest, start + n, strlen(start + n) + 1);
    if (step(w, name) < 0) return;
  }
}

// The device of a name in the directory where the walk has ended; NaN for a symlink, or on another file system.
static double device_in(const struct walk *w, const char *name) {
  struct place place;
  int fd = openat(w->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || place_of(fd, &place) < 0) {
    close_if_open(fd);
    return w->device;
  }
  close_if_open(fd);
  return S_ISLNK(place.mode) || place.device != w->device ? NAN : w->device;
}

static void look_at_names(struct search *s, const struct walk *w) {
  int has_arrived = w->rest[strspn(w->rest, "/")] == 0;
  const char *name = s->names;
  for (int i = 0; i < s->count; i++, name += strlen(name) + 1)
    s->devices[i] = has_arrived ? device_in(w, name) : w->device;
}
#endif

static void run(void *data) {
  struct search *s = data;
#ifdef __linux__
  struct walk w = {.at = -1, .room = NO_ROOM};
  size_t length = strlen(s->path);
  if (length >= PATH_MAX) return;
  memcpy(w.rest, s->path, length + 1);
  if (go_to(&w, open(s->path[0] == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC)) == 0) walk(&w);
  s->is_refused = w.is_refused;
  s->device = w.device;
  if (!w.is_refused) look_at_names(s, &w);
  leave_room(w.room);
  close_if_open(w.at);
#else
  (void)s;
#endif
}

static void drop(void *data) {
  struct search *s = data;
  free(s->path);
  free(s->names);
  free(s->devices);
  free(s);
}

static napi_value answer(napi_env env, void *data) {
  struct search *s = data;
  double all = s->is_refused ? -1 - s->device : s->device;
  if (s->names == NULL) return number(env, all);
  for (int i = 0; s->is_refused && i < s->count; i++) s->devices[i] = all;
  return numbers(env, s->devices, s->count);
}

// locate(path): a promise of the device, or of -1 less the device that refuses further searches.
napi_value Locate(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  struct search *s = calloc(1, sizeof *s);
  if (s == NULL) return NULL;
  *s = (struct search){.job = {.run = run, .answer = answer, .drop = drop}, .path = string(&a, 0, NULL)};
  if (s->path != NULL) return start_job(env, &s->job, "tsv.locate");
  drop(s);
  return number(env, 0);
}

// locateNames(directory, names, count): a promise of the device of each, as of locate; NaN for a name that needs a walk of its
// own.
napi_value LocateNames(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  struct search *s = calloc(1, sizeof *s);
  if (s == NULL) return NULL;
  *s = (struct search){.job = {.run = run, .answer = answer, .drop = drop}, .count = integer(&a, 2)};
  s->path = string(&a, 0, NULL);
  s->names = string(&a, 1, NULL);
  s->devices = calloc(s->count, sizeof *s->devices);
  if (s->path != NULL && s->names != NULL && s->devices != NULL) return start_job(env, &s->job, "tsv.locate");
  drop(s);
  return NULL;
}

// deviceOf(fd): the device of an open file.
napi_value DeviceOf(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  struct place place;
  return place_of(integer(&a, 0), &place) < 0 ? outcome(env, -1) : number(env, place.device);
}
