// Lists of strings for exec, which reach the addon as one string with a NUL after each.

#include <string.h>

#include "values.h"

// Splits `count` NUL-terminated strings in place. A NUL inside one of them would make another argument of its rest:
// the count does not fit then, and the answer is NULL.
char **split_strings(char *joined, size_t length, int count) {
  char **list = malloc((count + 1) * sizeof *list);
  if (list == NULL) return NULL;
  char *at = joined, *end = joined + length;
  for (int i = 0; i < count; i++) {
    list[i] = at;
    at = at < end ? at + strlen(at) + 1 : end + 1;
  }
  list[count] = NULL;
  if (at != end) {
    free(list);
    errno = EINVAL;
    return NULL;
  }
  return list;
}
