// All pipes are members of one epoll set, and the event loop watches that single descriptor: a pipe
// costs no handle, no stream and no buffer in Node. Everything is level-triggered, so what is not read now is announced
// again. libuv comes with every Node and its poll functions have kept their form through all of libuv 1; its header is
// not part of node-api-headers, so the few names are declared here.

#define _GNU_SOURCE
#include <stdint.h>
#include <unistd.h>
#include <sys/epoll.h>

#include "values.h"

typedef struct uv_poll_s uv_poll_t;
struct uv_loop_s;
extern size_t uv_handle_size(int type);
extern int uv_poll_init(struct uv_loop_s *loop, uv_poll_t *handle, int fd);
extern int uv_poll_start(uv_poll_t *handle, int events, void (*ready)(uv_poll_t *, int status, int events));
extern void uv_ref(uv_poll_t *handle);
extern void uv_unref(uv_poll_t *handle);
extern void uv_close(uv_poll_t *handle, void (*closed)(uv_poll_t *));
enum { UV_POLL_HANDLE = 8, UV_READABLE_EVENT = 1 };
enum { FOR_READ = 1 };

static struct {
  napi_env env;
  napi_ref ready;
  napi_async_context context;
  uv_poll_t *poll;
  int set;
  int gate; // what the event loop watches
} watcher = {.set = -1, .gate = -1};

static void on_ready(uv_poll_t *handle, int status, int events) {
  (void)handle, (void)status, (void)events;
  napi_env env = watcher.env;
  napi_handle_scope scope;
  napi_value ready, receiver, error;
  bool thrown = false;
  napi_open_handle_scope(env, &scope);
  napi_get_reference_value(env, watcher.ready, &ready);
  napi_get_global(env, &receiver);
  napi_make_callback(env, watcher.context, receiver, ready, 0, NULL, NULL);
  if (napi_is_exception_pending(env, &thrown) == napi_ok && thrown) {
    napi_get_and_clear_last_exception(env, &error);
    napi_fatal_exception(env, error); // to process.on("uncaughtException"), as for any callback of Node's
  }
  napi_close_handle_scope(env, scope);
}

static void stop_watcher(void *unused) {
  (void)unused;
  uv_close(watcher.poll, NULL);
}

// To add a set to another one, the kernel looks at each member of it. Armed and disarmed for every few lines of output, a set of
// a thousand pipes must not be added each time: it is the only member of a second set, which the event loop watches all
// the time, and arming changes that membership.
static int open_gate(int set) {
  struct epoll_event disarmed = {.events = 0};
  int gate = epoll_create1(EPOLL_CLOEXEC);
  if (gate < 0 || epoll_ctl(gate, EPOLL_CTL_ADD, set, &disarmed) == 0) return gate;
  close(gate);
  return -1;
}

// Registers the function to call when pipes are ready. Once, and on the main thread; armed by arm(1).
napi_value CreateWatcher(struct args *a) {
  struct uv_loop_s *loop;
  if (watcher.set >= 0) return number(a->env, -EALREADY);
  int set = epoll_create1(EPOLL_CLOEXEC);
  int gate = set < 0 ? -1 : open_gate(set);
  if (gate < 0) return outcome(a, -1);
  napi_get_uv_event_loop(a->env, &loop);
  watcher.poll = calloc(1, uv_handle_size(UV_POLL_HANDLE));
  int failed = uv_poll_init(loop, watcher.poll, gate);
  if (failed < 0) return number(a->env, failed);
  watcher.env = a->env;
  watcher.set = set;
  watcher.gate = gate;
  napi_create_reference(a->env, a->v[0], 1, &watcher.ready);
  napi_async_init(a->env, NULL, text(a->env, "tsv.pipes"), &watcher.context);
  uv_poll_start(watcher.poll, UV_READABLE_EVENT, on_ready);
  uv_unref(watcher.poll);
  napi_add_env_cleanup_hook(a->env, stop_watcher, NULL);
  return number(a->env, 0);
}

// Opens the gate or closes it: only an open one keeps the event loop alive.
napi_value Arm(struct args *a) {
  int is_open = integer(a, 0);
  struct epoll_event e = {.events = is_open ? EPOLLIN : 0};
  if (epoll_ctl(watcher.gate, EPOLL_CTL_MOD, watcher.set, &e) < 0) return outcome(a, -1);
  (is_open ? uv_ref : uv_unref)(watcher.poll);
  return number(a->env, 0);
}

// watch(fd, interest, generation), interest 0 to stop. The generation comes back with each event, so that an event for a
// descriptor that was closed, and its number taken by another, meanwhile is told apart.
napi_value Watch(struct args *a) {
  int fd = integer(a, 0), interest = integer(a, 1), generation = integer(a, 2);
  struct epoll_event e = {.events = interest == FOR_READ ? EPOLLIN : EPOLLOUT,
                          .data.u64 = (uint64_t)(uint32_t)generation << 32 | (uint32_t)fd};
  if (interest == 0) return outcome(a, epoll_ctl(watcher.set, EPOLL_CTL_DEL, fd, NULL));
  return outcome(a, epoll_ctl(watcher.set, EPOLL_CTL_ADD, fd, &e));
}

// Fills pairs: descriptor, generation. Never waits. A hang-up or an error is announced like what was asked for: the read
// or write that follows tells which it is.
napi_value Drain(struct args *a) {
  size_t size;
  int32_t *out = array(a, 0, &size);
  enum { AT_ONCE = 256 };
  int room = size / 2 < AT_ONCE ? (int)(size / 2) : AT_ONCE;
  struct epoll_event events[AT_ONCE];
  int n = epoll_wait(watcher.set, events, room, 0);
  for (int i = 0; i < n; i++) {
    out[2 * i] = (int32_t)(events[i].data.u64 & 0xffffffff);
    out[2 * i + 1] = (int32_t)(events[i].data.u64 >> 32);
  }
  return outcome(a, n < 0 && errno == EINTR ? 0 : n);
}
