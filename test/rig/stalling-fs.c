// stalling-fs MOUNTPOINT BACKING [deaf]: a FUSE file system that passes everything on to the directory BACKING, and of which
// operations can be stalled, delayed or failed. For tests; needs root. Speaks the protocol of <linux/fuse.h> itself.
//
// Commands, one a line on stdin; each is answered by "ok" on stdout, after it is in effect:
//   stall OP PATH        requests of that kind wait until "release"
//   delay OP MS PATH     they are answered after so many milliseconds
//   fail OP ERRNO PATH   they fail with that number
//   release              forgets all three; what waited is served, in order
//   unmount              detaches the mount and exits
// OP is a name of the table below or "all". PATH is relative to the mount and stands for all below it; "." is everything.
// Whenever a request begins to wait, "stalled OP PATH" is printed.
//
// The end of stdin is "unmount", so no mount outlives the test. Nothing is cached by the kernel but open files' pages.
//
// A process that waits can be killed, as with NFS, unless "deaf" is given: then not even SIGKILL ends the wait.

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fuse.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum { MAX_WRITE = 128 * 1024, BUFFER = MAX_WRITE + 64 * 1024, MAX_RULES = 64 };

/* How often a request that was interrupted is looked at for a SIGKILL: the kernel tells of the first signal only. */
enum { KILLED_MS = 50 };

static const struct {
  const char *name;
  uint32_t op;
} OPERATIONS[] = {
    {"lookup", FUSE_LOOKUP},     {"getattr", FUSE_GETATTR}, {"setattr", FUSE_SETATTR},   {"readlink", FUSE_READLINK},
    {"symlink", FUSE_SYMLINK},   {"mknod", FUSE_MKNOD},     {"mkdir", FUSE_MKDIR},       {"unlink", FUSE_UNLINK},
    {"rmdir", FUSE_RMDIR},       {"rename", FUSE_RENAME2},  {"rename", FUSE_RENAME},     {"link", FUSE_LINK},
    {"open", FUSE_OPEN},         {"read", FUSE_READ},       {"write", FUSE_WRITE},       {"statfs", FUSE_STATFS},
    {"release", FUSE_RELEASE},   {"fsync", FUSE_FSYNC},     {"flush", FUSE_FLUSH},       {"opendir", FUSE_OPENDIR},
    {"readdir", FUSE_READDIR},   {"releasedir", FUSE_RELEASEDIR}, {"fsync", FUSE_FSYNCDIR}, {"access", FUSE_ACCESS},
    {"create", FUSE_CREATE},
};

/* An inode that the kernel knows: node id is the index + 1. */
struct node {
  int fd; /* O_PATH; -1 when unused */
  dev_t dev;
  ino_t ino;
  uint64_t lookups;
};

enum kind { STALL, DELAY, FAIL };

struct rule {
  enum kind kind;
  uint32_t op; /* 0 is all */
  int value;
  char path[PATH_MAX];
};

struct waiting {
  struct waiting *next;
  int64_t due; /* milliseconds, or 0: until release */
  bool interrupted;
  size_t size;
  char bytes[];
};

static int fuse = -1;
static bool deaf;
static const char *mountpoint;
static char backing[PATH_MAX];
static struct node *nodes;
static size_t node_count;
static struct rule rules[MAX_RULES];
static int rule_count;
static struct waiting *queue;

static void serve(const char *request);

static int64_t now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

static void answer(uint64_t unique, int error, const void *data, size_t size) {
  struct fuse_out_header head = {.len = sizeof head + (error ? 0 : size), .error = -error, .unique = unique};
  char bytes[sizeof head + BUFFER];
  memcpy(bytes, &head, sizeof head);
  if (!error && size > 0) memcpy(bytes + sizeof head, data, size);
  /* ENOENT: whoever asked was interrupted meanwhile. */
  if (write(fuse, bytes, head.len) < 0 && errno != ENOENT && errno != ENODEV) perror("stalling-fs: answer");
}

// Nodes.

static struct node *node(uint64_t id) { return &nodes[id - 1]; }

static uint64_t remember(int fd, const struct stat *st) {
  size_t unused = node_count;
  for (size_t i = 0; i < node_count; i++) {
    if (nodes[i].fd < 0) {
      unused = i;
    } else if (nodes[i].dev == st->st_dev && nodes[i].ino == st->st_ino) {
      close(fd);
      nodes[i].lookups++;
      return i + 1;
    }
  }
  if (unused == node_count) nodes = realloc(nodes, ++node_count * sizeof *nodes);
  nodes[unused] = (struct node){.fd = fd, .dev = st->st_dev, .ino = st->st_ino, .lookups = 1};
  return unused + 1;
}

