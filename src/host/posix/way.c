// The way along a path, walked name by name and symlink by symlink, each part of it in the thread of its file system: see lanes.c.
// What is mounted on the way is not touched before that thread is reached: to open the root of an NFS mount asks its server.

#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/magic.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "descriptors.h"
#include "job.h"

enum {
  NO_CROSSING = 1, // RESOLVE_NO_XDEV of openat2(2), for headers that do not have it
  OPENAT2 = 437,
};

// Waiting ways hold no descriptor, of which there are few, and little memory.
struct way {
  int at;         // where the walk is; -1 while it waits for a lane
  double here;    // the lane of `at`; -1 if that is unknown
  int follows;    // the last name too, when it is a symlink
  int links;
  int is_inner;   // it has left a file system that may hang, other than that of the root
  unsigned began; // the state of the mounts
  char *reached;  // a path without symlinks to continue from; NULL at the beginning
  char *rest;
};

struct place {
  double lane;
  mode_t mode;
};

// Without waiting for a server. As in libc, -1 and errno on failure.
static int place_of(int fd, struct place *place) {
  struct statx s;
  if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &s) < 0) return -1;
  *place = (struct place){s.stx_dev_major * 4294967296.0 + s.stx_dev_minor, s.stx_mode};
  return 0;
}

double lane_of(int fd) {
  struct place place;
  return place_of(fd, &place) < 0 ? -1 : place.lane;
}

static double root_lane(void) {
  static double root = -1;
  if (root >= 0) return root;
  int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  root = lane_of(fd);
  close_if_open(fd);
  return root < 0 ? 0 : root;
}

// Where ways have entered file systems from that of the root. Later ways begin there, instead of crossing again. None is behind a
// file system that may hang, because the thread of the inner one would wait for the outer one. Only used on the main thread.
static struct {
  char *path;
  double lane;
} entries[16];

static const int ENTRIES = sizeof entries / sizeof *entries;

// Counts changes of the mounts, proc(5); after one, all entries are forgotten: a mount that hangs may have been replaced.
static unsigned mounts(void) {
  static unsigned changes = 1;
  static int fd = -1;
  if (fd < 0) fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
  struct pollfd change = {.fd = fd, .events = POLLPRI};
  // Without /proc nothing is remembered.
  if (fd < 0 || poll(&change, 1, 0) == 0) return fd < 0 ? 0 : changes;
  for (int i = 0; i < ENTRIES; i++) free(entries[i].path), entries[i].path = NULL;
  return ++changes;
}

// Whether a path leads through an entry. @returns the length of the entry, or 0
static size_t leads_through(const char *path, int i) {
  size_t length = entries[i].path == NULL ? 0 : strlen(entries[i].path);
  return length > 0 && strncmp(path, entries[i].path, length) == 0 && path[length] == '/' ? length : 0;
}

void note_entry(const struct way *way, double lane) {
  static int oldest;
  if (way->is_inner || way->reached == NULL || lane == root_lane() || way->rest[strspn(way->rest, "/")] == 0) return;
  if (way->began == 0 || mounts() != way->began) return;
  size_t length = strlen(way->reached);
  char *path = strndup(way->reached, way->reached[length - 1] == '/' ? length - 1 : length);
  if (path == NULL) return;
  int i = 0;
  while (i < ENTRIES && (entries[i].path == NULL || strcmp(entries[i].path, path) != 0)) i++;
  if (i == ENTRIES) i = oldest++ % ENTRIES;
  free(entries[i].path);
  entries[i].path = path, entries[i].lane = lane;
}

struct way *begin_way(const char *path, int follows, double *lane) {
  struct way *way = malloc(sizeof *way);
  if (way == NULL) return NULL;
  size_t longest = 0;
  unsigned began = mounts();
  *lane = root_lane();
  for (int i = 0; i < ENTRIES; i++) {
    size_t length = leads_through(path, i);
    if (length > longest) longest = length, *lane = entries[i].lane;
  }
  *way = (struct way){.at = -1, .follows = follows, .began = began, .rest = strdup(path + longest)};
  if (longest > 0) way->reached = strndup(path, longest);
  if (way->rest != NULL && (longest == 0 || way->reached != NULL)) return way;
  end_way(way);
  return NULL;
}

void end_way(struct way *way) {
  if (way == NULL) return;
  close_if_open(way->at);
  free(way->reached), free(way->rest);
  free(way);
}

static int go_to(struct way *way, int fd, double lane) {
  if (fd < 0) return -1;
  close_if_open(way->at);
  way->at = fd, way->here = lane;
  return 0;
}

static int go_to_unknown(struct way *way, int fd) { return go_to(way, fd, lane_of(fd)); }

// Puts the target of a symlink in front of the rest of the path.
static int follow(struct way *way, int link) {
  char target[PATH_MAX], *rest;
  ssize_t length = readlinkat(link, "", target, sizeof target);
  if (length <= 0 || length == sizeof target || ++way->links > MOST_LINKS || strlen(way->rest) > PATH_MAX) return -1;
  target[length] = 0;
  if (asprintf(&rest, "%s/%s", target, way->rest) < 0) return -1;
  free(way->rest);
  way->rest = rest;
  return target[0] == '/' ? go_to_unknown(way, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)) : 0;
}

