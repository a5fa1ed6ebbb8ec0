// The web page's addresses, asked of Debian's Supervisor and of tsv with the old links allowed: the same status, the same
// message, the same effect on the programs. What differs on purpose is named by its row of docs/differences.md.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Daemon } from "./rig/daemon.ts";
import { exchange, send } from "./rig/http.ts";
import { DEBIAN, type Implementation, TSV_BY_NAME } from "./rig/implementation.ts";
import { withoutSupervisor } from "./rig/places.ts";
import { e2e, Rig } from "./rig/rig.ts";

const CONFIG = `[program:web]
command=sleep 1000
startsecs=0
stdout_logfile=%(here)s/web.out
[program:off]
command=sleep 1000
startsecs=0
autostart=false
[program:missing]
command=/no/such/program
autostart=false
startretries=0
[program:directory]
command=/etc
autostart=false
startretries=0
[program:a]
command=sleep 1000
startsecs=0
[program:b]
command=sleep 1000
startsecs=0
[group:pool]
programs=a,b
`;

interface Step {
  readonly method: string;
  readonly path: string;
  readonly form?: string;
  /** Row of docs/differences.md, and what tsv answers instead. */
  readonly differs?: { readonly id: string; readonly status: number; readonly message?: string };
}

function get(path: string, differs?: Step["differs"]): Step {
  return { method: "GET", path, ...(differs === undefined ? {} : { differs }) };
}

function act(action: string, name?: string, differs?: Step["differs"]): Step {
  const process = name === undefined ? "" : `processname=${encodeURIComponent(name)}&`;
  return get(`/index.html?${process}action=${action}`, differs);
}

const STEPS: readonly Step[] = [
  ...["/", "/index.html", "//index.html", "/?message=hello%20%3Cb%3E", "/ok.html"].map((path) =>
    get(path),
  ),
  ...["/tail.html", "/tail.html?processname=web", "/tail.html?processname=web&limit=5000"].map(
    (path) => get(path),
  ),
  get("/tail.html?processname=nope", { id: "web-tail-unknown", status: 404 }),
  get("/tail.html?processname=web&limit=x"),
  ...["/stylesheets/supervisor.css", "/images/icon.png"].map((path) => get(path)),
  ...["/nope", "/nope.html", "/ok.html/", "/images/", "/index.htm"].map((path) => get(path)),
  { method: "PUT", path: "/" },
  { method: "HEAD", path: "/stylesheets/supervisor.css" },
  { method: "HEAD", path: "/", differs: { id: "web-head", status: 200 } },
  get("/status.html", { id: "web-files", status: 404 }),
  get("/images/state0.gif", { id: "web-files", status: 404 }),
  get("/images", { id: "web-files", status: 404 }),
  act("refresh"),
  act("stop", "web"),
  act("stop", "web"),
  act("start", "web"),
  act("start", "web"),
  act("restart", "web"),
  act("start", "off"),
  act("clearlog", "web"),
  act("start", "missing"),
  act("start", "directory"),
  act("restart", "missing", {
    id: "web-restart-error",
    status: 301,
    message: "ERROR: Process missing: no such file",
  }),
  act("stop", "missing"),
  act("start", "nope"),
  act("clearlog", "pool:nope"),
  act("stop", "pool:a"),
  act("start", "pool:b"),
  act("dance", "web", { id: "web-unknown-action", status: 400 }),
  act("start", undefined, { id: "web-unknown-action", status: 400 }),
  { ...act("stopall"), method: "GET" },
  act("restartall", undefined, {
    id: "web-all-error",
    status: 301,
    message:
      "ERROR: Not all restarted: directory: NOT_EXECUTABLE: command at '/etc' is a directory; " +
      "missing: NO_FILE: can't find command '/no/such/program'",
  }),
  act("stop", "pool:*", { id: "web-groups", status: 301, message: "Process pool:* stopped" }),
  {
    method: "POST",
    path: "/index.html",
    form: "processname=web&action=stop",
    differs: { id: "web-post", status: 303, message: "Process web stopped" },
  },
];

interface Seen {
  readonly status: number;
  readonly message: string;
  readonly location: string;
  readonly states: string;
}

