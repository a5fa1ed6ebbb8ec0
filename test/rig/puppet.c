// A program that does what a test says, and reports each thing after it is in effect, so that no test guesses when a trap is set.
// Its arguments are actions:
//
//   ignore:TERM       ignores the signal
//   on:TERM           what follows, up to the next on: or start, is done at that signal
//   start             what follows is done now, after all signals of on: are under control
//   print:TEXT        prints a line
//   append:PATH:TEXT  appends a line to a file
//   pids:TEXT         prints TEXT, the pid of its parent and its own
//   fork              starts a child, which does the rest; the parent waits for its exit
//   exit:STATUS       exits
//
// After the actions of `start` it waits for signals, without end. A signal that it gets before it waits is not lost: it is blocked.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what) {
  perror(what);
  exit(99);
}

static int signal_of(const char *name) {
  static const struct {
    const char *name;
    int number;
  } SIGNALS[] = {
      {"TERM", SIGTERM}, {"HUP", SIGHUP},   {"INT", SIGINT},   {"QUIT", SIGQUIT},
      {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"WINCH", SIGWINCH},
  };
  for (size_t at = 0; at < sizeof SIGNALS / sizeof *SIGNALS; at++) {
    if (strcmp(SIGNALS[at].name, name) == 0) return SIGNALS[at].number;
  }
  fprintf(stderr, "puppet: no signal is called %s\n", name);
  exit(99);
}

// One write(2), so that lines of several processes do not mix.
static void line(int fd, const char *text) {
  char buffer[4096];
  int length = snprintf(buffer, sizeof buffer, "%s\n", text);
  if (write(fd, buffer, (size_t)length) < 0) fail("write");
}

static void append(char *argument) {
  char *colon = strchr(argument, ':');
  if (colon == NULL) fail("append");
  *colon = 0;
  int fd = open(argument, O_WRONLY | O_CREAT | O_APPEND, 0644);
  if (fd < 0) fail(argument);
  line(fd, colon + 1);
  close(fd);
  *colon = ':';
}

static const char *after(const char *word, const char *name) {
  size_t length = strlen(name);
  return strncmp(word, name, length) == 0 ? word + length : NULL;
}

// Does actions up to the next on: or start.
static void perform(char **words) {
  const char *rest;
  for (; *words != NULL && !after(*words, "on:") && strcmp(*words, "start") != 0; words++) {
    if ((rest = after(*words, "print:"))) line(1, rest);
    else if (after(*words, "append:")) append(*words + strlen("append:"));
    else if ((rest = after(*words, "exit:"))) exit(atoi(rest));
    else if ((rest = after(*words, "ignore:"))) signal(signal_of(rest), SIG_IGN);
    else if ((rest = after(*words, "pids:"))) {
      char text[4000];
      snprintf(text, sizeof text, "%s %d %d", rest, getppid(), getpid());
      line(1, text);
    } else if (strcmp(*words, "fork") == 0) {
      pid_t child = fork();
      if (child < 0) fail("fork");
      while (child > 0) {
        if (waitpid(child, NULL, 0) == child || errno != EINTR) exit(0);
      }
    } else {
      fprintf(stderr, "puppet: no action is called %s\n", *words);
      exit(99);
    }
  }
}

int main(int argc, char **argv) {
  (void)argc;
  char **actions[NSIG] = {NULL};
  char **start = argv + 1;
  sigset_t handled;
  sigemptyset(&handled);
  for (char **word = argv + 1; *word != NULL; word++) {
    const char *name = after(*word, "on:");
    if (name != NULL) {
      int number = signal_of(name);
      actions[number] = word + 1;
      sigaddset(&handled, number);
    }
    if (strcmp(*word, "start") == 0) start = word + 1;
  }
  if (sigprocmask(SIG_BLOCK, &handled, NULL) != 0) fail("sigprocmask");
  perform(start);
  for (;;) {
    int number = sigwaitinfo(&handled, NULL);
    if (number > 0) perform(actions[number]);
    else if (errno != EINTR && errno != EAGAIN) fail("sigwaitinfo");
    if (sigisemptyset(&handled)) pause();
  }
}
