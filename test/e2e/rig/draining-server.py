#!/usr/bin/python3
# A web server that keeps connections and drains: on the socket that it is passed (sd_listen_fds(3)), or on the port of its first
# argument. It answers with its pid and $WORD. After SIGTERM it accepts what waits at its own port, closes that, and exits when each
# connection has had one more answer, or has asked nothing for a second.
import os
import selectors
import signal
import socket
import sys

isPassed = "LISTEN_FDS" in os.environ
if isPassed:
    listener = socket.socket(fileno=3)
else:
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=512)
listener.setblocking(False)
woken, wake = os.pipe()
os.set_blocking(wake, False)
signal.signal(signal.SIGTERM, lambda *_: None)
signal.set_wakeup_fd(wake)
waiting = selectors.DefaultSelector()
waiting.register(listener, selectors.EVENT_READ)
waiting.register(woken, selectors.EVENT_READ)
clients = {}
isDraining = False


def accept():
    try:
        client, _ = listener.accept()
    except (BlockingIOError, ConnectionError):
        return False
    clients[client] = b""
    waiting.register(client, selectors.EVENT_READ)
    return True


def close(client):
    waiting.unregister(client)
    del clients[client]
    client.close()


def answer(client):
    try:
        read = client.recv(4096)
        clients[client] += read
        if read and not clients[client].endswith(b"\r\n\r\n"):
            return
        asked = clients[client].lower()
        isLast = isDraining or b"connection: close" in asked or b" http/1.0" in asked
        if read:
            text = "%d %s\n" % (os.getpid(), os.environ.get("WORD", ""))
            how = "close" if isLast else "keep-alive"
            head = "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: %s\r\n\r\n" % (len(text), how)
            client.sendall((head + text).encode())
        clients[client] = b""
        if isLast or not read:
            close(client)
    except ConnectionError:
        close(client)


while clients or not isDraining:
    ready = waiting.select(1 if isDraining else None)
    if isDraining and not ready:
        break
    for key, _ in ready:
        if key.fileobj == woken and not isDraining:
            isDraining = True
            while not isPassed and accept():
                pass
            waiting.unregister(woken)
            waiting.unregister(listener)
            listener.close()
        elif key.fileobj is listener and not isDraining:
            accept()
        elif key.fileobj in clients:
            answer(key.fileobj)
