// Starts a daemon in the process of its predecessor: with its programs, its sockets and its logs. Until everything is
// restored, any error returns to the predecessor.

import { thrownStack } from "../core/base/thrown.ts";
import type { ConfigNotice } from "../core/config/model.ts";
import type { Snapshot } from "../core/snapshot/snapshot.ts";
import { decodeSnapshot } from "../core/snapshot/snapshot.ts";
import { endProcess } from "../host/system/end-process.ts";
import { surviveStrayErrors } from "../host/system/stray-errors.ts";
import { printError } from "../host/terminal/output.ts";
import { type Carried, isOpen } from "../host/upgrade/carry.ts";
import { holdExecutable } from "../host/upgrade/executable.ts";
import type { ServiceManager } from "../ports/service-manager.ts";
import { VERSION } from "../version.ts";
import { EXIT, refusal } from "./errors.ts";
import { type DaemonDeps, runDaemon, type Takeover } from "./lifecycle.ts";

/** Longer than everything together takes on the slowest machine. */
const TIMEOUT_MS = 60_000;

interface TakeoverCall {
  readonly program: string;
  readonly words: readonly string[];
  readonly manager: ServiceManager | null;
}

/** Goes on as the daemon whose state was carried here, to the end. @returns exit status */
export async function takeOver(carried: Carried, call: TakeoverCall): Promise<number> {
  let isDone = false;
  const giveUp = (reason: string): number => {
    const why = carried.goBack(`tsv ${VERSION} could not continue from the snapshot: ${reason}`);
    printError(
      `Error: tsv could not complete the upgrade (${reason}) and cannot return to the previous version (${why})\n`,
    );
    return EXIT.INTERNAL;
  };
  const timer = setTimeout(() => endProcess(giveUp("it took too long")), TIMEOUT_MS);
  const done = (): void => {
    isDone = true;
    clearTimeout(timer);
    carried.done();
  };
  surviveStrayErrors((thrown) => endProcess(giveUp(thrownStack(thrown))));
  try {
    const deps = prepare(carried, call, done);
    if (typeof deps === "string") return giveUp(deps);
    const ended = await runDaemon(deps);
    if (ended.ok) return ended.value;
    if (!isDone) return giveUp(ended.error);
    printError(refusal(call.program, ended.error));
    return EXIT.USAGE;
  } catch (error) {
    if (isDone) throw error;
    return giveUp(thrownStack(error));
  }
}

/** @returns what the daemon runs with, or why it cannot */
function prepare(carried: Carried, call: TakeoverCall, done: () => void): DaemonDeps | string {
  const { program, words, manager } = call;
  const { failure } = carried;
  const decoded = decodeSnapshot(carried.document);
  if (!decoded.ok) return decoded.error;
  const handover = decoded.value;
  const lost = handover.descriptors.find(({ fd }) => !isOpen(fd));
  if (lost !== undefined && failure === null) {
    return `the descriptor ${lost.fd} is not open, ${lost.role} of ${lost.owner}`;
  }
  holdExecutable();
  const origin = failure === null ? handover.executable : handover.origin;
  return {
    config: handover.config,
    foreground: null,
    serviceManager: manager,
    calling: { program, words, cwd: handover.cwd, origin },
    takeover: { handover, done, ...tell(handover, failure) },
  };
}

function tell(
  { id, version, children }: Snapshot,
  failure: string | null,
): Pick<Takeover, "outcome" | "notice"> {
  if (failure !== null) {
    const text = `not upgraded, tsv ${VERSION} continues: ${failure}`;
    return { outcome: { state: "failed", id, reason: failure }, notice: { level: "CRIT", text } };
  }
  const programs = children.length === 1 ? "1 process" : `${children.length} processes`;
  const text = `tsv ${VERSION} was upgraded from ${version}, with ${programs}; the pid is still ${process.pid}`;
  const notice: ConfigNotice = { level: "INFO", text };
  return { outcome: { state: "replaced", id, from: version, to: VERSION }, notice };
}
