// Terminals: the pair that a program runs on, their window size, and the raw mode of the user's terminal.

#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "descriptors.h"
#include "values.h"

napi_value Duplicate(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  return outcome(env, fcntl(integer(&a, 0), F_DUPFD_CLOEXEC, 3));
}

// node-pty opens both sides non-blocking. The program's side must not be: programs do not expect EAGAIN from a terminal.
static int let_block(int fd, int on) {
  int flags = fcntl(fd, F_GETFL);
  return flags < 0 ? -1 : fcntl(fd, F_SETFL, on ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

// Backspace must take a whole character away; the kernel's default is a byte.
static int expect_utf8(int slave) {
#ifdef IUTF8
  struct termios modes;
  if (tcgetattr(slave, &modes) < 0) return -1;
  modes.c_iflag |= IUTF8;
  return tcsetattr(slave, TCSANOW, &modes);
#else
  (void)slave;
  return 0;
#endif
}

// preparePair(master, slave, uid): by descriptor, so that no name is looked up that another user might have put another file
// behind. Mode 0620 as grantpt(3) leaves it: its group `tty` may write messages, other users may not read what is typed.
napi_value PreparePair(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  int master = integer(&a, 0), slave = integer(&a, 1), uid = integer(&a, 2);
  if (set_cloexec(master, 1) < 0 || set_cloexec(slave, 1) < 0) return outcome(env, -1);
  if (let_block(master, 0) < 0 || let_block(slave, 1) < 0 || expect_utf8(slave) < 0) return outcome(env, -1);
  if (uid >= 0 && (fchown(slave, (uid_t)uid, (gid_t)-1) < 0 || fchmod(slave, 0620) < 0)) return outcome(env, -1);
  return number(env, 0);
}

napi_value SetWindowSize(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  struct winsize size = {.ws_row = (unsigned short)integer(&a, 1), .ws_col = (unsigned short)integer(&a, 2)};
  return outcome(env, ioctl(integer(&a, 0), TIOCSWINSZ, &size));
}

napi_value GetWindowSize(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  struct winsize size;
  if (ioctl(integer(&a, 0), TIOCGWINSZ, &size) < 0) return outcome(env, -1);
  napi_value answer;
  napi_create_object(env, &answer);
  put(env, answer, "rows", number(env, size.ws_row));
  put(env, answer, "columns", number(env, size.ws_col));
  return answer;
}

static struct termios before;
static int raw_fd = -1;

// Every key as it comes, every byte as it is written. Node's own raw mode keeps turning LF into CR LF, which displaces
// what full-screen programs draw.
napi_value EnterRaw(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  int fd = integer(&a, 0);
  struct termios raw;
  if (raw_fd < 0 && tcgetattr(fd, &before) < 0) return outcome(env, -1);
  raw_fd = fd;
  raw = before;
  cfmakeraw(&raw);
  return outcome(env, tcsetattr(fd, TCSANOW, &raw));
}

napi_value LeaveRaw(napi_env env, napi_callback_info info) {
  (void)info;
  int fd = raw_fd;
  if (fd < 0) return number(env, 0);
  raw_fd = -1;
  return outcome(env, tcsetattr(fd, TCSANOW, &before));
}
