// Operations on files, each in the thread of its file system: see lanes.c. As root, symlinks of users are not followed: see
// guarded.c.

#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64 // logs grow beyond 2 GiB
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <sys/sysmacros.h>

#include "descriptors.h"
#include "guarded.h"
#include "job.h"
#include "spawn.h"

// What is told of a file; the order is that of FACTS in files.ts.
enum fact { RESULT, DEVICE, INODE_HIGH, INODE_LOW, MODE, SIZE, USER, GROUP, LINKS, BLOCKS, ACCESSED, CHANGED, BORN, FACTS };

struct call {
  struct job job;
  void (*act)(struct call *call); // sets `result`, as in libc: -1 and errno on failure
  napi_value (*tell)(napi_env env, struct call *call);
  char *path, *to;
  int fd, flags, mode, is_locked, is_guarded;
  double first, second;
  long result;
  double facts[FACTS];
  char *bytes; // of the answer
  size_t length, room;
  struct iovec *parts;
  int count;
  napi_env env;
  napi_ref held; // keeps the memory of `parts`
};

static void run(void *data) {
  struct call *c = data;
  c->act(c);
  if (c->result < 0) c->result = -errno;
}

static napi_value answer(napi_env env, void *data) {
  struct call *c = data;
  return c->tell == NULL || c->result < 0 ? number(env, c->result) : c->tell(env, c);
}

static void drop(void *data) {
  struct call *c = data;
  if (c->held != NULL) napi_delete_reference(c->env, c->held);
  free(c->path), free(c->to), free(c->bytes), free(c->parts);
  free(c);
}

static struct call *new_call(struct args *a, void (*act)(struct call *call)) {
  struct call *c = calloc(1, sizeof *c);
  if (c == NULL) napi_fatal_error("tsv.files", NAPI_AUTO_LENGTH, "out of memory", NAPI_AUTO_LENGTH);
  c->job = (struct job){.run = run, .answer = answer, .drop = drop};
  c->act = act;
  c->env = a->env;
  return c;
}

// A path, without a NUL inside; null for none.
static char *path_of(struct args *a, int i) {
  size_t length = 0;
  char *path = string(a, i, &length);
  if (path != NULL && strlen(path) == length) return path;
  free(path);
  return NULL;
}

// Starts a call for the path of the first argument.
static napi_value start_at_path(struct args *a, struct call *c, int follows) {
  c->path = path_of(a, 0);
  if (c->path != NULL) return start_job_at(a->env, &c->job, c->path, follows);
  drop(c);
  return number(a->env, -EINVAL);
}

// Of descriptors without a file system: more than any device number.
static const double NO_LANE = 4503599627370496.0;

// Starts a call for the descriptor of the first argument, in its lane unless another one is given.
static napi_value start_at_descriptor(struct args *a, struct call *c, int lane_index) {
  double lane = -1;
  c->fd = integer(a, 0);
  napi_get_value_double(a->env, a->v[lane_index], &lane);
  if (lane < 0) lane = lane_of(c->fd);
  return start_job(a->env, &c->job, lane < 0 ? NO_LANE : lane);
}

static double milliseconds(struct statx_timestamp t) { return t.tv_sec * 1e3 + t.tv_nsec / 1e6; }

static int examine(int fd, double *facts) {
  struct statx s;
  if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &s) < 0) return -1;
  facts[DEVICE] = makedev(s.stx_dev_major, s.stx_dev_minor);
  facts[INODE_HIGH] = s.stx_ino >> 32, facts[INODE_LOW] = s.stx_ino & 0xffffffff;
  facts[MODE] = s.stx_mode, facts[SIZE] = s.stx_size, facts[BLOCKS] = s.stx_blocks;
  facts[USER] = s.stx_uid, facts[GROUP] = s.stx_gid, facts[LINKS] = s.stx_nlink;
  facts[ACCESSED] = milliseconds(s.stx_atime), facts[CHANGED] = milliseconds(s.stx_mtime);
  facts[BORN] = s.stx_mask & STATX_BTIME ? milliseconds(s.stx_btime) : 0;
  return 0;
}

static napi_value tell_facts(napi_env env, struct call *c) {
  c->facts[RESULT] = c->result;
  return numbers(env, c->facts, FACTS);
}

static int open_path(const struct call *c, int flags) {
  return geteuid() == 0 ? open_guarded(c->path, flags, c->mode) : open(c->path, flags, c->mode);
}

// No child is to close a copy of a log: see spawn.h. The close of the lower number waits here, where it may.
static int lift(int fd) {
  if (fd < 0 || fd >= first_of_no_child()) return fd;
  int lifted = fcntl(fd, F_DUPFD_CLOEXEC, first_of_no_child());
  close_if_open(fd);
  return lifted;
}

