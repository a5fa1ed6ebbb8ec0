// A configuration that is there, and that whoever asks may not read: then nothing is wrong with it, as far as anybody knows.

import type { Probe } from "./probe.ts";
import type { Situation } from "./situation.ts";

/** Whether it takes root to see what the configuration says. */
export function isConfigHidden(
  { caller, config: { path, daemon } }: Pick<Situation, "caller" | "config">,
  probe: Pick<Probe, "look" | "readHead">,
): boolean {
  if (caller.uid === 0 || path === null || daemon?.ok !== false) return false;
  const found = probe.look(path);
  if (!found.ok) return found.error === "EACCES";
  return found.kind === "file" && probe.readHead(path, 1) === null;
}
