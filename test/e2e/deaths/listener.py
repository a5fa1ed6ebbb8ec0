"""An event listener that is at work for a while, and notes what it reads.

listener.py RECORD MOST-MILLISECONDS

RECORD gets a line for each event when it is read: its serial in the pool, its name and the first line of its payload, and how
long the payload is. Answers come in pieces.
"""
import os
import random
import sys
import time

RANDOM = random.Random(1)


def say(*pieces):
    for piece in pieces:
        os.write(1, piece)
        time.sleep(RANDOM.choice((0, 0.002)))


def read(length):
    parts = b""
    while len(parts) < length:
        part = os.read(0, length - len(parts))
        if not part:
            sys.exit(0)
        parts += part
    return parts


def line():
    text = b""
    while not text.endswith(b"\n"):
        text += read(1)
    return text.decode()


def main():
    record = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    most = float(sys.argv[2]) / 1000
    while True:
        say(b"READY\n")
        head = dict(word.split(":", 1) for word in line().split())
        payload = read(int(head["len"])).decode()
        first = payload.split("\n")[0].strip().replace(" ", ",")
        text = "%s %s %s %d\n" % (head["poolserial"], head["eventname"], first[:200], len(payload))
        os.write(record, text.encode())
        time.sleep(RANDOM.uniform(min(0.02, most), most))
        say(b"RESU", b"LT 2", b"\nO", b"K")


main()
