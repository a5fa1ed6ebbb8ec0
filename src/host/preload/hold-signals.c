// Keeps the daemon's signals blocked while its successor starts. The daemon blocks them before execve(2) and a blocked signal
// stays pending across it, but Node empties the mask as one of the first things it does, long before tsv has handlers: a
// signal that came in between would end the process. So the daemon has the dynamic loader load this object into the
// successor (LD_PRELOAD). It wraps the two functions that set the mask, until tsv releases the signals: posix/replace.c.
//
// It depends on no version of tsv: the variable, the descriptor and the wrapping are gone when the first line of
// JavaScript runs, and the release is the call that every version makes. It is linked with nothing, and finds the C library
// that is there: glibc or musl.

#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

// The kernel's set of 64 signals; the C library's is larger, and starts with it.
typedef unsigned long long mask;
#define BIT(signal) (1ULL << ((signal) - 1))
#define RELEASE (BIT(SIGTERM) | BIT(SIGINT) | BIT(SIGQUIT) | BIT(SIGHUP) | BIT(SIGUSR2))
#define HELD (RELEASE | BIT(SIGUSR1))
// Those that glibc and musl keep for their threads are never blocked by a program.
#define INTERNAL (7ULL << 31)

static volatile int is_holding = 1;

static mask load(const sigset_t *set) {
  const unsigned long *words = (const unsigned long *)set;
  return sizeof *words == 8 ? words[0] : words[0] | (mask)words[sizeof *words == 8 ? 0 : 1] << 32;
}

static long set_mask(int how, const mask *next, void *before) {
  return syscall(SYS_rt_sigprocmask, how, next, before, sizeof(mask));
}

static int change(int how, const sigset_t *set, sigset_t *before) {
  if (before != NULL)
    for (unsigned i = 0; i < sizeof *before / sizeof(long); i++) ((unsigned long *)before)[i] = 0;
  if (set == NULL) return (int)set_mask(how, NULL, before);
  mask next = load(set);
  if (how != SIG_UNBLOCK) next &= ~INTERNAL;
  if (is_holding) {
    if (how == SIG_SETMASK) next |= HELD;
    else if (how == SIG_UNBLOCK && (next & RELEASE) == RELEASE) next |= HELD, is_holding = 0;
    else if (how == SIG_UNBLOCK) next &= ~HELD;
  }
  return (int)set_mask(how, &next, before);
}

#define EXPORTED __attribute__((visibility("default")))

EXPORTED int sigprocmask(int how, const sigset_t *set, sigset_t *before) { return change(how, set, before); }

EXPORTED int pthread_sigmask(int how, const sigset_t *set, sigset_t *before) {
  int saved = errno, failed = change(how, set, before) < 0 ? errno : 0;
  errno = saved;
  return failed;
}

// What only Node has. The launcher that starts the host's Node, or a script in front of tsv, hands the variable on to it.
extern void napi_create_function(void) __attribute__((weak));
extern char **environ __attribute__((weak));

static const char NAME[] = "LD_PRELOAD=", PLACE[] = "/proc/self/fd/";

static char *behind(char *text, const char *start) {
  while (*start != 0 && *text == *start) text++, start++;
  return *start == 0 ? text : NULL;
}

// glibc calls constructors as main() is called, and before it has set `environ` where this object comes first.
__attribute__((constructor)) static void begin(int argc, char **argv, char **envp) {
  (void)argc, (void)argv;
  mask held = HELD;
  set_mask(SIG_BLOCK, &held, NULL);
  char **variables = &environ != NULL && environ != NULL ? environ : envp;
  for (char **each = variables; napi_create_function != NULL && *each != NULL; each++) {
    char *value = behind(*each, NAME), *number = value == NULL ? NULL : behind(value, PLACE);
    if (number == NULL) continue;
    int fd = 0;
    while (*number >= '0' && *number <= '9') fd = fd * 10 + (*number++ - '0');
    // By this byte at the end of the file the daemon knows that the loader has loaded it.
    syscall(SYS_write, fd, "!", 1);
    syscall(SYS_close, fd);
    if (*number == ':' || *number == ' ') {
      // What its user had in the variable.
      do *value++ = *++number;
      while (*number != 0);
    } else {
      do each[0] = each[1];
      while (*each++ != NULL);
    }
    return;
  }
}
