// Opens, renames and removes logs as root on paths that may contain symlinks of users. Root's symlinks are followed, and a
// user's symlink only to objects of that user: otherwise a program could replace its log with a symlink and make root write to
// any file. The decision is about the opened object, never about a name checked before: the path is walked by descriptors.
// Without a symlink, the usual case, one openat2(2) is enough.

#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64 // logs grow beyond 2 GiB
#include "guarded.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>

#include "descriptors.h"

enum {
  NO_SYMLINKS = 4,  // openat2(2), for headers that do not have it
  OPENAT2 = 437,
};

struct walk {
  int at;                       // the directory that `rest` is taken from
  char name[NAME_MAX + 1];      // the last name, once the way to it is walked
  char rest[2 * PATH_MAX];
  int links, owners;
  struct {
    uid_t uid;
    size_t rest;                // what is left of the way when it is known where the link leads
  } owner[MOST_LINKS];          // of users' links that are being followed
};

static int without_links(const char *path, int flags, mode_t mode) {
  struct {
    uint64_t flags, mode, resolve;
  } how = {(flags & O_PATH ? flags & ~O_LARGEFILE : flags | O_LARGEFILE) | O_CLOEXEC, flags & O_CREAT ? mode : 0, NO_SYMLINKS};
  return syscall(OPENAT2, AT_FDCWD, path, &how, sizeof how);
}

// Failures that say nothing about the file: there is a link, or no such call (of old kernels, or kept from us).
static int is_undecided(int error) { return error == ELOOP || error == ENOSYS || error == EPERM || error == EINVAL; }

static int refuse(int error) {
  errno = error;
  return -1;
}

static int move_to(struct walk *w, int fd) {
  if (fd < 0) return -1;
  close_if_open(w->at);
  w->at = fd;
  return 0;
}

static void skip_slashes(struct walk *w) {
  size_t n = strspn(w->rest, "/");
  memmove(w->rest, w->rest + n, strlen(w->rest + n) + 1);
}

