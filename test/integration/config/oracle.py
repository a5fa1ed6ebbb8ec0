"""Answers questions about configurations with Python's and Supervisor's own code: JSON lines in, JSON lines out."""
import fnmatch
import getopt
import io
import json
import os
import shlex
import sys
import unicodedata
import warnings

warnings.simplefilter("ignore")
from supervisor import options as so
from supervisor import datatypes as dt


def posix_pairs(arg):
    """environment= as Supervisor 4.4 reads it: the installed 4.2.5 still uses the lexer without POSIX quoting."""
    lexer = shlex.shlex(str(arg), posix=True)
    lexer.wordchars += "/.+-():"
    tokens = list(lexer)
    found = {}
    at = 0
    while at < len(tokens):
        triple = tokens[at:at + 3]
        if len(triple) != 3 or triple[1] != "=":
            raise ValueError("Unexpected end of key/value pairs in value '%s'" % arg)
        found[triple[0]] = triple[2]
        at += 4
    return found


so.dict_of_key_value_pairs = posix_pairs

saneget = so.UnhosedConfigParser.saneget


def expanding_once(self, section, option, default=so._marker, do_expand=True, expansions={}):
    """Supervisor 4.4 expands [supervisord] environment once; the installed 4.2.5 does it twice."""
    if (section, option) == ("supervisord", "environment"):
        do_expand = False
    return saneget(self, section, option, default, do_expand, expansions)


so.UnhosedConfigParser.saneget = expanding_once


class Usage(Exception):
    pass


def ini(q):
    parser = so.UnhosedConfigParser()
    # Line ends as a file opened in text mode has them.
    parser.read_file(io.StringIO(q["text"], newline=None), "f.conf")
    return {
        "sections": [[s, [[k, v] for k, v in parser._sections[s].items()]] for s in parser.sections()],
        "defaults": [[k, v] for k, v in parser.defaults().items()],
    }


def bits(mask):
    """What the kernel takes of a mask; Supervisor passes it nonsense such as -1 as well."""
    return mask if mask is None else mask & 0o777


def logfile(value):
    if value is dt.Automatic:
        return "AUTO"
    return value or None


def process(p):
    names = ["name", "uid", "command", "directory", "umask", "priority", "autostart", "startsecs", "startretries",
             "stopsignal", "stopwaitsecs", "stopasgroup", "killasgroup", "exitcodes", "redirect_stderr", "serverurl",
             "environment"]
    d = {n: getattr(p, n) for n in names}
    d["stopsignal"] = int(d["stopsignal"])
    d["umask"] = bits(d["umask"])
    kinds = {dt.RestartUnconditionally: "always", dt.RestartWhenExitUnexpected: "unexpected", False: "never"}
    d["autorestart"] = kinds[p.autorestart]
    for c in ("stdout", "stderr"):
        d[c] = [logfile(getattr(p, c + "_logfile"))] + [
            getattr(p, c + "_" + n)
            for n in ("logfile_maxbytes", "logfile_backups", "capture_maxbytes", "events_enabled", "syslog")]
    return d


def group(g):
    d = {"name": g.name, "priority": g.priority, "processes": [process(p) for p in g.process_configs]}
    if isinstance(g, so.EventListenerPoolConfig):
        from supervisor.events import getEventNameByType
        d["events"] = sorted(getEventNameByType(e) for e in g.pool_events)
        d["buffer"] = g.buffer_size
    if isinstance(g, so.FastCGIGroupConfig):
        s = g.socket_config
        d["socket"] = s.url
        if s.url.startswith("unix"):
            d["socket_mode"] = s.mode
            d["socket_owner"] = s.owner
        d["backlog"] = s.backlog
    return d


def whole(q):
    os.chdir(q["cwd"])
    o = so.ServerOptions()

    def usage(msg):
        raise Usage(str(msg))
    o.usage = usage
    o.realize(args=q["args"], doc="", progname="supervisord")
    daemon = {n: getattr(o, n) for n in ["logfile", "logfile_maxbytes", "logfile_backups", "loglevel", "pidfile",
              "umask", "minfds", "minprocs", "childlogdir", "directory", "identifier"]}
    for n in ["nodaemon", "silent", "nocleanup", "strip_ansi"]:
        daemon[n] = bool(getattr(o, n))
    daemon["umask"] = bits(int(daemon["umask"], 8) if isinstance(daemon["umask"], str) else daemon["umask"])
    daemon["uid"] = o.uid
    servers = []
    for s in o.server_configs:
        servers.append([s["section"], s.get("file"), s.get("chmod"), list(s["chown"]) if "chown" in s else None,
                        s.get("host"), s.get("port"), s["username"], s["password"]])
    return {"daemon": daemon, "groups": [group(g) for g in o.process_group_configs], "servers": servers,
            "warnings": o.parse_warnings, "infos": o.parse_infos}


def ctl(q):
    os.chdir(q["cwd"])
    o = so.ClientOptions()

    def usage(msg):
        raise Usage(str(msg))
    o.usage = usage
    o.realize(args=q["args"], doc="", progname="supervisorctl")
    return {n: getattr(o, n) for n in ["serverurl", "username", "password", "prompt", "history_file"]}


PARSERS = {
    "integer": dt.integer, "boolean": dt.boolean, "byte size": dt.byte_size, "octal": dt.octal_type,
    "log level": dt.logging_level, "signal": lambda v: int(dt.signal_number(v)), "exit codes": dt.list_of_exitcodes,
    "list": dt.list_of_strings, "address": dt.inet_address, "name": dt.process_or_group_name,
    "autorestart": lambda v: {dt.RestartUnconditionally: "always", dt.RestartWhenExitUnexpected: "unexpected",
                              False: "never"}[dt.auto_restart(v)],
    "environment": posix_pairs,
}

OPERATIONS = {
    "ini": ini,
    "whole": whole,
    "ctl": ctl,
    "unassigned": lambda q: "".join(c for c in map(chr, range(0x110000)) if unicodedata.category(c) == "Cn"),
    "repr": lambda q: repr(q["text"]),
    "expand": lambda q: so.expand(q["text"], q["names"], q["where"]),
    "split": lambda q: shlex.split(q["text"]),
    "glob": lambda q: fnmatch.fnmatchcase(q["name"], q["pattern"]),
    "getopt": lambda q: getopt.getopt(q["args"], q["short"], q["long"]),
    "value": lambda q: PARSERS[q["kind"]](q["text"]),
    "url": lambda q: dt.url(q["text"]),
}

for line in sys.stdin:
    question = json.loads(line)
    try:
        answer = {"value": OPERATIONS[question["op"]](question)}
    except Exception as why:
        answer = {"error": str(why)}
    print(json.dumps(answer))