/** Times change; everything else in a message is compared. */
function messageOf(location: string): string {
  const [, text = ""] = /\?message=(.*)$/.exec(location) ?? [];
  return decodeURIComponent(text).replace(/ at \w{3} \w{3} .*$/, " at <time>");
}

async function states(daemon: Daemon): Promise<string> {
  const all = (await daemon.ask("getAllProcessInfo")) as readonly Record<string, unknown>[];
  return all.map((info) => `${info["group"]}:${info["name"]} ${info["statename"]}`).join("\n");
}

async function walk(implementation: Implementation): Promise<readonly Seen[]> {
  const rig = new Rig();
  try {
    const port = await rig.findPort();
    const server = `[inet_http_server]\nport=127.0.0.1:${port}\nlegacy_get_actions=true\n`;
    rig.configure(`${server}\n${CONFIG}`);
    const daemon = await rig.start({ implementation });
    await daemon.logged(/success: /, 3);
    const seen: Seen[] = [];
    for (const { method, path, form } of STEPS) {
      const length = form === undefined ? "" : `Content-Length: ${form.length}\r\n`;
      const request = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${length}\r\n${form ?? ""}`;
      // Byte for byte: Supervisor answers HEAD with a body, which no client library forgives.
      const whole = (text: string): boolean => text.includes("\r\n\r\n");
      const { text } = await exchange({ host: "127.0.0.1", port }, request, whole);
      const location = /^location: *(.*)\r$/im.exec(text)?.[1] ?? "";
      seen.push({
        status: Number(text.split(" ", 2)[1]),
        message: messageOf(location),
        location,
        states: await states(daemon),
      });
    }
    return seen;
  } finally {
    rig.dispose();
  }
}

void test("every address of the page has Supervisor's status, message and effect", {
  skip: withoutSupervisor(),
  timeout: 240_000,
}, async (t) => {
  const [debian, tsv] = await Promise.all([walk(DEBIAN), walk(TSV_BY_NAME)]);
  const problems: string[] = [];
  let equal = 0;
  for (const [i, step] of STEPS.entries()) {
    const title = `${step.method} ${step.path}`;
    const [theirs, ours] = [debian[i], tsv[i]];
    assert.ok(theirs !== undefined && ours !== undefined);
    const { differs } = step;
    const isSame = theirs.status === ours.status && theirs.message === ours.message;
    if (differs === undefined) {
      if (isSame && theirs.states === ours.states) equal++;
      else problems.push(`${title}: ${JSON.stringify(theirs)} but ${JSON.stringify(ours)}`);
      continue;
    }
    if (isSame) problems.push(`stale: ${differs.id} no longer shows at ${title}`);
    if (ours.status !== differs.status) problems.push(`${title}: ${ours.status}`);
    if ((differs.message ?? ours.message) !== ours.message)
      problems.push(`${title}: ${ours.message}`);
  }
  const meant = STEPS.filter((step) => step.differs !== undefined).length;
  t.diagnostic(`web: ${STEPS.length} compared, ${equal} equal, ${meant} different on purpose`);
  assert.deepEqual(problems, []);
  // web-relative: the redirect of the one names a host, that of the other is good behind any proxy.
  const refresh = STEPS.findIndex(({ path }) => path.endsWith("action=refresh"));
  assert.match(debian[refresh]?.location ?? "", /^http:\/\/127\.0\.0\.1:\d+\/\?message=/);
  assert.match(tsv[refresh]?.location ?? "", /^\.\/\?message=/);
});

e2e("web-tail-limit: no more than 256 kB of a log are shown at once", async (rig) => {
  rig.write("web.out", `${"0123456789abcde\n".repeat(40_000)}end\n`);
  const daemon = await rig.startWith(CONFIG);
  const path = "/tail.html?processname=web&limit=99999999";
  const { body } = await send(daemon.endpoint, { method: "GET", path });
  const text = /<pre[^>]*>([^<]*)<\/pre>/.exec(body)?.[1] ?? "";
  // From the start of a line on.
  assert.ok(text.length <= 256 * 1024 && text.length > 256 * 1024 - 20, String(text.length));
  assert.ok(text.startsWith("0123456789abcde\n"));
  assert.ok(text.endsWith("end\n"));
});