static void forget(uint64_t id, uint64_t lookups) {
  struct node *of = node(id);
  if (id == FUSE_ROOT_ID || of->fd < 0) return;
  of->lookups -= lookups < of->lookups ? lookups : of->lookups;
  if (of->lookups > 0) return;
  close(of->fd);
  of->fd = -1;
}

static void name_of(int fd, char *name) { sprintf(name, "/proc/self/fd/%d", fd); }

/* The path below the mount of a node, or of an entry in it. */
static void path_of(uint64_t id, const char *entry, char *path) {
  char link[64], target[PATH_MAX];
  name_of(node(id)->fd, link);
  ssize_t size = readlink(link, target, sizeof target - 1);
  target[size > 0 ? size : 0] = 0;
  size_t root = strlen(backing);
  const char *below = strncmp(target, backing, root) == 0 && target[root] == '/' ? target + root + 1 : "";
  snprintf(path, PATH_MAX, "%s%s%s", below, *below && entry ? "/" : "", entry ? entry : "");
  if (!*path) strcpy(path, ".");
}

// Rules.

static const char *entry_of(const struct fuse_in_header *head, const char *body) {
  switch (head->opcode) {
    case FUSE_LOOKUP:
    case FUSE_UNLINK:
    case FUSE_RMDIR:
    case FUSE_SYMLINK:
      return body;
    case FUSE_MKNOD:
      return body + sizeof(struct fuse_mknod_in);
    case FUSE_MKDIR:
      return body + sizeof(struct fuse_mkdir_in);
    case FUSE_CREATE:
      return body + sizeof(struct fuse_create_in);
    case FUSE_RENAME:
      return body + sizeof(struct fuse_rename_in);
    case FUSE_RENAME2:
      return body + sizeof(struct fuse_rename2_in);
    case FUSE_LINK:
      return body + sizeof(struct fuse_link_in);
    default:
      return NULL;
  }
}

static const char *operation_name(uint32_t op) {
  for (size_t i = 0; i < sizeof OPERATIONS / sizeof *OPERATIONS; i++) {
    if (OPERATIONS[i].op == op) return OPERATIONS[i].name;
  }
  return NULL;
}

static bool is_below(const char *path, const char *top) {
  size_t size = strlen(top);
  return strcmp(top, ".") == 0 || (strncmp(path, top, size) == 0 && (path[size] == 0 || path[size] == '/'));
}

static const struct rule *rule_for(uint32_t op, const char *path) {
  const char *name = operation_name(op);
  if (name == NULL) return NULL;
  for (int i = rule_count - 1; i >= 0; i--) {
    const char *ruled = rules[i].op == 0 ? name : operation_name(rules[i].op);
    if (strcmp(ruled, name) == 0 && is_below(path, rules[i].path)) return &rules[i];
  }
  return NULL;
}

static void enqueue(const char *request, size_t size, int64_t due) {
  struct waiting *one = malloc(sizeof *one + size);
  *one = (struct waiting){.due = due, .size = size};
  memcpy(one->bytes, request, size);
  struct waiting **end = &queue;
  while (*end) end = &(*end)->next;
  *end = one;
}

/* True when the thread has been sent a SIGKILL, or what amounts to it. */
static bool is_killed(uint32_t pid) {
  char path[64], line[256];
  sprintf(path, "/proc/%u/status", pid);
  FILE *status = fopen(path, "re");
  if (status == NULL) return true;
  bool killed = false;
  while (fgets(line, sizeof line, status)) {
    unsigned long long set;
    if (sscanf(line, "SigPnd: %llx", &set) == 1 || sscanf(line, "ShdPnd: %llx", &set) == 1) {
      if (set >> 8 & 1) killed = true;
    }
  }
  fclose(status);
  return killed;
}

/* Serves what is due and gives up what was killed. Returns the milliseconds until the next look, or -1. */
static int look_at_queue(void) {
  int64_t at = now(), next = -1;
  for (struct waiting **link = &queue; *link;) {
    struct waiting *one = *link;
    const struct fuse_in_header *head = (const void *)one->bytes;
    bool killed = one->interrupted && is_killed(head->pid), due = one->due != 0 && one->due <= at;
    if (killed || due) {
      *link = one->next;
      if (killed) answer(head->unique, EINTR, NULL, 0);
      else serve(one->bytes);
      free(one);
      continue;
    }
    int64_t wait = one->interrupted ? KILLED_MS : one->due != 0 ? one->due - at : -1;
    if (wait >= 0 && (next < 0 || wait < next)) next = wait;
    link = &one->next;
  }
  return (int)next;
}

