// Programs that need each other, over the reducer alone.

import assert from "node:assert/strict";
import { type ProcessKey, processKey } from "../../../../src/core/base/ids.ts";
import type { ProcessConfig } from "../../../../src/core/config/model.ts";
import type { Dependency } from "../../../../src/core/config/value-types.ts";
import { group, program } from "../process/samples.ts";
import { Core } from "./rig.ts";

type Changes = Partial<ProcessConfig>;

/** Programs in groups of their own, started as at boot. `needs`: "db:completed cache". */
export function daemon(
  programs: Readonly<Record<string, Changes & { readonly needs?: string }>>,
): Core {
  const core = new Core();
  for (const [name, { needs = "", ...changes }] of Object.entries(programs)) {
    const dependsOn = needs.split(" ").filter(Boolean).map(dependency);
    const config = program({ name, startSecs: 1, dependsOn, ...changes });
    core.post({ kind: "add-group", config: group(name, [config]) });
  }
  core.hasTime = false;
  for (const name of Object.keys(programs)) core.post({ kind: "autostart", keys: [key(name)] });
  core.hasTime = true;
  core.post({ kind: "report-waiting" });
  core.effects.length = 0;
  return core;
}

/** "db:completed" */
export function dependency(text: string): Dependency {
  const [name = "", condition = "running"] = text.split(":");
  return { name, condition: condition as Dependency["condition"] };
}

export const key = (name: string): ProcessKey => processKey(name, name);
export const kind = (core: Core, name: string): string => core.kind(key(name));

export function textOf(core: Core, name: string): string {
  const phase = core.state.processes.get(key(name))?.state.phase;
  return phase !== undefined && "text" in phase ? phase.text : "";
}

/** The program has been up for startsecs. */
export function becomesRunning(core: Core, name: string): void {
  core.post({ kind: "deadline", key: key(name) }, core.now + 1000);
  assert.equal(kind(core, name), "RUNNING");
}

export const stopTogether = (core: Core, ...names: readonly string[]): void => {
  const together = new Set(names.map(key));
  for (const name of names) core.post({ kind: "stop", key: key(name), together });
};

/** `name kinds` of all programs. */
export const kinds = (core: Core): string =>
  Array.from(core.state.processes.values(), ({ config, state }) =>
    [config.name, state.phase.kind].join(" "),
  ).join(", ");
