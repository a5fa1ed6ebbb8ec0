// A server that answers each connection to a port of 127.0.0.1 with "200 OK" once it has sent something, and closes it. Writes a
// byte for each: answer PORT

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons(argc > 1 ? atoi(argv[1]) : 0),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int server = socket(AF_INET, SOCK_STREAM, 0), set = epoll_create1(0), on = 1;
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = server};
  if (bind(server, (struct sockaddr *)&address, sizeof address) < 0 || listen(server, 1024) < 0 ||
      epoll_ctl(set, EPOLL_CTL_ADD, server, &event) < 0)
    return 1;
  signal(SIGPIPE, SIG_IGN);
  const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
  char request[4096];
  while (epoll_wait(set, &event, 1, -1) > 0) {
    int fd = event.data.fd;
    if (fd == server) {
      event = (struct epoll_event){.events = EPOLLIN, .data.fd = accept(server, NULL, NULL)};
      epoll_ctl(set, EPOLL_CTL_ADD, event.data.fd, &event);
      continue;
    }
    if (read(fd, request, sizeof request) > 0 && write(fd, answer, sizeof answer - 1) < 0) return 1;
    if (write(STDOUT_FILENO, ".", 1) < 0) return 1;
    close(fd);
  }
  return 1;
}
