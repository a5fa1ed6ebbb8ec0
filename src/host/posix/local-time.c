// Local time as localtime(3) knows it: by TZ in every form of tzset(3), rules included, or by /etc/localtime, which glibc reads
// again after it was replaced.

#include <stdint.h>
#include <time.h>

#include "values.h"

// localOffset(seconds since 1970): seconds to add to UTC, from 1969 on. They are counted from the fields, because tm_gmtoff
// leaves out the leap seconds of zones that count them (right/Europe/Berlin).
napi_value LocalOffset(struct args *a) {
  int64_t seconds = 0;
  napi_get_value_int64(a->env, a->v[0], &seconds);
  time_t when = (time_t)seconds;
  struct tm *local = localtime(&when);
  if (local == NULL) return number(a->env, 0);
  // The days since 1970, as POSIX counts them (Seconds Since the Epoch).
  int64_t year = local->tm_year;
  int64_t days = (year - 70) * 365 + (year - 69) / 4 - (year - 1) / 100 + (year + 299) / 400 + local->tm_yday;
  int64_t shown = ((days * 24 + local->tm_hour) * 60 + local->tm_min) * 60 + local->tm_sec;
  return number(a->env, (double)(shown - seconds));
}
