// Limits the threads in each file system: a thread that walks a path registers before it enters one. A file system that does
// not answer admits no further threads, so that it blocks at most two, however many paths and symlinks lead to it.

#define _GNU_SOURCE
#include "rooms.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>

#include "descriptors.h"

enum {
  ROOMS = 64,   // file systems with a thread in them
  AT_ONCE = 2,  // in one that keeps them waiting
  LATE_MS = 250
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
  double device, since; // of the thread that came last when none had been waiting for long
  int members;
} rooms[ROOMS];

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

// A member that leaves proves that the file system answers, so `since` begins again.
int enter_room(double device) {
  int found = NO_ROOM, empty = NO_ROOM;
  double now = now_ms();
  pthread_mutex_lock(&lock);
  for (int i = 0; i < ROOMS && found == NO_ROOM; i++) {
    if (rooms[i].members == 0) empty = i;
    else if (rooms[i].device == device) found = i;
  }
  int is_full = found != NO_ROOM && rooms[found].members >= AT_ONCE && now - rooms[found].since > LATE_MS;
  if (found == NO_ROOM) {
    found = empty;
    if (found != NO_ROOM) rooms[found].device = device, rooms[found].since = now;
  }
  if (is_full) found = NO_ROOM;
  if (found != NO_ROOM) rooms[found].members++;
  pthread_mutex_unlock(&lock);
  return found;
}

void leave_room(int room) {
  if (room == NO_ROOM) return;
  pthread_mutex_lock(&lock);
  rooms[room].members--;
  rooms[room].since = now_ms();
  pthread_mutex_unlock(&lock);
}

int place_of(int fd, struct place *place) {
#ifdef __linux__
  struct statx s;
  if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &s) < 0) return -1;
  place->device = s.stx_dev_major * 4294967296.0 + s.stx_dev_minor;
  place->mode = s.stx_mode;
#else
  struct facts facts;
  if (facts_of(fd, &facts) < 0) return -1;
  place->device = (double)facts.dev;
  place->mode = facts.mode;
#endif
  return 0;
}
