// One thread for each file system, with one queue: a file system that does not answer keeps only its own thread waiting. A thread
// is made when there is a job for it and ends when it had none for some seconds. Operations on one file system are done one after
// the other, in order.
//
//   start_job ──► queue of the lane ──► its thread ──► done ──► main thread: the promise
//                      ▲                                 │
//                      └── a path led elsewhere ─────────┘
//
// libuv starts and joins the threads: pthread_create(3) and pthread_detach(3) have new versions since glibc 2.34, which the addon
// would then ask for. As in watcher.c, the few names are declared here.

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <sys/prctl.h>

#include "job.h"

typedef struct {
  unsigned int flags;
  size_t stack_size;
} uv_thread_options_t;
extern int uv_thread_create_ex(pthread_t *thread, const uv_thread_options_t *options, void (*run)(void *), void *with);
extern int uv_thread_join(pthread_t *thread);
enum { UV_THREAD_HAS_STACK_SIZE = 1 };

enum {
  STACK_BYTES = 256 * 1024,
  IDLE_S = 10,
  // Paths in one lane; those of unknown file systems begin in that of the root. Descriptors are always accepted: one that is not
  // closed stays open for ever.
  MOST_WAITING = 20000,
};

struct queue {
  struct job *first, **end;
};

struct lane {
  struct lane *next;
  double name;
  struct queue queue;
  int waiting, is_served, is_working, is_owed_a_wake;
  pthread_cond_t has_job;
  pthread_t thread;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct lane *lanes;
static struct lane *ended; // their threads are to be joined
static struct queue done = {NULL, &done.first};
static int are_wakes_owed;
static int is_over; // the environment of JavaScript is being torn down
static napi_threadsafe_function wake;
static int in_flight; // only used on the main thread

static void push(struct queue *q, struct job *job) {
  job->next = NULL;
  *q->end = job;
  q->end = &job->next;
}

static void push_first(struct queue *q, struct job *job) {
  if (q->first == NULL) q->end = &job->next;
  job->next = q->first;
  q->first = job;
}

static struct job *shift(struct queue *q) {
  struct job *job = q->first;
  q->first = job->next;
  if (q->first == NULL) q->end = &q->first;
  return job;
}

int do_others_wait(const struct job *job) {
  pthread_mutex_lock(&lock);
  struct lane *lane = lanes;
  while (lane != NULL && lane->name != job->lane) lane = lane->next;
  int waits = lane != NULL && lane->queue.first != NULL;
  pthread_mutex_unlock(&lock);
  return waits;
}

static void run_job(struct job *job) {
  if (job->way != NULL) {
    double lane = walk_on(job->way, job->lane);
    job->is_moving = lane != job->lane;
    job->lane = lane;
    if (job->is_moving) return;
    end_way(job->way);
    job->way = NULL;
  }
  job->run(job);
}

// With the lock.
static void wake_main(void) {
  if (!is_over) napi_call_threadsafe_function(wake, NULL, napi_tsfn_nonblocking);
}

// With the lock.
static void finish(struct job *job) {
  int is_first = done.first == NULL;
  push(&done, job);
  if (is_first) wake_main();
}

// With the lock, which is released while it waits. @returns 0 when no job came for some seconds
static int await_job(struct lane *lane) {
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until); // a clock that is set only makes the thread end sooner or later
  until.tv_sec += IDLE_S;
  while (lane->queue.first == NULL)
    if (pthread_cond_timedwait(&lane->has_job, &lock, &until) == ETIMEDOUT) return lane->queue.first != NULL;
  return 1;
}

static void remove_lane(struct lane *lane) {
  struct lane **at = &lanes;
  while (*at != lane) at = &(*at)->next;
  *at = lane->next;
}

static void free_lane(struct lane *lane) {
  pthread_cond_destroy(&lane->has_job);
  free(lane);
}

