// The agent of a device: calls of operators, events and reported state, with a real hub (fleet-section).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { LONGEST_BODY, MOST_CALLS } from "../../src/core/fleet/call.ts";
import { labelsOf } from "../../src/core/fleet/reported.ts";
import { devicePermissions } from "../../src/core/fleet/subjects.ts";
import { createDeviceHost } from "../../src/fleet/device-host.ts";
import { callDevice } from "../../src/fleet/nats/calls.ts";
import { listDevices } from "../../src/fleet/nats/devices.ts";
import { withoutNats } from "../rig/nats-server.ts";
import { until, within } from "../rig/wait.ts";
import { ask, Fleet, opened, reached } from "./rig/fleet-device.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { encodeCall } from "./rig/xmlrpc.ts";

const PROGRAMS = `
[program:web]
command=sleep 1000
startsecs=0
[program:printer]
command=sh -c 'i=0; while [ $i -lt 4000 ]; do i=$((i+1)); echo "line $i of a long output that fills more than one piece of an answer"; done; exec sleep 1000'
startsecs=0
stdout_logfile=%(here)s/printer.log
`;

function fleetTest(name: string, body: (rig: Rig, fleet: Fleet) => Promise<void>): void {
  e2e(name, withoutNats(), async (rig) => {
    const fleet = await Fleet.start(rig);
    try {
      await body(rig, fleet);
    } catch (error) {
      const log = rig.path("agent.log");
      throw new Error(`${read(log)}\n${fleet.hub.output().slice(-2000)}`, { cause: error });
    } finally {
      await fleet.end();
    }
  });
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

fleetTest(
  "an operator calls a device within its role, and the log names the operator",
  async (rig, fleet) => {
    const { sections } = await fleet.device("pi");
    const daemon = await rig.startWith(sections + PROGRAMS);
    const ann = await fleet.operator("ann", ["read", "operate"]);
    const at = (role: "read" | "operate" | "admin", device = "pi") => ({
      device,
      role,
      operator: "ann",
    });
    await reached(ann, at("read"), rig);
    const page = await ask(ann, at("read"), { path: "/" });
    assert.equal(page.status, 200);
    assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
    const stop = {
      method: "POST",
      path: "/RPC2",
      headers: new Map([["content-type", "text/xml"]]),
    } as const;
    const body = encodeCall("supervisor.stopProcess", ["web"]);
    const refused = await ask(ann, at("read"), { ...stop, body });
    assert.match(refused.body, /not permitted/);
    await daemon.logged(/not permitted: supervisor\.stopProcess to ann@fleet, uid 0, pid \d+\n/);
    const stopped = await ask(ann, at("operate"), { ...stop, body });
    assert.match(stopped.body, /<boolean>1</);
    await daemon.logged(/asked: supervisor\.stopProcess\(web\) by ann@fleet, uid 0, pid \d+\n/);
    assert.equal((await ask(ann, at("read"), { path: "/mainlogtail" })).status, 403);
    // Headers of the caller about who it is are not passed on.
    const headers = new Map([
      ["tsv-role", "admin"],
      ["authorization", "Basic eDp5"],
    ]);
    assert.equal((await ask(ann, at("read"), { path: "/mainlogtail", headers })).status, 403);
    const problem = async (...args: Parameters<typeof ask>) => {
      const { end } = await ask(...args);
      return end.kind === "failed" ? end.problem : end.kind;
    };
    assert.equal(await problem(ann, at("admin"), { path: "/" }), "denied");
    assert.equal(await problem(ann, at("read", "other"), { path: "/" }), "no-device");
    assert.equal(await problem(ann, { ...at("read"), operator: "bob" }, { path: "/" }), "denied");
    assert.equal(await problem(ann, at("read"), { path: "/ x" }), "bad-request");
    assert.equal(await problem(ann, at("read"), { path: "http://other/" }), "bad-request");
    const large = { ...stop, body: new Uint8Array(LONGEST_BODY + 1) };
    assert.equal(await problem(ann, at("operate"), large), "bad-request");
  },
);

fleetTest(
  "an answer of many pieces arrives whole, and a slow caller stops it",
  async (rig, fleet) => {
    const { sections } = await fleet.device("pi");
    await rig.startWith(sections + PROGRAMS);
    const ann = await fleet.operator("ann", ["read"]);
    const at = { device: "pi", role: "read", operator: "ann" } as const;
    await reached(ann, at, rig);
    const last = "line 4000 of a long output";
    await until(() => read(rig.path("printer.log")).includes(last), { what: "the output" });
    const size = read(rig.path("printer.log")).length;
    const request = {
      ...({ method: "POST", path: "/api/v1/supervisor.readProcessStdoutLog" } as const),
      headers: new Map([["content-type", "application/json"]]),
      body: JSON.stringify({ name: "printer", offset: 0, length: 0 }),
    };
    const whole = await ask(ann, at, request);
    assert.equal(whole.status, 200);
    assert.equal(JSON.parse(whole.body).length, size);
  },
);

fleetTest(
  "a followed log comes as it is written, for as long as both sides are there",
  async (rig, fleet) => {
    const { sections } = await fleet.device("pi");
    await rig.startWith(`${sections}\n[program:echo]\ncommand=cat\nstartsecs=0\n`);
    const ann = await fleet.operator("ann", ["read", "operate"]);
    const at = (role: "read" | "operate") => ({ device: "pi", role, operator: "ann" });
    await reached(ann, at("read"), rig);
    const follow = (onText: (text: string) => void) =>
      callDevice(
        ann,
        at("read"),
        {
          method: "GET",
          path: "/logtail/echo/stdout",
          headers: new Map(),
          body: "",
          headMs: 60_000,
        },
        { head: () => undefined, body: (bytes) => onText(new TextDecoder().decode(bytes)) },
      );
    let text = "";
    const call = follow((more) => {
      text += more;
    });
    const say = (words: string) =>
      ask(ann, at("operate"), {
        ...{ method: "POST", path: "/RPC2", headers: new Map([["content-type", "text/xml"]]) },
        body: encodeCall("supervisor.sendProcessStdin", ["echo", `${words}\n`]),
      });
    await say("one");
    await until(() => text.includes("one\n"), { what: "the first line", left: () => text });
    await say("two");
    await until(() => text.includes("two\n"), { what: "the second line", left: () => text });
    call.close();
    assert.equal((await call.ended).kind, "closed");
    // All are answered, one more is refused, and those that were closed make room.
    const many = Array.from({ length: MOST_CALLS }, () => follow(() => undefined));
    const busy = await until(
      async () => {
        const { end } = await ask(ann, at("read"), { path: "/api/v1/supervisor.getState" });
        return end.kind === "failed" && end;
      },
      { what: "a refused call" },
    );
    assert.equal(busy.problem, "busy");
    const root = await fleet.operator("root", ["admin"]);
    await reached(root, { device: "pi", role: "admin", operator: "root" }, rig);
    for (const each of many) each.close();
    await reached(ann, at("read"), rig);
    const cut = follow(() => undefined);
    await fleet.hub.kill();
    const end = await within(cut.ended, { what: "the end of a call whose hub has died" });
    assert.equal(end.kind === "failed" && end.problem, "lost");
  },
);

fleetTest(
  "events arrive once and in order: the hub dies, the agent dies, the daemon dies",
  async (rig, fleet) => {
    const { sections } = await fleet.device("pi");
    const daemon = await rig.startWith(sections + PROGRAMS);
    const ann = await fleet.operator("ann", ["read", "operate"]);
    const at = { device: "pi", role: "operate", operator: "ann" } as const;
    await reached(ann, at, rig);
    const restart = () => rig.verb("restart", "web");
    const runs = (events: readonly { readonly name?: string; readonly to?: string }[]) =>
      events.filter(({ name, to }) => name === "web" && to === "RUNNING").length;
    const runsUntil = (count: number) =>
      fleet.eventsUntil("pi", `${count} starts`, (events) => runs(events) >= count);
    await fleet.eventsUntil("pi", "the first event", (events) => events.length > 0);
    await restart();
    await runsUntil(1);
    await fleet.hub.kill();
    for (let n = 0; n < 3; n++) await restart();
    await fleet.restart();
    await runsUntil(4);
    const pid = Number(/pid (\d+)/.exec((await rig.verb("status", "tsv-fleet")).stdout)?.[1]);
    process.kill(pid, "SIGKILL");
    await restart();
    const events = await runsUntil(5);
    const numbers = events.flatMap(({ seq }) => (seq === undefined ? [] : [seq]));
    const [first = 0] = numbers;
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => first + index),
    );
    assert.ok(!events.some(({ kind }) => kind === "gap"));
    assert.equal(runs(events), 5);
    await daemon.shutdown();
    rig.launch();
    const all = await fleet.eventsUntil("pi", "a gap", (seen) =>
      seen.some(({ kind }) => kind === "gap"),
    );
    const gap = all.find(({ kind }) => kind === "gap");
    assert.deepEqual(gap, { kind: "gap", missed: null, restarted: true });
  },
);

