// Operations of root on logs in directories of users: see guarded.c. As in libc, -1 and errno on failure; ELOOP means that a
// symlink is not followed.

#pragma once
#include <sys/types.h>

// Close-on-exec.
int open_guarded(const char *path, int flags, mode_t mode);
// The last names may be those of links, which are renamed and removed themselves.
int rename_guarded(const char *from, const char *to);
int unlink_guarded(const char *path);
// Makes the missing directories on the way to a file. Each belongs to the owner and the group of the directory that it is made
// in. None is made behind a user's symlink (ELOOP), or where all may rename it (EACCES).
int make_way_guarded(const char *path);
