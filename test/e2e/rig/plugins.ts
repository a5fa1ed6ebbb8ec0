// Configurations with plugins, and ctl's output.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, relative } from "node:path";
import type { TestContext } from "node:test";
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

/** Modules are not taken from below /tmp, where the rig lives. Gives the way there from the rig's directory. */
export function placeModules(
  rig: Rig,
  t: TestContext,
  modules: Readonly<Record<string, string>>,
): string {
  const directory = mkdtempSync(join(homedir(), "tsv-e2e-modules-"));
  t.after(() => rmSync(directory, { recursive: true }));
  for (const [name, code] of Object.entries(modules)) {
    writeFileSync(join(directory, name), code, { mode: 0o644 });
  }
  return relative(rig.directory, directory);
}
