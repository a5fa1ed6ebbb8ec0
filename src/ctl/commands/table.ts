// Every action of ctl, by name.

import type { Command } from "../context.ts";
import { add, avail, remove, reread, update } from "./config.ts";
import { restart, signal, start, stop } from "./control.ts";
import { pid, reload, shutdown, version } from "./daemon.ts";
import { fg } from "./fg.ts";
import { clear } from "./log-files.ts";
import { createHelp, endOfInput, exit, open, quit } from "./shell.ts";
import { status } from "./status.ts";
import { maintail, tail } from "./tail.ts";

/** The actions that `help` lists. */
const LISTED: readonly Command[] = [
  ...[add, avail, clear, exit, fg, maintail, open, pid, quit, reload, remove, reread],
  ...[restart, shutdown, signal, start, status, stop, tail, update, version],
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
