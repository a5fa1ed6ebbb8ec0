// Starts a daemon from the snapshot of its predecessor, in the same process. Until everything is restored, any error returns to
// the predecessor.

import { thrownStack } from "../core/base/result.ts";
import { decodeSnapshot } from "../core/snapshot/snapshot.ts";
import { endProcess, surviveUncaughtErrors } from "../host/system/signals.ts";
import { printError } from "../host/terminal/output.ts";
import { type Inherited, isOpen } from "../host/upgrade/exec.ts";
import { holdExecutable } from "../host/upgrade/executable.ts";
import type { ServiceManager } from "../ports/service-manager.ts";
import { VERSION } from "../version.ts";
import { EXIT, startErrorText } from "./errors.ts";
import { type DaemonDeps, runDaemon } from "./lifecycle.ts";

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
    return { ...deps, restored: { snapshot, done, outcome, notice: { level: "CRIT", text } } };
  }
  const programs = children.length === 1 ? "1 process" : `${children.length} processes`;
  const text = `tsv ${VERSION} was upgraded from ${version}, with ${programs}; the pid is still ${process.pid}`;
  const outcome = { state: "replaced", id, from: version, to: VERSION } as const;
  return { ...deps, restored: { snapshot, done, outcome, notice: { level: "INFO", text } } };
}
