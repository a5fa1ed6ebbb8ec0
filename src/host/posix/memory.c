// Memory of files without a name, and memory that is returned to the kernel.

#define _GNU_SOURCE
#include <stdint.h>
#include <unistd.h>
#include <link.h>
#include <malloc.h>
#include <sys/mman.h>

#include "descriptors.h"
#include "spawn.h"
#include "values.h"

// Drops the pages of one object's segments that are never written: they come back from the page cache when used.
static int drop_segments(struct dl_phdr_info *object, size_t size, void *total) {
  (void)size;
  uintptr_t page = sysconf(_SC_PAGESIZE);
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *h = &object->dlpi_phdr[i];
    if (h->p_type != PT_LOAD || h->p_flags & PF_W) continue;
    uintptr_t start = (object->dlpi_addr + h->p_vaddr + page - 1) & -page;
    uintptr_t end = (object->dlpi_addr + h->p_vaddr + h->p_filesz) & -page;
    if (end > start && madvise((void *)start, end - start, MADV_DONTNEED) == 0) *(double *)total += end - start;
  }
  return 0;
}

napi_value Trim(struct args *a) {
  double total = 0;
  free_idle_slots();
  malloc_trim(0);
  dl_iterate_phdr(drop_segments, &total);
  return number(a->env, total);
}

static void unmap(napi_env env, void *mapped, void *length) {
  (void)env;
  munmap(mapped, (size_t)length);
}

// mapMemory(fd, length): such a file as memory, for as long as the buffer is used; one that is shorter becomes as long. Pages that
// are never written take no memory. @returns an ArrayBuffer, or a negated errno
napi_value MapMemory(struct args *a) {
  int fd = integer(a, 0), length = integer(a, 1);
  struct facts facts;
  if (length < 0 || facts_of(fd, &facts) < 0) return outcome(a, -1);
  if (facts.size < (uint64_t)length && ftruncate(fd, length) < 0) return outcome(a, -1);
  void *mapped = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) return outcome(a, -1);
  napi_value buffer;
  if (napi_create_external_arraybuffer(a->env, mapped, length, unmap, (void *)(size_t)length, &buffer) == napi_ok) return buffer;
  munmap(mapped, length);
  return number(a->env, -ENOSYS);
}
