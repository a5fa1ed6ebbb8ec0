// The pages over all hosts, without a browser: who gets in, what they show, what buttons do, and what a host cannot do to them.

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { freePort } from "../rig/free-port.ts";
import { until } from "../rig/wait.ts";
import { startFleetUi } from "./rig/fleet-ui.ts";
import { e2e } from "./rig/rig.ts";

const PROGRAMS = `[program:web]
command=sh -c 'echo hello; exec sleep 1000'
startsecs=0
[program:off]
command=sleep 1000
autostart=false
startsecs=0
`;
const PATHS = [
  ...["/", "/programs", "/host?name=a", "/logs?name=web", "/events/changes", "/act", "/nope"],
  ...["/events/logs?name=web", "/scripts/fleet.js"],
];

e2e("without the key of this run nothing is shown and nothing is done", async (rig, t) => {
  const daemon = await rig.startWith(PROGRAMS);
  await daemon.logged(/success: web/);
  const ui = await startFleetUi(rig, t, `[host:a]\nurl=unix://${daemon.endpoint.socketPath}\n`);
  const attempts: Record<string, string>[] = [
    {},
    { cookie: "tsv_fleet=" },
    { cookie: "tsv_fleet=x" },
  ];
  for (const path of PATHS) {
    for (const headers of attempts) {
      for (const method of ["GET", "HEAD", "POST"]) {
        const answer = await fetch(`${ui.address}${path}`, { method, headers, redirect: "manual" });
        assert.equal(answer.status, 401, `${method} ${path}`);
        assert.doesNotMatch(await answer.text(), /web/);
      }
    }
  }
  const wrong = await fetch(`${ui.address}/?key=${ui.key.slice(1)}`, { redirect: "manual" });
  assert.equal(wrong.status, 401);
  const style = await fetch(`${ui.address}/stylesheets/supervisor.css`);
  assert.equal(style.status, 200);
  const right = await fetch(`${ui.address}/host?name=a&key=${ui.key}`, { redirect: "manual" });
  assert.deepEqual([right.status, right.headers.get("location")], [303, "./host?name=a"]);
  assert.match(right.headers.get("set-cookie") ?? "", /HttpOnly; SameSite=Strict/);
});

e2e("hosts that are away or answer garbage have a row, and disturb no other", async (rig, t) => {
  const daemon = await rig.startWith(PROGRAMS);
  await daemon.logged(/success: web/);
  const garbage = createServer((socket) => socket.on("error", () => undefined).end("<b>hello</b>"));
  const silent = createServer(() => undefined);
  const [garbagePort, silentPort] = [await freePort(), await freePort()];
  garbage.listen(garbagePort, "127.0.0.1");
  silent.listen(silentPort, "127.0.0.1");
  t.after(() => void [garbage.close(), silent.close()]);
  const ui = await startFleetUi(
    rig,
    t,
    `[host:good]\nurl=unix://${daemon.endpoint.socketPath}\nlabels=site=berlin
[host:garbage]\nurl=http://127.0.0.1:${garbagePort}
[host:silent]\nurl=http://127.0.0.1:${silentPort}
[host:away]\nurl=http://127.0.0.1:${await freePort()}\n`,
  );
  const headers = { cookie: `tsv_fleet=${ui.key}` };
  const rows = async (): Promise<ReadonlyMap<string, string>> => {
    const page = await (await fetch(`${ui.address}/`, { headers })).text();
    const found = page.split("<tr ").slice(1);
    return new Map(found.map((row) => [/\?name=(\w+)/.exec(row)?.[1] ?? "", row]));
  };
  await until(async () => !/asking/.test([...(await rows()).values()].join("")), {
    what: "an answer or an error of each host",
  });
  const shown = await rows();
  assert.match(shown.get("good") ?? "", /1 running/);
  assert.match(shown.get("away") ?? "", /nothing is listening/);
  assert.match(shown.get("silent") ?? "", /no answer within 5 s/);
  assert.match(shown.get("garbage") ?? "", /class="why"/);
  assert.deepEqual([...shown.keys()].at(-1), "good", "what works comes last");
  const filtered = await (await fetch(`${ui.address}/?hosts=site%3Dberlin`, { headers })).text();
  assert.deepEqual([/good/.test(filtered), /away/.test(filtered)], [true, false]);
});