static void open_file(struct call *c) {
  c->tell = tell_facts;
  c->result = lift(open_path(c, c->flags | O_LARGEFILE | O_CLOEXEC));
  if (c->result < 0) return;
  if (examine(c->result, c->facts) < 0) {
    close_if_open(c->result);
    c->result = -1;
    return;
  }
  // Some file systems have no locks: then other processes cannot see that the file is in use.
  if (c->is_locked) flock(c->result, LOCK_SH | LOCK_NB);
}

// openFile(path, flags, mode, isLocked, lane): FACTS with the descriptor as the result.
napi_value OpenFile(struct args *a) {
  struct call *c = new_call(a, open_file);
  c->flags = integer(a, 1), c->mode = integer(a, 2), c->is_locked = integer(a, 3);
  double lane = -1;
  napi_get_value_double(a->env, a->v[4], &lane);
  if (lane < 0) return start_at_path(a, c, !(c->flags & (O_NOFOLLOW | O_EXCL)));
  c->path = path_of(a, 0);
  if (c->path != NULL) return start_job(a->env, &c->job, lane);
  drop(c);
  return number(a->env, -EINVAL);
}

static void examine_path(struct call *c) {
  int fd = c->is_guarded ? open_path(c, c->flags | O_PATH | O_CLOEXEC) : open(c->path, c->flags | O_PATH | O_CLOEXEC);
  c->tell = tell_facts;
  c->result = fd < 0 ? -1 : examine(fd, c->facts);
  close_if_open(fd);
}

// examine(path, flags, isGuarded): FACTS; flags may have O_NOFOLLOW. A symlink that is not followed is examined itself.
napi_value Examine(struct args *a) {
  struct call *c = new_call(a, examine_path);
  c->flags = integer(a, 1), c->is_guarded = integer(a, 2);
  return start_at_path(a, c, !(c->flags & O_NOFOLLOW));
}

static void rename_path(struct call *c) {
  c->result = geteuid() == 0 ? rename_guarded(c->path, c->to) : rename(c->path, c->to);
}

napi_value RenameFile(struct args *a) {
  struct call *c = new_call(a, rename_path);
  c->to = path_of(a, 1);
  if (c->to != NULL) return start_at_path(a, c, 0);
  drop(c);
  return number(a->env, -EINVAL);
}

static void unlink_path(struct call *c) { c->result = geteuid() == 0 ? unlink_guarded(c->path) : unlink(c->path); }

napi_value UnlinkFile(struct args *a) { return start_at_path(a, new_call(a, unlink_path), 0); }

// Removes a regular file of our own that no daemon has open and locked. EBUSY: one has; EPERM: not ours.
static void unlink_idle(struct call *c) {
  struct facts facts;
  int error = EPERM, fd = open(c->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  c->result = -1;
  if (fd < 0) return;
  if (facts_of(fd, &facts) < 0) error = errno;
  else if (S_ISREG(facts.mode) && facts.uid == geteuid()) {
    if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) error = EBUSY;
    else if ((c->result = unlink(c->path)) < 0) error = errno;
  }
  close_if_open(fd);
  errno = error;
}

napi_value UnlinkIdleFile(struct args *a) { return start_at_path(a, new_call(a, unlink_idle), 0); }

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

static void make_way_to(struct call *c) { c->result = geteuid() == 0 ? make_way_guarded(c->path) : make_way(c->path); }

napi_value MakeWay(struct args *a) { return start_at_path(a, new_call(a, make_way_to), 0); }

static int add_name(struct call *c, const char *name) {
  size_t n = strlen(name) + 1;
  if (c->length + n > c->room) {
    void *bigger = realloc(c->bytes, c->room = 2 * c->room + 4096);
    if (bigger == NULL) return -1;
    c->bytes = bigger;
  }
  memcpy(c->bytes + c->length, name, n);
  c->length += n;
  return 0;
}

static napi_value tell_names(napi_env env, struct call *c) {
  napi_value names = NULL;
  napi_create_string_utf8(env, c->bytes == NULL ? "" : c->bytes, c->length, &names);
  return names;
}

static void list_names(struct call *c) {
  c->tell = tell_names;
  DIR *directory = opendir(c->path);
  c->result = directory == NULL ? -1 : 0;
  if (directory == NULL) return;
  struct dirent *entry;
  int count = 0, error = 0;
  for (errno = 0; error == 0 && (entry = readdir(directory)) != NULL; errno = 0) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    error = ++count > c->count ? E2BIG : add_name(c, entry->d_name) < 0 ? ENOMEM : 0;
  }
  if (error == 0) error = errno;
  closedir(directory);
  errno = error;
  if (error != 0) c->result = -1;
}

