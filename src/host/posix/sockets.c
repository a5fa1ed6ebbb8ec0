// Listening sockets that are passed on, the peer of a connection, and datagrams, also those of programs to the daemon. Nothing blocks except ConnectUnix.

#define _GNU_SOURCE
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "descriptors.h"
#include "values.h"

// Linux 4.13; glibc 2.26 and musl name it later than the oldest headers that we compile with.
#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif
// Of the groups of a peer, so many are looked at: one that is in more has, for us, groups that are unknown.
#define NGROUPS_LIMIT 4096

static int keep_if(int is_well, int fd) {
  if (is_well) return fd;
  close_if_open(fd);
  return -1;
}

static int new_socket(int family, int type) { return socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

// The path of the first argument. A leading NUL (written "@" by systemd) is an abstract name: no file, and no NUL behind it.
static int unix_address(struct args *a, struct sockaddr_un *address, socklen_t *size) {
  size_t length = 0;
  *address = (struct sockaddr_un){.sun_family = AF_UNIX};
  errno = EINVAL;
  if (napi_get_value_string_utf8(a->env, a->v[0], NULL, 0, &length) != napi_ok) return -1;
  errno = ENAMETOOLONG;
  if (length >= sizeof address->sun_path) return -1;
  napi_get_value_string_utf8(a->env, a->v[0], address->sun_path, sizeof address->sun_path, &length);
  *size = offsetof(struct sockaddr_un, sun_path) + length + (address->sun_path[0] != 0);
  return 0;
}

static int connected(struct args *a, int type) {
  struct sockaddr_un address;
  socklen_t size;
  int fd = unix_address(a, &address, &size) < 0 ? -1 : new_socket(AF_UNIX, type);
  return fd < 0 ? -1 : keep_if(connect(fd, (struct sockaddr *)&address, size) == 0, fd);
}

// Binds; the file appears with at most `mode`. The file takes its mode from the socket itself, so that no umask changes under the
// feet of other threads that create files at that moment.
static int bound(struct args *a, int type, mode_t mode) {
  struct sockaddr_un address;
  socklen_t size;
  int fd = unix_address(a, &address, &size) < 0 ? -1 : new_socket(AF_UNIX, type);
  if (fd < 0) return -1;
  int result = fchmod(fd, mode) < 0 ? -1 : bind(fd, (struct sockaddr *)&address, size);
  return keep_if(result == 0, fd);
}

napi_value ListenUnix(struct args *a) {
  int fd = bound(a, SOCK_STREAM, integer(a, 1));
  return outcome(a, fd < 0 ? -1 : keep_if(listen(fd, integer(a, 2)) == 0, fd));
}

// listen(fd, backlog): of a socket that listens already, it changes the backlog.
napi_value Listen(struct args *a) { return outcome(a, listen(integer(a, 0), integer(a, 1))); }

// NULL for anything but a numeric address: a name could take seconds to look up. The caller frees it.
static struct addrinfo *numeric_address(const char *host, const char *port, int flags) {
  const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | flags, .ai_socktype = SOCK_STREAM};
  struct addrinfo *found = NULL;
  return host != NULL && port != NULL && getaddrinfo(host, port, &hints, &found) == 0 ? found : NULL;
}

napi_value ListenTcp(struct args *a) {
  char *host = string(a, 0, NULL), *port = string(a, 1, NULL);
  struct addrinfo *found = numeric_address(host, port, AI_PASSIVE);
  int fd = -1, on = 1, error = EINVAL;
  if (found != NULL) {
    fd = new_socket(found->ai_family, SOCK_STREAM);
    if (fd >= 0)
      fd = keep_if(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                       bind(fd, found->ai_addr, found->ai_addrlen) == 0 && (integer(a, 2) < 0 || listen(fd, integer(a, 2)) == 0),
                   fd);
    error = errno;
    freeaddrinfo(found);
  }
  free(host), free(port);
  return number(a->env, fd < 0 ? -error : fd);
}

// Begins to connect. The socket is writable when that has ended: see ConnectOutcome.
napi_value ConnectTcp(struct args *a) {
  char *host = string(a, 0, NULL), *port = string(a, 1, NULL);
  struct addrinfo *found = numeric_address(host, port, 0);
  int fd = -1, error = EINVAL;
  if (found != NULL) {
    fd = new_socket(found->ai_family, SOCK_STREAM);
    if (fd >= 0) fd = keep_if(connect(fd, found->ai_addr, found->ai_addrlen) == 0 || errno == EINPROGRESS, fd);
    error = errno;
    freeaddrinfo(found);
  }
  free(host), free(port);
  return number(a->env, fd < 0 ? -error : fd);
}

// The kernel may choose the same port for the client side. If nothing listens there, the two ends are the same socket, which
// looks like a connection; it is reset then, which does not keep the port from the program.
static int is_connected_to_itself(int fd) {
  struct sockaddr_storage own = {0}, other = {0};
  socklen_t own_size = sizeof own, other_size = sizeof other;
  if (getsockname(fd, (struct sockaddr *)&own, &own_size) < 0 || getpeername(fd, (struct sockaddr *)&other, &other_size) < 0)
    return 0;
  if (own_size != other_size || memcmp(&own, &other, own_size) != 0) return 0;
  const struct linger reset = {.l_onoff = 1};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  return 1;
}

