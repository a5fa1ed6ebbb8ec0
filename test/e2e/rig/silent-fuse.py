"""silent-fuse.py DIRECTORY UID COMMAND...: mounts a file system of that user which is there and never answers.

Whoever enters it waits, and not even SIGKILL ends that: the request has been read, and the kernel waits for the answer.
Then it becomes the command; what serves the file system ends with it. Run it in a mount namespace of its own.
"""
import ctypes
import os
import struct
import subprocess
import sys

INIT = 26
PR_SET_PDEATHSIG, SIGKILL = 1, 9

directory, uid, *command = sys.argv[1:]
fuse = os.open("/dev/fuse", os.O_RDWR)
options = f"fd={fuse},rootmode=40000,user_id={uid},group_id={uid}"
subprocess.run(["mount", "-i", "-t", "fuse", "-o", options, "silent", directory], check=True, pass_fds=[fuse])
if os.fork() > 0:
    os.execv(command[0], command)
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, SIGKILL)
while True:
    request = os.read(fuse, 1 << 20)
    _, operation, unique = struct.unpack_from("=IIQ", request)
    if operation == INIT:
        answer = struct.pack("=IIIIHHI", 7, 31, 0, 0, 0, 0, 4096) + bytes(40)
        os.write(fuse, struct.pack("=IiQ", 16 + len(answer), 0, unique) + answer)