static int begin(struct walk *w, const char *path) {
  size_t length = strlen(path);
  w->at = -1;
  w->links = w->owners = 0;
  if (length == 0) return refuse(ENOENT);
  if (length >= PATH_MAX) return refuse(ENAMETOOLONG);
  if (path[length - 1] == '/') return refuse(EISDIR);
  memcpy(w->rest, path, length + 1);
  return move_to(w, open(path[0] == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

static int is_users(const struct facts *link) { return link->uid != 0 && link->uid != geteuid(); }

static int are_owners(struct walk *w, uid_t uid) {
  for (int i = 0; i < w->owners; i++)
    if (w->owner[i].uid != uid) return 0;
  return 1;
}

// Goes on with what the link `name` of the present directory leads to. Its owner and its target are read from one and the
// same link.
static int follow(struct walk *w, int link, const struct facts *facts) {
  char target[PATH_MAX];
  size_t left = strlen(w->rest);
  ssize_t length = readlinkat(link, "", target, sizeof target);
  if (length < 0) return -1;
  if (++w->links > MOST_LINKS) return refuse(ELOOP);
  if (length + left + 2 > sizeof w->rest || length == sizeof target) return refuse(ENAMETOOLONG);
  if (is_users(facts)) {
    // As the kernel does if protected_symlinks is set: in /tmp, symlinks of other users are not followed.
    struct facts holder;
    if (facts_of(w->at, &holder) < 0) return -1;
    if ((holder.mode & S_ISVTX) && (holder.mode & S_IWOTH) && holder.uid != facts->uid) return refuse(EACCES);
    w->owner[w->owners].uid = facts->uid;
    w->owner[w->owners++].rest = left;
  }
  memmove(w->rest + length + 1, w->rest, left + 1);
  memcpy(w->rest, target, length);
  w->rest[length] = '/';
  return target[0] == '/' ? move_to(w, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)) : 0;
}

// Whether the directory that users' links have led to is theirs.
static int judge_directory(struct walk *w) {
  struct facts facts;
  size_t left = strlen(w->rest);
  for (; left > 0 && w->owners > 0 && w->owner[w->owners - 1].rest >= left; w->owners--)
    if (facts_of(w->at, &facts) < 0 || facts.uid != w->owner[w->owners - 1].uid) return refuse(ELOOP);
  return 0;
}

static int step(struct walk *w) {
  struct facts facts;
  int next = openat(w->at, w->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (next < 0) return -1;
  int result = facts_of(next, &facts);
  if (result == 0 && S_ISLNK(facts.mode) && is_of_proc(next)) {
    if (is_users(&facts)) result = refuse(ELOOP);
    else result = move_to(w, openat(w->at, w->name, O_PATH | O_DIRECTORY | O_CLOEXEC));
  } else if (result == 0 && S_ISLNK(facts.mode)) {
    result = follow(w, next, &facts);
  } else if (result == 0 && !S_ISDIR(facts.mode)) {
    result = refuse(ENOTDIR);
  } else if (result == 0) {
    return move_to(w, next);
  }
  close_if_open(next);
  return result;
}

// Walks on until the last name alone is left; it may be that of a link.
static int walk(struct walk *w) {
  for (;;) {
    skip_slashes(w);
    if (judge_directory(w) < 0) return -1;
    size_t n = strcspn(w->rest, "/");
    if (n == 0) return refuse(EISDIR);
    if (n > NAME_MAX) return refuse(ENAMETOOLONG);
    memcpy(w->name, w->rest, n);
    w->name[n] = 0;
    memmove(w->rest, w->rest + n, strlen(w->rest + n) + 1);
    skip_slashes(w);
    if (w->rest[0] == 0) return 0;
    if (step(w) < 0) return -1;
  }
}

// Whether the file that users' links have led to is theirs, or lies in a directory of theirs, where they could as well
// have moved it to the log's place. Not so for what is mounted there, nor for what lies behind links of /proc.
static int is_theirs(struct walk *w, const struct facts *file, int is_proc) {
  struct facts directory;
  if (w->owners == 0 || (file != NULL && are_owners(w, file->uid))) return 1;
  if (is_proc || facts_of(w->at, &directory) < 0 || !are_owners(w, directory.uid)) return 0;
  return file == NULL || (S_ISREG(file->mode) && file->dev == directory.dev);
}

// Opens what was looked at as `seen`; truncates only what it has judged.
static int open_seen(struct walk *w, int seen, int is_proc, int flags) {
  struct facts facts;
  if (facts_of(seen, &facts) < 0) return -1;
  if (!is_theirs(w, &facts, is_proc)) return refuse(ELOOP);
  int fd = openat(w->at, w->name, (flags & ~(O_TRUNC | O_CREAT)) | (is_proc ? 0 : O_NOFOLLOW) | O_LARGEFILE | O_CLOEXEC);
  if (fd < 0) return -1;
  int result = facts_of(fd, &facts);
  if (result == 0 && !is_theirs(w, &facts, is_proc)) result = refuse(ELOOP);
  if (result == 0 && (flags & O_TRUNC) && S_ISREG(facts.mode)) result = ftruncate(fd, 0);
  if (result == 0) return fd;
  close_if_open(fd);
  return -1;
}

// The last name, reached without a user's symlink: it is opened at once, unless it is a symlink itself.
static int open_plainly(struct walk *w, int flags, mode_t mode) {
  return openat(w->at, w->name, flags | O_NOFOLLOW | O_LARGEFILE | O_CLOEXEC, mode);
}

static int open_last(struct walk *w, int flags, mode_t mode) {
  for (;;) {
    struct facts facts;
    if (walk(w) < 0) return -1;
    // With O_PATH it would be the link itself that is opened.
    if (w->owners == 0 && !(flags & O_PATH)) {
      int fd = open_plainly(w, flags, mode);
      if (fd >= 0 || errno != ELOOP || (flags & O_NOFOLLOW)) return fd;
    }
    int seen = openat(w->at, w->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (seen < 0) {
      if (errno != ENOENT || !(flags & O_CREAT)) return -1;
      // What has come there meanwhile has not been judged.
      return is_theirs(w, NULL, 0) ? open_plainly(w, flags | O_EXCL, mode) : refuse(ELOOP);
    }
    int result = facts_of(seen, &facts);
    if (result == 0 && (flags & O_EXCL)) result = refuse(EEXIST);
    if (result == 0 && S_ISLNK(facts.mode) && !is_of_proc(seen)) {
      result = (flags & O_NOFOLLOW) ? refuse(ELOOP) : follow(w, seen, &facts);
      close_if_open(seen);
      if (result < 0) return -1;
      continue;
    }
    int is_proc = result == 0 && S_ISLNK(facts.mode);
    if (is_proc) {
      close(seen);
      seen = openat(w->at, w->name, O_PATH | O_CLOEXEC);
      if (seen < 0) return -1;
      if (is_users(&facts)) result = refuse(ELOOP);
    }
    int fd = result == 0 ? open_seen(w, seen, is_proc, flags) : -1;
    close_if_open(seen);
    return fd;
  }
}

// Makes the next directory of the way as the owner of the present one: the kernel then allows no more than that user may do.
// setfsuid(2) concerns this thread alone.
static int make_next(struct walk *w) {
  struct facts holder, made;
  if (w->owners > 0) return refuse(ELOOP);
  if (facts_of(w->at, &holder) < 0) return -1;
  if ((holder.mode & S_IWOTH) && !(holder.mode & S_ISVTX)) return refuse(EACCES);
  gid_t group = setfsgid(holder.gid);
  uid_t user = setfsuid(holder.uid);
  int result = mkdirat(w->at, w->name, 0755), error = errno;
  setfsuid(user);
  setfsgid(group);
  if (result < 0 && error != EEXIST) return refuse(error);
  int next = openat(w->at, w->name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (next < 0) return -1;
  // Another process may have been faster, or have put another directory there.
  if (facts_of(next, &made) == 0 && made.uid == holder.uid) return move_to(w, next);
  close(next);
  return refuse(EACCES);
}

int make_way_guarded(const char *path) {
  struct walk w;
  int result = begin(&w, path);
  while (result == 0 && (result = walk(&w)) < 0 && errno == ENOENT && w.rest[0] != 0) result = make_next(&w);
  close_if_open(w.at);
  return result;
}

int open_guarded(const char *path, int flags, mode_t mode) {
  int fd = without_links(path, flags, mode);
  if (fd >= 0 || !is_undecided(errno)) return fd;
  struct walk w;
  fd = begin(&w, path) < 0 ? -1 : open_last(&w, flags, mode);
  close_if_open(w.at);
  return fd;
}

int rename_guarded(const char *from, const char *to) {
  struct walk f, t = {.at = -1};
  int result = begin(&f, from) < 0 || walk(&f) < 0 || begin(&t, to) < 0 || walk(&t) < 0 ? -1 : renameat(f.at, f.name, t.at, t.name);
  close_if_open(f.at);
  close_if_open(t.at);
  return result;
}

int unlink_guarded(const char *path) {
  struct walk w;
  int result = begin(&w, path) < 0 || walk(&w) < 0 ? -1 : unlinkat(w.at, w.name, 0);
  close_if_open(w.at);
  return result;
}
