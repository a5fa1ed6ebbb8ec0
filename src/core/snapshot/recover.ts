// The state with which a daemon continues in place of one that has died: what that one had written down, and what the kernel and
// the keeper know.

import type { ProcessKey } from "../base/ids.ts";
import type { EventsEffect, EventsInput } from "../events/model.ts";
import { definitionsOf, type SupervisorEffect } from "../supervisor/model.ts";
import type { HeldDescriptor } from "./descriptors.ts";
import type { ChannelState, ProgramSocketState, Recovered, Snapshot } from "./snapshot.ts";

/** The newest process of a program, in the memory of the keeper. */
export interface LeftProgram {
  /** Its place there. */
  readonly entry: number;
  /** 0 for none. */
  readonly pid: number;
  /** Its stop signal, and whether its process group gets it. */
  readonly signal: number;
  readonly toGroup: boolean;
  /** The journal has the pid. */
  readonly isRecorded: boolean;
  /** No start of it is wanted. */
  readonly isOver: boolean;
  /** The daemon's ends of its pipes; negative for none. */
  readonly stdin: number;
  readonly stdout: number;
  readonly stderr: number;
  /** Bytes of its output that were in the memory of the daemon, at most. */
  readonly unwritten: Readonly<Record<"stdout" | "stderr", number>>;
}

/** What a daemon that has died has done after its last record. */
export interface Unrecorded {
  /** Processes that it was starting and that exist, with their pids. */
  readonly born: ReadonlyMap<ProcessKey, number>;
  /** Processes whose exit it had recorded, and whose pipes it had not closed. */
  readonly dead: readonly ProcessKey[];
  /** Pids that are no children any more, and whose exit was not recorded. */
  readonly lost: readonly number[];
  /** Signals of its last decision, which it may not have sent. */
  readonly kills: readonly SupervisorEffect[];
  /** Events that it may not have sent to listeners. */
  readonly unsent: readonly EventsEffect[];
  /** Effects of its last decision that are events, and the events that it has recorded since then. */
  readonly announcements: readonly SupervisorEffect[];
  readonly recorded: readonly EventsInput[];
  readonly unwritten: readonly UnwrittenOutput[];
}

/** Output that was in the memory of a daemon that has died. */
export interface UnwrittenOutput {
  readonly key: ProcessKey;
  readonly channel: "stdout" | "stderr";
  /** At most. */
  readonly bytes: number;
}

/** A daemon to continue. */
export interface Continued {
  readonly snapshot: Snapshot;
  readonly unrecorded: Unrecorded;
  /** Descriptors of starts that had not begun, of processes that were removed, and sockets that no process uses. */
  readonly useless: readonly number[];
}

/**
 * @param programs those in the memory of the keeper
 * @param exists whether a pid is that of a child, perhaps one that has exited
 */
export function continuedFrom(
  { snapshot, kills, unsent, announcements, recorded, entries, autos }: Recovered,
  programs: readonly LeftProgram[],
  exists: (pid: number) => boolean,
): Continued {
  const { pids, processes } = snapshot.supervision;
  const living = new Map(Array.from(pids, ([pid, key]) => [key, pid]));
  const born = new Map<ProcessKey, number>();
  const descriptors = [...snapshot.descriptors];
  for (const [key, entry] of entries) {
    const left = programs[entry];
    const isStarting = processes.get(key)?.state.phase.kind === "SPAWNING";
    if (left === undefined || !isStarting || left.isRecorded || left.pid <= 0) continue;
    if (!exists(left.pid)) continue;
    born.set(key, left.pid);
    descriptors.push(...startedOf(key, left, descriptors));
  }
  const known = new Set(descriptors.map(({ fd }) => fd));
  const begun = programs.flatMap(({ isRecorded, stdin, stdout, stderr }) =>
    isRecorded ? [] : [stdin, stdout, stderr].filter((fd) => fd >= 0 && !known.has(fd)),
  );
  const pipes = pipesOf(descriptors);
  // Under a name that is not known to be its file's, there may be another file by now.
  const before = snapshot.logs.channels.flatMap(({ key, channel, auto }) =>
    auto?.exists === true ? [[`${channel} ${key}`, auto.path] as const] : [],
  );
  const files = new Map([...before, ...autos]);
  const running = new Map([...living, ...born]);
  const dead = [...pipes.keys()].filter((key) => !running.has(key) && processes.has(key));
  const attached = new Map([...running, ...dead.map((key) => [key, 0] as const)]);
  const left = socketsOf(snapshot, descriptors, running);
  const sockets = left.filter(({ holders }) => holders.length > 0);
  // A process that a change has removed, and whose pipes were not closed.
  const removed = descriptors.flatMap(({ fd, role, owner }) =>
    isOfProcess(role) && !processes.has(owner as ProcessKey) ? [fd] : [],
  );
  const unused = left.flatMap(({ socket: { fd, lockFd }, holders }) =>
    holders.length > 0 ? [] : [fd, ...(lockFd === null ? [] : [lockFd])],
  );
  const useless = new Set([...begun, ...unused, ...removed]);
  return {
    snapshot: {
      ...snapshot,
      descriptors: descriptors.filter(({ fd, role }) => role !== "log" && !useless.has(fd)),
      sockets,
      silentSince: null,
      children: Array.from(attached, ([key, pid]) => ({
        ...{ key, pid, unread: [], gathered: null },
        stdin: pipes.get(key)?.stdin ?? null,
      })),
      notifications: snapshot.notifications.filter(
        ({ key, pid }) =>
          running.get(key) === pid && descriptors.some(({ role }) => role === "ready"),
      ),
      logs: {
        channels: [...processes.keys()].flatMap((key) =>
          channelsOf(key, attached.get(key) ?? null, pipes.get(key) ?? {}, files),
        ),
        ...{ journal: null, files: [], rested: [] },
      },
    },
    useless: [...useless],
    unrecorded: {
      ...{ born, dead, kills, unsent, announcements, recorded },
      lost: [...pids.keys()].filter((pid) => !exists(pid)),
      unwritten: [...entries].flatMap(([key, entry]) => unwrittenOf(key, programs[entry])),
    },
  };
}

