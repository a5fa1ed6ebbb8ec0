#!/usr/bin/python3
# A program that takes its requests from a socket on descriptor 0, as FastCGI programs do: it answers each connection with
# its name, its pid, and whether accept(2) blocks, and ends when a request says "exit".
import os
import socket
import sys

listener = socket.socket(fileno=os.dup(0))
blocking = os.get_blocking(0)
print("accepting", flush=True)
while True:
    connection, _ = listener.accept()
    connection.sendall(b"%s %d %s\n" % (sys.argv[1].encode(), os.getpid(), str(blocking).encode()))
    request = connection.makefile("rb").readline()
    connection.close()
    if request == b"exit\n":
        sys.exit(3)
