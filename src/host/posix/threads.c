// How many threads the host lets this process start: whatever limits them, a control group or the user's processes.
//
// libuv starts them: pthread_create(3) has a new version since glibc 2.34, which the addon would then ask for. As in watcher.c,
// the few names are declared here.

#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>

#include "values.h"

typedef struct {
  unsigned int flags;
  size_t stack_size;
} uv_thread_options_t;
extern int uv_thread_create_ex(pthread_t *thread, const uv_thread_options_t *options, void (*run)(void *), void *with);
extern int uv_thread_join(pthread_t *thread);
enum { UV_THREAD_HAS_STACK_SIZE = 1 };

#define MOST_THREADS 64
// They only wait. libuv makes it larger where the C library needs more.
#define STACK_BYTES (64 * 1024)

static void wait_for(void *gate) {
  pthread_mutex_lock(gate);
  pthread_mutex_unlock(gate);
}

napi_value CountThreads(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  int wanted = integer(&a, 0);
  if (wanted > MOST_THREADS) wanted = MOST_THREADS;
  pthread_t threads[MOST_THREADS];
  pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
  const uv_thread_options_t options = {.flags = UV_THREAD_HAS_STACK_SIZE, .stack_size = STACK_BYTES};
  pthread_mutex_lock(&gate);
  int started = 0;
  while (started < wanted && uv_thread_create_ex(&threads[started], &options, wait_for, &gate) == 0) started++;
  pthread_mutex_unlock(&gate);
  for (int i = 0; i < started; i++) uv_thread_join(&threads[i]);
  return number(env, started);
}
