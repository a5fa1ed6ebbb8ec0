// The bytes on the wire: request forms that clients use, replies that they rely on, authentication, log streams.

import { CHILD } from "../rig/places.ts";
import { encodeCall } from "../rig/xmlrpc.ts";
import { compareDaemons } from "./run.ts";
import { type Session, UNTOLD } from "./session.ts";

function post(
  path: string,
  body: string,
  headers: readonly string[] = [],
  version = "1.1",
): string {
  const lines = [
    `POST ${path} HTTP/${version}`,
    ...headers,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}

function get(path: string, headers: readonly string[] = [], method = "GET"): string {
  return `${[`${method} ${path} HTTP/1.1`, "Host: x", ...headers].join("\r\n")}\r\n\r\n`;
}

const STATE = encodeCall("supervisor.getState", []);
const CALLS: readonly (readonly [string, string])[] = [
  ["no params", "<methodCall><methodName>supervisor.getState</methodName></methodCall>"],
  [
    "empty params",
    "<methodCall><methodName>supervisor.getState</methodName><params/></methodCall>",
  ],
  [
    "spaced params",
    "<methodCall> <methodName>supervisor.getState</methodName> <params /> </methodCall>",
  ],
  [
    "open params",
    "<methodCall><methodName>supervisor.getState</methodName><params></params></methodCall>",
  ],
  ["declared", `<?xml version="1.0" encoding="UTF-8"?>\n${STATE.replace(/^<\?.*?\?>/, "")}`],
  ["no name", "<methodCall><params/></methodCall>"],
  ["empty name", "<methodCall><methodName></methodName></methodCall>"],
  ["not xml", "this is not XML"],
  ["unclosed", "<methodCall><methodName>supervisor.getState"],
  [
    "untyped value",
    "<methodCall><methodName>supervisor.getProcessInfo</methodName><params><param><value>nope</value></param></params></methodCall>",
  ],
  [
    "i4",
    "<methodCall><methodName>supervisor.readLog</methodName><params><param><value><i4>0</i4></value></param><param><value><i4>4</i4></value></param></params></methodCall>",
  ],
  ["integer for a name", encodeCall("supervisor.getProcessInfo", [5])],
  ["integer for wait", encodeCall("supervisor.startProcess", ["web", 1])],
  ["text for an offset", encodeCall("supervisor.readLog", ["x", 5])],
  ["a response", "<methodResponse><params/></methodResponse>"],
];

async function askBasics(session: Session): Promise<void> {
  await session.daemon.logged(/success: /, 2);
  for (const path of ["/RPC2", "/RPC2/", "/RPC2xyz", "/RPC2?x=1"]) {
    await session.raw(`call at ${path}`, post(path, STATE, ["Host: x", "Content-Type: text/xml"]));
  }
  await session.raw("call by 1.0", post("/RPC2", STATE, [], "1.0"));
  await session.raw("call without a host", post("/RPC2", STATE));
  await session.raw(
    "call with credentials nobody asked for",
    post("/RPC2", STATE, ["Authorization: Basic Og=="]),
  );
  for (const [title, body] of CALLS) await session.raw(title, post("/RPC2", body, ["Host: x"]));
  await session.raw("get of RPC2", get("/RPC2"));
  await session.raw("post without length", "POST /RPC2 HTTP/1.1\r\nHost: x\r\n\r\n");
  await session.raw("unknown path", get("/nope"));
  await session.raw("put", get("/RPC2", ["Content-Length: 0"], "PUT"));
  await session.raw("unknown verb", get("/nope", ["Content-Length: 0"], "BREW"));
  await session.raw("not http", "FOO\r\n\r\n");
  for (const path of ["nope", "web:*", "web/stdmiddle", "nolog", "nope/stderr"]) {
    await session.raw(`logtail of ${path}`, get(`/logtail/${path}`));
  }
  await session.raw("post to logtail", post("/logtail/web", "x", ["Host: x"]));
}

compareDaemons({
  name: "http",
  deliberate: ["http-version", "bad-parameters", "http-unparsable"],
  config: `
[program:web]
command=${CHILD}
startsecs=0
stdout_logfile=%(here)s/web.out

[program:nolog]
command=sleep 1000
startsecs=0
stdout_logfile=NONE
`,
  async steps(session) {
    await askBasics(session);
    await session.tell("web", "echo hello", "web.out", "hello");
    for (const path of [
      "/logtail/web",
      "/logtail/web/stdout",
      "/logtail/web/stderr",
      "/mainlogtail",
    ]) {
      const { exchange } = await import("../rig/http.ts");
      const shows = /stderr|main/.test(path) ? "" : "hello";
      const until = (text: string): boolean => text.includes("\r\n\r\n") && text.includes(shows);
      const { text } = await exchange(session.daemon.endpoint, get(path), until);
      const headers = (text.split("\r\n\r\n")[0] ?? "").split("\r\n");
      const telling = headers.filter((line) => !UNTOLD.test(line));
      session.record(`${path}: head`, telling.sort().join("\n"));
    }
  },
});

compareDaemons({
  name: "authentication",
  whole: true,
  config: `[unix_http_server]
file=%(here)s/open.sock
[inet_http_server]
port=127.0.0.1:@PORT@
username=user
password=secret:with:colons
[unix_http_server:second]
file=%(here)s/d.sock
[unix_http_server:sha]
file=%(here)s/sha.sock
username=user
password={SHA}82ab876d1387bfafe46cc1c8a2ef074eae50cb1d
[supervisord]
logfile=%(here)s/d.log
pidfile=%(here)s/d.pid
childlogdir=%(here)s
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://%(here)s/sha.sock
username=user
password=stuff
`,
  async steps(session) {
    const { exchange, isWholeReply } = await import("../rig/http.ts");
    const token = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;
    const targets = {
      inet: { host: "127.0.0.1", port: session.rig.port },
      sha: { socketPath: session.rig.path("sha.sock") },
    };
    const credentials = [
      "",
      token("user:secret:with:colons"),
      token("user:stuff"),
      token("user:wrong"),
      token("other:stuff"),
      token("user:"),
      "Digest x",
      "Basic",
    ];
    for (const [name, endpoint] of Object.entries(targets)) {
      for (const value of credentials) {
        const headers = value === "" ? ["Host: x"] : ["Host: x", `Authorization: ${value}`];
        const { text } = await exchange(endpoint, post("/RPC2", STATE, headers), isWholeReply);
        const lines = text.split("\r\n");
        session.record(`${name} with ${value || "none"}: status`, lines[0] ?? "");
        const challenge = lines.filter((line) => /^www-authenticate/i.test(line)).join();
        session.record(`${name} with ${value || "none"}: challenge`, challenge);
      }
    }
    const { DEBIAN } = await import("../rig/implementation.ts");
    for (const args of [
      [],
      ["-u", "user", "-p", "wrong"],
      ["-s", `http://127.0.0.1:${session.rig.port}`],
    ]) {
      const { stdout, status } = await session.rig.ctl(DEBIAN, ...args, "pid");
      session.record(
        `ctl ${args.join(" ").replace(/\d+$/, "<port>")}`,
        `${status} ${stdout.replace(/^\d+$/m, "<pid>")}`,
      );
    }
  },
});
