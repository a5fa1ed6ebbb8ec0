#!/usr/bin/python3
"""Calls by Python's xmlrpc.client: over TCP, with MultiCall, or through Supervisor's own transport on the socket."""

import sys
import xmlrpc.client

mode, host, port, user, password, socket = sys.argv[1:7]
if mode == "socket":
    from supervisor.xmlrpc import SupervisorTransport

    transport = SupervisorTransport(user, password, "unix://" + socket)
    server = xmlrpc.client.ServerProxy("http://127.0.0.1", transport)
else:
    server = xmlrpc.client.ServerProxy("http://%s:%s@%s:%s/RPC2" % (user, password, host, port))


def row(label, text):
    sys.stdout.buffer.write(("%s\t%s\n" % (label, text.replace("\\", "\\\\").replace("\n", "\\n"))).encode())


def show(label, value):
    if isinstance(value, dict):
        for key in sorted(value):
            show("%s.%s" % (label, key), value[key])
    elif isinstance(value, (list, tuple)):
        row(label + ".length", str(len(value)))
        for index, item in enumerate(value):
            show("%s[%d]" % (label, index), item)
    else:
        row(label, "%s %s" % (type(value).__name__, value))


def parse(word):
    kind, text = word.split(":", 1)
    if kind == "i":
        return int(text)
    if kind == "b":
        return text == "1"
    if kind == "m":
        return [{"methodName": name, "params": []} for name in text.split(",")]
    return text


def attempt(label, call):
    try:
        show(label, call())
    except xmlrpc.client.Fault as error:
        row(label, "fault %d %s" % (error.faultCode, error.faultString))
    except xmlrpc.client.ProtocolError as error:
        row(label, "http %d" % error.errcode)
    except Exception as error:
        row(label, "error " + type(error).__name__)


for line in sys.stdin.buffer.read().decode().splitlines():
    method, *words = line.split("\t")
    target = server
    for part in method.split("."):
        target = getattr(target, part)
    attempt(" ".join([method, *words]), lambda: target(*map(parse, words)))

# Supervisor answers a multicall with bare values, which this class does not expect; the same must come of it.
multi = xmlrpc.client.MultiCall(server)
multi.supervisor.getAPIVersion()
multi.supervisor.getProcessInfo("nope")
attempt("MultiCall", lambda: list(multi()))