e2e("a button acts on one host or on all that have the program", async (rig, t) => {
  const daemon = await rig.startWith(PROGRAMS);
  await daemon.logged(/success: web/);
  const ui = await startFleetUi(rig, t, `[host:a]\nurl=unix://${daemon.endpoint.socketPath}\n`);
  const headers = { cookie: `tsv_fleet=${ui.key}`, accept: "application/json" };
  const page = await (await fetch(`${ui.address}/host?name=a`, { headers })).text();
  const [, token = ""] = /name="token" value="([^"]*)"/.exec(page) ?? [];
  const act = async (fields: Record<string, string>) => {
    const body = new URLSearchParams(fields);
    const answer = await fetch(`${ui.address}/act`, { method: "POST", headers, body });
    return { status: answer.status, body: await answer.text() };
  };
  const stateOf = async (name: string): Promise<unknown> =>
    Reflect.get((await daemon.ask("getProcessInfo", name)) as object, "statename");
  assert.equal((await act({ do: "stop", program: "web", host: "a" })).status, 403, "no token");
  assert.equal((await act({ token, do: "shutdown", program: "web", host: "a" })).status, 400);
  assert.equal((await act({ token, do: "stop", program: "nosuch" })).status, 404);
  assert.equal((await act({ token, do: "stop", program: "web", host: "b" })).status, 404);
  assert.equal(await stateOf("web"), "RUNNING");
  const stopped = await act({ token, do: "stop", program: "web", host: "a" });
  assert.deepEqual(JSON.parse(stopped.body), { ok: true, message: "web stopped on a" });
  assert.equal(await stateOf("web"), "STOPPED");
  const again = await act({ token, do: "stop", program: "web" });
  assert.equal(JSON.parse(again.body).ok, true, "it is as it shall be");
  const started = await act({ token, do: "start", program: "off" });
  assert.deepEqual(JSON.parse(started.body), { ok: true, message: "off started on a" });
  assert.equal(await stateOf("off"), "RUNNING");
  const failed = await act({ token, do: "restart", program: "nosuch", host: "a" });
  assert.equal(JSON.parse(failed.body).ok, false);

  const body = new URLSearchParams({ token, do: "start", program: "off", host: "a" });
  const plain = { cookie: headers.cookie };
  const redirect = { method: "POST", headers: plain, body, redirect: "manual" } as const;
  const sent = await fetch(`${ui.address}/act`, redirect);
  assert.equal(sent.status, 303);
  const address = new URL(sent.headers.get("location") ?? "", `${ui.address}/`);
  const pageOf = async (): Promise<string> => (await fetch(address, { headers: plain })).text();
  assert.match(await pageOf(), /off started on a/);
  address.searchParams.set("message", "call 555-0100");
  assert.doesNotMatch(await pageOf(), /555-0100/, "a message that another page made");
});

e2e("a host is asked only while a page is looked at, and Ctrl-C ends the pages", async (rig, t) => {
  const daemon = await rig.startWith(PROGRAMS);
  await daemon.logged(/success: web/);
  let connections = 0;
  const port = await freePort();
  const counter = createServer((socket) => {
    connections += 1;
    socket.on("error", () => undefined).destroy();
  });
  counter.listen(port, "127.0.0.1");
  t.after(() => void counter.close());
  const ui = await startFleetUi(rig, t, `[host:a]\nurl=http://127.0.0.1:${port}\n`);
  assert.equal(connections, 0);
  const headers = { cookie: `tsv_fleet=${ui.key}` };
  const ended = new AbortController();
  const events = await fetch(`${ui.address}/events/changes`, { headers, signal: ended.signal });
  assert.equal(events.status, 200);
  await until(async () => connections > 0, { what: "a question to the host" });
  ended.abort();
  assert.deepEqual(await ui.command.interrupt(), [0, null]);
});

e2e("an address that is taken is said, with what to do", async (rig) => {
  const port = await rig.findPort();
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(port, "127.0.0.1", resolve));
  rig.write("f", "[host:a]\nurl=unix:///nosuch\n");
  const { status, stderr } = await rig.tsv(
    ...["fleet", "ui", "--inventory", rig.path("f"), "--listen", `127.0.0.1:${port}`],
  );
  holder.close();
  assert.equal(status, 1);
  assert.match(stderr, new RegExp(`:${port}`));
  assert.match(stderr, /--listen/);
  const wrong = await rig.tsv("fleet", "ui", "--listen", "nonsense");
  assert.equal(wrong.status, 2);
});
