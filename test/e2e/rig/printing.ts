// Programs that print their environment, and what became of their starts.

import assert from "node:assert/strict";
import type { Daemon } from "./daemon.ts";
import type { Rig } from "./rig.ts";
import { textOf } from "./watch.ts";

/** Options of a program that is started once, on request. */
export const ONCE = "autostart=false\nstartretries=0\nstartsecs=0\nautorestart=false\n";

/** A program that prints its environment and stays. */
export function printing(name: string, ...options: readonly string[]): string {
  const command = `command=/bin/sh -c '/usr/bin/env; echo end; exec /bin/sleep 1000'`;
  const log = `stdout_logfile=%(here)s/${name}.out`;
  return [`[program:${name}]`, command, log, "startsecs=0", ...options, ""].join("\n");
}

/** What a printing program got. */
export async function environmentOf(
  rig: Rig,
  daemon: Daemon,
  name: string,
): Promise<Map<string, string>> {
  for (;;) {
    const text = textOf(rig.path(`${name}.out`));
    if (/^end$/m.test(text)) {
      const lines = text.slice(0, text.lastIndexOf("\nend")).split("\n");
      return new Map(lines.map((line) => [line.replace(/=.*/, ""), line.replace(/^[^=]*=/, "")]));
    }
    await daemon.ask("getState");
  }
}

/** The reason why a start fails. @throws when it does not */
export async function startError(daemon: Daemon, name: string): Promise<string> {
  const answer = await daemon.call("supervisor.startProcess", name);
  assert.equal(answer.kind, "fault");
  return String((await daemon.info(name))["spawnerr"]);
}
