// Users and groups. The C library's functions rather than a look into /etc/passwd: accounts may live in LDAP, sssd or
// systemd.

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

napi_value FindUser(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  uint32_t uid;
  char *name = account_name(&a);
  errno = 0;
  struct passwd *p = NULL;
  if (name != NULL) p = getpwnam(name);
  else if (napi_get_value_uint32(env, a.v[0], &uid) == napi_ok) p = getpwuid(uid);
  free(name);
  if (p == NULL) return number(env, -errno);
  napi_value user;
  napi_create_object(env, &user);
  put(env, user, "name", text(env, p->pw_name));
  put(env, user, "uid", number(env, p->pw_uid));
  put(env, user, "gid", number(env, p->pw_gid));
  put(env, user, "home", text(env, p->pw_dir));
  put(env, user, "shell", text(env, p->pw_shell));
  return user;
}

napi_value FindGroup(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  uint32_t gid;
  char *name = account_name(&a);
  errno = 0;
  struct group *g = NULL;
  if (name != NULL) g = getgrnam(name);
  else if (napi_get_value_uint32(env, a.v[0], &gid) == napi_ok) g = getgrgid(gid);
  free(name);
  if (g == NULL) return number(env, -errno);
  napi_value group;
  napi_create_object(env, &group);
  put(env, group, "name", text(env, g->gr_name));
  put(env, group, "gid", number(env, g->gr_gid));
  return group;
}

napi_value GroupsOf(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  char *name = string(&a, 0, NULL);
  int n = 64, found = -1;
#ifdef __APPLE__
  int *ids = NULL;
#else
  gid_t *ids = NULL;
#endif
  for (; name != NULL && found < 0; n *= 4) { // the call says when the room was too small; n may be left as it was
    int room = n;
    void *bigger = realloc(ids, n * sizeof *ids);
    if (bigger == NULL) break;
    ids = bigger;
    found = getgrouplist(name, integer(&a, 1), ids, &room) < 0 ? -1 : room;
  }
  napi_value list;
  napi_create_array(env, &list);
  for (int i = 0; i < found; i++) napi_set_element(env, list, i, number(env, (gid_t)ids[i]));
  free(ids), free(name);
  return list;
}
