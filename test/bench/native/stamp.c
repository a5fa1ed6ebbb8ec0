// A program that appends to a file when it executes, in nanoseconds of CLOCK_MONOTONIC, and its pid, and waits: stamp FILE

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  int file = open(argc > 1 ? argv[1] : "/dev/stdout", O_WRONLY | O_CREAT | O_APPEND, 0644);
  if (file < 0 || dprintf(file, "%lld %d\n", now.tv_sec * 1000000000LL + now.tv_nsec, getpid()) < 0)
    return 1;
  for (;;) pause();
}
