// Event listeners with every kind of answer, under both daemons: repeated events and log lines.

import { pool, recorded, waitForEvents } from "../events/records.ts";
import { textOf } from "../rig/watch.ts";
import { compareDaemons } from "./run.ts";
import type { Session } from "./session.ts";

/**
 * Answers of each pool's listener, and how many events it gets of the three that are sent. Priorities differ because
 * Supervisor takes processes of one priority for the same.
 */
const POOLS: readonly (readonly [name: string, answers: string, events: number])[] = [
  ["fine", "ok", 3],
  ["pieces", "pieces", 3],
  ["failing", "fail ok", 4],
  ["failing2", "ok fail fail ok", 5],
  ["large", "long ok", 4],
  ["dying", "ok die ok", 4],
  ["badline", "ok bad", 2],
  ["newline", "newline", 1],
  ["prefix", "prefix", 3],
  ["noisy", "ok noise", 2],
  ["rude", "--greet HELLO-THERE ok", 0],
];

/** Pools whose log is compared, and how many events each answers as it should; after the next it gets no more. */
const COMPARED: readonly (readonly [name: string, good: number])[] = [
  ["fine", Infinity],
  ["pieces", Infinity],
  ["prefix", Infinity],
  ["badline", 1],
  ["newline", 0],
  ["noisy", 1],
];

/** Waits until these pools are done with so many events: how many wait together is chance, and is logged. */
async function answered(session: Session, events: number): Promise<void> {
  for (const [name, good] of COMPARED) {
    const ready = new RegExp(`${name}: ACKNOWLEDGED -> READY`);
    if (events <= good) await session.daemon.logged(ready, events + 1);
    else await session.daemon.logged(new RegExp(`${name}: has entered the UNKNOWN state`));
  }
}

const SECTIONS = POOLS.map(([name, answers], index) =>
  pool(name, "REMOTE_COMMUNICATION", answers, `priority=${index + 10}\nautorestart=true`),
).join("");

function ownLines(log: string, name: string): string {
  return log
    .split("\n")
    .map((line) => line.replace(/^\S+ \S+ /, ""))
    .filter((line) => new RegExp(`(?:^| )${name}(?::|$| )`).test(line))
    .filter((line) => !/spawned|success|exited|stopped|killing|waiting|closed/.test(line))
    .join("\n");
}

async function settled(session: Session, name: string, events: number): Promise<void> {
  if (events === 0) return;
  await waitForEvents(
    session.rig.path(`${name}.events`),
    () => recorded(session.rig.path(`${name}.events`)).length >= events,
    `${events} events`,
  );
}

compareDaemons({
  name: "events-protocol",
  args: ["-e", "debug"],
  config: SECTIONS,
  async steps(session) {
    const { daemon } = session;
    await daemon.logged(/entered RUNNING state/, POOLS.length);
    await daemon.logged(/ACKNOWLEDGED -> (?:READY|UNKNOWN)/, POOLS.length);
    for (const [index, data] of ["one", "two", "three"].entries()) {
      await daemon.ask("sendRemoteCommEvent", "x", data);
      await answered(session, index + 1);
    }
    for (const [name, , events] of POOLS) await settled(session, name, events);
    await daemon.logged(/UNKNOWN state and will/, 4);
    await daemon.ask("sendRemoteCommEvent", "x", "last");
    for (const name of ["fine", "pieces", "prefix", "failing", "failing2", "large", "dying"]) {
      await waitForEvents(
        session.rig.path(`${name}.events`),
        ({ payload }) => payload === "type:x\nlast",
        "the last event",
      );
    }
    await answered(session, 4);
    for (const [name] of POOLS) {
      const events = recorded(session.rig.path(`${name}.events`));
      session.record(
        `${name}: events`,
        events.map(({ header, payload }) => `${header} ${payload}`).join("\n"),
      );
    }
    const log = textOf(daemon.log);
    for (const [name] of POOLS) {
      if (name === "dying" || name.startsWith("failing") || name === "large") continue;
      session.record(`${name}: log`, ownLines(log, name));
    }
  },
});
