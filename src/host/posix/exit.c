// Ends the process at once.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "descriptors.h"
#include "values.h"

// What the standard descriptors were when the addon was loaded, which is before Node makes streams of them. They are shared
// with the process that started us: a shell's terminal must not stay raw, nor a shared pipe non-blocking.
static struct {
  int flags; // -1: closed
  int is_terminal;
  struct facts file;
  struct termios modes;
} before[3];

void remember_stdio(void) {
  static int is_done;
  if (is_done++) return;
  for (int fd = 0; fd < 3; fd++) {
    before[fd].flags = facts_of(fd, &before[fd].file) < 0 ? -1 : fcntl(fd, F_GETFL);
    before[fd].is_terminal = before[fd].flags >= 0 && tcgetattr(fd, &before[fd].modes) == 0;
  }
}

static void restore_stdio(void) {
  sigset_t output;
  sigemptyset(&output);
  sigaddset(&output, SIGTTOU); // in the background a terminal is given its modes back all the same
  sigprocmask(SIG_BLOCK, &output, NULL);
  for (int fd = 0; fd < 3; fd++) {
    struct facts now;
    if (before[fd].flags < 0 || facts_of(fd, &now) < 0) continue;
    if (now.dev != before[fd].file.dev || now.ino != before[fd].file.ino) continue;
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0 && ((flags ^ before[fd].flags) & O_NONBLOCK)) fcntl(fd, F_SETFL, before[fd].flags);
    if (before[fd].is_terminal) tcsetattr(fd, TCSANOW, &before[fd].modes);
  }
}

// exit(3), and Node's way to it, wait for other threads. One of V8's may be waiting for this one at that moment, for good
// (nodejs/node#54918), and one of the pool for a disk that does not answer.
napi_value Exit(struct args *a) {
  restore_stdio();
  _exit(integer(a, 0));
}
