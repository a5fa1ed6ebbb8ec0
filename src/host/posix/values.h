// Converts between values of JavaScript and C. A failure is the negated errno, never an exception, because "no such process"
// and "nothing to read now" are ordinary results.

#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <node_api.h>
#include <stdlib.h>

#define MAX_ARGS 7
struct args {
  napi_env env;
  napi_value v[MAX_ARGS];
};

static inline struct args arguments(napi_env env, napi_callback_info info) {
  struct args a = {.env = env};
  size_t n = MAX_ARGS;
  napi_get_cb_info(env, info, &n, a.v, NULL, NULL); // missing ones become undefined
  return a;
}

static inline int integer(struct args *a, int i) {
  int32_t n = -1;
  napi_get_value_int32(a->env, a->v[i], &n);
  return n;
}

// The bytes behind a Uint8Array or Float64Array; they stay where they are for the length of the call.
static inline void *array(struct args *a, int i, size_t *length) {
  void *data = NULL;
  *length = 0;
  napi_get_typedarray_info(a->env, a->v[i], NULL, length, &data, NULL, NULL);
  return data;
}

// A copy of a string as UTF-8 with a NUL after it; the caller frees it. NULs inside are kept.
static inline char *string(struct args *a, int i, size_t *length) {
  size_t n = 0;
  if (napi_get_value_string_utf8(a->env, a->v[i], NULL, 0, &n) != napi_ok) return NULL;
  char *s = malloc(n + 2);
  if (s == NULL) return NULL;
  napi_get_value_string_utf8(a->env, a->v[i], s, n + 1, &n);
  s[n + 1] = 0;
  if (length != NULL) *length = n;
  return s;
}

static inline napi_value number(napi_env env, double n) {
  napi_value v = NULL;
  napi_create_double(env, n, &v);
  return v;
}

// The usual answer of a call that reports through errno.
static inline napi_value outcome(napi_env env, long result) { return number(env, result < 0 ? -errno : result); }

static inline void put(napi_env env, napi_value object, const char *key, napi_value value) {
  napi_set_named_property(env, object, key, value);
}

static inline napi_value text(napi_env env, const char *s) {
  napi_value v = NULL;
  napi_create_string_utf8(env, s, NAPI_AUTO_LENGTH, &v);
  return v;
}

// See strings.c. The caller frees the list; its strings are those of `joined`.
char **split_strings(char *joined, size_t length, int count);

// Every function of the addon; posix.ts says what each does.
napi_value Pipe(napi_env env, napi_callback_info info);
napi_value SetCloexec(napi_env env, napi_callback_info info);
napi_value SetNonblocking(napi_env env, napi_callback_info info);
napi_value SetBlocking(napi_env env, napi_callback_info info);
napi_value Dup2(napi_env env, napi_callback_info info);
napi_value Close(napi_env env, napi_callback_info info);
napi_value Flock(napi_env env, napi_callback_info info);
napi_value Read(napi_env env, napi_callback_info info);
napi_value Write(napi_env env, napi_callback_info info);
napi_value Spawn(napi_env env, napi_callback_info info);
napi_value Verdict(napi_env env, napi_callback_info info);
napi_value Abandon(napi_env env, napi_callback_info info);
napi_value Reap(napi_env env, napi_callback_info info);
napi_value DeadChild(napi_env env, napi_callback_info info);
napi_value Kill(napi_env env, napi_callback_info info);
napi_value OpenProcess(napi_env env, napi_callback_info info);
napi_value SignalProcess(napi_env env, napi_callback_info info);
napi_value BecomeSubreaper(napi_env env, napi_callback_info info);
napi_value GetLimit(napi_env env, napi_callback_info info);
napi_value SetLimit(napi_env env, napi_callback_info info);
napi_value FindUser(napi_env env, napi_callback_info info);
napi_value FindGroup(napi_env env, napi_callback_info info);
napi_value GroupsOf(napi_env env, napi_callback_info info);
napi_value LookUpUser(napi_env env, napi_callback_info info);
napi_value ConnectUnix(napi_env env, napi_callback_info info);
napi_value IsTerminal(napi_env env, napi_callback_info info);
napi_value ListenUnix(napi_env env, napi_callback_info info);
napi_value ListenTcp(napi_env env, napi_callback_info info);
napi_value PeerCredentials(napi_env env, napi_callback_info info);
napi_value ProbeUnix(napi_env env, napi_callback_info info);
napi_value SendDatagram(napi_env env, napi_callback_info info);
napi_value ConnectDatagram(napi_env env, napi_callback_info info);
napi_value BindNotices(napi_env env, napi_callback_info info);
napi_value ReceiveNotice(napi_env env, napi_callback_info info);
napi_value CreateWatcher(napi_env env, napi_callback_info info);
napi_value Arm(napi_env env, napi_callback_info info);
napi_value Watch(napi_env env, napi_callback_info info);
napi_value Drain(napi_env env, napi_callback_info info);
napi_value OpenWallTimer(napi_env env, napi_callback_info info);
napi_value SetWallTimer(napi_env env, napi_callback_info info);
napi_value ReadWallTimer(napi_env env, napi_callback_info info);
napi_value LocalOffset(napi_env env, napi_callback_info info);
napi_value Transfer(napi_env env, napi_callback_info info);
void remember_stdio(void); // for Exit
napi_value OpenLogNow(napi_env env, napi_callback_info info);
napi_value OpenFile(napi_env env, napi_callback_info info);
napi_value Examine(napi_env env, napi_callback_info info);
napi_value RenameFile(napi_env env, napi_callback_info info);
napi_value UnlinkFile(napi_env env, napi_callback_info info);
napi_value UnlinkIdleFile(napi_env env, napi_callback_info info);
napi_value MakeWay(napi_env env, napi_callback_info info);
napi_value ListNames(napi_env env, napi_callback_info info);
napi_value ReadFile(napi_env env, napi_callback_info info);
napi_value WriteFile(napi_env env, napi_callback_info info);
napi_value CloseFile(napi_env env, napi_callback_info info);
napi_value ExamineOpen(napi_env env, napi_callback_info info);
napi_value ChangeOwner(napi_env env, napi_callback_info info);
napi_value ChangeMode(napi_env env, napi_callback_info info);
napi_value ChangeTimes(napi_env env, napi_callback_info info);
napi_value Exit(napi_env env, napi_callback_info info);
napi_value CountThreads(napi_env env, napi_callback_info info);
napi_value Trim(napi_env env, napi_callback_info info);
napi_value Duplicate(napi_env env, napi_callback_info info);
napi_value PreparePair(napi_env env, napi_callback_info info);
napi_value SetWindowSize(napi_env env, napi_callback_info info);
napi_value GetWindowSize(napi_env env, napi_callback_info info);
napi_value EnterRaw(napi_env env, napi_callback_info info);
napi_value LeaveRaw(napi_env env, napi_callback_info info);
napi_value ReserveSlots(napi_env env, napi_callback_info info);
napi_value HoldSignals(napi_env env, napi_callback_info info);
napi_value AreSignalsHeld(napi_env env, napi_callback_info info);
napi_value SignalHolder(napi_env env, napi_callback_info info);
napi_value MemoryFile(napi_env env, napi_callback_info info);
napi_value Execute(napi_env env, napi_callback_info info);
