/* A program that writes LINES lines a second, one write each, evenly spaced, until it is killed. Usage: chatty LINES
 * In C because a shell loop would start a sleep for each line and the machine would measure that. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  long lines = argc == 2 ? atol(argv[1]) : 0;
  if (lines < 1) {
    fprintf(stderr, "usage: chatty LINES\n");
    return 2;
  }
  char line[80];
  memset(line, 'x', sizeof line);
  line[sizeof line - 1] = '\n';
  struct timespec next;
  clock_gettime(CLOCK_MONOTONIC, &next);
  for (;;) {
    next.tv_nsec += 1000000000L / lines;
    if (next.tv_nsec >= 1000000000L) {
      next.tv_nsec -= 1000000000L;
      next.tv_sec++;
    }
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    if (write(STDOUT_FILENO, line, sizeof line) < 0) return 1;
  }
}
