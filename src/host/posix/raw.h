// System calls for a child that runs in the memory of the running daemon: it shares the daemon's thread-local storage,
// including errno, so it calls no function of the C library. The result is the negated errno.

#pragma once

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__) && !defined(__ILP32__)
#define HAS_RAW_CALLS 1
static inline long raw_call(long n, long a, long b, long c, long d, long e) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  __asm__ volatile("syscall" : "=a"(result) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
#define HAS_RAW_CALLS 1
static inline long raw_call(long n, long a, long b, long c, long d, long e) {
  register long x8 __asm__("x8") = n;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
  return x0;
}
#elif defined(__arm__) && defined(__ARM_EABI__)
#define HAS_RAW_CALLS 1
// The number belongs into r7, which is the frame pointer of Thumb code: it is saved by hand.
static inline long raw_call(long n, long a, long b, long c, long d, long e) {
  register long r0 __asm__("r0") = a;
  register long r1 __asm__("r1") = b;
  register long r2 __asm__("r2") = c;
  register long r3 __asm__("r3") = d;
  register long r4 __asm__("r4") = e;
  register long ip __asm__("ip") = n;
  __asm__ volatile("push {r7}\n\tmov r7, %1\n\tsvc 0\n\tpop {r7}" : "+r"(r0) : "r"(ip), "r"(r1), "r"(r2), "r"(r3), "r"(r4) : "memory");
  return r0;
}
#else
// Elsewhere the daemon waits until the child has executed (clone.c), so that the two never use errno at one time.
static inline long raw_call(long n, long a, long b, long c, long d, long e) {
  long result = syscall(n, a, b, c, d, e);
  return result < 0 ? -errno : result;
}
#endif

#define RAW_5(n, a, b, c, d, e, ...) raw_call(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e))
#define RAW(name, ...) RAW_5(SYS_##name, __VA_ARGS__, 0, 0, 0, 0, 0)
