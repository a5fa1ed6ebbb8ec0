// Finds the file system of a descriptor or a path without waiting for one that does not answer. A descriptor is enough by
// itself; a path is walked on a thread of libuv's pool, name by name and symlink by symlink. Rooms limit the threads in each file
// system on the way. Names in one directory share a walk; those that lead out of its file system get separate walks.

#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "descriptors.h"
#include "job.h"

struct location {
  double device;
  mode_t mode;
};

#ifdef __linux__
// Rooms limit the threads in each file system: a thread that walks a path registers before it enters one. A file system that
// does not answer admits no further threads, so that it blocks at most two, however many paths and symlinks lead to it.
enum {
  NO_ROOM = -1,
  ROOMS = 64,   // file systems with a thread in them
  AT_ONCE = 2,  // in one that keeps them waiting
  LATE_MS = 250
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
  double device, since; // of the thread that came last when none had been waiting for long
  int members;
} rooms[ROOMS];

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

// @returns a room to leave again, or NO_ROOM when the file system does not answer the threads that are in it
// A member that leaves proves that the file system answers, so `since` begins again.
static int enter_room(double device) {
  int found = NO_ROOM, empty = NO_ROOM;
  double now = now_ms();
  pthread_mutex_lock(&lock);
  for (int i = 0; i < ROOMS && found == NO_ROOM; i++) {
    if (rooms[i].members == 0) empty = i;
    else if (rooms[i].device == device) found = i;
  }
  int is_full = found != NO_ROOM && rooms[found].members >= AT_ONCE && now - rooms[found].since > LATE_MS;
  if (found == NO_ROOM) {
    found = empty;
    if (found != NO_ROOM) rooms[found].device = device, rooms[found].since = now;
  }
  if (is_full) found = NO_ROOM;
  if (found != NO_ROOM) rooms[found].members++;
  pthread_mutex_unlock(&lock);
  return found;
}

static void leave_room(int room) {
  if (room == NO_ROOM) return;
  pthread_mutex_lock(&lock);
  rooms[room].members--;
  rooms[room].since = now_ms();
  pthread_mutex_unlock(&lock);
}
#endif

// The file system and the mode of an open file, without waiting for a server. As in libc, -1 and errno on failure.
static int location_of(int fd, struct location *location) {
#ifdef __linux__
  struct statx s;
  if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &s) < 0) return -1;
  location->device = s.stx_dev_major * 4294967296.0 + s.stx_dev_minor;
  location->mode = s.stx_mode;
#else
  struct facts facts;
  if (facts_of(fd, &facts) < 0) return -1;
  location->device = (double)facts.dev;
  location->mode = facts.mode;
#endif
  return 0;
}

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
  struct location location;
  if (fd < 0 || location_of(fd, &location) < 0) {
    close_if_open(fd);
    return -1;
  }
  close_if_open(w->at);
  w->at = fd;
  if (w->room != NO_ROOM && location.device == w->device) return 0;
  leave_room(w->room);
  w->device = location.device;
  w->room = enter_room(location.device);
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
  struct location next;
  int fd = openat(w->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || location_of(fd, &next) < 0) {
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
  struct location location;
  int fd = openat(w->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || location_of(fd, &location) < 0) {
    close_if_open(fd);
    return w->device;
  }
  close_if_open(fd);
  return S_ISLNK(location.mode) || location.device != w->device ? NAN : w->device;
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
  struct location location;
  return location_of(integer(&a, 0), &location) < 0 ? outcome(env, -1) : number(env, location.device);
}
