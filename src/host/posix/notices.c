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

// receiveNotice(fd, into, who): one message, without waiting. `who` gets the sender's pid (0 for unknown), its uid, and whether
// descriptors came with it. Such a message is only looked at and stays in the queue: the last close of a descriptor may wait for
// its peer, so a thread of the pool must take it. There is no room for descriptors, so none is ever opened here.
napi_value ReceiveNotice(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
#ifdef __linux__
  size_t room, places;
  void *into = array(&a, 1, &room);
  int32_t *who = array(&a, 2, &places);
  if (into == NULL || who == NULL || places < 3) return number(env, -EINVAL);
  int fd = integer(&a, 0);
  _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct ucred))];
  struct iovec part = {.iov_base = into, .iov_len = room};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t n = recvmsg(fd, &message, MSG_DONTWAIT | MSG_PEEK | MSG_CMSG_CLOEXEC);
  who[0] = 0, who[1] = -1, who[2] = 0;
  if (n < 0) return outcome(env, -1);
  struct cmsghdr *c = CMSG_FIRSTHDR(&message);
  if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS &&
      c->cmsg_len >= CMSG_LEN(sizeof(struct ucred))) {
    struct ucred credentials;
    memcpy(&credentials, CMSG_DATA(c), sizeof credentials);
    who[0] = credentials.pid, who[1] = (int32_t)credentials.uid;
  }
  who[2] = (message.msg_flags & MSG_CTRUNC) != 0;
  // Only this thread reads, so it is the same message.
  if (!who[2] && recv(fd, control, sizeof control, MSG_DONTWAIT) < 0) return outcome(env, -1);
  return number(env, n);
#else
  (void)a;
  return number(env, -ENOSYS);
#endif
}
