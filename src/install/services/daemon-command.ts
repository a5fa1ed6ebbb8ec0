// The commands that a service runs.

import type { ServiceDescription } from "../plan/service.ts";

/** The daemon's command line: in the foreground, whoever starts it. */
export function daemonCommand(
  { executable, config }: ServiceDescription,
  silent: boolean,
): string[] {
  return [executable, "daemon", "-n", ...(silent ? ["-s"] : []), "-c", config];
}

/** Applies what changed in the configuration, and leaves the rest alone. */
export function updateCommand({ executable, config }: ServiceDescription): string[] {
  return [executable, "update", "-c", config];
}
