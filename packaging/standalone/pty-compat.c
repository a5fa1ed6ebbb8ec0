// What node-pty's native half takes from a C library newer than the rest of tsv needs (glibc 2.32 and 2.34 moved these
// three into libc.so.6 under new versions): linked into it, so that the executable still starts on glibc 2.28.
// Both descriptors are close-on-exec from the start. The daemon starts programs itself: forkpty is here to be linked.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define OWN __attribute__((visibility("hidden")))

OWN int pthread_sigmask(int how, const sigset_t *next, sigset_t *before) {
  return sigprocmask(how, next, before) < 0 ? errno : 0; // one system call, and it is about the calling thread
}

OWN int openpty(int *master, int *slave, char *name, const struct termios *modes, const struct winsize *size) {
  char path[64];
  int m = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), s = -1;
  if (m < 0) return -1;
  if (grantpt(m) == 0 && unlockpt(m) == 0 && ptsname_r(m, path, sizeof path) == 0)
    s = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (s < 0) {
    int why = errno;
    close(m);
    errno = why;
    return -1;
  }
  if (modes != NULL) tcsetattr(s, TCSAFLUSH, modes);
  if (size != NULL) ioctl(s, TIOCSWINSZ, size);
  if (name != NULL) strcpy(name, path);
  *master = m;
  *slave = s;
  return 0;
}

OWN pid_t forkpty(int *master, char *name, const struct termios *modes, const struct winsize *size) {
  (void)master, (void)name, (void)modes, (void)size;
  errno = ENOSYS;
  return -1;
}
