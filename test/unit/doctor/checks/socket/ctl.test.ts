// Settings of ctl on hosts in memory: addresses, the RPC interface, names and passwords.

import assert from "node:assert/strict";
import { test } from "node:test";
import { meantUrl } from "../../../../../src/doctor/checks/socket/ctl-settings.ts";
import type { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { type Facts, type Row, rows } from "../rows.ts";
import {
  answer,
  CONFIG,
  host,
  INET,
  MAIN,
  PID,
  SOCKET,
  serving,
  UP,
  URL,
  withDaemon,
} from "./rig.ts";

const CONF = "/etc/tsv/tsv.conf";

/** ctl asks this URL. */
function asking(url: string, on = host()): Facts {
  return { on, text: CONFIG.replace(`serverurl=${URL}`, `serverurl=${url}`) };
}

function silent(name: string, text: string): Row {
  return [name, { on: host(), text }, null];
}

/** The daemon has sockets at other addresses than the configuration. */
function moved(address: string | null, uid = 0): Facts {
  const on = host();
  on.uid = uid;
  if (address !== null) on.listen({ kind: "unix", address, pid: PID });
  return { on, text: CONFIG, ...serving("missing") };
}

/** ctl finds this file first. */
function first(text: string, chosenBy: "daemon" | "service" = "daemon"): Facts {
  const path = "/root/supervisord.conf";
  const search = [
    { path, exists: true },
    { path: CONF, exists: true },
  ];
  const on = withDaemon(host()).file(path, text);
  return { on, text: CONFIG, ...UP, config: { chosenBy, search } };
}

const OTHER = "unix:///var/run/supervisor.sock";

rows("SOCK-005", [
  [
    "a missing serverurl means localhost:9001, where nothing listens",
    { on: host(), text: CONFIG.replace(`serverurl=${URL}\n`, "") },
    { writes: { [CONF]: /^\[supervisorctl\]\nserverurl=unix:/m }, fixed: true },
  ],
  [
    "another daemon answers there",
    {
      ...asking(OTHER, withDaemon(host())),
      ...UP,
      servers: [
        answer("answers"),
        answer("answers", { section: "supervisorctl", url: OTHER, pid: 7 }),
      ],
    },
    {
      symptom: "ctl shows the programs of another daemon",
      evidence: /pid 7 answers at serverurl/,
    },
  ],
  silent("a port on every address", INET.replace("port=127.0.0.1:9001", "port=*:9001")),
  silent("a path behind the port", INET.replace(":9001\n[rpc", ":9001/RPC2\n[rpc")),
  silent("localhost", INET.replace("http://127.0.0.1", "http://localhost")),
  silent("another machine", INET.replace("http://127.0.0.1:9001", "http://pi.example:9001")),
  silent("no section of ctl", CONFIG.replace(/\[supervisorctl\]\n.*\n/, "")),
  silent("no server", `[supervisorctl]\nserverurl=unix:///x.sock\n${MAIN}`),
  silent("one of two servers", `${CONFIG}[inet_http_server]\nport=9001\n`),
  [
    "the same socket through /var/run",
    asking("unix:///var/run/tsv/tsv.sock", host().link("/var/run", "/run")),
    null,
  ],
  ["a daemon whose sockets are unknown", moved(null), null],
  ["a daemon that lost its socket", moved(SOCKET), null],
  [
    "a user who cannot see the daemon's sockets",
    moved(null, 1000),
    { unknown: `where the daemon, pid ${PID}, listens (needs root)` },
  ],
  [
    "a file that ctl finds first",
    first("[supervisorctl]\nserverurl=http://localhost:9001\n"),
    { commands: [`tsv status -c ${CONF}`] },
  ],
  ["ctl finds the configuration of a service", first(MAIN, "service"), null],
  ["one with the same address", first(`[supervisorctl]\nserverurl = ${URL}\n`), null],
]);

test("SOCK-006: the URL that was meant", () => {
  const meanings: readonly (readonly [string, string | null])[] = [
    ["/var/run/supervisor.sock", "unix:///var/run/supervisor.sock"],
    ["unix:/run/x.sock", "unix:///run/x.sock"],
    ["unix:///run/x.sock", "unix:///run/x.sock"],
    ["127.0.0.1:9001", "http://127.0.0.1:9001"],
    ["localhost:9001/", "http://localhost:9001/"],
    ["[::1]:9001", "http://[::1]:9001"],
    ["tcp://localhost:9001", "http://localhost:9001"],
    ["ftp://localhost:9001", null],
    ["nonsense", null],
  ];
  for (const [written, meant] of meanings) assert.equal(meantUrl(written), meant, written);
});

function rewritten(written: string, after: RegExp): Row {
  return [written, asking(written), { writes: { [CONF]: after }, fixed: true }];
}

rows("SOCK-006", [
  rewritten("%(here)s/x.sock", /^serverurl=unix:\/\/%\(here\)s\/x\.sock$/m),
  rewritten("unix:%(here)s/x.sock", /^serverurl=unix:\/\/%\(here\)s\/x\.sock$/m),
  rewritten("unix:/run/x.sock", /^serverurl=unix:\/\/\/run\/x\.sock$/m),
  rewritten("127.0.0.1:9001", /^serverurl=http:\/\/127\.0\.0\.1:9001$/m),
  [
    "without a known meaning, and with a password",
    asking("ftp://me:sesame@h:9001"),
    { class: "C", hides: /sesame/ },
  ],
  [
    "a port out of range",
    asking("http://localhost:90010"),
    { symptom: "Port out of range 0-65535" },
  ],
  ...[
    URL,
    "http://localhost:9001",
    "http://localhost:",
    "http://me:x@h",
    "http://[::1]:9001",
    "http://h:1/",
  ].map((url): Row => [url, asking(url), null]),
]);

const WITHOUT = CONFIG.replace(/\[rpcinterface:supervisor\]\n.*\n/, "");

/** The daemon was started without the section. */
function unread(): Facts {
  const { daemon } = answer("answers");
  const methods = ["system.listMethods", "system.multicall"];
  const servers = [{ ...answer("answers"), daemon: daemon && { ...daemon, methods } }];
  return { on: withDaemon(host()), text: CONFIG, ...UP, servers };
}

rows("SOCK-013", [
  [
    "a section of that name with another factory",
    { on: host(), text: CONFIG.replaceAll(/=supervisor\.rpc.*/g, "=supervisor_twiddler.rpc:make") },
    { class: "C", key: "supervisor.rpcinterface_factory" },
  ],
  [
    "a daemon that was started before the section existed",
    unread(),
    { subject: `pid ${PID}`, class: "C", commands: [`kill -HUP ${PID}`] },
  ],
  silent("no server", "[supervisord]\n"),
  silent("no server, with the section", MAIN),
  silent("a file with errors", `${WITHOUT}[program:x]\n`),
]);

const PAIR = "username=me\npassword=sesame%%1\n";
const SHA = "username=me\npassword={SHA}82ab876d1387bfafe46cc1c8a2ef074eae50cb1d\n";

/** What the sections of the server and of ctl contain. */
function credentials(server: string, ctl: string, parts: Facts = {}, on: DoctorHost = host()) {
  const text = CONFIG.replace("[supervisorctl]\n", `${server}[supervisorctl]\n${ctl}`);
  return { on, text, ...parts };
}

rows("SOCK-014", [
  ["another password", credentials(PAIR, "username=me\npassword=x\n"), { class: "B", fixed: true }],
  ...["", SHA].map(
    (ctl): Row => [
      `a hashed password cannot be copied, nor sent: ${ctl === "" ? "none" : "the same"}`,
      credentials(SHA, ctl),
      { class: "C", hides: /82ab876/ },
    ],
  ),
  [
    "a password that does not match the hash",
    credentials(SHA, "username=me\npassword=x\n", serving("unauthorized")),
    { cause: /are not those of \[supervisorctl\]/ },
  ],
  ["one that may match", credentials(SHA, "username=me\npassword=x\n", UP), null],
  [
    "a daemon started with another password",
    credentials(PAIR, PAIR, serving("unauthorized")),
    { cause: /was started with/, hides: /sesame/ },
  ],
  [
    "the port's pair counts when ctl asks the port",
    { on: host(), text: INET.replace("[supervisorctl]\n", `${PAIR}[supervisorctl]\n`) },
    { subject: "inet_http_server" },
  ],
  ["a server without one", credentials("", PAIR), null],
  silent("a server that ctl does not ask", `${CONFIG}[inet_http_server]\nport=9001\n${PAIR}`),
]);
