// The page docs/health.md is true: programs that hang or leak are restarted, with real servers.

import assert from "node:assert/strict";
import { join } from "node:path";
import { pool, recorded, waitForEvents } from "./events/records.ts";
import type { Daemon } from "./rig/daemon.ts";
import { DEBIAN } from "./rig/implementation.ts";
import { example } from "./rig/pages.ts";
import { withoutSupervisor } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";

/** The same with other options, in the order of the page; new ones come last. */
function withOptions(text: string, options: Readonly<Record<string, string>>): string {
  const rest = new Map(Object.entries(options));
  const lines = text.trimEnd().split("\n");
  const changed = lines.map((line) => {
    const key = line.slice(0, line.indexOf("="));
    const value = rest.get(key);
    rest.delete(key);
    return value === undefined ? line : `${key}=${value}`;
  });
  return `${[...changed, ...Array.from(rest, ([key, value]) => `${key}=${value}`)].join("\n")}\n`;
}

const SERVER = join(import.meta.dirname, "rig/health-server.js");

/** The first example of the page, with a server of ours; it is RUNNING when it answers. */
async function checkedWeb(rig: Rig): Promise<string> {
  const port = await rig.findPort();
  const url = `http://127.0.0.1:${port}/healthz`;
  return withOptions(example("health", "[program:web]"), {
    command: `${process.execPath} ${SERVER} ${port} %(here)s`,
    ready_check: url,
    ready_interval: "100ms",
    health_check: url,
    health_interval: "100ms",
    health_timeout: "300ms",
    stopwaitsecs: "1",
    startsecs: "0",
  });
}

/** Name and payload of what the listener of a pool was told. */
function eventsOf(rig: Rig, name: string): readonly (readonly [string, string])[] {
  return recorded(rig.path(`${name}.events`)).map(({ header, payload }) => {
    return [/eventname:(\S+)/.exec(header)?.[1] ?? "", payload];
  });
}

const isHealthy = ([, payload]: readonly [string, string]): boolean =>
  payload.includes("to:healthy");

const description = async (daemon: Daemon, name: string): Promise<string> =>
  String((await daemon.info(name))["description"]);

const why = async (rig: Rig, name: string): Promise<string> =>
  (await rig.verb("why", name)).stdout.replaceAll(/\s+/g, " ");

e2e(
  "a web server that hangs is restarted, and everything names the reason",
  withoutSupervisor(),
  async (rig) => {
    const web = await checkedWeb(rig);
    const daemon = await rig.startWith(
      `${web}${pool("named", "HEALTH,RESTART")}${pool("all", "EVENT")}`,
    );
    await daemon.logged(/healthy: web/);
    rig.write("mode", "hang");
    await daemon.logged(/unhealthy: web: no answer within 300ms \(3 of 3\)/);
    await daemon.logged(/restarting web: unhealthy: no answer within 300ms/);
    rig.write("mode", "ok");
    await daemon.logged(/healthy: web\n/, 2);
    assert.match(
      await description(daemon, "web"),
      /^pid \d+, uptime 0:\d\d:\d\d, restarted: unhealthy: no answer within.*$/,
    );
    assert.match(
      (await rig.ctl(DEBIAN, "status", "web")).stdout,
      /^web +RUNNING +pid \d+, uptime .*, restarted: unhealthy/,
    );
    const text = await why(rig, "web");
    assert.match(text, /restarted because it failed its health check/);
    assert.match(text, /health healthy: http:.*: status 200/);
    assert.match(text, /because unhealthy: no answer within 300ms \(3 of 3\)/);
    const json = JSON.parse((await rig.verb("why", "--json", "web")).stdout);
    const [told] = json.results;
    assert.equal(told.lastStartCause, "health");
    assert.equal(told.health.state, "healthy");
    assert.match(told.exits.at(-1).reason, /^unhealthy/);
    assert.deepEqual([told.waits, told.blockedBy, told.unready], [null, null, null]);
    const healthAgain = (): boolean => eventsOf(rig, "named").filter(isHealthy).length === 2;
    await waitForEvents(rig.path("named.events"), healthAgain, "healthy again", 1);
    const named = eventsOf(rig, "named");
    assert.deepEqual(
      named.map(([name]) => name),
      ["HEALTH", "HEALTH", "RESTART", "HEALTH"],
    );
    assert.match(named[1]?.[1] ?? "", /to:unhealthy failures:3\nno answer within 300ms/);
    assert.match(named[2]?.[1] ?? "", /pid:\d+ reason:health\nunhealthy: no answer/);
    const all = eventsOf(rig, "all").map(([name]) => name);
    assert.ok(all.includes("PROCESS_STATE_RUNNING"));
    assert.ok(!all.includes("HEALTH") && !all.includes("RESTART"));
  },
);

e2e("a program whose child leaks is restarted by max_memory", async (rig) => {
  const leak = "const a=[];setInterval(()=>{if(a.length<60)a.push(Buffer.alloc(8e6,1))},10)";
  const script = `[ -e %(here)s/once ] || { : >%(here)s/once; ${process.execPath} -e '${leak}' & }; sleep 1000`;
  const text = withOptions(example("health", "[program:leaky]"), {
    command: `/bin/sh -c "${script}"`,
    stopasgroup: "true",
    startsecs: "0",
  });
  const daemon = await rig.startWith(text);
  await daemon.logged(/restarting leaky: \d+MB of 400MB used/);
  await daemon.logged(/spawned: 'leaky'/, 2);
  await daemon.logged(/success: leaky/, 2);
  assert.match(await description(daemon, "leaky"), /, restarted: \d+MB of 400MB used$/);
  assert.match(
    await why(rig, "leaky"),
    /restarted because it used too much memory \(max_memory\): \d+MB/,
  );
});
