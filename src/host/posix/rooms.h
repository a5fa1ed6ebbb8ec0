// The threads that are in each file system at present; see rooms.c.

#pragma once

#include <sys/types.h>

struct place {
  double device;
  mode_t mode;
};

// The file system and the kind of what is open, without waiting for a server. As in libc, -1 and errno on failure.
int place_of(int fd, struct place *place);

enum { NO_ROOM = -1 };
// @returns a room to leave again, or NO_ROOM when the file system does not answer those who are in it already
int enter_room(double device);
void leave_room(int room);
