// Replaces this process with another executable: same process id, limits, directory and open descriptors.

#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "descriptors.h"
#include "values.h"

static int memory_file(void) {
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#endif
  // It is not executed as a program, and vm.memfd_noexec may ask for that to be said. Kernels before 6.3 do not know it.
  int fd = memfd_create("tsv", MFD_CLOEXEC | MFD_NOEXEC_SEAL);
  return fd >= 0 || errno != EINVAL ? fd : memfd_create("tsv", MFD_CLOEXEC);
}

// A file without a name, in memory. What is in it is for this process and its successor.
napi_value MemoryFile(struct args *a) { return outcome(a, memory_file()); }

// append(fd, text): writes at the end of such a file. @returns 0 or a negated errno
napi_value Append(struct args *a) {
  char few[512], *bytes = few;
  size_t length = 0, done = 0;
  napi_get_value_string_utf8(a->env, a->v[1], few, sizeof few, &length);
  if (length >= sizeof few - 4) bytes = string(a, 1, &length); // it may have been cut
  while (bytes != NULL && done < length) {
    ssize_t n = write(integer(a, 0), bytes + done, length - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += n;
  }
  int result = bytes == NULL ? -ENOMEM : done == length ? 0 : -errno;
  if (bytes != few) free(bytes);
  return number(a->env, result);
}

#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif

// execute(file, argv, argc, env, envc, keep): the file is a descriptor. Returns only when it failed, with everything as before.
napi_value Execute(struct args *a) {
  size_t argv_size = 0, env_size = 0, kept = 0;
  char *argv = string(a, 1, &argv_size), *envp = string(a, 3, &env_size);
  const int32_t *keep = array(a, 5, &kept);
  char **words = argv ? split_strings(argv, argv_size, integer(a, 2)) : NULL;
  char **variables = envp ? split_strings(envp, env_size, integer(a, 4)) : NULL;
  int error = EINVAL;
  if (words != NULL && variables != NULL) {
    size_t cleared = 0;
    while (cleared < kept && set_cloexec(keep[cleared], 0) == 0) cleared++;
    if (cleared == kept) syscall(SYS_execveat, integer(a, 0), "", words, variables, AT_EMPTY_PATH);
    error = errno;
    // The three that every process has were open to children before, too.
    while (cleared-- > 0)
      if (keep[cleared] > 2) set_cloexec(keep[cleared], 1);
  }
  free(argv), free(envp), free(words), free(variables);
  return number(a->env, -error);
}
