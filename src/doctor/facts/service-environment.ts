// The environment of a service when its daemon starts: the variables of its init system and of its settings file.

import { err, ok } from "../../core/base/result.ts";
import { parseDaemonArguments } from "../../core/command-line/arguments.ts";
import { splitCommand } from "../../core/config/posix-lexer.ts";
import type { ConfigWorld } from "../../core/config/world.ts";
import type { ServiceState } from "./situation.ts";

/** The PATH that systemd, SysV init, OpenRC and tsv's own scripts set for services. */
const SERVICE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** @param settings text of the settings file, null if there is none */
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

/** `NAME=value` lines, quoted or not, as EnvironmentFile= of systemd.exec(5) and `.` of a shell read simple ones. */
function assignments(text: string): readonly (readonly [string, string])[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*(?:export\s+)?([A-Za-z_]\w*)=(.*?)\s*$/.exec(line);
    if (match === null) return [];
    const [, name = "", value = ""] = match;
    const quoted = /^(["'])(.*)\1$/.exec(value);
    return [[name, quoted?.[2] ?? value] as const];
  });
}

/** Why the daemon would reject the options of a settings file; null if it accepts them, or if there are none. */
export function refusedDaemonOptions(settings: string): string | null {
  const written = assignments(settings).findLast(([name]) => name === "DAEMON_OPTS")?.[1] ?? "";
  const words = splitCommand(written);
  // A shell may expand it to something else.
  if (written === "" || /[$`\\]/.test(written) || !words.ok) return null;
  const parsed = parseDaemonArguments(["tsv", ...words.value], NO_HOST);
  return parsed.ok ? null : parsed.error;
}

/** Only the words are checked; other checks examine the directories and users that they name. */
const NO_HOST: ConfigWorld = {
  readText: () => err({ code: "ENOENT", detail: "" }),
  readEnvFile: () => err("ENOENT"),
  exists: () => true,
  isDirectory: () => true,
  glob: () => ok([]),
  findUser: () => ({ name: "root", uid: 0, gid: 0, home: "/" }),
  findGroup: () => ({ gid: 0 }),
  cwd: "/",
  home: "/",
  tempDir: "/tmp",
  hostName: "",
  uid: 0,
  env: {},
};
