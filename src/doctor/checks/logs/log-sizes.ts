// The current and the maximum size of the logs of a configuration, with their rotated copies.

import { dirname } from "../../../core/config/paths.ts";
import type { LogUse } from "../../facts/log-uses.ts";
import type { Probe } from "../../facts/probe.ts";

/** Bytes of each log and its rotated copies, by path; missing paths are left out. */
export function logSizes(
  paths: readonly string[],
  probe: Probe,
): ReadonlyMap<string, { readonly current: number; readonly all: number }> {
  const sizes = new Map<string, { current: number; all: number }>();
  const directories = new Map<string, Set<string>>();
  for (const path of paths) {
    const directory = dirname(path);
    const names = directories.get(directory) ?? new Set();
    names.add(path.slice(path.lastIndexOf("/") + 1));
    directories.set(directory, names);
  }
  for (const [directory, wanted] of directories) {
    for (const name of probe.list(directory) ?? []) {
      const plain = wanted.has(name) ? name : name.replace(/\.\d{1,4}$/, "");
      if (!wanted.has(plain)) continue;
      const prefix = directory === "/" ? "/" : `${directory}/`;
      const found = probe.look(prefix + name);
      if (!found.ok || found.kind !== "file") continue;
      const before = sizes.get(prefix + plain) ?? { current: 0, all: 0 };
      const current = name === plain ? found.bytes : before.current;
      sizes.set(prefix + plain, { current, all: before.all + found.bytes });
    }
  }
  return sizes;
}

/** The maximum size of a log and its backups; 0 if it never rotates. */
export function budgetOf(uses: readonly LogUse[]): number {
  return Math.max(0, ...uses.map(({ maxBytes, backups }) => maxBytes * (Math.max(0, backups) + 1)));
}

const UNITS = ["bytes", "KB", "MB", "GB", "TB"] as const;

/** "1.5 GB", with 1024 as in configurations. */
export function describeBytes(bytes: number): string {
  let amount = bytes;
  let unit = 0;
  while (amount >= 1024 && unit < UNITS.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  const digits = unit > 0 && amount < 10 ? 1 : 0;
  return `${amount.toFixed(digits)} ${UNITS[unit]}`;
}
