// Every action of ctl, by name. A new one is a file beside this one and a line here.

import type { Command } from "../context.ts";
import { add } from "./add.ts";
import { avail } from "./avail.ts";
import { clear } from "./clear.ts";
import { fg } from "./fg.ts";
import { createHelp } from "./help.ts";
import { endOfInput, exit, quit } from "./leave.ts";
import { maintail } from "./maintail.ts";
import { open } from "./open.ts";
import { pid } from "./pid.ts";
import { reload } from "./reload.ts";
import { remove } from "./remove.ts";
import { reread } from "./reread.ts";
import { restart } from "./restart.ts";
import { shutdown } from "./shutdown.ts";
import { signal } from "./signal.ts";
import { start } from "./start.ts";
import { status } from "./status.ts";
import { stop } from "./stop.ts";
import { tail } from "./tail.ts";
import { update } from "./update.ts";
import { version } from "./version.ts";

/** The actions that `help` lists. */
const LISTED: readonly Command[] = [
  add,
  avail,
  clear,
  exit,
  fg,
  maintail,
  open,
  pid,
  quit,
  reload,
  remove,
  reread,
  restart,
  shutdown,
  signal,
  start,
  status,
  stop,
  tail,
  update,
  version,
];

const ALL: ReadonlyMap<string, Command> = new Map(
  [...LISTED, createHelp(LISTED), endOfInput].map((command) => [command.name, command]),
);

/** The action of that name; upper and lower case differ. */
export function findCommand(name: string): Command | null {
  return ALL.get(name) ?? null;
}

/** The names that `help` lists, for completion. */
export const ACTION_NAMES: readonly string[] = LISTED.map((command) => command.name);
