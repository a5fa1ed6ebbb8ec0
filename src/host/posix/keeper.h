// What the keeper outlives the daemon with: programs, and output on its way.

#pragma once
#include <sys/types.h>

#include "../keeper/protocol.h"

// Without one, programs are children of this process.
int has_keeper(void);
// @param entry of the program in the memory; negative for none @returns where the kernel writes the pid
int *entrust(int entry, const int ours[3]);
// The program is a child of the daemon after all.
void keep_orphans(void);
// Reverts that for a program that was not started.
void withdraw(const int *pid);

// Where the memory notes how much output is read and not written; NULL for nowhere.
uint32_t *unwritten_at(long place);

// Output that survives the daemon on its way from a pipe to a log. @returns NULL when there is no keeper, or no place
struct memory_output *take_output(void);
void leave_output(struct memory_output *output);
// As read(2), into `bytes`. What was read must be written to the log, which is so long, and `count` be 0 then.
// @param unwritten notes what a terminal can lose meanwhile
ssize_t take_in(struct memory_output *output, int from, int log, int64_t position, size_t wanted, uint32_t *unwritten);
