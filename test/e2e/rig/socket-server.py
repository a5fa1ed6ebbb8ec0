#!/usr/bin/python3
# A web server on the sockets that it is passed (sd_listen_fds(3)). It answers one request of a connection, with its pid, $WORD
# and the variables. "/quit" makes it exit with status 0, "/fail" with 3; SIGTERM ends it between two requests.
import os
import select
import signal
import socket
import sys

if os.environ["LISTEN_PID"] != str(os.getpid()):
    sys.exit("these sockets are those of %s" % os.environ["LISTEN_PID"])
count = int(os.environ["LISTEN_FDS"])
others = [fd for fd in os.listdir("/proc/self/fd") if int(fd) >= 3 + count]
sockets = [socket.socket(fileno=3 + n) for n in range(count)]
for each in sockets:
    each.setblocking(False)
woken, wake = os.pipe()
os.set_blocking(wake, False)
signal.signal(signal.SIGTERM, lambda *_: None)
signal.set_wakeup_fd(wake)
facts = [os.environ.get("WORD", ""), os.environ["LISTEN_FDNAMES"], *sys.argv[1:], str(len(others) - 1)]
while True:
    ready, _, _ = select.select([woken, *sockets], [], [])
    if woken in ready:
        sys.exit(0)
    for each in ready:
        try:
            client, _ = each.accept()
        except BlockingIOError:
            continue
        client.setblocking(True)
        asked = client.recv(4096)
        text = " ".join([str(os.getpid()), *facts]) + "\n"
        head = "HTTP/1.0 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(text)
        client.sendall((head + text).encode())
        client.close()
        if b"/quit" in asked:
            sys.exit(0)
        if b"/fail" in asked:
            sys.exit(3)
