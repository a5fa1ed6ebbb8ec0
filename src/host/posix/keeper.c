// The daemon's side of its keeper: see keeper/protocol.h.

#define _GNU_SOURCE
#include "keeper.h"

#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "descriptors.h"
#include "spawn.h"
#include "values.h"

__asm__(".section .rodata\n"
        "keeper_program: .incbin \"" KEEPER "\"\n"
        "keeper_program_end:\n"
        ".previous\n");
extern const char keeper_program[] __attribute__((visibility("hidden")));
extern const char keeper_program_end[] __attribute__((visibility("hidden")));

#ifndef MFD_EXEC
#define MFD_EXEC 0x10U
#endif

static int new_file(const char *directory) {
  if (directory[0] != 0) return open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0700);
  // Kernels before 6.3 do not know the flag; later ones may ask for it (vm.memfd_noexec).
  int fd = memfd_create("tsv-keeper", MFD_CLOEXEC | MFD_EXEC);
  return fd >= 0 || errno != EINVAL ? fd : memfd_create("tsv-keeper", MFD_CLOEXEC);
}

// keeperFile(directory): a file without a name with the program of the keeper, close-on-exec; in memory for an empty directory.
napi_value KeeperFile(struct args *a) {
  char *directory = string(a, 0, NULL), path[32];
  int fd = directory == NULL ? -1 : new_file(directory), file = fd;
  ssize_t length = keeper_program_end - keeper_program;
  if (fd >= 0 && write(fd, keeper_program, length) != length) errno = EIO, file = -1;
  else if (fd >= 0 && directory[0] != 0) {
    // A file that is open for writing cannot be executed.
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    file = open(path, O_RDONLY | O_CLOEXEC);
  }
  int error = errno;
  if (fd >= 0 && file != fd) close(fd);
  free(directory);
  return number(a->env, file < 0 ? -error : file);
}

static struct memory *memory;
static int channel = -1;

int has_keeper(void) { return channel >= 0; }

static int send_now(int request, int number, const int *passed, int count, const void *rest, size_t size) {
  if (!has_keeper()) return 0;
  struct request_packet head = {request, number};
  struct iovec pieces[] = {{&head, sizeof head}, {(void *)rest, size}};
  union {
    struct cmsghdr head;
    char space[CMSG_SPACE(MOST_PASSED * sizeof(int))];
  } control = {0};
  struct msghdr message = {.msg_iov = pieces, .msg_iovlen = size > 0 ? 2 : 1};
  if (count > 0) {
    message.msg_control = &control, message.msg_controllen = CMSG_SPACE(count * sizeof *passed);
    control.head.cmsg_level = SOL_SOCKET, control.head.cmsg_type = SCM_RIGHTS, control.head.cmsg_len = CMSG_LEN(count * sizeof *passed);
    memcpy(CMSG_DATA(&control.head), passed, count * sizeof *passed);
  }
  // The keeper reads at once, so a full queue lasts for a moment.
  while (sendmsg(channel, &message, MSG_NOSIGNAL) < 0)
    if (errno != EINTR && errno != ENOBUFS && errno != ETOOMANYREFS) return -errno;
  return 0;
}

// Numbers to drop, which the next packet brings: while exits are handled, that is the one that says so. Closed by this process
// after they are noted, so that whatever gets such a number is kept after it was dropped.
enum { MOST_DROPS = 64 };
static pthread_mutex_t sending = PTHREAD_MUTEX_INITIALIZER;
static int32_t drops[MOST_DROPS];
static int drop_count, is_collecting;

// @param passed descriptors, at most MOST_PASSED
static int send_packet(int request, int number, const int *passed, int count, const void *rest, size_t size) {
  pthread_mutex_lock(&sending);
  int result = 0, is_collected = request == DROP_DESCRIPTOR && is_collecting && drop_count < MOST_DROPS;
  if (is_collected) drops[drop_count++] = number;
  else if (request == REAP) {
    result = send_now(REAP, 0, NULL, 0, drops, drop_count * sizeof *drops);
    drop_count = is_collecting = 0;
  } else {
    if (drop_count > 0) result = send_now(DROP_DESCRIPTOR, drops[0], NULL, 0, drops + 1, (drop_count - 1) * sizeof *drops);
    drop_count = 0;
    if (result == 0) result = send_now(request, number, passed, count, rest, size);
  }
  pthread_mutex_unlock(&sending);
  return result;
}

