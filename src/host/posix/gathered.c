// Writes to many files in one job of libuv's pool: a hundred logs of a line each wake one thread, and the main thread once.

#include <limits.h>
#include <sys/uio.h>
#include <unistd.h>

#include "job.h"

// Parts of one write(2); POSIX has at least 16, Linux and macOS 1024.
#ifndef IOV_MAX
#define IOV_MAX 16
#endif

struct writes {
  struct job job;
  napi_env env;
  napi_ref parts; // keeps the memory of the bytes
  int count;
  int *fds; // of each part; adjacent parts with the same descriptor are one write
  struct iovec *bytes;
  double *results; // of each part: that of the write for its first part
};

static void drop(void *data) {
  struct writes *j = data;
  if (j->parts != NULL) napi_delete_reference(j->env, j->parts);
  free(j->fds);
  free(j->bytes);
  free(j->results);
  free(j);
}

static int same_file(const struct writes *j, int from) {
  int n = 1;
  while (from + n < j->count && n < IOV_MAX && j->fds[from + n] == j->fds[from]) n++;
  return n;
}

static void run(void *data) {
  struct writes *j = data;
  for (int i = 0, n; i < j->count; i += n) {
    ssize_t written;
    n = same_file(j, i);
    do written = writev(j->fds[i], j->bytes + i, n);
    while (written < 0 && errno == EINTR);
    j->results[i] = written < 0 ? -errno : written;
  }
}

static napi_value answer(napi_env env, void *data) {
  struct writes *j = data;
  return numbers(env, j->results, j->count);
}

static int take_parts(napi_env env, struct writes *j, napi_value parts) {
  for (int i = 0; i < j->count; i++) {
    napi_value part;
    if (napi_get_element(env, parts, i, &part) != napi_ok) return -1;
    if (napi_get_typedarray_info(env, part, NULL, &j->bytes[i].iov_len, &j->bytes[i].iov_base, NULL, NULL) != napi_ok) return -1;
  }
  return 0;
}

// writeGathered(fds, parts): a promise of bytes written or negated errors, one for each part. Of adjacent parts with the same
// descriptor, only the first one has a result.
napi_value WriteGathered(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  size_t count = 0;
  int *fds = array(&a, 0, &count);
  struct writes *j = calloc(1, sizeof *j);
  if (j == NULL) return NULL;
  *j = (struct writes){.job = {.run = run, .answer = answer, .drop = drop}, .env = env, .count = (int)count};
  j->fds = calloc(count, sizeof *j->fds);
  j->bytes = calloc(count, sizeof *j->bytes);
  j->results = calloc(count, sizeof *j->results);
  if (j->fds == NULL || j->bytes == NULL || j->results == NULL || take_parts(env, j, a.v[1]) < 0) {
    drop(j);
    return NULL;
  }
  for (size_t i = 0; i < count; i++) j->fds[i] = fds[i];
  napi_create_reference(env, a.v[1], 1, &j->parts);
  return start_job(env, &j->job, "tsv.gathered");
}
