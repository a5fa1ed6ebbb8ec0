// Writes numbered lines for ever, each by one write(2).
//
//   writer MICROSECONDS   between two lines

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  long pause = argc > 1 ? atol(argv[1]) * 1000 : 0;
  char line[32];
  for (long number = 1;; number++) {
    int length = snprintf(line, sizeof line, "line %ld\n", number);
    if (write(1, line, (size_t)length) != length) return 1;
    nanosleep(&(struct timespec){0, pause}, NULL);
  }
}