// @param passed a descriptor; negative for none
static int ask(int request, int number, int passed, const void *rest, size_t size) {
  return send_packet(request, number, &passed, passed >= 0, rest, size);
}

void withdraw(const int *pid) {
  struct memory_program *program = pid == NULL ? NULL : (struct memory_program *)((char *)pid - offsetof(struct memory_program, pid));
  for (int i = 0; program != NULL && i < 3; i++)
    if (program->fds[i] >= 0) ask(DROP_DESCRIPTOR, program->fds[i], -1, NULL, 0);
  if (program != NULL) program->pid = 0;
}

void keep_orphans(void) { ask(ADOPT_ORPHANS, 0, -1, NULL, 0); }

// useKeeper(channel, memory): from now on processes of programs are children of the keeper; without a channel, they are only
// noted. @returns the head and the programs in the memory that is shared with the keeper, or a negated errno
napi_value UseKeeper(struct args *a) {
  int fd = integer(a, 1);
  if (ftruncate(fd, sizeof *memory) < 0) return outcome(a, -1);
  void *mapped = mmap(NULL, sizeof *memory, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) return outcome(a, -1);
  napi_value buffer;
  if (napi_create_external_arraybuffer(a->env, mapped, offsetof(struct memory, outputs), NULL, NULL, &buffer) != napi_ok)
    return number(a->env, -ENOSYS);
  channel = integer(a, 0);
  memory = mapped;
  return buffer;
}

uint32_t *unwritten_at(long place) {
  return memory == NULL || place < 0 || place > (long)offsetof(struct memory, outputs) - 4 ? NULL : (uint32_t *)((char *)memory + place);
}

static int is_busy[MOST_OUTPUTS];

struct memory_output *take_output(void) {
  for (int i = 0; has_keeper() && i < MOST_OUTPUTS; i++) {
    struct memory_output *output = memory->outputs + i;
    int free = 0;
    if (!__atomic_compare_exchange_n(is_busy + i, &free, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) continue;
    int ends[2];
    if (output->stage[0] == 0) {
      if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) {
        leave_output(output);
        return NULL;
      }
      fcntl(ends[1], F_SETPIPE_SZ, OUTPUT_BYTES); // best effort: a smaller one takes more turns
      for (int end = 0; end < 2; end++) ask(KEEP_DESCRIPTOR, ends[end], ends[end], NULL, 0);
      output->count = 0;
      output->stage[1] = ends[1];
      output->stage[0] = ends[0];
    }
    return output;
  }
  return NULL;
}

void leave_output(struct memory_output *output) { __atomic_store_n(is_busy + (output - memory->outputs), 0, __ATOMIC_RELEASE); }

ssize_t take_in(struct memory_output *output, int from, int log, int64_t position, size_t wanted, uint32_t *unwritten) {
  output->log = log;
  size_t most = wanted < OUTPUT_BYTES ? wanted : OUTPUT_BYTES;
  ssize_t n = splice(from, NULL, output->stage[1], NULL, most, SPLICE_F_NONBLOCK);
  int is_terminal = n < 0 && errno == EINVAL; // it has no splice(2)
  output->position = position;
  if (is_terminal && unwritten != NULL) *unwritten = most;
  if (is_terminal) n = read(from, output->bytes, most);
  if (n > 0) __atomic_store_n(&output->count, n, __ATOMIC_RELEASE);
  if (is_terminal && unwritten != NULL) *unwritten = 0;
  if (n <= 0) return n;
  return is_terminal ? n : read(output->stage[0], output->bytes, n);
}

