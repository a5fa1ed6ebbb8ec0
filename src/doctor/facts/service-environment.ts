// The environment that a service gets before its daemon runs: what its init system sets, and its file of settings.

import type { ServiceState } from "./situation.ts";

/** As systemd, sysvinit and OpenRC set it for services, and as tsv's own scripts do. */
const SERVICE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** @param settings text of the settings' file, null when there is none */
export function serviceEnvironment(
  { properties }: Pick<ServiceState, "properties">,
  settings: string | null,
): Readonly<Record<string, string>> {
  const entries = [
    ["PATH", SERVICE_PATH] as const,
    ...assignments((properties["Environment"] ?? "").replaceAll(/ (?=[A-Za-z_]\w*=)/g, "\n")),
    ...assignments(settings ?? ""),
  ];
  return Object.fromEntries(entries);
}

/** `NAME=value` lines, quoted or not, as systemd.exec(5) EnvironmentFile= and a shell's `.` read simple ones. */
function assignments(text: string): readonly (readonly [string, string])[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*(?:export\s+)?([A-Za-z_]\w*)=(.*?)\s*$/.exec(line);
    if (match === null) return [];
    const [, name = "", value = ""] = match;
    const quoted = /^(["'])(.*)\1$/.exec(value);
    return [[name, quoted?.[2] ?? value] as const];
  });
}
