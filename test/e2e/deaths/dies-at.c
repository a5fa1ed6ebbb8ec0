// Kills a process at the entry of a system call of its main thread that changes files, pipes or sockets. All states that its death
// can leave behind are between two of these.
//
//   dies-at PID COUNT [CALL]    prints a line when it counts; the status is 1 if the process ends by something else
//
// CALL is bind, listen or unlink: then only these count.

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static int changes(uint64_t number) {
  switch (number) {
  case SYS_read:
  case SYS_write:
  case SYS_writev:
  case SYS_pwrite64:
  case SYS_ftruncate:
  case SYS_sendmsg:
  case SYS_splice:
  case SYS_bind:
  case SYS_listen:
  case SYS_unlinkat:
#ifdef SYS_unlink
  case SYS_unlink:
#endif
    return 1;
  default:
    return 0;
  }
}

static int is_call(uint64_t number, const char *call) {
  if (strcmp(call, "bind") == 0) return number == SYS_bind;
  if (strcmp(call, "listen") == 0) return number == SYS_listen;
#ifdef SYS_unlink
  if (number == SYS_unlink) return 1;
#endif
  return number == SYS_unlinkat;
}

int main(int argc, char **argv) {
  pid_t pid = argc > 2 ? atoi(argv[1]) : 0;
  long left = argc > 2 ? atol(argv[2]) : 0;
  int status;
  if (ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_TRACESYSGOOD) < 0) return 2;
  if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0) return 2;
  puts("counts");
  fflush(stdout);
  while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status)) {
    int number = WSTOPSIG(status), sent = 0;
    if (number == (SIGTRAP | 0x80)) {
      struct __ptrace_syscall_info call;
      ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof call, &call);
      if (call.op == PTRACE_SYSCALL_INFO_ENTRY && (argc > 3 ? is_call(call.entry.nr, argv[3]) : changes(call.entry.nr)) && --left <= 0) return kill(pid, SIGKILL) < 0;
    } else if (status >> 16 == 0) sent = number;
    ptrace(PTRACE_SYSCALL, pid, NULL, sent);
  }
  return 1;
}