// recoverOutput(index, log): writes what a daemon that has died had on its way to a log, which was opened again, or is negative.
// @returns the bytes that could not be written
napi_value RecoverOutput(struct args *a) {
  struct memory_output *output = memory->outputs + integer(a, 0);
  int log = integer(a, 1), staged = 0;
  if (output->stage[0] == 0) return number(a->env, 0);
  for (int end = 0; end < 2; end++) set_cloexec(output->stage[end], 1);
  off_t length = log < 0 ? 0 : lseek(log, 0, SEEK_END);
  if (output->count == 0 && ioctl(output->stage[0], FIONREAD, &staged) == 0) {
    // If this daemon dies, the next one continues here.
    output->position = length;
    __atomic_store_n(&output->count, staged, __ATOMIC_RELEASE);
  }
  if (read(output->stage[0], output->bytes, OUTPUT_BYTES) < 0) {} // unless it was read before
  int64_t written = log < 0 ? 0 : length - output->position;
  if (written < 0) written = 0; // another file, or it was truncated meanwhile
  while (log >= 0 && written < output->count) {
    ssize_t n = write(log, output->bytes + written, output->count - written);
    if (n <= 0 && errno != EINTR) break;
    if (n > 0) written += n;
  }
  int64_t lost = output->count > written ? output->count - written : 0;
  output->count = 0;
  return number(a->env, lost);
}

// logOfOutput(index): the descriptor of the log that output was on its way to; 0 for none
napi_value LogOfOutput(struct args *a) {
  struct memory_output *output = memory->outputs + integer(a, 0);
  return number(a->env, output->stage[0] == 0 ? 0 : output->log);
}

// askKeeper(request, number, passed, bytes): `passed` is a descriptor, or negative. 0 or a negated errno
napi_value AskKeeper(struct args *a) {
  size_t size;
  void *bytes = array(a, 3, &size);
  return number(a->env, ask(integer(a, 0), integer(a, 1), integer(a, 2), bytes, bytes == NULL ? 0 : size));
}

static struct dead early[MOST_DEAD]; // came before an answer
static ssize_t early_size;

// awaitKeeper(request): 0 when the keeper has answered HOLD or SETTLE. Signals that it has passed on before are at this process.
napi_value AwaitKeeper(struct args *a) {
  struct dead answer[MOST_DEAD];
  int result = ask(integer(a, 0), 0, -1, NULL, 0);
  while (result == 0) {
    ssize_t n = recv(channel, answer, sizeof answer, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < (ssize_t)sizeof *answer || answer[0].pid == 0) break;
    memcpy(early, answer, n); // there is one packet at most: the next comes when they are reaped
    early_size = n;
  }
  return number(a->env, result);
}

// reported(records): the children of the keeper that have exited, if some were reported: each as `reap` has it, and whether it was
// a helper of a start, which ends with it. @returns how many. `askKeeper` has to say when they are recorded
napi_value Reported(struct args *a) {
  enum { VALUES = 8 };
  size_t size;
  double *r = array(a, 0, &size);
  struct dead dead[MOST_DEAD];
  if (size < MOST_DEAD * VALUES) return number(a->env, 0);
  ssize_t n = early_size > 0 ? early_size : recv(channel, dead, sizeof dead, MSG_DONTWAIT);
  if (early_size > 0) memcpy(dead, early, n);
  early_size = 0;
  int count = n < 0 ? 0 : n / sizeof *dead;
  for (int i = 0; i < count; i++, r += VALUES) {
    int was_killed = dead[i].code == CLD_KILLED || dead[i].code == CLD_DUMPED;
    r[0] = dead[i].pid;
    r[1] = was_killed ? -1 : dead[i].status;
    r[2] = was_killed ? dead[i].status : -1;
    r[3] = dead[i].code == CLD_DUMPED;
    r[4] = dead[i].user;
    r[5] = dead[i].system;
    r[6] = dead[i].peak;
    r[7] = forget_helper(dead[i].pid);
  }
  if (count > 0) is_collecting = 1;
  return number(a->env, count);
}

// Before the child can write to its pipes: a daemon that dies from now on leaves them to its successor.
int *entrust(int entry, const int ours[3]) {
  struct memory_program *program = entry < 0 || memory == NULL ? NULL : memory->programs + entry;
  if (program == NULL) return NULL;
  program->pid = 0;
  program->is_recorded = 0;
  int kept[MOST_PASSED], count = 0;
  for (int i = 0; i < 3; i++) {
    if (ours[i] >= 0) program->fds[i] = ours[i];
    if (program->fds[i] >= 0) kept[count++] = program->fds[i];
  }
  if (count > 0) send_packet(KEEP_DESCRIPTOR, kept[0], kept, count, kept + 1, (count - 1) * sizeof *kept);
  return &program->pid;
}
