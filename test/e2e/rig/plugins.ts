// Configurations with plugins, and what ctl says.

import { TSV_BY_NAME } from "./implementation.ts";
import type { Rig } from "./rig.ts";

/** Two that run, and a group to add to. */
export const PROGRAMS = `
[program:database]
command=sleep 1000
startsecs=0

[program:web]
command=sleep 1000
startsecs=0

[group:dynamic]
programs=
`;

/** A section [rpcinterface:x]. */
export function interfaceOf(name: string, factory: string, more = ""): string {
  return `[rpcinterface:${name}]\nsupervisor.rpcinterface_factory=${factory}\n${more}\n`;
}

/** A section [ctlplugin:x]. */
export function pluginOf(name: string, factory: string, more = ""): string {
  return `[ctlplugin:${name}]\nsupervisor.ctl_factory=${factory}\n${more}\n`;
}

/** What an action of ctl prints, and its exit status. */
export async function ctl(rig: Rig, ...words: readonly string[]): Promise<string> {
  const { stdout, stderr, status } = await rig.ctl(TSV_BY_NAME, ...words);
  return `${stdout}${stderr}exit ${status}`;
}
