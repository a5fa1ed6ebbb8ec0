// Returns memory to the kernel.

#define _GNU_SOURCE
#include <stdint.h>
#include <unistd.h>
#include <link.h>
#include <malloc.h>
#include <sys/mman.h>

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
