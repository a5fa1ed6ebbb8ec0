// A job on a thread of libuv's pool, and the promise of its answer. The first member of each kind of job.

#pragma once

#include "values.h"

struct job {
  napi_async_work work;
  napi_deferred deferred;
  void (*run)(void *job);                       // on the thread, without JavaScript
  napi_value (*answer)(napi_env env, void *job); // afterwards, on the main thread
  void (*drop)(void *job);                      // frees it, also one that was never started
};

static inline void run_job(napi_env env, void *data) {
  (void)env;
  ((struct job *)data)->run(data);
}

static inline void finish_job(napi_env env, napi_status status, void *data) {
  (void)status; // never cancelled
  struct job *job = data;
  napi_resolve_deferred(env, job->deferred, job->answer(env, job));
  napi_delete_async_work(env, job->work);
  job->drop(job);
}

// Queues a job. @returns the promise of its answer
static inline napi_value start_job(napi_env env, struct job *job, const char *name) {
  napi_value promise = NULL;
  napi_create_promise(env, &job->deferred, &promise);
  napi_create_async_work(env, NULL, text(env, name), run_job, finish_job, job, &job->work);
  napi_queue_async_work(env, job->work);
  return promise;
}

static inline napi_value numbers(napi_env env, const double *values, int count) {
  napi_value list = NULL;
  napi_create_array_with_length(env, count, &list);
  for (int i = 0; i < count; i++) napi_set_element(env, list, i, number(env, values[i]));
  return list;
}
