"""A listener as superlance writes them: Supervisor's own childutils, and calls back over RPC."""
import os
import sys

from supervisor import childutils

rpc = childutils.getRPCInterface(os.environ)
while True:
    headers, payload = childutils.listener.wait(sys.stdin, sys.stdout)
    if headers["eventname"] == "PROCESS_STATE_EXITED":
        pheaders, _ = childutils.eventdata(payload + "\n")
        if not int(pheaders["expected"]):
            info = rpc.supervisor.getProcessInfo(pheaders["groupname"] + ":" + pheaders["processname"])
            with open(sys.argv[1], "a") as record:
                record.write("%(processname)s from %(from_state)s " % pheaders)
                record.write("%(statename)s %(exitstatus)s\n" % info)
            if pheaders["processname"] == "crasher":
                rpc.supervisor.startProcess("later")
    childutils.listener.ok(sys.stdout)