fleetTest(
  "a device reports its host and its states, and is silent no more than its daemon",
  async (rig, fleet) => {
    const { sections } = await fleet.device("pi");
    await rig.startWith(sections + PROGRAMS);
    const reportedUntil = (what: string, isSo: (host: Record<string, unknown>) => boolean) =>
      until(
        async () => {
          const host = await fleet.reported("pi");
          return isSo(host) && host;
        },
        { what, left: () => read(rig.path("agent.log")) },
      );
    const host = await reportedUntil(
      "the states",
      ({ states }) => states !== undefined && states !== null,
    );
    assert.deepEqual(host["labels"], { site: "berlin", role: "web" });
    assert.equal(host["daemon"], "answers");
    assert.deepEqual(host["states"], { RUNNING: 3 });
    await rig.verb("stop", "web");
    const later = await reportedUntil("another state", ({ states }) =>
      JSON.stringify(states).includes("STOPPED"),
    );
    assert.deepEqual(later["states"], { RUNNING: 2, STOPPED: 1 });
  },
);

fleetTest("devices that have reported are hosts of tsv fleet", async (rig, fleet) => {
  const { sections } = await fleet.device("pi");
  await rig.startWith(sections + PROGRAMS);
  const ann = await fleet.operator("ann", ["read"]);
  await reached(ann, { device: "pi", role: "read", operator: "ann" }, rig);
  const devices = await until(
    async () => {
      const found = await listDevices(fleet.root);
      return found.ok && found.value.length > 0 && found.value;
    },
    { what: "a device" },
  );
  const [{ name, report } = { name: "", report: {} }] = devices;
  assert.deepEqual([name, devices.length], ["pi", 1]);
  const labels = labelsOf(report);
  assert.deepEqual(Array.from(labels), [
    ["site", "berlin"],
    ["role", "web"],
  ]);
  const as = { url: fleet.hub.url, labels, role: "read", operator: "ann" } as const;
  const host = createDeviceHost({ ...as, name }, () => ann);
  const state = await host.call("supervisor.getState", [], 30_000);
  assert.deepEqual(state.ok && JSON.parse(JSON.stringify(state.value)), {
    statecode: 1,
    statename: "RUNNING",
  });
  const denied = await host.call("supervisor.stopProcess", ["web"], 30_000);
  assert.equal(!denied.ok && denied.error.kind, "fault");
  let text = "";
  const stream = host.stream("/logtail/printer/stdout", (bytes) => {
    text += new TextDecoder().decode(bytes);
  });
  await until(() => text.includes("line 4000 "), { what: "the log" });
  host.close();
  assert.equal((await stream.ended).kind, "closed");
  const away = createDeviceHost({ ...as, name: "away" }, () => ann);
  const absent = await away.call("supervisor.getState", [], 30_000);
  assert.deepEqual(!absent.ok && absent.error, {
    kind: "connection",
    failure: { code: "NO_DEVICE", message: "no agent of it is connected" },
  });
});

