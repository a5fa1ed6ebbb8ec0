// A program that writes when it executes, in nanoseconds of CLOCK_MONOTONIC, and waits: stamp FILE

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  int file = open(argc > 1 ? argv[1] : "/dev/stdout", O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file < 0 || dprintf(file, "%lld\n", now.tv_sec * 1000000000LL + now.tv_nsec) < 0) return 1;
  for (;;) pause();
}
