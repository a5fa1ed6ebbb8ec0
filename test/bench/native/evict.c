// Puts files out of the page cache, as far as nothing else has them mapped: evict FILE...

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int failed = 0;
  for (int i = 1; i < argc; i++) {
    int fd = open(argv[i], O_RDONLY);
    if (fd < 0 || fsync(fd) < 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0) {
      perror(argv[i]);
      failed = 1;
    }
    if (fd >= 0) close(fd);
  }
  return failed;
}
