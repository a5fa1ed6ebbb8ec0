// Datagrams in which programs tell the daemon about themselves (sd_notify). The kernel says who sent each.

#define _GNU_SOURCE
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "descriptors.h"
#include "values.h"

#ifdef __linux__
// As many as a message can carry (SCM_MAX_FD of the kernel); those without room are closed by the kernel itself.
enum { MOST_PASSED = 253 };

// Every message tells the process that sent it.
static int bind_notices(const char *path, size_t length, mode_t mode) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (length >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(address.sun_path, path, length);
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;
  if (fd < 0) return -1;
  // The file gets the mode of the socket.
  if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0 || fchmod(fd, mode) < 0 ||
      bind(fd, (struct sockaddr *)&address, sizeof address) < 0) {
    close_if_open(fd);
    return -1;
  }
  return fd;
}

static void close_passed(struct cmsghdr *c) {
  size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  for (size_t i = 0; i < count; i++) {
    int fd;
    memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
    close(fd);
  }
}
#endif

napi_value BindNotices(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
#ifdef __linux__
  size_t length = 0;
  char *path = string(&a, 0, &length);
  int fd = path != NULL ? bind_notices(path, length, integer(&a, 1)) : (errno = EINVAL, -1);
  napi_value result = outcome(env, fd);
  free(path);
  return result;
#else
  (void)a;
  return number(env, -ENOSYS);
#endif
}

// receiveNotice(fd, into, who): one message, without waiting. `who` gets the sender's pid (0 for unknown) and its uid.
// Descriptors that come with it are closed at once.
napi_value ReceiveNotice(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
#ifdef __linux__
  size_t room, places;
  void *into = array(&a, 1, &room);
  int32_t *who = array(&a, 2, &places);
  if (into == NULL || who == NULL || places < 2) return number(env, -EINVAL);
  _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(MOST_PASSED * sizeof(int))];
  struct iovec part = {.iov_base = into, .iov_len = room};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t n = recvmsg(integer(&a, 0), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  who[0] = 0, who[1] = -1;
  if (n < 0) return outcome(env, -1);
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c != NULL; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET) continue;
    if (c->cmsg_type == SCM_RIGHTS) close_passed(c);
    if (c->cmsg_type != SCM_CREDENTIALS || c->cmsg_len < CMSG_LEN(sizeof(struct ucred))) continue;
    struct ucred credentials;
    memcpy(&credentials, CMSG_DATA(c), sizeof credentials);
    who[0] = credentials.pid, who[1] = (int32_t)credentials.uid;
  }
  return number(env, n);
#else
  (void)a;
  return number(env, -ENOSYS);
#endif
}
