// Users and groups, through the C library instead of /etc/passwd: accounts may be in LDAP, sssd or systemd.

#define _GNU_SOURCE
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "values.h"

// A name, or NULL for a number or a name with a NUL inside, which would find the account of its beginning.
static char *account_name(struct args *a) {
  size_t length = 0;
  char *name = string(a, 0, &length);
  if (name != NULL && strlen(name) == length) return name;
  free(name);
  return NULL;
}

napi_value FindUser(struct args *a) {
  uint32_t uid;
  char *name = account_name(a);
  errno = 0;
  struct passwd *p = NULL;
  if (name != NULL) p = getpwnam(name);
  else if (napi_get_value_uint32(a->env, a->v[0], &uid) == napi_ok) p = getpwuid(uid);
  free(name);
  if (p == NULL) return number(a->env, -errno);
  napi_value user;
  napi_create_object(a->env, &user);
  put(a->env, user, "name", text(a->env, p->pw_name));
  put(a->env, user, "uid", number(a->env, p->pw_uid));
  put(a->env, user, "gid", number(a->env, p->pw_gid));
  put(a->env, user, "home", text(a->env, p->pw_dir));
  put(a->env, user, "shell", text(a->env, p->pw_shell));
  return user;
}

napi_value FindGroup(struct args *a) {
  uint32_t gid;
  char *name = account_name(a);
  errno = 0;
  struct group *g = NULL;
  if (name != NULL) g = getgrnam(name);
  else if (napi_get_value_uint32(a->env, a->v[0], &gid) == napi_ok) g = getgrgid(gid);
  free(name);
  if (g == NULL) return number(a->env, -errno);
  napi_value group;
  napi_create_object(a->env, &group);
  put(a->env, group, "name", text(a->env, g->gr_name));
  put(a->env, group, "gid", number(a->env, g->gr_gid));
  return group;
}

// Every group of a user, to be freed. NULL and -1 when there is no memory.
static gid_t *groups_of(const char *name, gid_t gid, int *count) {
  gid_t *ids = NULL;
  *count = -1;
  for (int n = 64; *count < 0; n *= 4) { // the call says when the room was too small; n may be left as it was
    int room = n;
    void *bigger = realloc(ids, n * sizeof *ids);
    if (bigger == NULL) break;
    ids = bigger;
    *count = getgrouplist(name, gid, ids, &room) < 0 ? -1 : room;
  }
  return ids;
}

static napi_value group_list(napi_env env, const gid_t *ids, int count) {
  napi_value list;
  napi_create_array(env, &list);
  for (int i = 0; i < count; i++) napi_set_element(env, list, i, number(env, ids[i]));
  return list;
}

napi_value GroupsOf(struct args *a) {
  char *name = string(a, 0, NULL);
  int count = -1;
  gid_t *ids = name == NULL ? NULL : groups_of(name, integer(a, 1), &count);
  napi_value list = group_list(a->env, ids, count);
  free(ids), free(name);
  return list;
}

enum { FIRST_ENTRY = 1024, MOST_ENTRY = 1 << 20 }; // bytes of text in an account

struct lookup {
  napi_async_work work;
  napi_deferred deferred;
  uid_t uid;
  int error; // 0: there is no such user
  int count;
  gid_t gid;
  gid_t *ids; // NULL until found
  char *name, *home, *shell;
};

// On a thread, because the service that knows may take forever.
static void look_up(napi_env env, void *data) {
  (void)env;
  struct lookup *l = data;
  struct passwd entry, *found = NULL;
  char *buffer = NULL;
  l->error = ERANGE;
  for (size_t size = FIRST_ENTRY; l->error == ERANGE && size <= MOST_ENTRY; size *= 4) {
    void *bigger = realloc(buffer, size);
    l->error = bigger == NULL ? ENOMEM : 0;
    if (bigger == NULL) break;
    buffer = bigger;
    l->error = getpwuid_r(l->uid, &entry, buffer, size, &found);
  }
  if (l->error == 0 && found != NULL) {
    l->gid = found->pw_gid;
    l->ids = groups_of(found->pw_name, found->pw_gid, &l->count);
    l->name = strdup(found->pw_name);
    l->home = strdup(found->pw_dir == NULL ? "" : found->pw_dir);
    l->shell = strdup(found->pw_shell == NULL ? "" : found->pw_shell);
    if (l->count < 0 || l->name == NULL || l->home == NULL || l->shell == NULL) l->error = ENOMEM;
  }
  free(buffer);
}

static void looked_up(napi_env env, napi_status status, void *data) {
  (void)status; // never cancelled
  struct lookup *l = data;
  napi_value answer = number(env, -l->error);
  if (l->error == 0 && l->ids != NULL) {
    napi_create_object(env, &answer);
    put(env, answer, "gid", number(env, l->gid));
    put(env, answer, "groups", group_list(env, l->ids, l->count));
    put(env, answer, "name", text(env, l->name));
    put(env, answer, "home", text(env, l->home));
    put(env, answer, "shell", text(env, l->shell));
  }
  napi_resolve_deferred(env, l->deferred, answer);
  napi_delete_async_work(env, l->work);
  free(l->ids), free(l->name), free(l->home), free(l->shell), free(l);
}

// lookUpUser(uid): a promise of the account, of 0 when there is no such user, or of a negated errno.
napi_value LookUpUser(struct args *a) {
  napi_value promise = NULL;
  uint32_t uid;
  struct lookup *l = calloc(1, sizeof *l);
  if (l == NULL) return NULL;
  napi_create_promise(a->env, &l->deferred, &promise);
  if (napi_get_value_uint32(a->env, a->v[0], &uid) != napi_ok) {
    napi_resolve_deferred(a->env, l->deferred, number(a->env, 0));
    free(l);
    return promise;
  }
  l->uid = uid;
  napi_create_async_work(a->env, NULL, text(a->env, "tsv.lookUpUser"), look_up, looked_up, l, &l->work);
  napi_queue_async_work(a->env, l->work);
  return promise;
}
