// Extended attributes of files of the kernel, which are memory.

#define _GNU_SOURCE
#include <sys/xattr.h>

#include "values.h"

// attribute(path, name): its text, or a negated errno
napi_value Attribute(struct args *a) {
  char value[256], *path = string(a, 0, NULL), *name = string(a, 1, NULL);
  ssize_t length = path == NULL || name == NULL ? -1 : getxattr(path, name, value, sizeof value - 1);
  napi_value answer = length < 0 ? outcome(a, -1) : NULL;
  free(path), free(name);
  if (answer != NULL) return answer;
  value[length] = 0;
  return text(a->env, value);
}
