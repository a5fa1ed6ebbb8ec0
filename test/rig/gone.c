// gone PID...: exits with 0 when all of these processes have exited, zombies included. It polls pidfds, so that a pid that is
// used again is not mistaken for the old process once the wait has begun.

#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

int main(int argc, char **argv) {
  for (int at = 1; at < argc; at++) {
    int fd = (int)syscall(SYS_pidfd_open, (pid_t)atoi(argv[at]), 0);
    if (fd < 0 && errno == ESRCH) continue;
    if (fd < 0) {
      perror(argv[at]);
      return 1;
    }
    struct pollfd ended = {.fd = fd, .events = POLLIN};
    while (poll(&ended, 1, -1) < 0 && errno == EINTR) continue;
    close(fd);
  }
  return 0;
}
