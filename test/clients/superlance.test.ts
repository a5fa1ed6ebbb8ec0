// Listeners as superlance has them, on Supervisor's own childutils, under both daemons: they hear of crashes and fatal
// failures, and restart by RPC what is too large or unwell.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ROOT, withoutSupervisor, withoutTsv } from "../e2e/rig/places.ts";
import { BASE } from "../e2e/rig/rig.ts";
import { textOf, waitForText } from "../e2e/rig/watch.ts";
import { compareSides, type Side, type Sides, startSides } from "./run-client.ts";

function listener(mode: string, events: string): string {
  const script = `${ROOT}/test/clients/python/listener.py`;
  return `[eventlistener:${mode}]
command=/usr/bin/python3 ${script} ${mode} %(here)s/${mode}.seen
events=${events}
stderr_logfile=%(here)s/${mode}.err
`;
}

function program(name: string, command: string, startsecs = 0): string {
  return `[program:${name}]
command=${command}
startsecs=${startsecs}
startretries=0
autorestart=false
autostart=false
`;
}

const CONFIG = `${BASE}
${listener("crash", "PROCESS_STATE_EXITED")}
${listener("fatal", "PROCESS_STATE_FATAL")}
${listener("memory", "TICK_5")}
${listener("health", "TICK_5")}
${program("crasher", 'sh -c "exit 3"')}
${program("finisher", 'sh -c "exit 0"')}
${program("broken", 'sh -c "exit 1"', 600)}
${program("hog", "sleep 1000")}
${program("sick", "sleep 1000")}
[group:pool]
programs=crasher,broken
`;

/** What each listener must have seen in the end: whole lines, for a line of headers comes before and names the event too. */
const LAST: readonly (readonly [string, RegExp])[] = [
  ["crash", /^PROCESS_STATE_EXITED finisher:finisher from RUNNING, expected 1.*\n/m],
  ["fatal", /^PROCESS_STATE_FATAL .*\n/m],
  ["memory", /^another pid.*\n/m],
  ["health", /^another pid.*\n/m],
];

async function observe({ rig, daemon }: Side): Promise<ReadonlyMap<string, string>> {
  // The answers are of no interest: whether a program that ends at once was seen to run is chance in Supervisor.
  for (const name of ["hog", "sick", "pool:crasher"]) {
    await daemon.call("supervisor.startProcess", name, false);
  }
  await waitForText(rig.path("crash.seen"), /pool:crasher from RUNNING, expected 0/);
  await daemon.call("supervisor.startProcess", "finisher", false);
  assert.equal((await daemon.call("supervisor.startProcess", "pool:broken")).kind, "fault");
  const rows = new Map<string, string>();
  for (const [mode, pattern] of LAST) {
    await waitForText(rig.path(`${mode}.seen`), pattern);
    for (const [index, line] of textOf(rig.path(`${mode}.seen`))
      .trim()
      .split("\n")
      .entries()) {
      rows.set(`${mode} ${index}`, line);
    }
    rows.set(`${mode}: complaints`, textOf(rig.path(`${mode}.err`)));
    rows.set(`${mode}: state`, String((await daemon.info(mode))["statename"]));
  }
  return rows;
}

describe("superlance's listeners", { skip: withoutTsv() || withoutSupervisor() }, () => {
  let sides: Sides;
  before(async () => {
    sides = await startSides(CONFIG);
  });
  after(() => {
    sides.supervisor.dispose();
    sides.tsv.dispose();
  });

  it("hear the same, and do the same about it", async (t) => {
    const rows = await compareSides(t, "superlance's listeners", sides, observe);
    assert.equal(rows.get("memory: complaints"), "");
    assert.equal(rows.get("health 2"), "start sick:sick: True");
    assert.equal(rows.get("crash: state"), "RUNNING");
  });
});
