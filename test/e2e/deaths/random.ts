// A daemon that dies again and again, while programs write numbered lines, exit, and listen to events, and clients ask.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { TestContext } from "node:test";
import { until } from "../../rig/wait.ts";
import { request } from "../rig/fcgi.ts";
import type { Rig } from "../rig/rig.ts";
import { Deaths, pidsOf, SEED } from "./deaths.ts";
import { clients, fcgiSections, fcgiSockets, Mortals, Writers } from "./programs.ts";

const LISTENER = `[eventlistener:listener]
command=sh -c 'while :; do echo READY; read -r head; len=\${head##*len:}; head -c $len >/dev/null; echo "$head" >>%(here)s/events; printf "RESULT 2\\nOK"; done'
events=PROCESS_STATE_EXITED
buffer_size=1000
[program:failing]
command=false
startretries=3
stdout_logfile=NONE
stderr_logfile=NONE
`;
/** Programs that start while the daemon dies. */
const LATE = ["unix:unix_1", "tcp:tcp_1"];

/** @param each writers of each kind */
export async function diesAtRandom(
  rig: Rig,
  t: TestContext,
  { deaths: wanted, each, mortals: count }: Readonly<Record<"deaths" | "each" | "mortals", number>>,
): Promise<void> {
  const writers = new Writers(each);
  const mortals = new Mortals(count);
  const port = await rig.findPort();
  const sections = writers.sections + mortals.sections + fcgiSections(port) + LISTENER;
  const daemon = await rig.startWith(sections, { env: { TSV_DEATHS: "500" } });
  for (const name of ["unix:unix_0", "tcp:tcp_0"]) await daemon.ask("startProcess", name);
  const steady = [...writers.names, "listener", "unix_0", "tcp_0"];
  for (const name of writers.names) await daemon.logged(new RegExp(`success: ${name} entered`));
  const pids = await pidsOf(daemon, steady);
  const asking = clients(rig, daemon);
  const deaths = new Deaths(daemon);
  try {
    while (deaths.count < wanted) {
      await deaths.one();
      if (deaths.pauses.length === 2)
        for (const name of LATE) await daemon.call("supervisor.startProcess", name, false);
      for (let asked = deaths.rng.int(0, 40); asked > 0; asked -= 1) await daemon.ask("getState");
      assert.deepEqual(await pidsOf(daemon, steady), pids);
    }
    t.diagnostic(`${deaths.count} deaths, an answer after ${deaths.median} ms`);
    await eventsArrive(rig);
    assert.deepEqual(await asking.end(), [], "no connection was refused");
    // The first processes of the sockets go; the second ones have them too.
    for (const [name, where] of fcgiSockets(rig)) {
      await daemon.logged(new RegExp(`success: ${name}_1`));
      await daemon.ask("stopProcess", `${name}:${name}_0`);
      assert.match(await request(where), new RegExp(`^${name} `));
    }
    await daemon.logged(/gave up: failing entered FATAL/);
    const log = readFileSync(daemon.log, "utf8");
    assert.doesNotMatch(log, /UNKNOWN state/);
    const spawned = log.match(/spawned: 'failing'/g)?.length ?? 0;
    assert.ok(spawned <= 4, `failing was started ${spawned} times`);
    mortals.assertEnds(rig, log, deaths.count);
    await daemon.shutdown();
    writers.assertLogs(rig, deaths.count);
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`SEED=${SEED}, after death ${deaths.count}: ${message}`, { cause: error });
  } finally {
    await asking.end();
  }
}

/** The listener gets the events of exits from now on. */
async function eventsArrive(rig: Rig): Promise<void> {
  const count = (): number => readFileSync(rig.path("events"), "utf8").split("\n").length;
  const before = count();
  await until(() => (count() > before + 2 ? true : undefined), {
    what: "events of exits",
    left: () => readFileSync(rig.path("events"), "utf8").slice(-1000),
  });
}
