/* The floor for starting programs: a bare loop of posix_spawn. Usage: spawn-loop COUNT FILE ARGUMENT
 * Prints the milliseconds from the first call to the return of the last, then kills and reaps what it started. */

#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: spawn-loop COUNT FILE ARGUMENT\n");
    return 2;
  }
  int count = atoi(argv[1]);
  pid_t *pids = calloc((size_t)count + 1, sizeof *pids);
  if (pids == NULL) return 1;
  int failure = 0, started = 0;
  double begin = now_ms();
  while (started < count) {
    failure = posix_spawn(&pids[started], argv[2], NULL, NULL, argv + 2, environ);
    if (failure != 0) break;
    started++;
  }
  double end = now_ms();
  for (int i = 0; i < started; i++) kill(pids[i], SIGKILL);
  for (int i = 0; i < started; i++) waitpid(pids[i], NULL, 0);
  if (failure != 0) {
    fprintf(stderr, "spawn-loop: %s after %d programs: %s\n", argv[2], started, strerror(failure));
    return 1;
  }
  printf("%.3f\n", end - begin);
  return 0;
}
