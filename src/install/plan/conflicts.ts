// Conflicts of an installation with a running daemon, with the exact commands to proceed.

import { shellWord } from "../../core/base/shell-word.ts";
import type { InstallRequest } from "./request.ts";
import type { DaemonRequirements } from "./requirements.ts";
import type { FoundSupervisor } from "./take-over.ts";

/** A command line to paste into a shell. */
export function commandLine(running: string, words: readonly string[]): string {
  return [running, ...words].map(shellWord).join(" ");
}

export interface Wanted {
  readonly request: Pick<InstallRequest, "name" | "config">;
  readonly requirements: Pick<DaemonRequirements, "config" | "server">;
  readonly supervisor: FoundSupervisor | null;
  /** Another daemon answers on the socket. */
  readonly answers: boolean;
  /** The running executable. */
  readonly running: string;
}

/** Two daemons with one configuration conflict in sockets and programs. Null if there is no conflict. */
export function conflictOf(wanted: Wanted): string | null {
  const { request, requirements, supervisor, answers, running } = wanted;
  const { config, server } = requirements;
  const isSame = supervisor !== null && supervisor.config === config && isAlive(supervisor);
  if (!isSame && !answers) return null;
  const who =
    supervisor === null || !isSame
      ? `another daemon than the service ${request.name} already answers on ${server}`
      : `${supervisorName(supervisor)} already runs with ${config}`;
  const takeOver =
    supervisor === null
      ? "Stop it first, then run this again."
      : `To replace it, with its configuration and socket:\n\n  ${commandLine(running, ["install", "--boot", "--take-over"])}`;
  const isOwn = request.config === null;
  const beside = commandLine(running, ["install", "--boot", ...(isOwn ? ["--name", "tsv2"] : [])]);
  return `${who}.\n\n${takeOver}\n\nTo run in addition to it, with a separate configuration, socket and logs:\n\n  ${beside}`;
}

function isAlive({ service, process }: FoundSupervisor): boolean {
  return process !== null || service?.isRunning === true || service?.isEnabled === true;
}

/** `Supervisor (supervisor.service, pid 12)`. */
export function supervisorName({ service, process }: FoundSupervisor): string {
  const parts = [service?.path ?? null, process === null ? null : `pid ${process.pid}`];
  return `Supervisor (${parts.filter((part) => part !== null).join(", ")})`;
}
