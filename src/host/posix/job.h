// A job on the thread of a file system, and the promise of its answer. The first member of each kind of job.

#pragma once

#include "values.h"

struct way; // see way.c

struct job {
  void (*run)(void *job);                        // on the thread, without JavaScript
  napi_value (*answer)(napi_env env, void *job); // afterwards, on the main thread
  void (*drop)(void *job);                       // frees it
  struct way *way;                               // to the file system of a path; NULL when the lane is known
  struct job *next;
  napi_deferred deferred;
  double lane;
  int is_moving, is_refused;
  int is_urgent; // it passes those that wait
  int is_lazy;   // its thread is woken for all lazy jobs of a turn of the event loop at once
};

// Queues a job in a lane: the device of a file system, or another number that no device has. @returns the promise of its answer
napi_value start_job(napi_env env, struct job *job, double lane);
// Queues a job in the lane of the file system that a path leads to; -EBUSY when too many wait there. The last name is not
// followed when it is a symlink and `follows` is 0. Takes the path, which the job still reads.
napi_value start_job_at(napi_env env, struct job *job, const char *path, int follows);
// For a running job: whether others wait for its thread.
int do_others_wait(const struct job *job);

// way.c
struct way *begin_way(const char *path, int follows, double *lane); // with the lane to begin in; NULL without memory
void end_way(struct way *way);
void note_entry(const struct way *way, double lane); // that a way continues in this lane
// Walks as far as the way stays in the file system of a lane. @returns that of the lane to continue in
double walk_on(struct way *way, double lane);
double lane_of(int fd); // without waiting; -1 and errno on failure

static inline napi_value numbers(napi_env env, const double *values, int count) {
  napi_value list = NULL;
  napi_create_array_with_length(env, count, &list);
  for (int i = 0; i < count; i++) napi_set_element(env, list, i, number(env, values[i]));
  return list;
}
