// How many threads the host lets this process start: whatever limits them, a control group or the user's processes.

#define _GNU_SOURCE
#include <limits.h>
#include <pthread.h>

#include "values.h"

#define MOST_THREADS 64
// They only wait.
#define STACK_BYTES (64 * 1024)

static void *wait_for(void *gate) {
  pthread_mutex_lock(gate);
  pthread_mutex_unlock(gate);
  return NULL;
}

napi_value CountThreads(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  int wanted = integer(&a, 0);
  if (wanted > MOST_THREADS) wanted = MOST_THREADS;
  pthread_t threads[MOST_THREADS];
  pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return number(env, 0);
  pthread_attr_setstacksize(&attributes, STACK_BYTES < PTHREAD_STACK_MIN ? PTHREAD_STACK_MIN : STACK_BYTES);
  pthread_mutex_lock(&gate);
  int started = 0;
  while (started < wanted && pthread_create(&threads[started], &attributes, wait_for, &gate) == 0) started++;
  pthread_mutex_unlock(&gate);
  for (int i = 0; i < started; i++) pthread_join(threads[i], NULL);
  pthread_attr_destroy(&attributes);
  return number(env, started);
}
