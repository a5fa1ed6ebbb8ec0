// Why an installation is not begun, and the exact lines that do what was meant.

import { shellWord } from "../../core/base/shell-word.ts";
import type { DaemonNeeds } from "../host/needs.ts";
import type { InstallRequest } from "../plan/request.ts";
import type { FoundSupervisor } from "../plan/take-over.ts";

/** A command line that can be pasted into a shell. */
export function commandLine(running: string, words: readonly string[]): string {
  return [running, ...words].map(shellWord).join(" ");
}

export function notRoot(running: string, words: readonly string[]): string {
  return `Error: this needs root. Run it as:\n\n  sudo ${commandLine(running, words)}\n`;
}

export function nobodyToAsk(running: string, words: readonly string[]): string {
  return (
    "Nothing was changed: this is no terminal, so nobody can be asked. To do it:\n\n" +
    `  ${commandLine(running, [...words, "--yes"])}\n`
  );
}

/** No init system: in a container that is as it should be. */
export function withoutInit(seen: string, running: string): string {
  return `${seen}.

In a container nothing boots, and tsv is the process that everything starts with:

  ENTRYPOINT ["${running}", "daemon", "-n", "-c", "/etc/tsv/tsv.conf"]

or, in a shell:

  ${shellWord(running)} daemon -n -c /etc/tsv/tsv.conf

On a machine that does boot by one of them, say which: --init systemd, sysv, openrc, runit or s6.`;
}

export interface Way {
  readonly request: InstallRequest;
  readonly needs: DaemonNeeds;
  readonly supervisor: FoundSupervisor | null;
  /** Somebody else answers on the socket. */
  readonly answers: boolean;
  readonly running: string;
}

/** Two daemons on one configuration fight for sockets and programs. Null when nothing stands in the way. */
export function standingInTheWay(way: Way): string | null {
  const { request, needs, supervisor, answers, running } = way;
  const isSame = supervisor !== null && supervisor.config === needs.config && isAlive(supervisor);
  if (!isSame && !answers) return null;
  const who =
    supervisor === null || !isSame
      ? `a daemon answers on ${needs.server} already, and it is not the service ${request.name}`
      : `${supervisorName(supervisor)} runs with ${needs.config} already`;
  const takeOver =
    supervisor === null
      ? "Stop it first, then run this again."
      : `To take its place, with its configuration and socket:\n\n  ${commandLine(running, ["install", "--boot", "--take-over"])}`;
  const isOwn = request.config === null;
  const beside = commandLine(running, ["install", "--boot", ...(isOwn ? ["--name", "tsv2"] : [])]);
  return `${who}.\n\n${takeOver}\n\nTo stand beside it, with a configuration, socket and logs of its own:\n\n  ${beside}`;
}

function isAlive({ service, process }: FoundSupervisor): boolean {
  return process !== null || service?.isRunning === true || service?.isEnabled === true;
}

/** `Supervisor (supervisor.service, pid 12)`. */
export function supervisorName({ service, process }: FoundSupervisor): string {
  const parts = [service?.path ?? null, process === null ? null : `pid ${process.pid}`];
  return `Supervisor (${parts.filter((part) => part !== null).join(", ")})`;
}
