// A timer on the wall clock, as a descriptor: readable when the moment has come, also if the machine slept meanwhile, and when
// the clock was set (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET).

#include <stdint.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "values.h"

napi_value OpenWallTimer(struct args *a) { return outcome(a, timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK)); }

// setWallTimer(fd, milliseconds since 1970), 0 to disarm. 1 when the clock was set since the last time: the kernel says so in an
// error, and only once, but has set the timer.
napi_value SetWallTimer(struct args *a) {
  int64_t ms = 0;
  napi_get_value_int64(a->env, a->v[1], &ms);
  struct itimerspec when = {.it_value = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}};
  int flags = TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET;
  int set = timerfd_settime(integer(a, 0), flags, &when, NULL);
  return outcome(a, set < 0 && errno == ECANCELED ? 1 : set);
}

// Takes what the timer announces: 1 when the moment has come, -ECANCELED when the clock was set, -EAGAIN for nothing.
napi_value ReadWallTimer(struct args *a) {
  uint64_t times = 0;
  return outcome(a, read(integer(a, 0), &times, sizeof times) < 0 ? -1 : 1);
}
