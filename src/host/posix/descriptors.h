// What several parts do with descriptors; as in libc, -1 and errno on failure.

#pragma once

int set_cloexec(int fd, int on);
int set_nonblocking(int fd);
// Both ends close-on-exec.
int make_pipe(int ends[2]);
// Keeps errno.
void close_if_open(int fd);

struct stat;
// As fstat(2), of which it fills in device, inode, mode and owner. glibc has fstat as a symbol only from 2.33 on.
int facts_of(int fd, struct stat *facts);