// listNames(path, most): the names in a directory, each with a NUL after it. E2BIG: more than `most`.
napi_value ListNames(struct args *a) {
  struct call *c = new_call(a, list_names);
  c->count = integer(a, 1);
  return start_at_path(a, c, 1);
}

// Takes the memory of Uint8Arrays, which the reference keeps.
static int take_parts(struct call *c, napi_value list) {
  uint32_t count = 0;
  napi_get_array_length(c->env, list, &count);
  c->count = count < IOV_MAX ? (int)count : IOV_MAX;
  c->parts = calloc(c->count, sizeof *c->parts);
  for (int i = 0; c->parts != NULL && i < c->count; i++) {
    napi_value part;
    napi_get_element(c->env, list, i, &part);
    napi_get_typedarray_info(c->env, part, NULL, &c->parts[i].iov_len, &c->parts[i].iov_base, NULL, NULL);
  }
  napi_create_reference(c->env, list, 1, &c->held);
  return c->parts == NULL ? -1 : 0;
}

static void read_parts(struct call *c) {
  do c->result = c->first < 0 ? readv(c->fd, c->parts, c->count) : preadv(c->fd, c->parts, c->count, (off_t)c->first);
  while (c->result < 0 && errno == EINTR);
}

static void write_parts(struct call *c) {
  do c->result = writev(c->fd, c->parts, c->count);
  while (c->result < 0 && errno == EINTR);
}

static napi_value start_transfer(struct args *a, void (*act)(struct call *)) {
  struct call *c = new_call(a, act);
  if (take_parts(c, a->v[1]) < 0) {
    drop(c);
    return number(a->env, -ENOMEM);
  }
  napi_get_value_double(a->env, a->v[2], &c->first);
  return start_at_descriptor(a, c, 3);
}

// readFile(fd, parts, position, lane): bytes read. A negative position is that of the descriptor.
napi_value ReadFile(struct args *a) { return start_transfer(a, read_parts); }

// writeFile(fd, parts, position, lane): bytes written, where the descriptor is.
napi_value WriteFile(struct args *a) { return start_transfer(a, write_parts); }

static void close_file(struct call *c) { c->result = close(c->fd); }

// closeFile(fd, lane). Linux releases the descriptor even if close(2) reports an error.
napi_value CloseFile(struct args *a) {
  struct call *c = new_call(a, close_file);
  c->job.is_lazy = 1;
  return start_at_descriptor(a, c, 1);
}

static void do_nothing(struct call *c) { c->result = 0; }

// awaitLane(lane): 0.
napi_value AwaitLane(struct args *a) {
  struct call *c = new_call(a, do_nothing);
  double lane = NO_LANE;
  napi_get_value_double(a->env, a->v[0], &lane);
  c->job.is_urgent = 1;
  return start_job(a->env, &c->job, lane);
}

static void examine_open(struct call *c) {
  c->tell = tell_facts;
  c->result = examine(c->fd, c->facts);
}

// examineOpen(fd): FACTS.
napi_value ExamineOpen(struct args *a) { return start_at_descriptor(a, new_call(a, examine_open), 1); }

static void change_owner(struct call *c) { c->result = fchown(c->fd, (uid_t)c->first, (gid_t)c->second); }
static void change_mode(struct call *c) { c->result = fchmod(c->fd, (mode_t)c->first); }
static void change_times(struct call *c) {
  const struct timespec times[] = {
      {(time_t)(c->first / 1e3), (long)((uint64_t)c->first % 1000 * 1000000)},
      {(time_t)(c->second / 1e3), (long)((uint64_t)c->second % 1000 * 1000000)},
  };
  c->result = futimens(c->fd, times);
}

static napi_value start_change(struct args *a, void (*act)(struct call *)) {
  struct call *c = new_call(a, act);
  napi_get_value_double(a->env, a->v[1], &c->first);
  napi_get_value_double(a->env, a->v[2], &c->second);
  return start_at_descriptor(a, c, 3);
}

napi_value ChangeOwner(struct args *a) { return start_change(a, change_owner); }
napi_value ChangeMode(struct args *a) { return start_change(a, change_mode); }
// changeTimes(fd, accessed, changed): whole milliseconds since 1970.
napi_value ChangeTimes(struct args *a) { return start_change(a, change_times); }

// For commands, which may wait.
napi_value OpenLogNow(struct args *a) {
  size_t length = 0;
  char *path = string(a, 0, &length);
  errno = EINVAL;
  int fd = path == NULL || strlen(path) != length ? -1 : open_guarded(path, integer(a, 1), 0);
  free(path);
  return outcome(a, fd);
}
