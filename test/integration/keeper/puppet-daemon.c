// A daemon that does what a test says. Each life of it connects to the socket that PUPPET names, and obeys lines:
//
//   ready | stateless | end STATUS | exit STATUS | die SIGNAL | keep PATH NUMBER | drop NUMBER | read NUMBER | spawn COMMAND
//   three DIRECTORY NUMBER NUMBER NUMBER | linger NUMBER | aside NUMBER | limit | packet KIND | reap PID | program INDEX PID SIGNAL GROUP | head | replace PATH | notify TEXT | rights UID GID GROUP
//
// It answers each with one line, and reports `signal NUMBER` and `dead PID CODE STATUS CORE` when they come.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../../src/host/keeper/protocol.h"

static int fixed[FIXED_COUNT];

static int ask_with(int request, int number, const int *fds, int count, const void *rest, size_t size) {
  struct request_packet head = {request, number};
  struct iovec pieces[] = {{&head, sizeof head}, {(void *)rest, size}};
  union {
    struct cmsghdr head;
    char space[CMSG_SPACE(MOST_PASSED * sizeof(int))];
  } control = {0};
  struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};
  if (count > 0) {
    message.msg_control = &control, message.msg_controllen = CMSG_SPACE(count * sizeof *fds);
    control.head.cmsg_level = SOL_SOCKET, control.head.cmsg_type = SCM_RIGHTS, control.head.cmsg_len = CMSG_LEN(count * sizeof *fds);
    memcpy(CMSG_DATA(&control.head), fds, count * sizeof *fds);
  }
  return sendmsg(fixed[FIXED_DAEMON], &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int ask(int request, int number, int fd, const void *rest, size_t size) {
  return ask_with(request, number, &fd, fd >= 0, rest, size);
}

// Keeps the files a, b and c of a directory at these numbers, by one packet.
static int keep_three(const char *directory, const int *numbers) {
  int high[3];
  char path[300];
  for (int i = 0; i < 3; i++) {
    snprintf(path, sizeof path, "%s/%c", directory, 'a' + i);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if ((high[i] = fcntl(fd, F_DUPFD_CLOEXEC, 500)) < 0) return -errno;
    close(fd);
  }
  for (int i = 0; i < 3; i++) dup3(high[i], numbers[i], O_CLOEXEC), close(high[i]);
  return ask_with(KEEP_DESCRIPTOR, numbers[0], numbers, 3, numbers + 1, 2 * sizeof *numbers);
}

// Keeps a socket whose last close(2) waits for a second: its peer does not read.
static int keep_lingering(int number) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(server, (struct sockaddr *)&address, length) < 0 || listen(server, 1) < 0) return -errno;
  getsockname(server, (struct sockaddr *)&address, &length);
  if (connect(fd, (struct sockaddr *)&address, length) < 0) return -errno;
  char bytes[65536] = {0};
  while (send(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0) {}
  struct linger second = {1, 1};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &second, sizeof second);
  if (dup3(fd, number, O_CLOEXEC) < 0) return -errno;
  close(fd);
  return ask(KEEP_DESCRIPTOR, number, number, NULL, 0);
}

// @param state 0 for none: there is nothing that a successor could continue
static int leave_state(int32_t state) {
  return pwrite(fixed[FIXED_MEMORY], &state, sizeof state, offsetof(struct memory_head, state)) < 0 ? -errno : 0;
}

