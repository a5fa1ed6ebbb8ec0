// Roll-outs as texts in their bucket. A key is ID_spec, ID_state or ID_abort: an operator writes the first and the last, only the hub the
// state.

import {
  PHASES,
  PROGRESS,
  type RolloutDevice,
  type RolloutSpec,
  type RolloutState,
} from "./rollout.ts";
import { FLEET_NAME } from "./subjects.ts";

export const ROLLOUT_PARTS = ["spec", "state", "abort"] as const;
export type RolloutPart = (typeof ROLLOUT_PARTS)[number];

/**
 * Of messages of the bucket of desired configurations: which roll-out has written it, or has returned the key to the revision before; who
 * asked; which revision was before, and how long to settle.
 */
export const DESIRED_HEADERS = {
  rollout: "Tsv-Rollout",
  returns: "Tsv-Returns",
  by: "Tsv-By",
  before: "Tsv-Before",
  settle: "Tsv-Settle-Ms",
} as const;

/** The roll-out that has written a desired configuration; null for none. @param header of its message */
export function rolloutOf(header: (name: string) => string | null): string | null {
  return header(DESIRED_HEADERS.rollout) ?? header(DESIRED_HEADERS.returns);
}

/** A word of a subject, that sorts by time. */
const ROLLOUT_ID = /^\d{8}-\d{6}-[a-z0-9]{4}$/;

/** Devices of one roll-out: its texts must fit into messages of a megabyte. */
export const MOST_DEVICES = 10_000;
/** Bytes of a desired configuration. */
export const MOST_DESIRED_BYTES = 256 * 1024;

/** @param at the time in UTC as `toISOString` has it @param random four characters */
export function rolloutId(at: string, random: string): string {
  return `${at.slice(0, 19).replace(/[-:]/g, "").replace("T", "-")}-${random}`;
}

export function rolloutKey(id: string, part: RolloutPart): string {
  return `${id}_${part}`;
}

/** @returns null for a key that is no roll-out's */
export function readRolloutKey(
  key: string,
): { readonly id: string; readonly part: RolloutPart } | null {
  const [id = "", word, ...more] = key.split("_");
  const part = ROLLOUT_PARTS.find((each) => each === word);
  return part !== undefined && more.length === 0 && ROLLOUT_ID.test(id) ? { id, part } : null;
}

/** The roll-outs that have keys, from the oldest. */
export function rolloutIds(keys: readonly string[]): readonly string[] {
  const read = keys.map(readRolloutKey).filter((key) => key?.part === "spec");
  return read.flatMap((key) => key?.id ?? []).sort();
}

export function specText(spec: RolloutSpec): string {
  return JSON.stringify({ format: 1, ...spec });
}

/** @returns null for a text that is no roll-out, or one that must not be carried out */
export function readSpec(text: string): RolloutSpec | null {
  const value = parsed(text);
  if (value === null) return null;
  const { format, by, at, content, devices, waves, maxFailures, limitMs, requireAll, settleMs } =
    value;
  const read = contentOf(content);
  if (format !== 1 || !isText(by) || !isText(at) || read === null) return null;
  if (!Array.isArray(devices) || !devices.every((each) => isText(each) && FLEET_NAME.test(each)))
    return null;
  const names: readonly string[] = devices;
  const isSized = names.length > 0 && names.length <= MOST_DEVICES;
  if (!isSized || new Set(names).size !== names.length) return null;
  if (!Array.isArray(waves) || !waves.every(isCount) || waves.at(-1) !== names.length) return null;
  const counts: readonly number[] = waves;
  if (counts.some((count, index) => count <= (counts[index - 1] ?? 0))) return null;
  if (!isCount(maxFailures) || !isCount(limitMs) || !isCount(settleMs)) return null;
  if (typeof requireAll !== "boolean") return null;
  return {
    ...{ by, at, content: read, devices: names, waves: counts },
    ...{ maxFailures, limitMs, requireAll, settleMs },
  };
}

function contentOf(value: unknown): RolloutSpec["content"] | null {
  if (!isObject(value)) return null;
  const { text, revisions } = value;
  if (text === null) return { text };
  if (isText(text))
    return new TextEncoder().encode(text).length <= MOST_DESIRED_BYTES ? { text } : null;
  if (!isObject(revisions)) return null;
  const entries = Object.entries(revisions).flatMap(([device, revision]) =>
    isCount(revision) ? [[device, revision] as const] : [],
  );
  return { revisions: Object.fromEntries(entries) };
}

/** Characters of the reasons of all devices together. */
const MOST_REASONS = 300_000;

/**
 * Ten thousand devices take some 300 kB: a letter of a device's progress is its index in `PROGRESS`. Reasons are cut where they are many:
 * the text must fit into a message.
 */
export function stateText({ phase, why, wave, devices }: RolloutState): string {
  const most = Math.floor(MOST_REASONS / devices.filter((device) => device.why !== "").length);
  const rows = devices.map(({ progress, before, revision, why: clause }) => {
    const row = [PROGRESS.indexOf(progress), before, revision];
    return clause === "" ? row : [...row, clause.slice(0, most)];
  });
  return JSON.stringify({ format: 1, phase, why, wave, devices: rows });
}

/** @returns null for a text that is no state of this roll-out */
export function readState(text: string, spec: RolloutSpec): RolloutState | null {
  const value = parsed(text);
  if (value === null) return null;
  const { format, phase, why, wave, devices } = value;
  const known = PHASES.find((each) => each === phase);
  if (format !== 1 || known === undefined || !isText(why) || !isCount(wave)) return null;
  if (!Array.isArray(devices) || devices.length !== spec.devices.length) return null;
  const read = devices.flatMap((row: unknown): readonly RolloutDevice[] => {
    if (!Array.isArray(row)) return [];
    const [index, before, revision, clause = ""]: readonly unknown[] = row;
    const progress = isCount(index) ? PROGRESS[index] : undefined;
    if (progress === undefined || !isCount(before) || !isCount(revision) || !isText(clause))
      return [];
    return [{ progress, before, revision, why: clause }];
  });
  if (read.length !== devices.length || wave >= spec.waves.length) return null;
  return { phase: known, why, wave, devices: read, deadline: null };
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
