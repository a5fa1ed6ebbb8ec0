// Which configuration a running daemon was started with, from its command line.

import { absolutePath } from "../config/paths.ts";
import type { ConfigWorld } from "../config/world.ts";
import { parseDaemonArguments } from "./arguments.ts";
import { callOf } from "./face.ts";

/**
 * The file that the command line of a process names, absolute.
 * @param cwd its working directory
 * @returns null if it names none, or if the process is no daemon
 */
export function configOfDaemon(
  words: readonly string[],
  cwd: string,
  world: ConfigWorld,
): string | null {
  const [argv0 = "", ...args] = words;
  const call = callOf(argv0, args);
  if (call.face !== "supervisord") return null;
  const parsed = parseDaemonArguments([call.program, ...call.args], world);
  if (!parsed.ok || parsed.value.kind !== "run") return null;
  const { configFile } = parsed.value.args;
  return configFile === null ? null : absolutePath(configFile, cwd);
}
