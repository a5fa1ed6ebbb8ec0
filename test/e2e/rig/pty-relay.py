# Runs a program on a terminal of its own: keys come from stdin, what it shows goes to stdout, its exit status is ours.
#   pty-relay.py COLUMNS ROWS PROGRAM ARGUMENTS...
# Signals: SIGTERM hangs the terminal up. File descriptor 3, where it is open, takes lines "COLUMNS ROWS": a new size.

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios


def resize(fd, columns, rows):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def main():
    columns, rows, *argv = sys.argv[1:]
    ready, go = os.pipe()
    pid, master = pty.fork()
    if pid == 0:
        # Waits until the window has its size.
        os.close(go)
        os.read(ready, 1)
        os.close(ready)
        if os.path.exists("/proc/self/fd/3"):
            os.close(3)
        os.execv(argv[0], argv)
    os.close(ready)
    resize(master, int(columns), int(rows))
    os.close(go)
    signal.signal(signal.SIGTERM, lambda *_: os.close(master) or os._exit(0))
    sources = [master, 0]
    if os.path.exists("/proc/self/fd/3"):
        sources.append(3)
    while True:
        readable, _, _ = select.select(sources, [], [])
        for fd in readable:
            try:
                data = os.read(fd, 65536)
            except OSError:
                data = b""
            if fd == master:
                if data == b"":
                    status = os.waitpid(pid, 0)[1]
                    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
                os.write(1, data)
            elif data == b"":
                sources.remove(fd)
            elif fd == 0:
                os.write(master, data)
            else:
                # Two may have come at once: the last one is the window's size.
                resize(master, *[int(word) for word in data.splitlines()[-1].split()])


main()
