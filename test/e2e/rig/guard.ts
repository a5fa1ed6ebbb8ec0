// The guard of a `tsv run`, and the processes of the run.

import { readFileSync } from "node:fs";
import { until } from "../../rig/wait.ts";
import type { Run } from "./foreground-run.ts";

/** Its children that are not reaped. */
export function childrenOf({ child: { pid } }: Run): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return (text.match(/\d+/g) ?? []).map(Number);
}

/** Waits until there is one, which has learned of the programs so far. */
export async function guardOf(run: Run): Promise<number> {
  return await until(() => childrenOf(run).find(waits), { what: "a guard that waits" });
}

function waits(pid: number): boolean {
  return /^\d+ \(tsv-guard\) S /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
}

/** Waits for the line `NAME up PARENT PID` of a puppet. @returns its pid, and that of its parent */
export async function pidOf(run: Run, name: string): Promise<readonly [number, number]> {
  const line = new RegExp(`${name} up (\\d+) (\\d+)`);
  await run.said(line);
  const [, parent, pid] = line.exec(run.text) ?? [];
  return [Number(pid), Number(parent)];
}