static int obey(char *line, FILE *test) {
  char word[32] = "", text[256] = "";
  int a = 0, b = 0, c = 0, d = 0, fd;
  sscanf(line, "%31s", word);
  char *rest = line + strlen(word) + (line[strlen(word)] == ' ');
  if (!strcmp(word, "ready")) return leave_state(1), ask(READY, 1, -1, NULL, 0);
  if (!strcmp(word, "stateless")) return leave_state(0);
  if (!strcmp(word, "end")) return ask(END, atoi(rest), -1, NULL, 0);
  if (!strcmp(word, "exit")) _exit(atoi(rest));
  if (!strcmp(word, "die")) return kill(getpid(), atoi(rest));
  if (!strcmp(word, "keep") && sscanf(rest, "%255s %d", text, &a) == 2) {
    if ((fd = open(text, O_RDWR | O_CLOEXEC)) < 0 || (fd != a && dup3(fd, a, O_CLOEXEC) < 0)) return -errno;
    if (fd != a) close(fd);
    return ask(KEEP_DESCRIPTOR, a, a, NULL, 0);
  }
  if (!strcmp(word, "drop")) return close(atoi(rest)), ask(DROP_DESCRIPTOR, atoi(rest), -1, NULL, 0);
  if (!strcmp(word, "three") && sscanf(rest, "%255s %d %d %d", text, &a, &b, &c) == 4) return keep_three(text, (int[]){a, b, c});
  if (!strcmp(word, "linger")) return keep_lingering(atoi(rest));
  if (!strcmp(word, "aside")) return close(atoi(rest)), ask(DROP_ASIDE, atoi(rest), -1, NULL, 0);
  if (!strcmp(word, "read")) {
    ssize_t n = pread(atoi(rest), text, sizeof text - 1, 0);
    if (n < 0) return -errno;
    return text[strcspn(text, "\n")] = 0, fprintf(test, "%s\n", text), 1;
  }
  if (!strcmp(word, "spawn")) {
    long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) {
      sigset_t none;
      sigemptyset(&none);
      sigprocmask(SIG_SETMASK, &none, NULL);
      setpgid(0, 0);
      execl("/bin/sh", "sh", "-c", rest, NULL);
      _exit(127);
    }
    return (int)pid;
  }
  if (!strcmp(word, "reap")) {
    int32_t numbers[2];
    int count = sscanf(rest, "%d %d", numbers, numbers + 1);
    return ask(REAP, 0, -1, numbers, count > 0 ? count * sizeof *numbers : 0);
  }
  if (!strcmp(word, "program") && sscanf(rest, "%d %d %d %d", &a, &b, &c, &d) == 4) {
    struct memory_program program = {.pid = b, .signal = (uint8_t)c, .to_group = (uint8_t)d};
    int32_t count = a + 1;
    pwrite(fixed[FIXED_MEMORY], &count, sizeof count, offsetof(struct memory_head, programs));
    return pwrite(fixed[FIXED_MEMORY], &program, sizeof program, sizeof(struct memory_head) + a * sizeof program) < 0 ? -errno : 0;
  }
  if (!strcmp(word, "head")) {
    struct memory_head head = {0};
    pread(fixed[FIXED_MEMORY], &head, sizeof head, 0);
    return fprintf(test, "deaths %d fallback %d code %d status %d\n", head.deaths, head.is_fallback, head.code, head.status), 1;
  }
  if (!strcmp(word, "replace")) {
    if ((fd = open(rest, O_RDONLY | O_CLOEXEC)) < 0) return -errno;
    int result = ask(REPLACE, 0, fd, NULL, 0);
    return close(fd), result;
  }
  if (!strcmp(word, "notify")) return ask(NOTIFY, 0, -1, rest, strlen(rest));
  if (!strcmp(word, "limit")) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    return (int)files.rlim_cur;
  }
  if (!strcmp(word, "packet")) return ask(atoi(rest), 0, -1, NULL, 0);
  if (!strcmp(word, "rights") && sscanf(rest, "%d %d %d", &a, &b, &c) == 3) {
    int32_t ids[] = {b, c};
    return ask(DROP_RIGHTS, a, -1, ids, sizeof ids);
  }
  return -EINVAL;
}

// Its own files have high numbers: low ones are for tests.
static int raised(int fd) {
  int high = fcntl(fd, F_DUPFD_CLOEXEC, 900);
  close(fd);
  return high;
}

int main(int argc, char **argv) {
  const char *text = getenv(KEEPER_VARIABLE), *path = getenv("PUPPET");
  for (int i = 0; i < FIXED_COUNT; i++) {
    fixed[i] = atoi(text);
    fcntl(fixed[i], F_SETFD, FD_CLOEXEC);
    text = strchr(text, ',') ? strchr(text, ',') + 1 : "";
  }
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strcpy(address.sun_path, path);
  int test = raised(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connect(test, (struct sockaddr *)&address, sizeof address) < 0) return 9;
  FILE *out = fdopen(test, "w"), *in = fdopen(fcntl(test, F_DUPFD_CLOEXEC, 900), "r");
  setvbuf(out, NULL, _IOLBF, 0), setvbuf(in, NULL, _IONBF, 0);
  sigset_t handled;
  sigemptyset(&handled);
  int signals[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaddset(&handled, signals[i]);
  sigset_t before;
  sigprocmask(SIG_BLOCK, &handled, &before);
  int signal_fd = raised(signalfd(-1, &handled, SFD_CLOEXEC));
  fprintf(out, "life %d of %d, %d words, %s, TERM %s\n", getpid(), getppid(), argc, argv[argc - 1],
          sigismember(&before, SIGTERM) ? "blocked" : "free");
  for (;;) {
    struct pollfd sources[] = {{test, POLLIN, 0}, {signal_fd, POLLIN, 0}, {fixed[FIXED_DAEMON], POLLIN, 0}};
    poll(sources, 3, -1);
    if (sources[1].revents) {
      struct signalfd_siginfo info;
      if (read(signal_fd, &info, sizeof info) == sizeof info) fprintf(out, "signal %d\n", (int)info.ssi_signo);
    }
    if (sources[2].revents) {
      struct dead dead[MOST_DEAD];
      ssize_t size = recv(fixed[FIXED_DAEMON], dead, sizeof dead, 0);
      if (size < (ssize_t)sizeof *dead) _exit(8);
      for (struct dead *each = dead; each < dead + size / sizeof *dead; each++)
        fprintf(out, "dead %d %d %d %d\n", each->pid, each->code, each->status, each->peak > 0);
    }
    if (sources[0].revents) {
      char line[512];
      if (fgets(line, sizeof line, in) == NULL) _exit(0);
      line[strcspn(line, "\n")] = 0;
      int result = obey(line, out);
      if (result != 1) fprintf(out, "%d\n", result);
    }
  }
}
