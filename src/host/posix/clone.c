// Creates children without waiting for their outcome.
//
// A child runs in the daemon's memory until it executes (CLONE_VM), so the cost does not grow with that memory. It has a
// stack and a copy of everything it needs in its own slot, so the daemon continues at once. The child's user can delay it:
// before it executes it belongs to that user, who may send it SIGSTOP, and it enters a directory that may never answer (a FUSE
// mount, whose requests not even SIGKILL ends; a dead server). That occupies one slot.
//
// The child writes oom_score_adj itself, and the value would apply to all processes that share its memory, except after a
// vfork. A process that calls vfork is suspended until the child executes, so for such a program a helper process calls it.
// With CLONE_PARENT the child is the daemon's, not the helper's. (A thread would not do: when it ends, the programs that it
// started get the signal they requested with PR_SET_PDEATHSIG.)

#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <linux/futex.h>

#include "keeper.h"
#include "raw.h"
#include "spawn.h"

static struct slot *slots;
static int last_id;
static int helpers;

int is_slot_over(struct slot *slot) { return !__atomic_load_n(&slot->busy, __ATOMIC_ACQUIRE); }

int has_own_table(struct slot *slot) {
  return !slot->launch.shared || __atomic_load_n(&slot->launch.own, __ATOMIC_ACQUIRE) || is_slot_over(slot);
}

static void forget(struct slot *slot) {
  for (size_t i = 0; i < sizeof slot->memory / sizeof *slot->memory; i++) {
    free(slot->memory[i]);
    slot->memory[i] = NULL;
  }
}

int forget_helper(pid_t pid) {
  for (struct slot *slot = helpers > 0 ? slots : NULL; slot != NULL; slot = slot->next) {
    if (slot->helper != pid) continue;
    slot->helper = 0;
    helpers--;
    return 1;
  }
  return 0;
}

// The helper leaves its stack a moment after the child has executed.
static int is_helper_gone(struct slot *slot) {
  if (slot->helper != 0 && waitpid(slot->helper, NULL, WNOHANG) == slot->helper) forget_helper(slot->helper);
  return slot->helper == 0;
}

struct slot *take_slot(void) {
  struct slot *found = slots;
  while (found != NULL && (found->taken || !is_slot_over(found) || !is_helper_gone(found))) found = found->next;
  if (found == NULL) {
    if ((found = calloc(1, sizeof *found)) == NULL) return NULL;
    found->next = slots;
    found->id = ++last_id;
    found->set = -1;
    slots = found;
  }
  leave_reserved(found);
  forget(found);
  found->taken = 1;
  found->child = found->helper = 0;
  found->launch = (struct launch){0};
  return found;
}

void free_idle_slots(void) {
  for (struct slot **link = &slots; *link != NULL;) {
    struct slot *slot = *link;
    if (slot->taken || !is_slot_over(slot) || !is_helper_gone(slot)) {
      link = &slot->next;
      continue;
    }
    leave_reserved(slot);
    forget(slot);
    *link = slot->next;
    free(slot);
  }
}

struct slot *slot_of(int id) {
  struct slot *slot = slots;
  while (slot != NULL && slot->id != id) slot = slot->next;
  return slot;
}

void leave_slot(struct slot *slot) {
  slot->taken = 0;
  leave_reserved(slot);
  if (is_slot_over(slot)) forget(slot);
}

#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND 0x100000000ULL
#endif

// Not FUTEX_PRIVATE_FLAG: the kernel's own waking is not private either. Waits once, or less.
static void wait_on(int *futex, int value, int milliseconds) {
  long limit[2] = {milliseconds / 1000, milliseconds % 1000 * 1000000L}; // the kernel's own: the C library's may be wider
  syscall(SYS_futex, futex, FUTEX_WAIT, value, limit, NULL, 0);
}

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

int await_own_table(struct slot *slot, int milliseconds) {
  double end = now_ms() + milliseconds;
  while (!has_own_table(slot)) {
    int left = (int)(end - now_ms());
    if (left <= 0) return 0;
    wait_on(&slot->launch.own, 0, left);
  }
  return 1;
}

// The kernel's structure in its first form (clone(2)).
struct clone_plan {
  uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
};

// clone3(2) has no wrapper in the C library, and its child no stack to return on. Everything handled goes back to the
// default, which saves the child thirty calls.
#if defined(__x86_64__) && !defined(__ILP32__)
static long clone_with_defaults(struct clone_plan *plan, int (*run)(void *), void *data) {
  long result;
  register long fn __asm__("r8") = (long)run;
  register long arg __asm__("r9") = (long)data;
  __asm__ volatile("syscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\txor %%ebp, %%ebp\n\tmov %%r9, %%rdi\n\tcall *%%r8\n\t"
                   "mov %%eax, %%edi\n\tmov %[quit], %%eax\n\tsyscall\n\thlt\n1:"
                   : "=a"(result)
                   : "a"(SYS_clone3), "D"(plan), "S"(sizeof *plan), "r"(fn), "r"(arg), [quit] "i"(SYS_exit)
                   : "rcx", "r11", "memory", "cc");
  return result;
}
#elif defined(__aarch64__)
static long clone_with_defaults(struct clone_plan *plan, int (*run)(void *), void *data) {
  register long x8 __asm__("x8") = SYS_clone3;
  register long x0 __asm__("x0") = (long)plan;
  register long x1 __asm__("x1") = sizeof *plan;
  register long fn __asm__("x9") = (long)run;
  register long arg __asm__("x10") = (long)data;
  __asm__ volatile("svc 0\n\tcbnz x0, 1f\n\tmov x29, xzr\n\tmov x30, xzr\n\tmov x0, x10\n\tblr x9\n\t"
                   "mov x8, %[quit]\n\tsvc 0\n1:"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(fn), "r"(arg), [quit] "i"(SYS_exit)
                   : "memory", "cc");
  return x0;
}
#else
static long clone_with_defaults(struct clone_plan *plan, int (*run)(void *), void *data) {
  (void)plan, (void)run, (void)data;
  return -ENOSYS;
}
#endif

