/* The floor for starting and stopping programs: what any supervisor must ask of the kernel, and nothing else.
 * Usage: spawn-loop [-s] COUNT LOGS ENVIRONMENT FILE [ARGUMENT...]
 * For each of COUNT programs it makes the pipes, opens the two logs in the directory LOGS and makes the child, which
 * executes FILE with as many variables more as ENVIRONMENT says. Then it ends them by SIGTERM and reaps them; with -s not
 * before SIGTERM, and until then it starts again what exits.
 * Prints the milliseconds until the last has executed, and from the first signal until all are reaped. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND 0x100000000ULL
#endif

enum { FIRST_FREE = 3, VARIABLE = 64 };

extern char **environ;

/* One program: the child reads it. */
struct program {
  const char *file;
  char **argv, **environment;
  int theirs[3];
};

static double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

/* The child, in our memory: we wait until it has executed or ended. */
static int child(void *data) {
  const struct program *p = data;
  setpgid(0, 0);
  for (int i = 0; i < 3; i++) dup2(p->theirs[i], i);
  close_range(FIRST_FREE, ~0U, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execve(p->file, p->argv, p->environment);
  _exit(127);
}

static char stack[64 * 1024] __attribute__((aligned(16)));

/* clone3(2) has no wrapper, and its child, on a stack of its own, nothing to return to. */
static pid_t make_child(struct program *p) {
#ifdef __x86_64__
  struct clone_args plan = {.flags = CLONE_VM | CLONE_VFORK | CLONE_CLEAR_SIGHAND,
                            .exit_signal = SIGCHLD,
                            .stack = (uintptr_t)stack,
                            .stack_size = sizeof stack};
  long result;
  register long run __asm__("r8") = (long)child;
  register long data __asm__("r9") = (long)p;
  __asm__ volatile("syscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\txor %%ebp, %%ebp\n\tmov %%r9, %%rdi\n\tcall *%%r8\n\thlt\n1:"
                   : "=a"(result)
                   : "a"(SYS_clone3), "D"(&plan), "S"(sizeof plan), "r"(run), "r"(data)
                   : "rcx", "r11", "memory", "cc");
  if (result >= 0) return (pid_t)result;
#endif
  return clone(child, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, p);
}

/* As Supervisor names its AUTO logs. */
static void open_log(const char *directory, int number, const char *channel) {
  char path[4096];
  snprintf(path, sizeof path, "%s/p%04d-%s---supervisor-%08x.log", directory, number, channel, (unsigned)random());
  if (open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600) < 0) fail(path);
}

static pid_t start(struct program *p, const char *logs, int number) {
  sigset_t all, old;
  for (int i = 0; i < 3; i++) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) fail("pipe2");
    p->theirs[i] = ends[i != 0];
    if (fcntl(ends[i == 0], F_SETFL, O_NONBLOCK) < 0) fail("fcntl");
  }
  open_log(logs, number, "stdout");
  open_log(logs, number, "stderr");
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &old);
  pid_t pid = make_child(p);
  sigprocmask(SIG_SETMASK, &old, NULL);
  for (int i = 0; i < 3; i++) close(p->theirs[i]);
  return pid;
}

static char **make_environment(int more) {
  int count = 0;
  while (environ[count] != NULL) count++;
  char **made = calloc(count + more + 1, sizeof *made);
  memcpy(made, environ, count * sizeof *made);
  for (int i = 0; i < more; i++) {
    made[count + i] = malloc(VARIABLE);
    snprintf(made[count + i], VARIABLE, "SUPERVISOR_VARIABLE_%d=unix:///run/sock", i);
  }
  return made;
}

/* Starts again what exits, until SIGTERM. */
static void supervise(struct program *p, const char *logs, pid_t *pids, int count) {
  sigset_t awaited;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGCHLD);
  sigaddset(&awaited, SIGTERM);
  sigprocmask(SIG_BLOCK, &awaited, NULL);
  while (sigwaitinfo(&awaited, NULL) != SIGTERM) {
    pid_t pid;
    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
      for (int i = 0; i < count; i++)
        if (pids[i] == pid) pids[i] = start(p, logs, i);
  }
}

int main(int argc, char **argv) {
  bool stays = argc > 1 && strcmp(argv[1], "-s") == 0;
  if (stays) {
    argc--;
    argv++;
  }
  if (argc < 5) {
    fprintf(stderr, "usage: spawn-loop [-s] COUNT LOGS ENVIRONMENT FILE [ARGUMENT...]\n");
    return 2;
  }
  int count = atoi(argv[1]), started = 0;
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) < 0) fail("getrlimit");
  files.rlim_cur = files.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &files) < 0) fail("setrlimit");
  struct program p = {.file = argv[4], .argv = argv + 4, .environment = make_environment(atoi(argv[3]))};
  pid_t *pids = calloc((size_t)count + 1, sizeof *pids);
  if (pids == NULL) return 1;
  double begin = now_ms();
  while (started < count && (pids[started] = start(&p, argv[2], started)) > 0) started++;
  double end = now_ms();
  int failed = started < count ? errno : 0;
  if (stays && failed == 0) supervise(&p, argv[2], pids, count);
  double begin_stop = now_ms();
  for (int i = 0; i < started; i++) kill(pids[i], SIGTERM);
  for (int i = 0; i < started; i++) {
    int status;
    waitpid(pids[i], &status, 0);
    if (!WIFSIGNALED(status)) failed = ENOEXEC;
  }
  if (failed != 0) {
    fprintf(stderr, "spawn-loop: %s after %d programs: %s\n", argv[4], started, strerror(failed));
    return 1;
  }
  printf("%.3f %.3f\n", end - begin, now_ms() - begin_stop);
  return 0;
}