// Whether a file system that is left may hang. That of the root may, too, but nothing can be reached without it.
static int may_hang(const struct way *way) {
  struct statfs s;
  return way->here != root_lane() && (fstatfs(way->at, &s) < 0 || s.f_type != TMPFS_MAGIC);
}

// Leaves the file system; to be continued at a name of the present directory, or there if NULL. As in libc, -1 on failure.
static int leave(struct way *way, const char *name) {
  char link[40], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", way->at);
  ssize_t length = readlink(link, path, sizeof path);
  if (length <= 0 || length == sizeof path) return -1;
  path[length == 1 ? 0 : length] = 0;
  way->is_inner |= name == NULL ? way->here != root_lane() : may_hang(way);
  free(way->reached);
  if (asprintf(&way->reached, "%s/%s", path, name == NULL ? "" : name) < 0) way->reached = NULL;
  return way->reached == NULL ? -1 : 0;
}

static unsigned number_at(const char **at) {
  unsigned n = 0;
  for (; **at >= '0' && **at <= '9'; ++*at) n = n * 10 + (**at - '0');
  ++*at;
  return n;
}

// Whether a field of mountinfo is this text: a space, tab, newline or backslash is a backslash and three octal digits.
static int is_field(const char *field, const char *wanted) {
  for (; *wanted != 0; wanted++) {
    char c = *field++;
    if (c == '\\') c = (field[0] - '0') << 6 | (field[1] - '0') << 3 | (field[2] - '0'), field += 3;
    if (c != *wanted) return 0;
  }
  return *field == ' ';
}

// Of a line `36 35 98:0 /root /mount/point options`, proc(5): the device if that is its mount point, else -1.
static double device_mounted(const char *line, const char *point) {
  number_at(&line), number_at(&line);
  double major = number_at(&line), minor = number_at(&line);
  line = strchr(line, ' ');
  return line != NULL && is_field(line + 1, point) ? major * 4294967296.0 + minor : -1;
}

// The device that is mounted at a path, or -1. The last line is what is on top.
static double mounted_at(const char *path) {
  char *line = NULL;
  size_t size = 0;
  double found = -1;
  FILE *mounts = fopen("/proc/self/mountinfo", "re");
  if (mounts == NULL) return -1;
  while (getline(&line, &size, mounts) > 0) {
    double device = device_mounted(line, path);
    if (device >= 0) found = device;
  }
  free(line);
  fclose(mounts);
  return found;
}

static int open_in(int directory, const char *name, uint64_t resolve) {
  struct {
    uint64_t flags, mode, resolve;
  } how = {O_PATH | O_NOFOLLOW | O_CLOEXEC, 0, resolve};
  return syscall(OPENAT2, directory, name, &how, sizeof how);
}

// Opens a name. @returns -1 when it cannot be examined, or when another lane must do it
static int open_next(struct way *way, const char *name, double *lane) {
  int fd = open_in(way->at, name, NO_CROSSING);
  // Old kernels lack the call, and containers may forbid it.
  if (fd >= 0 || (errno != EXDEV && errno != ENOSYS && errno != EPERM)) return fd;
  if (errno == EXDEV && leave(way, name) == 0) {
    double mounted = mounted_at(way->reached);
    if (mounted >= 0 && mounted != *lane) {
      *lane = mounted;
      return -1;
    }
  }
  return openat(way->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

// Takes the next name from the rest. @returns whether there is one
static int take_name(struct way *way, char name[NAME_MAX + 1]) {
  char *start = way->rest + strspn(way->rest, "/");
  size_t n = strcspn(start, "/");
  if (n == 0 || n > NAME_MAX) return 0;
  memcpy(name, start, n);
  name[n] = 0;
  memmove(way->rest, start + n, strlen(start + n) + 1);
  return 1;
}

// One name further. @returns whether the walk goes on in this lane: not from a name that is missing or cannot be examined
static int step(struct way *way, const char *name, double *lane) {
  struct place place;
  int result = -1, fd = open_next(way, name, lane);
  if (fd < 0 || place_of(fd, &place) < 0) {
    close_if_open(fd);
    return 0;
  }
  if (!S_ISLNK(place.mode)) return go_to(way, fd, place.lane) == 0;
  int is_last = way->rest[strspn(way->rest, "/")] == 0;
  if (!is_last || way->follows)
    result = is_of_proc(fd) ? go_to_unknown(way, openat(way->at, name, O_PATH | O_CLOEXEC)) : follow(way, fd);
  close_if_open(fd);
  return result == 0;
}

static int begin(struct way *way) {
  if (way->reached != NULL) return open(way->reached, O_PATH | O_CLOEXEC);
  return open(way->rest[0] == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

double walk_on(struct way *way, double lane) {
  char name[NAME_MAX + 1];
  double next = lane;
  if (way->at < 0) go_to_unknown(way, begin(way));
  while (way->at >= 0) {
    if (way->here >= 0 && way->here != lane) {
      // Without /proc, the descriptor stays open meanwhile.
      if (leave(way, NULL) < 0) return way->here;
      next = way->here;
      break;
    }
    if (!take_name(way, name) || !step(way, name, &next)) break;
  }
  close_if_open(way->at);
  way->at = -1;
  return next;
}