static int is_keepers(const struct launch *l) { return l->pid != NULL && has_keeper(); }

static int parentage(const struct launch *l) {
  return (l->pid == NULL ? 0 : CLONE_PARENT_SETTID) | (is_keepers(l) ? CLONE_PARENT : 0);
}

static pid_t clone_directly(struct slot *slot) {
  static int has_clone3 = 1;
  struct launch *l = &slot->launch;
  int flags = CLONE_VM | CLONE_CHILD_CLEARTID | (l->shared ? CLONE_FILES : 0) | parentage(l);
  struct clone_plan plan = {.flags = (unsigned)flags | CLONE_CLEAR_SIGHAND,
                            .child_tid = (uint64_t)(uintptr_t)&slot->busy,
                            .parent_tid = (uint64_t)(uintptr_t)l->pid,
                            .exit_signal = is_keepers(l) ? 0 : SIGCHLD, // the keeper's child has that of the daemon
                            .stack = (uint64_t)(uintptr_t)slot->child_stack,
                            .stack_size = sizeof slot->child_stack};
  if (has_clone3) {
    l->has_default = 1;
    long pid = clone_with_defaults(&plan, in_child, l);
    if (pid >= 0) return (pid_t)pid;
    l->has_default = 0;
    // Older kernels have no such call or flag, and seccomp filters may refuse what they cannot look into.
    if (pid != -ENOSYS && pid != -EINVAL && pid != -EPERM) {
      errno = (int)-pid;
      return -1;
    }
    has_clone3 = 0;
  }
  return clone(in_child, slot->child_stack + sizeof slot->child_stack, flags | SIGCHLD, l, l->pid, NULL, &slot->busy);
}

// Where the kernel writes the child's pid.
static int *child_pid(struct slot *slot) { return slot->launch.pid == NULL ? &slot->child : slot->launch.pid; }

// The helper: returns, and so ends, when the child has executed or exited.
static int make_child(void *data) {
  struct slot *slot = data;
  int flags = CLONE_VM | CLONE_VFORK | CLONE_PARENT | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD;
  if (slot->launch.shared) flags |= CLONE_FILES;
  if (clone(in_child, slot->child_stack + sizeof slot->child_stack, flags, &slot->launch, child_pid(slot), NULL,
            &slot->busy) < 0) {
    slot->error = errno;
    __atomic_store_n(&slot->busy, 0, __ATOMIC_RELEASE);
    RAW(futex, &slot->launch.own, FUTEX_WAKE, 1);
  }
  return 0;
}

enum { BIRTH_MS = 1000 };

static pid_t clone_by_helper(struct slot *slot) {
  slot->error = 0;
  // CLONE_FILES because copying a table of thousands would cost more than all the rest. SIGCHLD because CLONE_PARENT
  // makes the helper's signal that of the child.
  // Its own parent is that of the child.
  int flags = CLONE_VM | CLONE_FILES | SIGCHLD | (parentage(&slot->launch) & CLONE_PARENT);
  pid_t helper = clone(make_child, slot->helper_stack + sizeof slot->helper_stack, flags, slot);
  if (helper < 0) return -1;
  slot->helper = helper;
  helpers++;
  // The child's number is known once it is there, and until then the helper uses our errno: short of anything that may hang.
  double end = now_ms() + BIRTH_MS;
  while (!__atomic_load_n(&slot->launch.own, __ATOMIC_ACQUIRE) && !is_slot_over(slot) && now_ms() < end)
    wait_on(&slot->launch.own, 0, (int)(end - now_ms()) + 1);
  if (*child_pid(slot) > 0) return *child_pid(slot);
  kill(helper, SIGKILL);
  errno = slot->error != 0 ? slot->error : EAGAIN;
  return -1;
}

static pid_t clone_child(struct slot *slot) {
  struct launch *l = &slot->launch;
  __atomic_store_n(&slot->busy, 1, __ATOMIC_RELEASE);
  pid_t pid = l->plan[P_OOM] == UNCHANGED ? clone_directly(slot) : clone_by_helper(slot);
  if (pid >= 0) {
#ifndef HAS_RAW_CALLS
    for (double end = now_ms() + 5000; !is_slot_over(slot) && now_ms() < end;) wait_on(&slot->busy, 1, 100);
#endif
    return pid;
  }
  int saved = errno;
  if (slot->helper == 0 || slot->error != 0) __atomic_store_n(&slot->busy, 0, __ATOMIC_RELEASE);
  errno = saved;
  if (errno != EINVAL) return -1;
  // qemu-user makes a plain fork of vfork, cannot share memory otherwise, and a table of descriptors neither.
  l->shared = 0;
  // Nor does it know CLONE_PARENT.
  if (l->pid != NULL) keep_orphans();
  pid = clone(in_child, slot->child_stack + sizeof slot->child_stack, CLONE_VM | CLONE_VFORK | SIGCHLD, l);
  if (l->pid != NULL && pid > 0) *l->pid = pid;
  return pid;
}

// The child begins with every signal blocked.
pid_t start_child(struct slot *slot) {
  sigset_t all, old;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &old);
  pid_t pid = clone_child(slot);
  int saved = errno;
  sigprocmask(SIG_SETMASK, &old, NULL);
  errno = saved;
  if (pid > 0) slot->child = pid;
  return pid;
}
