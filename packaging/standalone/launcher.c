// tsv where it rests on the host's own Node: this small program, with the bundle inside, is /usr/bin/tsv there. It starts
// Node so that tsv finds everything as it does in the executable that carries its runtime: the name it was called by, the
// environment as it was, and Node's own settings out of reach of the caller's.

#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// START is a script, BUNDLE the text that it runs: see hosted.mjs.
__asm__(".section .rodata\n"
        ".balign 16\n"
        "start_text: .incbin \"" START "\"\n"
        ".byte 0\n"
        ".balign 16\n"
        "bundle_text: .incbin \"" BUNDLE "\"\n"
        "bundle_end:\n"
        ".byte 0\n"
        ".previous\n");
extern const char start_text[] __attribute__((visibility("hidden")));
extern const char bundle_text[] __attribute__((visibility("hidden")));
extern const char bundle_end[] __attribute__((visibility("hidden")));
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

// Fixed places, because root runs what is found there: never one of a caller's PATH.
static const char *const NODES[] = {"/usr/bin/node", "/usr/bin/nodejs", "/usr/local/bin/node"};

// What Node would obey before a line of tsv runs. The start script puts it back for the programs of the daemon.
static const char *const KEPT[][2] = {
    {"NODE_OPTIONS", "TSV_KEPT_NODE_OPTIONS"},
    {"NODE_EXTRA_CA_CERTS", "TSV_KEPT_NODE_EXTRA_CA_CERTS"},
};

static const char *const FLAGS[] = {NODE_FLAGS};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static _Noreturn void fail(const char *what, const char *why) {
  dprintf(2, "Error: %s%s%s\n", what, why == NULL ? "" : ": ", why == NULL ? "" : why);
  _exit(1);
}

// Where in the file the bundle begins: its address, by the segment that it was loaded with.
static size_t bundle_offset(void) {
  const char *base = (const char *)&__ehdr_start;
  const ElfW(Phdr) *headers = (const ElfW(Phdr) *)(base + __ehdr_start.e_phoff);
  size_t first = 0;
  for (int i = 0; i < __ehdr_start.e_phnum; i++) {
    const ElfW(Phdr) *each = &headers[i];
    if (each->p_type != PT_LOAD) continue;
    if (each->p_offset == 0) first = each->p_vaddr;
    size_t from_start = (size_t)(bundle_text - base) + first;
    if (from_start >= each->p_vaddr && from_start < each->p_vaddr + each->p_filesz)
      return each->p_offset + (from_start - each->p_vaddr);
  }
  fail("tsv's executable is damaged: it does not hold its bundle", NULL);
}

static void keep_environment(void) {
  for (size_t i = 0; i < COUNT(KEPT); i++) {
    const char *value = getenv(KEPT[i][0]);
    int failed = value == NULL ? unsetenv(KEPT[i][1]) : setenv(KEPT[i][1], value, 1);
    if (failed != 0 || unsetenv(KEPT[i][0]) != 0) fail("tsv cannot start", strerror(errno));
  }
}

int main(int argc, char **argv) {
  static char own[4096];
  ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
  if (length < 0) fail("tsv cannot find its own file, is /proc mounted?", strerror(errno));
  // This file, and not the one that has its name by then: an upgrade may come in between. Left open for Node.
  int opened = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  int fd = opened < 0 ? -1 : fcntl(opened, F_DUPFD, 3);
  if (fd < 0) fail("tsv cannot read its own file", strerror(errno));

  char numbers[3][24];
  snprintf(numbers[0], sizeof numbers[0], "%d", fd);
  snprintf(numbers[1], sizeof numbers[1], "%zu", bundle_offset());
  snprintf(numbers[2], sizeof numbers[2], "%zu", (size_t)(bundle_end - bundle_text));

  const char **words = calloc(COUNT(FLAGS) + 9 + (size_t)argc, sizeof *words);
  if (words == NULL) fail("tsv cannot start", strerror(errno));
  const char **next = words;
  *next++ = argc > 0 ? argv[0] : "tsv";
  for (size_t i = 0; i < COUNT(FLAGS); i++) *next++ = FLAGS[i];
  *next++ = "-e";
  *next++ = start_text;
  *next++ = "--";
  *next++ = own;
  for (size_t i = 0; i < COUNT(numbers); i++) *next++ = numbers[i];
  for (int i = 1; i < argc; i++) *next++ = argv[i];

  keep_environment();
  for (size_t i = 0; i < COUNT(NODES); i++) {
    execv(NODES[i], (char *const *)words);
    if (errno != ENOENT && errno != ENOTDIR) fail(NODES[i], strerror(errno));
  }
  fail("tsv needs Node.js 18 or newer on this architecture, and there is none in /usr/bin or /usr/local/bin; "
       "install it (on Debian: apt install nodejs)", NULL);
}
