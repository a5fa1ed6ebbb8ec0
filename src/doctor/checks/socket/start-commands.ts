// The commands that start the daemon of the examined configuration: its service, if it has one.

import type { Situation } from "../../facts/situation.ts";
import { shellLine } from "../../repairs/shell-quoting.ts";

/** One line to paste; none without a configuration. */
export function startCommands({ config, service, executable }: Situation): readonly string[] {
  if (config.path === null) return [];
  const { file, commands } = service;
  const words =
    file !== null && commands !== null
      ? commands.startByHand
      : [executable.path, "daemon", "-c", config.path];
  return [shellLine(words)];
}