napi_value ConnectOutcome(struct args *a) {
  int fd = integer(a, 0), error = 0;
  socklen_t size = sizeof error;
  struct pollfd writable = {.fd = fd, .events = POLLOUT};
  if (poll(&writable, 1, 0) == 0) error = EINPROGRESS;
  else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0) error = errno;
  else if (error == 0 && is_connected_to_itself(fd)) error = ECONNREFUSED;
  return number(a->env, -error);
}

// The ids of the supplementary groups of the peer when it connected; nothing where the kernel does not tell them.
static void put_groups(struct args *a, napi_value who, int fd) {
  gid_t ids[NGROUPS_LIMIT];
  socklen_t size = sizeof ids;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, ids, &size) < 0) return;
  napi_value groups;
  napi_create_array(a->env, &groups);
  for (uint32_t i = 0; i < size / sizeof *ids; i++) napi_set_element(a->env, groups, i, number(a->env, (double)ids[i]));
  put(a->env, who, "groups", groups);
}

// {pid, uid, gid} of the peer, and groups; on the connecting side, of the process that called listen.
static napi_value peer(struct args *a, int fd) {
  struct ucred c;
  socklen_t size = sizeof c;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &size) < 0) return outcome(a, -1);
  double pid = c.pid, uid = c.uid, gid = c.gid;
  napi_value who;
  napi_create_object(a->env, &who);
  put(a->env, who, "pid", number(a->env, pid));
  put(a->env, who, "uid", number(a->env, uid));
  put(a->env, who, "gid", number(a->env, gid));
  put_groups(a, who, fd);
  return who;
}

napi_value PeerCredentials(struct args *a) { return peer(a, integer(a, 0)); }

// Is a process listening? Connecting never blocks here: the kernel's queue answers even if the listener hangs.
napi_value ProbeUnix(struct args *a) {
  int fd = connected(a, SOCK_STREAM);
  napi_value result = fd < 0 ? outcome(a, -1) : peer(a, fd);
  close_if_open(fd);
  return result;
}

// The one call here that waits, for room in the listener's queue; only ctl makes it, which has nothing else to do.
napi_value ConnectUnix(struct args *a) {
  struct sockaddr_un address;
  socklen_t size;
  // A server that hangs takes nothing and says nothing: each wait ends with EAGAIN, and the caller decides.
  struct timeval patience = {.tv_sec = 1}, room = {.tv_sec = integer(a, 1)};
  int fd = unix_address(a, &address, &size) < 0 ? -1 : socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0)
    fd = keep_if(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
                     setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &room, sizeof room) == 0 &&
                     connect(fd, (struct sockaddr *)&address, size) == 0, fd);
  return outcome(a, fd);
}

napi_value SendDatagram(struct args *a) {
  size_t count;
  void *bytes = array(a, 1, &count);
  int fd = connected(a, SOCK_DGRAM);
  napi_value result = outcome(a, fd < 0 ? -1 : send(fd, bytes, count, MSG_NOSIGNAL));
  close_if_open(fd);
  return result;
}

// A datagram socket that is connected for good: as sendDatagram, without the socket and the path for each message.
napi_value ConnectDatagram(struct args *a) { return outcome(a, connected(a, SOCK_DGRAM)); }

// Datagrams in which programs tell the daemon about themselves (sd_notify). The kernel says which process sent each.

napi_value BindNotices(struct args *a) {
  int fd = bound(a, SOCK_DGRAM, integer(a, 1)), on = 1;
  return outcome(a, fd < 0 ? -1 : keep_if(setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0, fd));
}

// receiveNotice(fd, into, who): one message, without waiting. `who` gets the sender's pid (0 for unknown) and whether
// descriptors came with it. Such a message is only looked at and stays in the queue: the last close of a descriptor may wait for
// its peer, so a thread of the pool must take it. There is no room for descriptors, so none is ever opened here.
napi_value ReceiveNotice(struct args *a) {
  size_t room, places;
  void *into = array(a, 1, &room);
  int32_t *who = array(a, 2, &places);
  if (into == NULL || who == NULL || places < 2) return number(a->env, -EINVAL);
  int fd = integer(a, 0);
  _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct ucred))];
  struct iovec part = {.iov_base = into, .iov_len = room};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t n = recvmsg(fd, &message, MSG_DONTWAIT | MSG_PEEK | MSG_CMSG_CLOEXEC);
  who[0] = who[1] = 0;
  if (n < 0) return outcome(a, -1);
  struct cmsghdr *c = CMSG_FIRSTHDR(&message);
  if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS &&
      c->cmsg_len >= CMSG_LEN(sizeof(struct ucred))) {
    struct ucred credentials;
    memcpy(&credentials, CMSG_DATA(c), sizeof credentials);
    who[0] = credentials.pid;
  }
  who[1] = (message.msg_flags & MSG_CTRUNC) != 0;
  // Only this thread reads, so it is the same message.
  if (!who[1] && recv(fd, control, sizeof control, MSG_DONTWAIT) < 0) return outcome(a, -1);
  return number(a->env, n);
}
