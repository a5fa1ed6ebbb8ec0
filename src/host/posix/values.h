// Converts between values of JavaScript and C. A failure is the negated errno, never an exception, because "no such process"
// and "nothing to read now" are ordinary results.

#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <node_api.h>
#include <stdlib.h>

#define MAX_ARGS 8
struct args {
  napi_env env;
  napi_value v[MAX_ARGS];
};

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
static inline napi_value outcome(struct args *a, long result) { return number(a->env, result < 0 ? -errno : result); }

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

// Every function of the addon; posix.ts says what each does, under the same name with a small letter. Missing arguments are
// undefined.
#define FUNCTIONS(F) \
  F(FindUser) F(FindGroup) F(GroupsOf) F(LookUpUser) \
  F(DeadChild) F(Reap) F(Kill) F(OpenProcess) F(SignalProcess) F(BecomeSubreaper) F(DieWithParent) F(GetLimit) F(SetLimit) \
  F(Pipe) F(SetCloexec) F(SetNonblocking) F(SetBlocking) F(Dup2) F(Close) F(Flock) F(IsTerminal) F(Unread) F(Read) F(Write) \
  F(OpenFile) F(Examine) F(RenameFile) F(UnlinkFile) F(UnlinkIdleFile) F(MakeWay) F(ListNames) F(OpenLogNow) \
  F(ReadFile) F(WriteFile) F(CloseFile) F(ExamineOpen) F(ChangeOwner) F(ChangeMode) F(ChangeTimes) F(Transfer) \
  F(ListenUnix) F(Listen) F(ListenTcp) F(ConnectTcp) F(ConnectOutcome) F(PeerCredentials) F(ProbeUnix) F(ConnectUnix) \
  F(SendDatagram) F(ConnectDatagram) \
  F(BindNotices) F(ReceiveNotice) F(CreateWatcher) F(Arm) F(Watch) F(Drain) \
  F(OpenWallTimer) F(SetWallTimer) F(ReadWallTimer) F(LocalOffset) F(CountThreads) F(BusyLanes) F(AwaitLane) F(Trim) F(Exit) \
  F(Duplicate) F(PreparePair) F(SetWindowSize) F(GetWindowSize) F(EnterRaw) F(LeaveRaw) \
  F(KeeperFile) F(AwaitKeeper) F(UseKeeper) F(RecoverOutput) F(LogOfOutput) F(AskKeeper) F(Reported) F(ReserveSlots) F(Spawn) F(Verdict) F(Abandon) \
  F(Attribute) F(MemoryFile) F(MapMemory) F(Append) F(Execute) \
  F(Position) F(TakeThrough) F(Stage) F(Unstage) F(Pour)

#define DECLARE(name) napi_value name(struct args *a);
FUNCTIONS(DECLARE)
void remember_stdio(void); // for Exit