static void interrupt(uint64_t unique) {
  if (deaf) return;
  for (struct waiting *one = queue; one; one = one->next) {
    if (((const struct fuse_in_header *)one->bytes)->unique == unique) one->interrupted = true;
  }
}

static void receive(const char *request, size_t size) {
  const struct fuse_in_header *head = (const void *)request;
  const char *body = request + sizeof *head;
  if (head->opcode == FUSE_INTERRUPT) {
    interrupt(((const struct fuse_interrupt_in *)body)->unique);
    return;
  }
  char path[PATH_MAX] = ".";
  if (rule_count > 0 && head->nodeid != 0) path_of(head->nodeid, entry_of(head, body), path);
  const struct rule *rule = rule_count > 0 ? rule_for(head->opcode, path) : NULL;
  if (rule == NULL) {
    serve(request);
  } else if (rule->kind == FAIL) {
    answer(head->unique, rule->value, NULL, 0);
  } else {
    enqueue(request, size, rule->kind == DELAY ? now() + rule->value : 0);
    printf("stalled %s %s\n", operation_name(head->opcode), path);
  }
}

// Operations.

static void to_attr(const struct stat *st, struct fuse_attr *attr) {
  *attr = (struct fuse_attr){
      .ino = st->st_ino,
      .size = st->st_size,
      .blocks = st->st_blocks,
      .atime = st->st_atim.tv_sec,
      .mtime = st->st_mtim.tv_sec,
      .ctime = st->st_ctim.tv_sec,
      .atimensec = st->st_atim.tv_nsec,
      .mtimensec = st->st_mtim.tv_nsec,
      .ctimensec = st->st_ctim.tv_nsec,
      .mode = st->st_mode,
      .nlink = st->st_nlink,
      .uid = st->st_uid,
      .gid = st->st_gid,
      .rdev = st->st_rdev,
      .blksize = st->st_blksize,
  };
}

/* Fills what names an entry of a directory to the kernel. Returns an errno. */
static int look_up(int directory, const char *name, struct fuse_entry_out *out) {
  struct stat st;
  int fd = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return errno;
  if (fstat(fd, &st) < 0) {
    int error = errno;
    close(fd);
    return error;
  }
  *out = (struct fuse_entry_out){.nodeid = remember(fd, &st)};
  to_attr(&st, &out->attr);
  return 0;
}

static void answer_entry(const struct fuse_in_header *head, int made, int directory, const char *name) {
  struct fuse_entry_out out;
  int error = made < 0 ? errno : 0;
  if (!error && head->opcode != FUSE_LOOKUP && head->opcode != FUSE_LINK) {
    if (fchownat(directory, name, head->uid, head->gid, AT_SYMLINK_NOFOLLOW) < 0) error = errno;
  }
  if (!error) error = look_up(directory, name, &out);
  answer(head->unique, error, &out, sizeof out);
}

static void answer_attr(uint64_t unique, int fd) {
  struct stat st;
  struct fuse_attr_out out = {0};
  if (fstatat(fd, "", &st, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) < 0) {
    answer(unique, errno, NULL, 0);
    return;
  }
  to_attr(&st, &out.attr);
  answer(unique, 0, &out, sizeof out);
}

static int set_times(const struct fuse_setattr_in *in, const char *path) {
  struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_nsec = UTIME_OMIT}};
  if (in->valid & FATTR_ATIME) times[0] = (struct timespec){in->atime, in->atimensec};
  if (in->valid & FATTR_MTIME) times[1] = (struct timespec){in->mtime, in->mtimensec};
  if (in->valid & FATTR_ATIME_NOW) times[0].tv_nsec = UTIME_NOW;
  if (in->valid & FATTR_MTIME_NOW) times[1].tv_nsec = UTIME_NOW;
  return utimensat(AT_FDCWD, path, times, 0);
}