// Does what waits. @returns with the lock, when the lane is removed
static void serve(struct lane *lane, int waits) {
  pthread_mutex_lock(&lock);
  while (lane->queue.first != NULL || (waits && await_job(lane))) {
    struct job *job = shift(&lane->queue);
    lane->waiting--;
    lane->is_working = 1;
    pthread_mutex_unlock(&lock);
    run_job(job);
    pthread_mutex_lock(&lock);
    lane->is_working = 0;
    finish(job);
  }
  remove_lane(lane);
}

static void name_thread(double lane) {
  char name[16];
  snprintf(name, sizeof name, "tsv %u:%u", (unsigned)(lane / 4294967296.0), (unsigned)((uint64_t)lane & 0xffffffff));
  prctl(PR_SET_NAME, name);
}

static void serve_in_thread(void *data) {
  struct lane *lane = data;
  name_thread(lane->name);
  serve(lane, 1);
  lane->next = ended;
  ended = lane;
  wake_main();
  pthread_mutex_unlock(&lock);
}

// Signals of the process are for the main thread.
static int start_thread(struct lane *lane) {
  sigset_t all, before;
  const uv_thread_options_t options = {.flags = UV_THREAD_HAS_STACK_SIZE, .stack_size = STACK_BYTES};
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  int result = uv_thread_create_ex(&lane->thread, &options, serve_in_thread, lane);
  sigprocmask(SIG_SETMASK, &before, NULL);
  return result;
}

// Where no thread can be made, a thread of libuv's pool does what waits.
struct help {
  napi_async_work work;
  struct lane *lane;
};

static void serve_in_pool(napi_env env, void *help) {
  (void)env;
  struct lane *lane = ((struct help *)help)->lane;
  serve(lane, 0);
  pthread_mutex_unlock(&lock);
  free_lane(lane);
}

static void end_help(napi_env env, napi_status status, void *help) {
  (void)status;
  napi_delete_async_work(env, ((struct help *)help)->work);
  free(help);
}

static void help_out(napi_env env, struct lane *lane) {
  struct help *help = calloc(1, sizeof *help);
  if (help == NULL) napi_fatal_error("tsv.lanes", NAPI_AUTO_LENGTH, "out of memory", NAPI_AUTO_LENGTH);
  help->lane = lane;
  napi_create_async_work(env, NULL, text(env, "tsv.lanes"), serve_in_pool, end_help, help, &help->work);
  napi_queue_async_work(env, help->work);
}

// With the lock.
static struct lane *find_lane(double name) {
  struct lane *lane = lanes;
  while (lane != NULL && lane->name != name) lane = lane->next;
  if (lane != NULL) return lane;
  lane = calloc(1, sizeof *lane);
  if (lane == NULL) napi_fatal_error("tsv.lanes", NAPI_AUTO_LENGTH, "out of memory", NAPI_AUTO_LENGTH);
  *lane = (struct lane){.next = lanes, .name = name, .queue = {NULL, &lane->queue.first}};
  pthread_cond_init(&lane->has_job, NULL);
  return lanes = lane;
}

// With the lock: wakes the thread of a lane when this turn of the event loop is over. A wake costs more than a small job.
static void wake_later(struct lane *lane) {
  lane->is_owed_a_wake = 1;
  if (!are_wakes_owed) wake_main();
  are_wakes_owed = 1;
}

// With the lock.
static void wake_owed(void) {
  for (struct lane *lane = lanes; are_wakes_owed && lane != NULL; lane = lane->next) {
    if (lane->is_owed_a_wake) pthread_cond_signal(&lane->has_job);
    lane->is_owed_a_wake = 0;
  }
  are_wakes_owed = 0;
}

static void queue_job(napi_env env, struct job *job) {
  pthread_mutex_lock(&lock);
  struct lane *lane = find_lane(job->lane);
  if (job->way != NULL && lane->waiting >= MOST_WAITING) {
    job->is_refused = 1;
    finish(job);
    pthread_mutex_unlock(&lock);
    return;
  }
  if (job->is_urgent) push_first(&lane->queue, job);
  else push(&lane->queue, job);
  lane->waiting++;
  if (lane->is_served && job->is_lazy) wake_later(lane);
  else if (lane->is_served) pthread_cond_signal(&lane->has_job);
  int is_new = !lane->is_served;
  lane->is_served = 1;
  pthread_mutex_unlock(&lock);
  if (is_new && start_thread(lane) != 0) help_out(env, lane);
}

