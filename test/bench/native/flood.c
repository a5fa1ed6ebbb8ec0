/* A program that writes lines of 80 bytes, SIZE bytes in one write, TOTAL bytes in all, as fast as its output takes them, and
 * at last a line "the end". Usage: flood SIZE TOTAL. In C and without a library's buffer, so that it is not the limit. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int write_all(const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t n = write(STDOUT_FILENO, bytes, length);
    if (n < 0) return -1;
    bytes += n;
    length -= n;
  }
  return 0;
}

int main(int argc, char **argv) {
  long size = argc == 3 ? atol(argv[1]) : 0, total = argc == 3 ? atol(argv[2]) : 0;
  char *bytes = size < 1 || total < 1 ? NULL : malloc(size);
  if (bytes == NULL) {
    fprintf(stderr, "usage: flood SIZE TOTAL\n");
    return 2;
  }
  for (long i = 0; i < size; i++) bytes[i] = i % 80 == 79 ? '\n' : 'a' + i % 26;
  bytes[size - 1] = '\n';
  for (long written = 0; written < total; written += size)
    if (write_all(bytes, size) < 0) return 1;
  const char end[] = "the end\n";
  return write_all(end, sizeof end - 1) < 0;
}
