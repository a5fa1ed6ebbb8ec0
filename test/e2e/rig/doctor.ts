// tsv doctor in a rig: its records go into the rig's directory instead of the machine's /var/lib.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import type { Outcome, RunOptions } from "./command.ts";
import { TSV } from "./places.ts";
import type { Rig } from "./rig.ts";

/** What `tsv doctor --json` says, as far as tests look. */
export interface Said {
  readonly ok: boolean;
  readonly config: string | null;
  readonly daemonPid: number | null;
  readonly errors: number;
  readonly warnings: number;
  readonly findings: readonly {
    readonly code: string;
    readonly subject: string;
    readonly severity: string;
    readonly fix: { readonly class: string; readonly automatic: boolean };
  }[];
  readonly outcomes?: readonly { readonly code: string; readonly outcome: string }[];
}

/** Reads what `tsv doctor --json` printed. */
export function readSaid(stdout: string): Said {
  const { results, counts, ...more } = JSON.parse(stdout) as Omit<Said, "findings"> & {
    readonly results: Said["findings"];
    readonly counts: { readonly error: number; readonly warning: number };
  };
  return { ...more, findings: results, errors: counts.error, warnings: counts.warning };
}

/** Runs `tsv doctor` as root, in a mount namespace of its own. */
export function doctor(
  rig: Rig,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  return isolated(["--mount"], rig, ["doctor", ...args], options);
}

/** The same without other processes, one of which may be a daemon of root's: doctor would take its configuration. */
export function lonelyDoctor(rig: Rig, args: readonly string[]): Promise<Outcome> {
  const namespaces = ["--mount", "--pid", "--fork", "--mount-proc"];
  return isolated(namespaces, rig, ["doctor", ...args], {});
}

/** Runs `tsv check` as root, with the records of doctor. */
export function check(
  rig: Rig,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  return isolated(["--mount"], rig, ["check", ...args], options);
}

function isolated(
  namespaces: readonly string[],
  rig: Rig,
  args: readonly string[],
  options: RunOptions,
): Promise<Outcome> {
  const state = rig.path("var-lib");
  mkdirSync(state, { recursive: true });
  const script = 'mount --bind "$1" /var/lib && shift && exec "$@"';
  const inside = ["/bin/sh", "-c", script, "sh", state, TSV, ...args];
  return rig.command(["/usr/bin/unshare", ...namespaces, ...inside], options);
}

/** Examines the rig's configuration. */
export async function examine(rig: Rig, ...args: readonly string[]): Promise<Said> {
  const { stdout, stderr } = await doctor(rig, ["--json", "--config", rig.path("d.conf"), ...args]);
  try {
    return readSaid(stdout);
  } catch {
    throw new Error(`tsv doctor --json printed no document: ${stdout}${stderr}`);
  }
}

/** The codes that are worse than worth knowing. */
export function codesOf({ findings }: Said): readonly string[] {
  return findings.flatMap(({ code, severity }) => (severity === "info" ? [] : [code]));
}

/** The codes of an area that are worse than worth knowing, each once. */
export async function codesIn(rig: Rig, area: string): Promise<readonly string[]> {
  return [...new Set(codesOf(await examine(rig, area)))];
}

/**
 * Of an area the doctor finds this code alone, fixes it after a yes, and finds nothing a second and a third time.
 * @param done waits until the daemon has done its part of the repair
 * @param left what is rightly found afterwards, such as that no daemon runs
 */
export async function fixes(
  rig: Rig,
  area: string,
  code: string,
  { done, left = [] }: { done?: () => Promise<unknown>; left?: readonly string[] } = {},
): Promise<void> {
  assert.deepEqual(await codesIn(rig, area), [code]);
  const words = [code, "--config", rig.path("d.conf"), "--fix", "--yes"];
  const fixed = await doctor(rig, words);
  assert.match(fixed.stdout, new RegExp(`${code} .*: fixed`), fixed.stdout + fixed.stderr);
  await done?.();
  assert.deepEqual(await codesIn(rig, area), left);
  assert.doesNotMatch((await doctor(rig, words)).stdout, /: (?:fixed|done)/);
}
