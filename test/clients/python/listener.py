#!/usr/bin/python3
"""Event listeners that speak as superlance's do, through Supervisor's own childutils: one of crash, fatal, memory and
health, named by the first argument. What each saw and did goes to the file named by the second."""

import os
import sys

from supervisor import childutils
from supervisor.states import ProcessStates

mode, path = sys.argv[1:3]
rpc = childutils.getRPCInterface(os.environ)


def tell(text):
    with open(path, "a") as file:
        file.write(text + "\n")


def restart(info):
    name = "%s:%s" % (info["group"], info["name"])
    tell("stop %s: %s" % (name, rpc.supervisor.stopProcess(name)))
    tell("start %s: %s" % (name, rpc.supervisor.startProcess(name)))
    again = rpc.supervisor.getProcessInfo(name)
    tell("another pid: %s, state %s" % (again["pid"] != info["pid"], again["statename"]))


def crashed(headers, payload):
    data, rest = childutils.eventdata(payload + "\n")
    tell("%s %s:%s from %s, expected %d, pid %s, rest %r" % (
        headers["eventname"], data["groupname"], data["processname"], data["from_state"], int(data["expected"]),
        int(data["pid"]) > 0, rest))


def failed(headers, payload):
    data, rest = childutils.eventdata(payload + "\n")
    tell("%s %s" % (headers["eventname"], sorted(data.items())))


def too_large(headers, payload):
    for info in rpc.supervisor.getAllProcessInfo():
        # Without a process its pid is 0.
        if info["name"] == "hog" and info["pid"] and not os.path.exists(path):
            with open("/proc/%d/statm" % info["pid"]) as file:
                tell("resident %s" % (int(file.read().split()[1]) > 0))
            restart(info)


def unhealthy(headers, payload):
    info = rpc.supervisor.getProcessInfo("sick")
    if info["state"] == ProcessStates.RUNNING and not os.path.exists(path):
        tell("up for some time: %s" % (info["now"] >= info["start"] > 0))
        restart(info)


MODES = {"crash": crashed, "fatal": failed, "memory": too_large, "health": unhealthy}

while True:
    headers, payload = childutils.listener.wait(sys.stdin, sys.stdout)
    if mode in ("crash", "fatal"):
        shown = {key: value for key, value in headers.items() if key not in ("serial", "poolserial", "len")}
        tell("headers %s" % sorted(shown.items()))
    MODES[mode](headers, payload)
    childutils.listener.ok(sys.stdout)
