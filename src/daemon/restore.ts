// Starts a daemon from the snapshot of its predecessor, in the same process. Until everything is restored, any error returns to
// the predecessor.

import { thrownStack } from "../core/base/result.ts";
import { signalName } from "../core/process/signals.ts";
import { continuedFrom } from "../core/snapshot/recover.ts";
import {
  decodeSnapshot,
  type Recovered,
  recoverSnapshot,
  type Snapshot,
} from "../core/snapshot/snapshot.ts";
import { daemonPid, type Keeper, type Left } from "../host/keeper/keeper.ts";
import { errnoName, posix } from "../host/posix.ts";
import { endProcess, surviveUncaughtErrors } from "../host/system/signals.ts";
import { printError } from "../host/terminal/output.ts";
import { type Inherited, isOpen } from "../host/upgrade/exec.ts";
import { holdExecutable } from "../host/upgrade/executable.ts";
import type { ServiceManager } from "../ports/service-manager.ts";
import { VERSION } from "../version.ts";
import { EXIT, startErrorText } from "./errors.ts";
import { type DaemonDeps, runDaemon } from "./lifecycle.ts";
import { prepareAgain } from "./prepare.ts";

/** Longer than the restore takes on the slowest machine. */
const TIMEOUT_MS = 60_000;

interface RestoreCall {
  readonly program: string;
  readonly words: readonly string[];
  readonly manager: ServiceManager | null;
}

/** Runs the daemon of a snapshot to its end. @returns exit status */
export async function restoreDaemon(inherited: Inherited, call: RestoreCall): Promise<number> {
  let isDone = false;
  const giveUp = (reason: string): number => {
    const why = inherited.goBack(`tsv ${VERSION} could not continue from the snapshot: ${reason}`);
    printError(
      `Error: tsv could not complete the upgrade (${reason}) and cannot return to the previous version (${why})\n`,
    );
    return EXIT.INTERNAL;
  };
  const timer = setTimeout(() => endProcess(giveUp("it took too long")), TIMEOUT_MS);
  const done = (): void => {
    isDone = true;
    clearTimeout(timer);
    inherited.done();
  };
  surviveUncaughtErrors((thrown) => endProcess(giveUp(thrownStack(thrown))));
  try {
    const deps = daemonDeps(inherited, call, done);
    if (typeof deps === "string") return giveUp(deps);
    const ended = await runDaemon(deps);
    if (ended.ok) return ended.value;
    if (!isDone) return giveUp(ended.error);
    printError(startErrorText(call.program, ended.error));
    return EXIT.USAGE;
  } catch (error) {
    if (isDone) throw error;
    return giveUp(thrownStack(error));
  }
}

/** @returns what the daemon runs with, or why it cannot */
function daemonDeps(
  { snapshot: json, failure }: Inherited,
  { program, words, manager }: RestoreCall,
  done: () => void,
): DaemonDeps | string {
  const decoded = decodeSnapshot(json);
  if (!decoded.ok) return decoded.error;
  const snapshot = decoded.value;
  const lost = snapshot.descriptors.find(({ fd }) => !isOpen(fd));
  if (lost !== undefined && failure === null) {
    return `the descriptor ${lost.fd} is not open, ${lost.role} of ${lost.owner}`;
  }
  holdExecutable();
  const { id, version, children } = snapshot;
  const origin = failure === null ? snapshot.executable : snapshot.origin;
  const deps = {
    config: snapshot.config,
    foreground: null,
    serviceManager: manager,
    calling: { program, words, cwd: snapshot.cwd, origin },
  };
  if (failure !== null) {
    const text = `not upgraded, tsv ${VERSION} continues: ${failure}`;
    const outcome = { state: "failed", id, reason: failure } as const;
    const unrecorded = null;
    return {
      ...deps,
      restored: { snapshot, unrecorded, done, outcome, notice: { level: "CRIT", text } },
    };
  }
  const text = `tsv ${VERSION} was upgraded from ${version}, with ${processes(children.length)}; the pid is still ${daemonPid()}`;
  const outcome = { state: "replaced", id, from: version, to: VERSION } as const;
  return {
    ...deps,
    restored: { snapshot, unrecorded: null, done, outcome, notice: { level: "INFO", text } },
  };
}

/** Runs the daemon that continues where another one under the same keeper has ended or died. @returns exit status */
export async function continueDaemon(
  keeper: Keeper,
  left: Left,
  call: RestoreCall,
): Promise<number> {
  const recovered = recoverSnapshot(left.snapshot, left.journal);
  if (!recovered.ok) {
    printError(`Error: tsv cannot continue: ${recovered.error}\n`);
    return EXIT.INTERNAL;
  }
  keeper.adopt(recovered.value.entries);
  const { snapshot, unrecorded, outcome, notice } = recovered.value.isComplete
    ? afterUpgrade(recovered.value.snapshot, left)
    : afterDeath(keeper, left, recovered.value);
  for (const { fd } of snapshot.descriptors) posix().setCloexec(fd, 1);
  prepareAgain(snapshot.config);
  holdExecutable();
  const { program, words, manager } = call;
  const origin = outcome.state === "replaced" ? snapshot.executable : snapshot.origin;
  const ended = await runDaemon({
    config: snapshot.config,
    foreground: null,
    serviceManager: manager,
    calling: { program, words, cwd: snapshot.cwd, origin },
    restored: { snapshot, unrecorded, outcome, notice, done: () => {} },
  });
  if (ended.ok) return ended.value;
  printError(startErrorText(program, ended.error));
  return EXIT.USAGE;
}

type Continuation = Pick<
  NonNullable<DaemonDeps["restored"]>,
  "snapshot" | "unrecorded" | "outcome" | "notice"
>;

function afterUpgrade(snapshot: Snapshot, { isFallback, death }: Left): Continuation {
  const { id, version, children } = snapshot;
  const end = endOf(death);
  if (isFallback) {
    const reason = `the new version ${end} before it could continue`;
    const text = `not upgraded, tsv ${VERSION} continues: ${reason}`;
    const outcome = { state: "failed", id, reason } as const;
    return { snapshot, unrecorded: null, outcome, notice: { level: "CRIT", text } };
  }
  const outcome = { state: "replaced", id, from: version, to: VERSION } as const;
  const text = `tsv ${VERSION} was upgraded from ${version}, with ${processes(children.length)}; the pid is still ${daemonPid()}`;
  return { snapshot, unrecorded: null, outcome, notice: { level: "INFO", text } };
}

function afterDeath(keeper: Keeper, { programs, death }: Left, recovered: Recovered): Continuation {
  const exists = (pid: number): boolean => errnoName(posix().kill(pid, 0, 0)) !== "ESRCH";
  const { snapshot, unrecorded, useless } = continuedFrom(recovered, programs, exists);
  const logs = new Set(
    recovered.snapshot.descriptors.flatMap(({ fd, role }) => (role === "log" ? [fd] : [])),
  );
  keeper.recoverOutputs((fd) => logs.has(fd));
  for (const fd of useless) {
    posix().close(fd);
    keeper.drop(fd);
  }
  const running = snapshot.children.length - unrecorded.dead.length;
  const text = `the daemon ${endOf(death)}; a new one continues, with ${processes(running)}`;
  const outcome = { state: "none" } as const;
  return { snapshot, unrecorded, outcome, notice: { level: "CRIT", text } };
}

function endOf({ wasKilled, status }: Left["death"]): string {
  return wasKilled ? `was killed by ${signalName(status)}` : `exited with status ${status}`;
}

function processes(count: number): string {
  return count === 1 ? "1 process" : `${count} processes`;
}
