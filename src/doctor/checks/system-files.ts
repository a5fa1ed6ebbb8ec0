// Files of the system that checks of several topics read.

import { parseIni } from "../../core/config/raw.ts";
import type { Probe } from "../facts/probe.ts";

/** The file systems in fstab(5). */
export function fstab(probe: Probe) {
  return linesOf("/etc/fstab", probe).flatMap((line) => {
    const [device = "", point, , options = ""] = line.trim().split(/\s+/);
    if (device.startsWith("#") || point === undefined) return [];
    return [{ line, point: point.replaceAll("\\040", " "), options: options.split(",") }];
  });
}

/**
 * The lines of tmpfiles.d(5), which systemd applies at each boot: type, one letter without its modifiers, and path. A file in
 * /etc overrides the distribution's file of the same name.
 */
export function temporaryFiles(probe: Probe) {
  const files = new Map<string, string>();
  for (const directory of ["/usr/lib/tmpfiles.d", "/run/tmpfiles.d", "/etc/tmpfiles.d"]) {
    for (const name of probe.list(directory) ?? []) {
      if (name.endsWith(".conf")) files.set(name, `${directory}/${name}`);
    }
  }
  return Array.from(files.values()).flatMap((file) =>
    linesOf(file, probe).map((line) => {
      const [type = "", path = ""] = line.trim().split(/\s+/);
      return { type: type.slice(0, 1), path: path.replace(/^"|"$/g, "") };
    }),
  );
}

/** The options of a section in the configuration of another daemon, as written; null if it cannot be read. */
export function optionsIn(
  file: string,
  section: string,
  probe: Probe,
): ReadonlyMap<string, string> | null {
  const text = probe.readText(file);
  const parsed = text === null ? null : parseIni(text, file);
  if (parsed === null || !parsed.ok) return null;
  const options = parsed.value.sections.get(section)?.options;
  return new Map(Array.from(options?.values() ?? [], ({ key, value }) => [key, value]));
}

function linesOf(file: string, probe: Probe): readonly string[] {
  return (probe.readText(file) ?? "").split("\n");
}
