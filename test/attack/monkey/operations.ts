// Operations of the monkey. Faults are ordinary answers: only the invariants afterwards count.

import { rmSync, writeFileSync } from "node:fs";
import { open } from "../../e2e/rig/http.ts";
import type { Value } from "../../e2e/rig/xmlrpc.ts";
import type { Rng } from "../../sim/rng.ts";
import { during } from "../daemon/scene.ts";
import { anyName, anyProcess, configure, pickOf, unconfigure, type World } from "./world.ts";

export type Operation = (world: World, rng: Rng) => Promise<unknown>;

/** A call whose answer does not matter; a connection that an upgrade cuts does not either. */
async function call(
  { daemon }: World,
  method: string,
  ...params: readonly Value[]
): Promise<unknown> {
  const name = method.includes(".") ? method : `supervisor.${method}`;
  return await daemon.call(name, ...params).catch(() => null);
}

/** As `update` of ctl does it. */
async function update(world: World): Promise<void> {
  const answer = (await call(world, "reloadConfig")) as { readonly value?: Value } | null;
  const [[added, changed, removed] = []] = (answer?.value ??
    []) as readonly (readonly string[][])[];
  for (const group of [...(changed ?? []), ...(removed ?? [])]) {
    await call(world, "stopProcessGroup", group, true);
    await call(world, "removeProcessGroup", group);
  }
  for (const group of [...(added ?? []), ...(changed ?? [])])
    await call(world, "addProcessGroup", group);
}

/** The pid of a process that may be killed; null when it has none. */
async function pidOf(world: World, rng: Rng): Promise<number | null> {
  const answer = await call(world, "getProcessInfo", anyProcess(world, rng));
  const pid = Number((answer as { readonly value?: { readonly pid?: number } } | null)?.value?.pid);
  return pid > 0 ? pid : null;
}

const SIGNALS = ["HUP", "USR1", "CONT", "STOP", "CONT", "INT", "KILL"];
const TAILS = ["tailProcessStdoutLog", "tailProcessStderrLog", "readProcessStdoutLog"];
const QUESTIONS = [
  "getAllProcessInfo",
  "getAllConfigInfo",
  "getState",
  "getPID",
  "readLog",
  "nosuch",
];
const STREAMS = ["/logtail/counter", "/mainlogtail", "/events/status", "/logtail/p1", "/"];
const BROKEN = [
  "[program:x\n",
  "[program:y]\n",
  "[program:z]\ncommand=%(nope)s\n",
  "garbage\n",
  "\0\xff",
];

/** One operation of those, as often as its weight says. */
const OPERATIONS: readonly (readonly [number, Operation])[] = [
  [20, (world, rng) => call(world, "startProcess", anyProcess(world, rng), rng.chance(0.3))],
  [20, (world, rng) => call(world, "stopProcess", anyProcess(world, rng), rng.chance(0.3))],
  [5, (world, rng) => call(world, "startProcessGroup", anyName(rng), rng.chance(0.3))],
  [5, (world, rng) => call(world, "stopProcessGroup", anyName(rng), rng.chance(0.3))],
  [10, (world, rng) => call(world, "signalProcess", anyProcess(world, rng), pickOf(SIGNALS, rng))],
  [10, kill],
  [
    10,
    (world, rng) =>
      call(world, "sendProcessStdin", anyProcess(world, rng), "line\n".repeat(rng.int(1, 100))),
  ],
  [
    10,
    (world, rng) => call(world, pickOf(TAILS, rng), anyProcess(world, rng), 0, rng.int(0, 2000)),
  ],
  [5, (world, rng) => call(world, "clearProcessLogs", anyProcess(world, rng))],
  [10, (world, rng) => call(world, pickOf(QUESTIONS, rng), ...(rng.chance(0.5) ? [] : [0, 10]))],
  [5, edit],
  [3, breakAndReread],
  [4, (world) => call(world, "reloadConfig")],
  [3, stream],
  [3, async ({ daemon }) => daemon.signal("SIGUSR2")],
  [1, async ({ daemon }) => daemon.signal("SIGCHLD")],
  [2, (world, rng) => call(world, "sendRemoteCommEvent", "x", "y".repeat(rng.int(0, 5000)))],
  [
    2,
    (world, rng) =>
      call(world, "system.multicall", [
        { methodName: "supervisor.stopProcess", params: [anyProcess(world, rng), false] },
        { methodName: "supervisor.getState", params: [] },
      ]),
  ],
];

async function kill(world: World, rng: Rng): Promise<void> {
  const pid = await pidOf(world, rng);
  if (pid === null) return;
  try {
    process.kill(pid, pickOf(["SIGKILL", "SIGTERM", "SIGSEGV"] as const, rng));
  } catch {
    // It has ended since.
  }
}

/** Changes, adds or removes a program, and mostly makes the daemon follow. */
async function edit(world: World, rng: Rng): Promise<void> {
  const name = anyName(rng);
  if (rng.chance(0.3)) unconfigure(world, name);
  else configure(world, name, rng);
  if (rng.chance(0.8)) await update(world);
}

/** A file as an editor leaves it half-way: refused, and nothing is stopped. */
async function breakAndReread(world: World, rng: Rng): Promise<void> {
  const path = world.rig.path("conf.d/broken.ini");
  writeFileSync(path, pickOf(BROKEN, rng), "latin1");
  await call(world, "reloadConfig");
  rmSync(path, { force: true });
}

/** Follows something for a while and goes away. */
async function stream({ daemon }: World, rng: Rng): Promise<void> {
  const socket = await open(daemon.endpoint).catch(() => null);
  if (socket === null) return;
  if (rng.chance(0.7)) socket.resume();
  socket.write(`GET ${pickOf(STREAMS, rng)} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  await during(rng.int(1, 200));
  socket.destroy();
}

type Told = { readonly value?: Readonly<Record<string, Value>> } | null;

/** Another client has just written half a file: refused, as it should be. */
const HALF_WRITTEN = /the configuration has an error/;

/**
 * Replaces the daemon by a fresh copy of itself, and waits for that.
 * @returns why it was not replaced; null when it was
 */
export async function upgrade(world: World): Promise<string | null> {
  let begun: Told = null;
  do begun = (await call(world, "tsv.upgrade")) as Told;
  while (HALF_WRITTEN.test(JSON.stringify(begun)));
  const id = begun?.value?.["id"];
  if (id === undefined) return JSON.stringify(begun);
  for (;;) {
    const told = ((await call(world, "tsv.getUpgrade")) as Told)?.value;
    if (told?.["id"] === id && told["state"] !== "under way") {
      return told["state"] === "replaced" ? null : JSON.stringify(told);
    }
    await during(20);
  }
}

/** Chooses one by weight. */
export function anyOperation(rng: Rng): Operation {
  const total = OPERATIONS.reduce((sum, [weight]) => sum + weight, 0);
  let at = rng.int(1, total);
  for (const [weight, operation] of OPERATIONS) {
    at -= weight;
    if (at <= 0) return operation;
  }
  throw new Error("no operation has that weight");
}
