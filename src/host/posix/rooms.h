// Limits the threads in each file system; see rooms.c.

#pragma once

#include <sys/types.h>

struct place {
  double device;
  mode_t mode;
};

// The file system and the mode of an open file, without waiting for a server. As in libc, -1 and errno on failure.
int place_of(int fd, struct place *place);

enum { NO_ROOM = -1 };
// @returns a room to leave again, or NO_ROOM when the file system does not answer the threads that are in it
int enter_room(double device);
void leave_room(int room);