fleetTest("two connections with one key are noticed", async (rig, fleet) => {
  const { sections, member } = await fleet.device("pi");
  await rig.startWith(sections + PROGRAMS);
  await fleet.eventsUntil("pi", "the first event", (events) => events.length > 0);
  const thief = await opened(member);
  await rig.verb("restart", "web");
  await fleet.eventsUntil("pi", "an event of the agent", (events) =>
    events.some(({ name }) => name === "web"),
  );
  thief.publish(
    "tsv.event.pi",
    JSON.stringify({ cursor: "x-1", run: "thief", events: [{ kind: "stolen" }] }),
  );
  await fleet.eventsUntil("pi", "the other event", (events) =>
    events.some(({ kind }) => kind === "stolen"),
  );
  await rig.verb("restart", "web");
  await until(async () => (await fleet.reported("pi"))["contended"] === true, {
    what: "the contention in the report",
    left: () => read(rig.path("agent.log")),
  });
  assert.match(read(rig.path("agent.log")), /another connection uses the key of pi/);
  await thief.close();
});

fleetTest("a device has no permission for anything of another one", async (_rig, fleet) => {
  const denials: string[] = [];
  const { connect } = await import("../../src/fleet/nats/connection.ts");
  const made = await connect(await fleet.hub.admit("pi", devicePermissions("pi")), (text) =>
    denials.push(text),
  );
  assert.ok(made.ok);
  const pi = made.value;
  const published = [
    ...[
      "tsv.event.other",
      "tsv.event.pi.x",
      "tsv.event",
      "tsv.join",
      "x",
      "tsv.call.pi.admin.ann.1",
    ],
    ...["tsv.call.other.read.ann.1", "tsv.call.other.admin.pi.1", "_INBOX_other.1", "_INBOX_ann.1"],
    ...[
      "$KV.tsv_reported.other",
      "$KV.tsv_desired.pi",
      "$KV.tsv_desired.other",
      "$KV.tsv_rollouts.x",
    ],
    ...["$JS.API.INFO", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.INFO.TSV_EVENTS"],
    ...[
      "$JS.API.STREAM.CREATE.X",
      "$JS.API.STREAM.UPDATE.TSV_EVENTS",
      "$JS.API.STREAM.DELETE.TSV_EVENTS",
    ],
    ...["$JS.API.STREAM.PURGE.TSV_EVENTS", "$JS.API.STREAM.MSG.GET.TSV_EVENTS"],
    ...["$JS.API.STREAM.MSG.DELETE.TSV_EVENTS", "$JS.API.CONSUMER.CREATE.TSV_EVENTS"],
    ...[
      "$JS.API.CONSUMER.CREATE.TSV_EVENTS.c",
      "$JS.API.CONSUMER.CREATE.TSV_EVENTS.c.tsv.event.pi",
    ],
    ...["$JS.API.CONSUMER.DURABLE.CREATE.TSV_EVENTS.d", "$JS.API.CONSUMER.MSG.NEXT.TSV_EVENTS.d"],
    ...["$JS.API.DIRECT.GET.TSV_EVENTS", "$JS.API.DIRECT.GET.TSV_EVENTS.tsv.event.other"],
    ...[
      "$JS.API.DIRECT.GET.KV_tsv_desired",
      "$JS.API.DIRECT.GET.KV_tsv_desired.$KV.tsv_desired.other",
    ],
    ...[
      "$JS.API.DIRECT.GET.KV_tsv_reported.$KV.tsv_reported.other",
      "$SYS.REQ.USER.INFO",
      "$SYS.REQ.SERVER.PING",
    ],
  ];
  const subscribed = [
    ...[
      ">",
      "*",
      "tsv.>",
      "tsv.event.pi",
      "tsv.event.*",
      "tsv.call.other.>",
      "tsv.call.*.read.ann.1",
      "tsv.join",
    ],
    ...[
      "_INBOX.>",
      "_INBOX_other.>",
      "_INBOX_*.x",
      "$KV.tsv_desired.other",
      "$KV.tsv_desired.*",
      "$KV.tsv_reported.pi",
    ],
    ...["$JS.>", "$SYS.>"],
  ];
  for (const subject of published) pi.publish(subject, "{}");
  for (const subject of subscribed) pi.subscribe(subject, () => undefined);
  const wanted = [
    ...published.map((subject) => `the hub does not permit this key to publish to ${subject}`),
    ...subscribed.map((subject) => `the hub does not permit this key to subscribe to ${subject}`),
  ];
  await until(() => denials.length >= wanted.length, {
    what: "all denials",
    left: () => wanted.filter((each) => !denials.includes(each)).join("\n"),
  });
  assert.deepEqual([...denials].sort(), wanted.sort());
  await pi.close();
});
