// Listening sockets that are passed on, the peer of a connection, and datagrams. Nothing blocks except ConnectUnix.

#define _GNU_SOURCE
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "descriptors.h"
#include "values.h"

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

static int new_socket(int family, int type) {
  int fd = socket(family, type, 0);
  if (fd >= 0 && (set_cloexec(fd, 1) < 0 || set_nonblocking(fd) < 0)) {
    close_if_open(fd);
    return -1;
  }
  return fd;
}

// A leading NUL in the path (written "@" by systemd) is an abstract name: no file, and no NUL behind it.
static int unix_address(const char *path, size_t length, struct sockaddr_un *address, socklen_t *size) {
  *address = (struct sockaddr_un){.sun_family = AF_UNIX};
  if (length >= sizeof address->sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(address->sun_path, path, length);
  *size = offsetof(struct sockaddr_un, sun_path) + length + (path[0] != 0);
  return 0;
}

// Binds and listens; the file appears with at most `mode`. Linux takes the file's mode from the socket itself, so that
// no umask changes under the feet of other threads that create files at that moment.
static int listen_unix(const char *path, size_t length, mode_t mode, int backlog) {
  struct sockaddr_un address;
  socklen_t size;
  if (unix_address(path, length, &address, &size) < 0) return -1;
  int fd = new_socket(AF_UNIX, SOCK_STREAM);
  if (fd < 0) return -1;
#ifdef __linux__
  int bound = fchmod(fd, mode) < 0 ? -1 : bind(fd, (struct sockaddr *)&address, size);
#else
  mode_t old = umask(0777 & ~mode);
  int bound = bind(fd, (struct sockaddr *)&address, size);
  umask(old);
#endif
  if (bound < 0 || listen(fd, backlog) < 0) {
    close_if_open(fd);
    return -1;
  }
  return fd;
}

napi_value ListenUnix(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  size_t length = 0;
  char *path = string(&a, 0, &length);
  int fd = path ? listen_unix(path, length, integer(&a, 1), integer(&a, 2)) : (errno = EINVAL, -1);
  int saved = errno;
  free(path);
  errno = saved;
  return outcome(env, fd);
}

napi_value ListenTcp(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  char *host = string(&a, 0, NULL), *port = string(&a, 1, NULL);
  struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE, .ai_socktype = SOCK_STREAM};
  struct addrinfo *found = NULL;
  int fd = -1, on = 1;
  errno = EINVAL; // only numeric addresses: a name could take seconds to look up
  if (host != NULL && port != NULL && getaddrinfo(host, port, &hints, &found) == 0) {
    fd = new_socket(found->ai_family, SOCK_STREAM);
    if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
                    bind(fd, found->ai_addr, found->ai_addrlen) < 0 || listen(fd, integer(&a, 2)) < 0)) {
      close_if_open(fd);
      fd = -1;
    }
    int saved = errno;
    freeaddrinfo(found);
    errno = saved;
  } else {
    errno = EINVAL;
  }
  napi_value result = outcome(env, fd);
  free(host), free(port);
  return result;
}

// {pid, uid, gid} of the peer; on the connecting side, of the process that called listen.
static napi_value peer(napi_env env, int fd) {
#ifdef __linux__
  struct ucred c;
  socklen_t size = sizeof c;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &size) < 0) return outcome(env, -1);
  double pid = c.pid, uid = c.uid, gid = c.gid;
#else
  uid_t uid;
  gid_t gid;
  pid_t pid = 0;
  if (getpeereid(fd, &uid, &gid) < 0) return outcome(env, -1);
#ifdef LOCAL_PEERPID
  socklen_t size = sizeof pid;
  getsockopt(fd, 0 /* SOL_LOCAL */, LOCAL_PEERPID, &pid, &size);
#endif
#endif
  napi_value who;
  napi_create_object(env, &who);
  put(env, who, "pid", number(env, pid));
  put(env, who, "uid", number(env, uid));
  put(env, who, "gid", number(env, gid));
  return who;
}

napi_value PeerCredentials(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  return peer(env, integer(&a, 0));
}

// Is a process listening? Connecting never blocks here: the kernel's queue answers even if the listener hangs.
napi_value ProbeUnix(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  size_t length = 0;
  char *path = string(&a, 0, &length);
  struct sockaddr_un address;
  socklen_t size;
  int fd = -1;
  napi_value result;
  if (path != NULL && unix_address(path, length, &address, &size) == 0 && (fd = new_socket(AF_UNIX, SOCK_STREAM)) >= 0 &&
      connect(fd, (struct sockaddr *)&address, size) == 0)
    result = peer(env, fd);
  else
    result = outcome(env, -1);
  close_if_open(fd);
  free(path);
  return result;
}

// The one call here that waits, for room in the listener's queue; only ctl makes it, which has nothing else to do.
napi_value ConnectUnix(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  size_t length = 0;
  char *path = string(&a, 0, &length);
  struct sockaddr_un address;
  socklen_t size;
  int fd = -1;
  // A server that hangs takes nothing and says nothing: each wait ends with EAGAIN, and the caller decides.
  struct timeval patience = {.tv_sec = 1}, room = {.tv_sec = integer(&a, 1)};
  if (path != NULL && unix_address(path, length, &address, &size) == 0 && (fd = socket(AF_UNIX, SOCK_STREAM, 0)) >= 0 &&
      (set_cloexec(fd, 1) < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0 ||
       setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &room, sizeof room) < 0 || connect(fd, (struct sockaddr *)&address, size) < 0)) {
    close_if_open(fd);
    fd = -1;
  }
  napi_value result = outcome(env, fd);
  free(path);
  return result;
}

napi_value SendDatagram(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  size_t length = 0, count;
  char *path = string(&a, 0, &length);
  void *bytes = array(&a, 1, &count);
  struct sockaddr_un address;
  socklen_t size;
  int fd = -1;
  long n = -1;
  if (path != NULL && unix_address(path, length, &address, &size) == 0 && (fd = new_socket(AF_UNIX, SOCK_DGRAM)) >= 0)
    n = sendto(fd, bytes, count, MSG_NOSIGNAL, (struct sockaddr *)&address, size);
  napi_value result = outcome(env, n);
  close_if_open(fd);
  free(path);
  return result;
}

// A datagram socket that is connected for good: as sendDatagram, without the socket and the path for each message.
napi_value ConnectDatagram(napi_env env, napi_callback_info info) {
  struct args a = arguments(env, info);
  size_t length = 0;
  char *path = string(&a, 0, &length);
  struct sockaddr_un address;
  socklen_t size;
  int fd = -1;
  if (path != NULL && unix_address(path, length, &address, &size) == 0 && (fd = new_socket(AF_UNIX, SOCK_DGRAM)) >= 0 &&
      connect(fd, (struct sockaddr *)&address, size) < 0) {
    close_if_open(fd);
    fd = -1;
  }
  napi_value result = outcome(env, fd);
  free(path);
  return result;
}
