// Starts a daemon where another one under the same keeper has ended, for an upgrade, or died. If it exits before it is ready, the
// keeper starts the executable before an upgrade again.

import { signalName } from "../core/process/signals.ts";
import { continuedFrom, withClosedLogs } from "../core/snapshot/recover.ts";
import { type Recovered, recoverSnapshot, type Snapshot } from "../core/snapshot/snapshot.ts";
import { daemonPid, type Keeper, type Left } from "../host/keeper/keeper.ts";
import { errnoName, posix } from "../host/posix.ts";
import { printError } from "../host/terminal/output.ts";
import { holdExecutable } from "../host/upgrade/executable.ts";
import type { ServiceManager } from "../ports/service-manager.ts";
import { VERSION } from "../version.ts";
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
  const recovered = recoverSnapshot(left.snapshot, left.journal);
  if (!recovered.ok) {
    printError(`Error: tsv cannot continue: ${recovered.error}\n`);
    return EXIT.INTERNAL;
  }
  keeper.adopt(recovered.value.entries);
  const { snapshot, unrecorded, outcome, notice } = recovered.value.isComplete
    ? afterUpgrade(recovered.value.snapshot, left)
    : await afterDeath(keeper, left, recovered.value);
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
    restored: { snapshot, unrecorded, outcome, notice },
  });
  if (ended.ok) return ended.value;
  printError(startErrorText(program, ended.error));
  return EXIT.USAGE;
}

type Continuation = Pick<
  NonNullable<DaemonDeps["restored"]>,
  "snapshot" | "unrecorded" | "outcome" | "notice"
>;

function afterUpgrade(ended: Snapshot, { isFallback, death }: Left): Continuation {
  const snapshot = withClosedLogs(ended);
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

async function afterDeath(
  keeper: Keeper,
  { programs, death }: Left,
  recovered: Recovered,
): Promise<Continuation> {
  const exists = (pid: number): boolean => errnoName(posix().kill(pid, 0, 0)) !== "ESRCH";
  const { snapshot, unrecorded, useless } = continuedFrom(recovered, programs, exists);
  const paths = new Map(recovered.snapshot.descriptors.map(({ fd, owner }) => [fd, owner]));
  await keeper.recoverOutputs((fd) => paths.get(fd) ?? null);
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