static void settle(napi_env env, struct job *job) {
  napi_handle_scope scope;
  napi_open_handle_scope(env, &scope);
  napi_resolve_deferred(env, job->deferred, job->is_refused ? number(env, -EBUSY) : job->answer(env, job));
  napi_close_handle_scope(env, scope);
  end_way(job->way);
  job->drop(job);
  if (--in_flight == 0) napi_unref_threadsafe_function(env, wake);
}

static void settle_all(napi_env env, napi_value function, void *context, void *data) {
  (void)function, (void)context, (void)data;
  if (env == NULL) return;
  pthread_mutex_lock(&lock);
  wake_owed();
  struct job *job = done.first;
  struct lane *lane = ended;
  done = (struct queue){NULL, &done.first};
  ended = NULL;
  pthread_mutex_unlock(&lock);
  for (struct lane *next; lane != NULL; lane = next) {
    next = lane->next;
    uv_thread_join(&lane->thread);
    free_lane(lane);
  }
  while (job != NULL) {
    struct job *next = job->next;
    if (job->is_moving && !job->is_refused) {
      note_entry(job->way, job->lane);
      queue_job(env, job);
    } else settle(env, job);
    job = next;
  }
}

static void end_lanes(void *unused) {
  (void)unused;
  pthread_mutex_lock(&lock);
  is_over = 1;
  pthread_mutex_unlock(&lock);
}

static void begin_lanes(napi_env env) {
  napi_create_threadsafe_function(env, NULL, NULL, text(env, "tsv.lanes"), 0, 1, NULL, NULL, NULL, settle_all, &wake);
  napi_unref_threadsafe_function(env, wake);
  napi_add_env_cleanup_hook(env, end_lanes, NULL);
}

napi_value start_job(napi_env env, struct job *job, double lane) {
  napi_value promise = NULL;
  if (wake == NULL) begin_lanes(env);
  if (in_flight++ == 0) napi_ref_threadsafe_function(env, wake);
  napi_create_promise(env, &job->deferred, &promise);
  job->lane = lane;
  queue_job(env, job);
  return promise;
}

napi_value start_job_at(napi_env env, struct job *job, const char *path, int follows) {
  double lane;
  job->way = begin_way(path, follows, &lane);
  if (job->way != NULL) return start_job(env, job, lane);
  job->drop(job);
  return number(env, -ENOMEM);
}

// busyLanes(): the names of those with work. execve(2) waits for a thread that not even SIGKILL ends.
napi_value BusyLanes(struct args *a) {
  napi_value names = NULL;
  uint32_t count = 0;
  napi_create_array(a->env, &names);
  pthread_mutex_lock(&lock);
  for (struct lane *lane = lanes; lane != NULL; lane = lane->next) {
    if (!lane->is_working && lane->queue.first == NULL) continue;
    napi_set_element(a->env, names, count++, number(a->env, lane->name));
  }
  pthread_mutex_unlock(&lock);
  return names;
}

// How many threads the host lets this process start: whatever limits them, a control group or the user's processes.

enum { MOST_THREADS = 64 };

static void wait_for(void *gate) {
  pthread_mutex_lock(gate);
  pthread_mutex_unlock(gate);
}

napi_value CountThreads(struct args *a) {
  int wanted = integer(a, 0);
  if (wanted > MOST_THREADS) wanted = MOST_THREADS;
  pthread_t threads[MOST_THREADS];
  pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
  const uv_thread_options_t options = {.flags = UV_THREAD_HAS_STACK_SIZE, .stack_size = STACK_BYTES};
  pthread_mutex_lock(&gate);
  int started = 0;
  while (started < wanted && uv_thread_create_ex(&threads[started], &options, wait_for, &gate) == 0) started++;
  pthread_mutex_unlock(&gate);
  for (int i = 0; i < started; i++) uv_thread_join(&threads[i]);
  return number(a->env, started);
}
