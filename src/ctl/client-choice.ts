// Which actions may wait for their calls one after another, without doing anything else meanwhile.

import { parseCommandLine } from "./command-line.ts";
import { findCommand } from "./commands/table.ts";

/**
 * False where a person types while calls are under way: the shell, and a terminal that is passed on. Also for plugins' actions,
 * which make calls at the same time.
 * @param action as typed; undefined for none
 */
export function mayBlock(interactive: boolean, action: string | undefined): boolean {
  const line = parseCommandLine(action ?? "");
  const isOwn = line.kind !== "action" || findCommand(line.name) !== null;
  return !interactive && isOwn && action !== "fg";
}