static void set_attributes(const struct fuse_in_header *head, const struct fuse_setattr_in *in) {
  int fd = node(head->nodeid)->fd, done = 0;
  char path[64];
  name_of(fd, path);
  if (in->valid & FATTR_MODE) done = chmod(path, in->mode & 07777);
  if (done == 0 && in->valid & (FATTR_UID | FATTR_GID)) {
    uid_t uid = in->valid & FATTR_UID ? in->uid : (uid_t)-1;
    gid_t gid = in->valid & FATTR_GID ? in->gid : (gid_t)-1;
    done = fchownat(fd, "", uid, gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);
  }
  if (done == 0 && in->valid & FATTR_SIZE) {
    done = in->valid & FATTR_FH ? ftruncate((int)in->fh, in->size) : truncate(path, in->size);
  }
  if (done == 0 && in->valid & (FATTR_ATIME | FATTR_MTIME)) done = set_times(in, path);
  if (done < 0) answer(head->unique, errno, NULL, 0);
  else answer_attr(head->unique, fd);
}

static void open_node(const struct fuse_in_header *head, const struct fuse_open_in *in) {
  char path[64];
  name_of(node(head->nodeid)->fd, path);
  /* A file of its own for each open, so that its close here is its release there. */
  int fd = open(path, (int)(in->flags & ~(O_NOFOLLOW | O_NOCTTY)) | O_CLOEXEC);
  struct fuse_open_out out = {.fh = (uint64_t)fd};
  answer(head->unique, fd < 0 ? errno : 0, &out, sizeof out);
}

static void open_directory(const struct fuse_in_header *head) {
  int fd = openat(node(head->nodeid)->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *directory = fd < 0 ? NULL : fdopendir(fd);
  struct fuse_open_out out = {.fh = (uint64_t)(uintptr_t)directory};
  answer(head->unique, directory == NULL ? errno : 0, &out, sizeof out);
}

static void create(const struct fuse_in_header *head, const struct fuse_create_in *in, const char *name) {
  struct {
    struct fuse_entry_out entry;
    struct fuse_open_out open;
  } out = {0};
  int directory = node(head->nodeid)->fd;
  int fd = openat(directory, name, (int)in->flags | O_CREAT | O_NOFOLLOW | O_CLOEXEC, in->mode & ~in->umask);
  int error = fd < 0 ? errno : 0;
  if (!error && fchown(fd, head->uid, head->gid) < 0) error = errno;
  if (!error) error = look_up(directory, name, &out.entry);
  out.open.fh = (uint64_t)fd;
  answer(head->unique, error, &out, sizeof out);
  if (error && fd >= 0) close(fd);
}

static void read_directory(const struct fuse_in_header *head, const struct fuse_read_in *in) {
  DIR *directory = (DIR *)(uintptr_t)in->fh;
  char bytes[BUFFER];
  size_t size = 0, room = in->size < sizeof bytes ? in->size : sizeof bytes;
  seekdir(directory, (long)in->offset);
  for (;;) {
    struct dirent *entry = readdir(directory);
    if (entry == NULL) break;
    size_t length = strlen(entry->d_name), needs = FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + length);
    if (size + needs > room) break;
    struct fuse_dirent one = {
        .ino = entry->d_ino, .off = (uint64_t)telldir(directory), .namelen = length, .type = entry->d_type};
    memset(bytes + size, 0, needs);
    memcpy(bytes + size, &one, FUSE_NAME_OFFSET);
    memcpy(bytes + size + FUSE_NAME_OFFSET, entry->d_name, length);
    size += needs;
  }
  answer(head->unique, 0, bytes, size);
}

static void statistics(const struct fuse_in_header *head) {
  struct statvfs st;
  if (fstatvfs(nodes[0].fd, &st) < 0) {
    answer(head->unique, errno, NULL, 0);
    return;
  }
  struct fuse_statfs_out out = {.st = {.blocks = st.f_blocks,
                                       .bfree = st.f_bfree,
                                       .bavail = st.f_bavail,
                                       .files = st.f_files,
                                       .ffree = st.f_ffree,
                                       .bsize = st.f_bsize,
                                       .namelen = st.f_namemax,
                                       .frsize = st.f_frsize}};
  answer(head->unique, 0, &out, sizeof out);
}

static void introduce(const struct fuse_in_header *head) {
  struct fuse_init_out out = {
      .major = FUSE_KERNEL_VERSION, .minor = 31, .max_readahead = 0, .flags = FUSE_BIG_WRITES, .max_write = MAX_WRITE};
  answer(head->unique, 0, &out, sizeof out);
}

static void answer_done(const struct fuse_in_header *head, int done) { answer(head->unique, done < 0 ? errno : 0, NULL, 0); }