function unwrittenOf(
  key: ProcessKey,
  program: LeftProgram | undefined,
): readonly UnwrittenOutput[] {
  return (["stdout", "stderr"] as const).flatMap((channel) => {
    const bytes = program?.unwritten[channel] ?? 0;
    return bytes === 0 ? [] : [{ key, channel, bytes }];
  });
}

/** The descriptors of a process that was created, if its start was not recorded. @param known those that were recorded */
export function startedOf(
  key: ProcessKey,
  left: LeftProgram,
  known: readonly HeldDescriptor[],
): readonly HeldDescriptor[] {
  if (left.isRecorded) return [];
  return (["stdin", "stdout", "stderr"] as const).flatMap((role) => {
    const fd = left[role];
    return fd >= 0 && !known.some((held) => held.fd === fd) ? [{ fd, role, owner: key }] : [];
  });
}

/** The state of a daemon that has ended: its logs are opened again, at the position where it left them. */
export function withClosedLogs(snapshot: Snapshot): Snapshot {
  const { logs, descriptors } = snapshot;
  const rested = logs.files.flatMap(({ path, file }) =>
    file === null ? [] : [{ path, position: file.position, count: file.count }],
  );
  return {
    ...snapshot,
    descriptors: descriptors.filter(({ role }) => role !== "log"),
    logs: {
      ...logs,
      files: logs.files.map((log) => ({ ...log, file: null })),
      rested: [...logs.rested, ...rested],
    },
  };
}

/** The sockets of programs, each with all processes that have it. */
function socketsOf(
  { sockets, supervision }: Snapshot,
  descriptors: readonly HeldDescriptor[],
  running: ReadonlyMap<ProcessKey, number>,
): readonly ProgramSocketState[] {
  return descriptors.flatMap(({ fd, role, owner }) => {
    if (role !== "program-socket") return [];
    const lock = descriptors.find((each) => each.role === "lock" && each.owner === owner);
    const known = sockets.find(({ socket }) => socket.fd === fd);
    const having = Array.from(supervision.processes.values()).filter(
      ({ key, config, state }) =>
        definitionsOf(supervision, key).some(({ sockets }) =>
          sockets.some(({ url }) => url === owner),
        ) ||
        (config.fcgiSocket?.url === owner && (running.has(key) || state.phase.kind === "SPAWNING")),
    );
    const [first] = [
      ...having.filter(({ key }) => running.has(key)),
      ...having.filter(({ key }) => known?.holders.includes(key)),
      ...having,
    ].flatMap(({ key }) => stayingSection(supervision, key, owner) ?? []);
    const holders = having.filter(({ key }) => {
      const section = stayingSection(supervision, key, owner);
      return section === null || section === first;
    });
    return [
      {
        url: owner,
        socket: known?.socket ?? { fd, lockFd: lock?.fd ?? null, file: null },
        holders: holders.map(({ key }) => key),
      },
    ];
  });
}

/** The section for which a process keeps a socket, or gets it: two may have the address, and one has the socket. Null if it leaves it. */
function stayingSection(
  supervision: Snapshot["supervision"],
  key: ProcessKey,
  url: string,
): string | null {
  if (supervision.pending.get(key)?.config === null) return null;
  const last = definitionsOf(supervision, key).at(-1);
  const has = last?.sockets.some((each) => each.url === url) === true;
  return has || last?.fcgiSocket?.url === url ? last.origin.section : null;
}

/** The descriptors that a process has in its daemon. */
const ROLES = ["stdin", "stdout", "stderr", "to-listener", "from-listener"] as const;
type Pipes = Partial<Record<(typeof ROLES)[number], number>>;

function isOfProcess(role: HeldDescriptor["role"]): boolean {
  return (ROLES as readonly string[]).includes(role);
}

function pipesOf(descriptors: readonly HeldDescriptor[]): ReadonlyMap<ProcessKey, Pipes> {
  const pipes = new Map<ProcessKey, Pipes>();
  for (const { fd, role, owner } of descriptors) {
    if (!isOfProcess(role)) continue;
    pipes.set(owner as ProcessKey, { ...pipes.get(owner as ProcessKey), [role]: fd });
  }
  return pipes;
}

/** The output of a process: bytes that were in memory are lost, and the beginning of a line with them. */
function channelsOf(
  key: ProcessKey,
  pid: number | null,
  pipes: Pipes,
  autos: ReadonlyMap<string, string>,
): readonly ChannelState[] {
  return (["stdout", "stderr"] as const).map((channel) => {
    const fd = pipes[channel] ?? null;
    const output = pid === null ? null : { pid, fd, pipeline: null, lines: null };
    const path = autos.get(`${channel} ${key}`) ?? null;
    const auto = path === null ? null : { path, exists: true };
    return { key, channel, auto, output, recent: null, runs: [] };
  });
}
