// Shared functions for descriptors; as in libc, -1 and errno on failure.

#pragma once

#include <stdint.h>

int set_cloexec(int fd, int on);
int set_blocking(int fd, int on);
// Keeps errno.
void close_if_open(int fd);

// What is asked of fstat(2). The same size in every file: that of ino_t on 32 bits depends on what a file defines.
struct facts {
  uint64_t dev, ino, size, links;
  uint32_t mode, uid, gid;
};

// As fstat(2), which glibc has as a symbol only from 2.33 on.
int facts_of(int fd, struct facts *facts);

// As many as the kernel follows on the way along a path (path_resolution(7)); as in core/base/link-walk.ts.
enum { MOST_LINKS = 40 };

// Links of /proc lead to what a process has open, which their text does not say: only the kernel can follow them.
int is_of_proc(int fd);