static void serve_entry(const struct fuse_in_header *head, const char *body) {
  int directory = node(head->nodeid)->fd;
  const char *name = entry_of(head, body);
  char path[64];
  switch (head->opcode) {
    case FUSE_LOOKUP:
      answer_entry(head, 0, directory, name);
      break;
    case FUSE_SYMLINK:
      answer_entry(head, symlinkat(name + strlen(name) + 1, directory, name), directory, name);
      break;
    case FUSE_MKNOD: {
      const struct fuse_mknod_in *in = (const void *)body;
      answer_entry(head, mknodat(directory, name, in->mode & ~in->umask, in->rdev), directory, name);
      break;
    }
    case FUSE_MKDIR: {
      const struct fuse_mkdir_in *in = (const void *)body;
      answer_entry(head, mkdirat(directory, name, in->mode & ~in->umask), directory, name);
      break;
    }
    case FUSE_LINK:
      name_of(node(((const struct fuse_link_in *)body)->oldnodeid)->fd, path);
      answer_entry(head, linkat(AT_FDCWD, path, directory, name, AT_SYMLINK_FOLLOW), directory, name);
      break;
    case FUSE_CREATE:
      create(head, (const void *)body, name);
      break;
    case FUSE_UNLINK:
      answer_done(head, unlinkat(directory, name, 0));
      break;
    case FUSE_RMDIR:
      answer_done(head, unlinkat(directory, name, AT_REMOVEDIR));
      break;
    default: {
      uint64_t target = ((const struct fuse_rename_in *)body)->newdir;
      unsigned flags = head->opcode == FUSE_RENAME2 ? ((const struct fuse_rename2_in *)body)->flags : 0;
      answer_done(head, renameat2(directory, name, node(target)->fd, name + strlen(name) + 1, flags));
    }
  }
}

static void serve_file(const struct fuse_in_header *head, const char *body) {
  switch (head->opcode) {
    case FUSE_OPEN:
      open_node(head, (const void *)body);
      break;
    case FUSE_READ: {
      const struct fuse_read_in *in = (const void *)body;
      char bytes[BUFFER];
      size_t room = in->size < sizeof bytes ? in->size : sizeof bytes;
      ssize_t got = pread((int)in->fh, bytes, room, (off_t)in->offset);
      answer(head->unique, got < 0 ? errno : 0, bytes, got < 0 ? 0 : (size_t)got);
      break;
    }
    case FUSE_WRITE: {
      const struct fuse_write_in *in = (const void *)body;
      ssize_t put = pwrite((int)in->fh, body + sizeof *in, in->size, (off_t)in->offset);
      struct fuse_write_out out = {.size = (uint32_t)put};
      answer(head->unique, put < 0 ? errno : 0, &out, sizeof out);
      break;
    }
    case FUSE_RELEASE:
      answer_done(head, close((int)((const struct fuse_release_in *)body)->fh));
      break;
    case FUSE_OPENDIR:
      open_directory(head);
      break;
    case FUSE_READDIR:
      read_directory(head, (const void *)body);
      break;
    case FUSE_RELEASEDIR:
      answer_done(head, closedir((DIR *)(uintptr_t)((const struct fuse_release_in *)body)->fh));
      break;
    default: /* flush, fsync, access: nothing to do here */
      answer_done(head, 0);
  }
}

static void serve(const char *request) {
  const struct fuse_in_header *head = (const void *)request;
  const char *body = request + sizeof *head;
  char target[PATH_MAX];
  switch (head->opcode) {
    case FUSE_INIT:
      introduce(head);
      break;
    case FUSE_FORGET:
      forget(head->nodeid, ((const struct fuse_forget_in *)body)->nlookup);
      break;
    case FUSE_BATCH_FORGET: {
      const struct fuse_batch_forget_in *in = (const void *)body;
      const struct fuse_forget_one *one = (const void *)(in + 1);
      for (uint32_t i = 0; i < in->count; i++) forget(one[i].nodeid, one[i].nlookup);
      break;
    }
    case FUSE_GETATTR:
      answer_attr(head->unique, node(head->nodeid)->fd);
      break;
    case FUSE_SETATTR:
      set_attributes(head, (const void *)body);
      break;
    case FUSE_READLINK: {
      ssize_t size = readlinkat(node(head->nodeid)->fd, "", target, sizeof target);
      answer(head->unique, size < 0 ? errno : 0, target, size < 0 ? 0 : (size_t)size);
      break;
    }
    case FUSE_STATFS:
      statistics(head);
      break;
    case FUSE_LOOKUP:
    case FUSE_SYMLINK:
    case FUSE_MKNOD:
    case FUSE_MKDIR:
    case FUSE_LINK:
    case FUSE_CREATE:
    case FUSE_UNLINK:
    case FUSE_RMDIR:
    case FUSE_RENAME:
    case FUSE_RENAME2:
      serve_entry(head, body);
      break;
    case FUSE_OPEN:
    case FUSE_READ:
    case FUSE_WRITE:
    case FUSE_RELEASE:
    case FUSE_OPENDIR:
    case FUSE_READDIR:
    case FUSE_RELEASEDIR:
    case FUSE_FLUSH:
    case FUSE_FSYNC:
    case FUSE_FSYNCDIR:
    case FUSE_ACCESS:
      serve_file(head, body);
      break;
    default:
      answer(head->unique, ENOSYS, NULL, 0);
  }
}

