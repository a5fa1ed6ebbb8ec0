// What a daemon that has died leaves to the next one: what it had written down, and what the kernel and its keeper know.

import type { ProcessKey } from "../../src/core/base/ids.ts";
import { continuedFrom, type Unrecorded } from "../../src/core/snapshot/recover.ts";
import type { FakeListenerSockets } from "../fakes/listener-sockets.ts";
import type { FakeSpawner } from "../fakes/spawner.ts";
import type { Before, Generation } from "./generation.ts";

/** The newest child of a process, as the kernel writes its pid down when it is born. */
export interface Birth {
  readonly pid: number;
  /** A decision that names it is written down too. */
  isRecorded: boolean;
}

export function remains(
  { logs, descriptors, written }: Generation,
  spawner: FakeSpawner,
  table: ReadonlyMap<string, Birth>,
  { live }: Pick<FakeListenerSockets, "live">,
): {
  readonly before: Before;
  readonly unrecorded: Pick<Unrecorded, "born" | "dead" | "lost" | "kills">;
} {
  const recovered = written.read();
  const { snapshot, kills } = recovered;
  const { pids, processes } = snapshot.supervision;
  const living = new Map([...pids].map(([pid, key]) => [key, pid]));
  const born = new Map<ProcessKey, number>();
  for (const { key, state } of processes.values()) {
    const birth = table.get(key);
    if (state.phase.kind !== "SPAWNING" || birth === undefined || birth.isRecorded) continue;
    const { pid } = birth;
    if ((spawner.children.get(pid)?.state ?? "reaped") !== "reaped") born.set(key, pid);
  }
  for (const key of [...logs.attached.keys()]) if (!processes.has(key)) logs.attached.delete(key);
  const dead = [...logs.attached.keys()].filter((key) => !living.has(key) && !born.has(key));
  const attached = dead.map((key) => [key, logs.attached.get(key) ?? 0] as const);
  const children = Array.from([...living, ...born, ...attached], ([key, pid]) => ({
    ...{ key, pid, unread: [], gathered: null },
    stdin: spawner.children.get(pid)?.fds.stdin ?? null,
  }));
  // The pipes of a program that was born before its daemon had taken them.
  for (const [key, pid] of born) {
    const fds = spawner.children.get(pid)?.fds;
    if (fds === undefined) continue;
    if (!logs.attached.has(key)) logs.attach(key, pid, fds, () => {});
    for (const role of ["stdin", "stdout", "stderr"] as const) {
      const fd = fds[role];
      if (fd !== null && !descriptors.has(fd)) descriptors.set(fd, { role, owner: key });
    }
  }
  // The kernel closes what the keeper does not hold, and the next daemon what no process has.
  for (const fd of [...live.keys()]) if (!descriptors.has(fd)) live.delete(fd);
  const held = Array.from(descriptors, ([fd, entry]) => ({ fd, ...entry }));
  const last = { ...recovered, snapshot: { ...snapshot, descriptors: held } };
  const continued = continuedFrom(last, [], () => true);
  for (const fd of continued.useless) {
    live.delete(fd);
    descriptors.delete(fd);
  }
  const { sockets } = continued.snapshot;
  const before = { snapshot: { ...snapshot, children, sockets }, logs, descriptors };
  return { before, unrecorded: { born, dead, lost: [], kills } };
}
