"""Starts Debian's supervisord many times in one Python, which has imported it once: JSON lines in, JSON lines out."""
import json
import os
import signal
import sys
import tempfile

from supervisor import supervisord

# Longer than any start that fails takes.
LIMIT_SECS = 60


def start(arguments):
    signal.alarm(LIMIT_SECS)
    sys.argv = ["/usr/bin/supervisord"] + arguments
    try:
        supervisord.main()
        return 0
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1


def contents(file):
    file.seek(0)
    return file.read().decode()


for line in iter(sys.stdin.readline, ""):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, open(os.devnull) as null:
        pid = os.fork()
        if pid == 0:
            for file, fd in ((null, 0), (out, 1), (err, 2)):
                os.dup2(file.fileno(), fd)
            status = 1
            try:
                status = start(json.loads(line))
            except BaseException:
                sys.excepthook(*sys.exc_info())
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
        status = os.waitpid(pid, 0)[1]
        exited = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
        print(json.dumps({"status": exited, "stdout": contents(out), "stderr": contents(err)}), flush=True)
