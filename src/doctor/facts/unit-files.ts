// The unit of a service and its drop-ins as text.

import { hasUnits } from "../../install/services/registry.ts";
import type { Probe } from "./probe.ts";
import type { ServiceState } from "./situation.ts";

export interface UnitText {
  readonly path: string;
  readonly text: string;
}

interface UnitSetting {
  readonly value: string;
  /** The file with the last value. */
  readonly path: string;
}

/** The unit, then its drop-ins in the order in which systemd reads them; empty for other init systems. */
export function unitTexts(service: ServiceState, probe: Probe): readonly UnitText[] {
  const { file, init, properties } = service;
  if (file === null || !hasUnits(init)) return [];
  const reported = (properties["DropInPaths"] ?? "").split(" ").filter((path) => path !== "");
  const near = probe
    .list(dropInDirectory(service))
    ?.map((name) => `${dropInDirectory(service)}/${name}`);
  // systemd reports those that it has read; a drop-in that was just written is not among them.
  const paths = Array.from(new Set([...reported, ...(near ?? [])])).filter((path) =>
    path.endsWith(".conf"),
  );
  const name = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
  paths.sort((left, right) => (name(left) < name(right) ? -1 : 1));
  const texts = paths.map((path) => ({ path, text: probe.readText(path) ?? "" }));
  return [{ path: file.path, text: file.text }, ...texts];
}

/** The effective value of a setting: the last one. An empty value resets it. */
export function unitSetting(
  texts: readonly UnitText[],
  section: string,
  key: string,
): UnitSetting | null {
  let found: UnitSetting | null = null;
  for (const { path, text } of texts) {
    let here = "";
    for (const line of text.replaceAll(/\\\n/g, " ").split("\n")) {
      const header = /^\s*\[(.+)\]\s*$/.exec(line)?.[1];
      if (header !== undefined) here = header;
      const option = here === section ? /^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/.exec(line) : null;
      if (option?.[1] !== key) continue;
      const value = option[2] ?? "";
      found = value === "" ? null : { value, path };
    }
  }
  return found;
}

/** A time span as systemd writes it, "1min 30s", in seconds; Infinity for "infinity"; null for anything else. */
export function spanSeconds(text: string): number | null {
  if (text === "infinity") return Number.POSITIVE_INFINITY;
  if (/^\d+$/.test(text)) return Number(text);
  let seconds = 0;
  for (const word of text.split(" ")) {
    const match = /^(\d+(?:\.\d+)?)(us|ms|s|min|h|d|w|month|y)$/.exec(word);
    if (match === null) return null;
    seconds += Number(match[1]) * (UNIT_SECONDS.get(match[2] ?? "") ?? 0);
  }
  return seconds;
}

const UNIT_SECONDS: ReadonlyMap<string, number> = new Map([
  ["us", 1e-6],
  ["ms", 1e-3],
  ["s", 1],
  ["min", 60],
  ["h", 3600],
  ["d", 86_400],
  ["w", 604_800],
  ["month", 2_629_800],
  ["y", 31_557_600],
]);

/** The directory for the administrator's drop-ins of the service. */
export function dropInDirectory({ file, name, scope }: ServiceState): string {
  return scope === "user" && file !== null
    ? `${file.path}.d`
    : `/etc/systemd/system/${name}.service.d`;
}
