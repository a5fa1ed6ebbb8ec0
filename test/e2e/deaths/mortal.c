// Runs for a moment, and ends in a way that depends on the number of the run: see `endOf` of rig.ts. The file has a byte for each
// run; two runs at a time are an error that it notes there.
//
//   mortal FILE MOST-MILLISECONDS

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  static const int signals[] = {SIGKILL, SIGTERM, SIGSEGV, SIGUSR1, SIGABRT};
  int file = argc > 2 ? open(argv[1], O_RDWR | O_CREAT | O_APPEND, 0600) : -1;
  if (file < 0) return 255;
  int is_alone = flock(file, LOCK_EX | LOCK_NB) == 0;
  if (write(file, is_alone ? "." : "!", 1) != 1) return 255;
  long run = lseek(file, 0, SEEK_END), most = atol(argv[2]);
  setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
  long ms = run * 37 % (most > 0 ? most : 1);
  nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
  if (run % 3 == 0) kill(getpid(), signals[run / 3 % 5]);
  return (int)(run % 250);
}
