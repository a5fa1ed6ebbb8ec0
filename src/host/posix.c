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
  put(env, limits, "files", number(env, RLIMIT_NOFILE));
  put(env, limits, "processes", number(env, RLIMIT_NPROC));
  put(env, limits, "core", number(env, RLIMIT_CORE));
  put(env, exports, "limits", limits);
  return exports;
}