// Control.

static void end(int status) {
  umount2(mountpoint, MNT_DETACH);
  exit(status);
}

static bool add_rule(const char *kind, char *rest) {
  struct rule rule = {.kind = strcmp(kind, "stall") == 0 ? STALL : strcmp(kind, "delay") == 0 ? DELAY : FAIL};
  char op[32];
  int used = 0, matched = rule.kind == STALL ? sscanf(rest, "%31s %n", op, &used) + 1
                                             : sscanf(rest, "%31s %d %n", op, &rule.value, &used);
  if (matched != 2 || used == 0 || rest[used] == 0 || rule_count == MAX_RULES) return false;
  snprintf(rule.path, sizeof rule.path, "%s", rest + used);
  bool known = strcmp(op, "all") == 0;
  for (size_t i = 0; i < sizeof OPERATIONS / sizeof *OPERATIONS && !known; i++) {
    if (strcmp(OPERATIONS[i].name, op) != 0) continue;
    rule.op = OPERATIONS[i].op;
    known = true;
  }
  if (known) rules[rule_count++] = rule;
  return known;
}

static void release(void) {
  rule_count = 0;
  struct waiting *all = queue;
  queue = NULL;
  while (all) {
    struct waiting *one = all;
    all = one->next;
    serve(one->bytes);
    free(one);
  }
}

static void command(char *line) {
  char *rest = strchr(line, ' ');
  if (rest) *rest++ = 0;
  if (strcmp(line, "release") == 0) {
    release();
  } else if (strcmp(line, "unmount") == 0) {
    umount2(mountpoint, MNT_DETACH);
    printf("ok\n");
    exit(0);
  } else if (rest == NULL || !add_rule(line, rest)) {
    printf("unknown %s\n", line);
    return;
  }
  printf("ok\n");
}

/* Reads commands; a line may come in parts. */
static void read_commands(void) {
  static char text[8 * PATH_MAX];
  static size_t size;
  ssize_t got = read(0, text + size, sizeof text - 1 - size);
  if (got <= 0) end(0);
  size += (size_t)got;
  text[size] = 0;
  char *start = text;
  for (char *stop; (stop = strchr(start, '\n')); start = stop + 1) {
    *stop = 0;
    command(start);
  }
  size -= (size_t)(start - text);
  memmove(text, start, size);
}

static bool mount_it(void) {
  char options[128];
  sprintf(options, "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions", fuse);
  return mount("stalling", mountpoint, "fuse.stalling", 0, options) == 0;
}

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  signal(SIGPIPE, SIG_IGN); /* the end of the test closes stdout before stdin, which unmounts */
  if (argc < 3) return 2;
  mountpoint = argv[1];
  deaf = argc > 3 && strcmp(argv[3], "deaf") == 0;
  struct stat st;
  int root = open(argv[2], O_PATH | O_DIRECTORY | O_CLOEXEC);
  fuse = open("/dev/fuse", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (root < 0 || fuse < 0 || fstat(root, &st) < 0 || realpath(argv[2], backing) == NULL || !mount_it()) {
    printf("cannot mount: %s\n", strerror(errno));
    return 1;
  }
  umask(0);
  remember(root, &st);
  printf("mounted\n");
  static char request[BUFFER];
  for (;;) {
    struct pollfd both[2] = {{.fd = fuse, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
    poll(both, 2, look_at_queue());
    if (both[1].revents) read_commands();
    if (!both[0].revents) continue;
    ssize_t size = read(fuse, request, sizeof request);
    if (size < 0 && errno == ENODEV) end(0); /* unmounted by somebody else */
    if (size > 0) receive(request, (size_t)size);
  }
}
