// Member `configuration` of a reported state, as a device writes it and the hub reads it.

import { type ConfigurationReport, DESIRED_RESULTS } from "./desired.ts";

/** @param text the reported state of a device @returns null if it says nothing of its configuration */
export function readReport(text: string): ConfigurationReport | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const { configuration } = (value ?? {}) as { readonly configuration?: unknown };
  const { revision, rollout, result, why, at } = (configuration ?? {}) as Readonly<
    Record<string, unknown>
  >;
  const known = DESIRED_RESULTS.find((each) => each === result);
  if (typeof revision !== "number" || known === undefined) return null;
  if (typeof why !== "string" || typeof at !== "string" || typeof rollout !== "string") return null;
  return { revision, rollout, result: known, why, at };
}
