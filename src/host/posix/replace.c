// Replaces this process with another executable: same process id, children, limits, directory and open descriptors.

#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <dirent.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>

#include "descriptors.h"
#include "values.h"

// What a daemon acts upon, and what Node would act upon. SIGCHLD is not among them: the successor asks for all dead
// children at its start. preload/hold-signals.c keeps the same ones.
static const int HELD[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR2, SIGUSR1};
enum { HELD_COUNT = sizeof HELD / sizeof *HELD };

static sigset_t held_set(void) {
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < HELD_COUNT; i++) sigaddset(&set, HELD[i]);
  return set;
}

static int answers;

// The mask in the context is the one that the thread continues with (sigreturn(2)).
static void block_in_thread(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)info;
  sigset_t *mask = &((ucontext_t *)context)->uc_sigmask;
  for (int i = 0; i < HELD_COUNT; i++) sigaddset(mask, HELD[i]);
  __atomic_fetch_add(&answers, 1, __ATOMIC_RELEASE);
}

// Whether a thread blocks them already, as Node's own for debuggers blocks everything: it would never answer.
static int is_blocked_in(const char *thread) {
  char path[64], text[4096];
  snprintf(path, sizeof path, "/proc/self/task/%.20s/status", thread);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  close_if_open(fd);
  if (length <= 0) return 0;
  text[length] = 0;
  const char *line = strstr(text, "\nSigBlk:");
  unsigned long long blocked = line == NULL ? 0 : strtoull(line + 8, NULL, 16);
  for (int i = 0; i < HELD_COUNT; i++)
    if (!(blocked >> (HELD[i] - 1) & 1)) return 0;
  return 1;
}

// A signal to the process may be taken by any thread that does not block it, and would be lost with that thread in
// execve(2). Only a thread itself changes its mask, so each is sent SIGURG, which does no harm if it comes too late. They
// block the held signals for good: the main thread is the one that handles them.
static void block_in_other_threads(void) {
  struct sigaction block = {.sa_sigaction = block_in_thread, .sa_flags = SA_SIGINFO | SA_RESTART}, before;
  DIR *tasks = opendir("/proc/self/task");
  if (tasks == NULL) return;
  __atomic_store_n(&answers, 0, __ATOMIC_RELEASE);
  sigaction(SIGURG, &block, &before);
  int asked = 0;
  for (struct dirent *each; (each = readdir(tasks)) != NULL;) {
    pid_t thread = atoi(each->d_name);
    if (thread <= 0 || thread == getpid() || is_blocked_in(each->d_name)) continue;
    if (syscall(SYS_tgkill, getpid(), thread, SIGURG) == 0) asked++;
  }
  closedir(tasks);
  // One that waits for a disk does not answer, and takes no other signal either.
  for (int ticks = 0; __atomic_load_n(&answers, __ATOMIC_ACQUIRE) < asked && ticks < 200; ticks++)
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  sigaction(SIGURG, &before, NULL);
}

// holdSignals(1) keeps the daemon's signals waiting; holdSignals(0) delivers them to their handlers, also in a
// process that was started while they were held: naming all of them at once is what ends the work of hold-signals.c.
napi_value HoldSignals(struct args *a) {
  int on = integer(a, 0);
  sigset_t set = held_set();
  if (on) block_in_other_threads();
  sigprocmask(on ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
  return number(a->env, 0);
}

static int is_signal_waiting(void) {
  sigset_t waiting;
  sigpending(&waiting);
  for (int i = 0; i < HELD_COUNT; i++)
    if (sigismember(&waiting, HELD[i])) return 1;
  return 0;
}

// 1 when a signal waits that holdSignals keeps.
napi_value IsSignalWaiting(struct args *a) { return number(a->env, is_signal_waiting()); }

// 1 while this thread keeps them waiting. Node's start ends that, unless hold-signals.c is at work.
napi_value AreSignalsHeld(struct args *a) {
  sigset_t blocked;
  sigprocmask(SIG_BLOCK, NULL, &blocked);
  return number(a->env, sigismember(&blocked, SIGTERM) == 1);
}

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

__asm__(".section .rodata\n"
        "hold_signals: .incbin \"" HOLD_SIGNALS "\"\n"
        "hold_signals_end:\n"
        ".previous\n");
extern const char hold_signals[] __attribute__((visibility("hidden")));
extern const char hold_signals_end[] __attribute__((visibility("hidden")));

// A file without a name with preload/hold-signals.c, for the dynamic loader of a successor.
napi_value SignalHolder(struct args *a) {
  int fd = memory_file();
  ssize_t length = hold_signals_end - hold_signals;
  if (fd < 0 || write(fd, hold_signals, length) == length) return outcome(a, fd);
  close(fd);
  return number(a->env, -EIO);
}

// execute(file, argv, argc, env, envc, keep, holds): returns only when it failed, with everything as before; -EINTR when a
// signal waits that holdSignals keeps, and that would hit a program which cannot handle it yet. With `holds` it does not.
napi_value Execute(struct args *a) {
  size_t argv_size = 0, env_size = 0, kept = 0;
  char *file = string(a, 0, NULL), *argv = string(a, 1, &argv_size), *envp = string(a, 3, &env_size);
  const int32_t *keep = array(a, 5, &kept);
  char **words = argv ? split_strings(argv, argv_size, integer(a, 2)) : NULL;
  char **variables = envp ? split_strings(envp, env_size, integer(a, 4)) : NULL;
  int error = EINVAL;
  if (file != NULL && words != NULL && variables != NULL) {
    size_t cleared = 0;
    while (cleared < kept && set_cloexec(keep[cleared], 0) == 0) cleared++;
    if (cleared == kept) {
      if (!integer(a, 6) && is_signal_waiting()) errno = EINTR;
      else execve(file, words, variables);
    }
    error = errno;
    // The three that every process has were open to children before, too.
    while (cleared-- > 0)
      if (keep[cleared] > 2) set_cloexec(keep[cleared], 1);
  }
  free(file), free(argv), free(envp), free(words), free(variables);
  return number(a->env, -error);
}
