// The commands of a service.

import type { ServiceDescription } from "../plan/service.ts";

/** The command line of the daemon, in the foreground. */
export function daemonCommand(
  { executable, config }: ServiceDescription,
  silent: boolean,
): string[] {
  return [executable, "daemon", "-n", ...(silent ? ["-s"] : []), "-c", config];
}

/** Applies changes of the configuration without affecting other programs. */
export function updateCommand({ executable, config }: ServiceDescription): string[] {
  return [executable, "update", "-c", config];
}
