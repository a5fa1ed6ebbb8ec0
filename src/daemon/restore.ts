// Starts a daemon where another one under the same keeper has ended, for an upgrade, or died. If it exits before it is ready, the
// keeper starts the executable before an upgrade again.

import { err, ok, type Result, thrownStack } from "../core/base/result.ts";
import type { ConfigNotice } from "../core/config/model.ts";
import { newEpoch } from "../core/event-log/event-log.ts";
import { signalName } from "../core/process/signals.ts";
import { failureLine } from "../core/snapshot/journal.ts";
import { continuedFrom, withClosedLogs } from "../core/snapshot/recover.ts";
import { type Recovered, recoverSnapshot } from "../core/snapshot/snapshot.ts";
import { type Death, daemonPid, type Keeper, type Left } from "../host/keeper/keeper.ts";
import { errnoName, posix } from "../host/posix.ts";
import { endProcess, surviveUncaughtErrors } from "../host/system/signals.ts";
import { printError } from "../host/terminal/output.ts";
import { localOffsetMinutes } from "../host/time/local-time.ts";
import { holdExecutable } from "../host/upgrade/executable.ts";
import type { ServiceManager } from "../ports/service-manager.ts";
import { VERSION } from "../version.ts";
import { setAside, type Usable } from "./aside.ts";
import { EXIT, startErrorText } from "./errors.ts";
import { type DaemonDeps, runDaemon } from "./lifecycle.ts";
import { prepareAgain } from "./prepare.ts";

interface RestoreCall {
  readonly program: string;
  readonly words: readonly string[];
  readonly manager: ServiceManager | null;
}

/** Runs the daemon that continues where another one under the same keeper has ended or died. @returns exit status */
export async function continueDaemon(
  keeper: Keeper,
  left: Left,
  call: RestoreCall,
): Promise<number> {
  const giveUp = (reason: string): number => {
    const text = `tsv ${VERSION} could not continue from the snapshot: ${reason}`;
    keeper.note(failureLine(text));
    printError(`Error: ${text}\n`);
    return EXIT.INTERNAL;
  };
  surviveUncaughtErrors((thrown) => endProcess(giveUp(thrownStack(thrown))));
  // Before anything is opened for long.
  posix().reserveSlots();
  try {
    const recovered = await usableState(keeper, left, call);
    if (!recovered.ok) return giveUp(recovered.error);
    const ended = await runDaemon(await daemonDeps(keeper, left, recovered.value, call));
    if (ended.ok) return ended.value;
    return keeper.isReady ? refuse(call.program, ended.error) : giveUp(ended.error);
  } catch (error) {
    if (keeper.isReady) throw error;
    return giveUp(thrownStack(error));
  }
}

/** The state of the daemon before, or what takes its place when daemons have died with it. */
async function usableState(
  keeper: Keeper,
  left: Left,
  call: RestoreCall,
): Promise<Result<Usable, string>> {
  const recovered = left.isSuspect
    ? err("daemons have died with it again and again")
    : recoverSnapshot(left.snapshot, left.journal, localOffsetMinutes);
  if (recovered.ok) return ok({ ...recovered.value, notices: [] });
  // The version before can use it.
  if (left.isUpgrade) return recovered;
  return await setAside(keeper, left, call, recovered.error);
}

function refuse(program: string, reason: string): number {
  printError(startErrorText(program, reason));
  return EXIT.USAGE;
}

async function daemonDeps(
  keeper: Keeper,
  left: Left,
  recovered: Usable,
  { program, words, manager }: RestoreCall,
): Promise<DaemonDeps> {
  keeper.programs.adopt(recovered.entries);
  const { snapshot, unrecorded, outcome, notice, lost } = recovered.isComplete
    ? afterUpgrade(recovered, left)
    : await afterDeath(keeper, left, recovered);
  for (const { fd } of snapshot.descriptors) posix().setCloexec(fd, 1);
  prepareAgain(snapshot.config);
  holdExecutable();
  const origin = outcome.state === "replaced" ? snapshot.executable : snapshot.origin;
  return {
    config: snapshot.config,
    foreground: null,
    serviceManager: manager,
    notices: [...recovered.notices, ...lost.map((text) => ({ level: "WARN", text }) as const)],
    calling: { program, words, cwd: snapshot.cwd, origin },
    restored: { snapshot, unrecorded, outcome, notice },
  };
}

interface Continuation
  extends Pick<
    NonNullable<DaemonDeps["restored"]>,
    "snapshot" | "unrecorded" | "outcome" | "notice"
  > {
  /** What is missing in logs, for the activity log. */
  readonly lost: readonly string[];
}

function afterUpgrade(
  { snapshot: ended, failure }: Recovered,
  { isFallback, death }: Left,
): Continuation {
  const snapshot = withClosedLogs(ended);
  const { id, version, children } = snapshot;
  if (isFallback) {
    const reason = failure ?? `the new version ${endOf(death)} before it could continue`;
    const text = `not upgraded, tsv ${VERSION} continues: ${reason}`;
    const outcome = { state: "failed", id, reason } as const;
    return { snapshot, unrecorded: null, outcome, notice: { level: "CRIT", text }, lost: [] };
  }
  const outcome = { state: "replaced", id, from: version, to: VERSION } as const;
  const text = `tsv ${VERSION} was upgraded from ${version}, with ${processes(children.length)}; the pid is still ${daemonPid()}`;
  return { snapshot, unrecorded: null, outcome, notice: { level: "INFO", text }, lost: [] };
}

async function afterDeath(
  keeper: Keeper,
  { programs, death, unwritten }: Left,
  recovered: Recovered,
): Promise<Continuation> {
  const exists = (pid: number): boolean => errnoName(posix().kill(pid, 0, 0)) !== "ESRCH";
  const { snapshot, unrecorded, useless } = continuedFrom(recovered, programs, exists);
  // Before it is given a descriptor of such a number.
  for (const fd of recovered.closed) keeper.drop(fd);
  // The numbers of events since the snapshot may be known to clients.
  const eventLog = { ...snapshot.eventLog, epoch: newEpoch(Date.now(), process.pid) };
  const paths = new Map(recovered.snapshot.descriptors.map(({ fd, owner }) => [fd, owner]));
  const outputs = await keeper.recoverOutputs((fd) => paths.get(fd) ?? null);
  for (const fd of useless) {
    posix().close(fd);
    keeper.drop(fd);
  }
  const running = snapshot.children.length - unrecorded.dead.length;
  const text = `the daemon ${endOf(death)}; a new one continues, with ${processes(running)}`;
  const outcome = { state: "none" } as const;
  const continued = { ...snapshot, eventLog };
  const lost = [
    ...(unwritten > 0 ? [`at most ${unwritten} bytes of this log were lost with the daemon`] : []),
    ...outputs.map(([bytes, log]) => `${bytes} bytes of output cannot be written to ${log}`),
  ];
  return { snapshot: continued, unrecorded, outcome, notice: { level: "CRIT", text }, lost };
}

/** Said by a daemon that begins anew, in the place of one that died between two generations. */
export function beginsAnew(death: Death): ConfigNotice {
  return { level: "CRIT", text: `the daemon ${endOf(death)} in a reload; a new one begins` };
}

function endOf({ wasKilled, status }: Death): string {
  return wasKilled ? `was killed by ${signalName(status)}` : `exited with status ${status}`;
}

function processes(count: number): string {
  return count === 1 ? "1 process" : `${count} processes`;
}
