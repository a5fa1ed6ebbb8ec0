// The system calls that Node lacks, as a Node-API addon: posix/ has them by subject, and posix.ts, its only caller, documents
// each. All of it runs on the main thread and nothing blocks, but for files, transfer and lookUpUser.
// For Linux alone.

#include <stdio.h>
#include <sys/resource.h>

#include "posix/values.h"

static const struct function {
  const char *name;
  napi_value (*run)(struct args *a);
} functions[] = {
#define ENTRY(name) {#name, name},
    FUNCTIONS(ENTRY)};

static napi_value call(napi_env env, napi_callback_info info) {
  struct args a = {.env = env};
  size_t n = MAX_ARGS;
  void *function = NULL;
  napi_get_cb_info(env, info, &n, a.v, NULL, &function);
  return ((const struct function *)function)->run(&a);
}

NAPI_MODULE_INIT() {
  remember_stdio();
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    napi_value function;
    char name[32];
    snprintf(name, sizeof name, "%s", functions[i].name);
    *name |= 'a' - 'A';
    napi_create_function(env, name, NAPI_AUTO_LENGTH, call, (void *)&functions[i], &function);
    put(env, exports, name, function);
  }
  napi_value limits;
  napi_create_object(env, &limits);
  const struct { const char *name; int resource; } resources[] = {
    {"as", RLIMIT_AS}, {"core", RLIMIT_CORE}, {"cpu", RLIMIT_CPU}, {"data", RLIMIT_DATA}, {"fsize", RLIMIT_FSIZE},
    {"memlock", RLIMIT_MEMLOCK}, {"msgqueue", RLIMIT_MSGQUEUE}, {"nice", RLIMIT_NICE}, {"nofile", RLIMIT_NOFILE},
    {"nproc", RLIMIT_NPROC}, {"rtprio", RLIMIT_RTPRIO}, {"rttime", RLIMIT_RTTIME}, {"sigpending", RLIMIT_SIGPENDING},
    {"stack", RLIMIT_STACK},
  };
  for (size_t i = 0; i < sizeof resources / sizeof *resources; i++)
    put(env, limits, resources[i].name, number(env, resources[i].resource));
  put(env, exports, "limits", limits);
  return exports;
}
