// Logs written in batches by the built executable: invisible to clients, and only a power failure loses output.

import assert from "node:assert/strict";
import type { Daemon } from "./rig/daemon.ts";
import { CHILD, TSV } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { textOf, waitForText } from "./rig/watch.ts";

const HOUR = 3600;

const program = (interval: number): string => `[program:up]
command=${CHILD}
startsecs=0
stdout_logfile=%(here)s/up.out
stdout_logfile_flush_interval=${interval}
stderr_logfile=%(here)s/up.err
stderr_logfile_flush_interval=${interval}
`;

/** Has the program write a line to each log, and waits until it has. */
async function says(rig: Rig, daemon: Daemon, line: string): Promise<void> {
  await daemon.ask(
    "sendProcessStdin",
    "up",
    `echo ${line}; echo ${line} >&2; echo > did-${line}\n`,
  );
  await waitForText(rig.path(`did-${line}`), /\n/);
  // The daemon reads its pipes before it answers a later request.
  await daemon.ask("getState");
}

const logs = (rig: Rig): readonly string[] =>
  ["up.out", "up.err"].map((name) => textOf(rig.path(name)));

async function startWaiting(rig: Rig): Promise<Daemon> {
  const daemon = await rig.startWith(program(HOUR));
  await daemon.logged(/success: up/);
  await says(rig, daemon, "one");
  await says(rig, daemon, "two");
  assert.deepEqual(logs(rig), ["", ""], "it waits");
  return daemon;
}

const BOTH = ["one\ntwo\n", "one\ntwo\n"];

const ENDS: Readonly<Record<string, (daemon: Daemon) => Promise<unknown>>> = {
  SIGTERM: (daemon) => daemon.shutdown(),
  "a reload": async (daemon) => {
    daemon.signal("SIGHUP");
    await daemon.logged(/supervisord started with pid/, 2);
  },
};

for (const [what, end] of Object.entries(ENDS)) {
  e2e(`${what} loses no line that waits for its flush interval`, async (rig) => {
    await end(await startWaiting(rig));
    assert.deepEqual(logs(rig), BOTH);
  });
}

e2e("an upgrade loses no line that waits, and lines wait on afterwards", async (rig) => {
  const daemon = await startWaiting(rig);
  const upgraded = await rig.command([TSV, "upgrade", "-c", rig.path("d.conf")]);
  assert.equal(upgraded.status, 0, upgraded.stdout + upgraded.stderr);
  assert.deepEqual(logs(rig), BOTH);
  await says(rig, daemon, "three");
  assert.deepEqual(logs(rig), BOTH);
  await daemon.shutdown();
  assert.deepEqual(
    logs(rig),
    BOTH.map((text) => `${text}three\n`),
  );
});

e2e("kill -9 of the daemon loses at most what came within the interval", async (rig) => {
  const daemon = await rig.startWith(program(1));
  await daemon.logged(/success: up/);
  await says(rig, daemon, "early");
  assert.deepEqual(await waitForText(rig.path("up.out"), /^early\n$/).then(String), "early\n");
  await waitForText(rig.path("up.err"), /^early\n$/);
  await says(rig, daemon, "late");
  await daemon.killed();
  for (const text of logs(rig)) assert.match(text, /^early\n(?:late\n)?$/);
});
