// Replacing this process by another executable: same process id, children, limits, directory and open descriptors.

#define _GNU_SOURCE
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "descriptors.h"
#include "values.h"

// What a daemon acts upon. SIGCHLD is not among them: whoever comes next asks for all dead children at its start.
static const int HELD[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR2};
enum { HELD_COUNT = sizeof HELD / sizeof *HELD };
static struct sigaction before[HELD_COUNT];
static int holding;

static sigset_t held_set(void) {
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < HELD_COUNT; i++) sigaddset(&set, HELD[i]);
  return set;
}

// In a thread that does not block the signal: sends it to the process again and blocks it here from now on, so that it
// ends up waiting for all of them. The mask in the context is the one that is restored (sigreturn(2)).
static void throw_back(int signal, siginfo_t *info, void *context) {
  (void)info;
  int saved = errno;
  sigaddset(&((ucontext_t *)context)->uc_sigmask, signal);
  kill(getpid(), signal);
  errno = saved;
}

// holdSignals(1) keeps the daemon's signals waiting; holdSignals(0) lets them come to whoever handles them, also in a
// process that was started while they were held.
napi_value HoldSignals(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  int on = integer(&a, 0);
  sigset_t set = held_set();
  struct sigaction back = {.sa_sigaction = throw_back, .sa_flags = SA_SIGINFO | SA_RESTART};
  back.sa_mask = set;
  if (on) sigprocmask(SIG_BLOCK, &set, NULL);
  for (int i = 0; i < HELD_COUNT && on != holding; i++) {
    if (on) {
      sigaction(HELD[i], &back, &before[i]);
    } else {
      // Whoever has begun to handle it meanwhile goes on.
      struct sigaction now;
      sigaction(HELD[i], NULL, &now);
      if (now.sa_flags & SA_SIGINFO && now.sa_sigaction == throw_back) sigaction(HELD[i], &before[i], NULL);
    }
  }
  if (!on) sigprocmask(SIG_UNBLOCK, &set, NULL);
  holding = on;
  return number(env, 0);
}

static int is_signal_waiting(void) {
  sigset_t waiting;
  sigpending(&waiting);
  for (int i = 0; i < HELD_COUNT; i++)
    if (sigismember(&waiting, HELD[i])) return 1;
  return 0;
}

// A file without a name, in memory. What is in it is for this process and its successor.
napi_value MemoryFile(napi_env env, napi_callback_info info) {
  (void)info;
#ifdef MFD_CLOEXEC
  return outcome(env, memfd_create("tsv", MFD_CLOEXEC));
#else
  return number(env, -ENOSYS);
#endif
}

// execute(file, argv, argc, env, envc, keep): returns only when it failed, with everything as before; -EINTR when a
// signal waits that holdSignals keeps, and that would hit a program which cannot handle it yet.
napi_value Execute(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  size_t argv_size = 0, env_size = 0, kept = 0;
  char *file = string(&a, 0, NULL), *argv = string(&a, 1, &argv_size), *envp = string(&a, 3, &env_size);
  const int32_t *keep = array(&a, 5, &kept);
  char **words = argv ? split_strings(argv, argv_size, integer(&a, 2)) : NULL;
  char **variables = envp ? split_strings(envp, env_size, integer(&a, 4)) : NULL;
  int error = EINVAL;
  if (file != NULL && words != NULL && variables != NULL) {
    size_t cleared = 0;
    while (cleared < kept && set_cloexec(keep[cleared], 0) == 0) cleared++;
    if (cleared == kept) {
      if (is_signal_waiting()) errno = EINTR;
      else execve(file, words, variables);
    }
    error = errno;
    // The three that every process has were open to children before, too.
    while (cleared-- > 0)
      if (keep[cleared] > 2) set_cloexec(keep[cleared], 1);
  }
  free(file), free(argv), free(envp), free(words), free(variables);
  return number(env, -error);
}
