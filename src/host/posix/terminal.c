// Terminals: the pair that a program runs on, their window size, and the raw mode of the user's terminal.

#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "descriptors.h"
#include "values.h"

napi_value Duplicate(struct args *a) { return outcome(a, fcntl(integer(a, 0), F_DUPFD_CLOEXEC, 3)); }

// Backspace must take a whole character away; the kernel's default is a byte.
static int expect_utf8(int slave) {
  struct termios modes;
  if (tcgetattr(slave, &modes) < 0) return -1;
  modes.c_iflag |= IUTF8;
  return tcsetattr(slave, TCSANOW, &modes);
}

// preparePair(master, slave, uid): by descriptor, so that no name is looked up that another user might have put another file
// behind. Mode 0620 as grantpt(3) leaves it: its group `tty` may write messages, other users may not read what is typed.
napi_value PreparePair(struct args *a) {
  int master = integer(a, 0), slave = integer(a, 1), uid = integer(a, 2);
  if (set_cloexec(master, 1) < 0 || set_cloexec(slave, 1) < 0) return outcome(a, -1);
  // node-pty opens both sides non-blocking. The program's side must not be: programs do not expect EAGAIN from a terminal.
  if (set_blocking(master, 0) < 0 || set_blocking(slave, 1) < 0 || expect_utf8(slave) < 0) return outcome(a, -1);
  if (uid >= 0 && (fchown(slave, (uid_t)uid, (gid_t)-1) < 0 || fchmod(slave, 0620) < 0)) return outcome(a, -1);
  return number(a->env, 0);
}

napi_value SetWindowSize(struct args *a) {
  struct winsize size = {.ws_row = (unsigned short)integer(a, 1), .ws_col = (unsigned short)integer(a, 2)};
  return outcome(a, ioctl(integer(a, 0), TIOCSWINSZ, &size));
}

napi_value GetWindowSize(struct args *a) {
  struct winsize size;
  if (ioctl(integer(a, 0), TIOCGWINSZ, &size) < 0) return outcome(a, -1);
  napi_value answer;
  napi_create_object(a->env, &answer);
  put(a->env, answer, "rows", number(a->env, size.ws_row));
  put(a->env, answer, "columns", number(a->env, size.ws_col));
  return answer;
}

static struct termios before;
static int raw_fd = -1;

// Every key as it comes, every byte as it is written. Node's own raw mode keeps turning LF into CR LF, which displaces
// what full-screen programs draw.
napi_value EnterRaw(struct args *a) {
  int fd = integer(a, 0);
  struct termios raw;
  if (raw_fd < 0 && tcgetattr(fd, &before) < 0) return outcome(a, -1);
  raw_fd = fd;
  raw = before;
  cfmakeraw(&raw);
  return outcome(a, tcsetattr(fd, TCSANOW, &raw));
}

napi_value LeaveRaw(struct args *a) {
  int fd = raw_fd;
  if (fd < 0) return number(a->env, 0);
  raw_fd = -1;
  return outcome(a, tcsetattr(fd, TCSANOW, &before));
}
