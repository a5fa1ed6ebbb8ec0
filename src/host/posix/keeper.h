// Programs that a keeper is the parent of.

#pragma once
#include "../keeper/protocol.h"

// @param entry of the program in the memory; negative for a child of the daemon @returns where the kernel writes the pid
int *entrust(int entry, const int ours[3]);
// Reverts that for a program that was not started.
void withdraw(const int *pid);
