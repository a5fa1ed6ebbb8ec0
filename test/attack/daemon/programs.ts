// Attacks by programs that flood the daemon; e2e/floods.slow tests floods of output for logs, syslog and listeners.

import type { Rig } from "../../e2e/rig/rig.ts";
import { type Attack, during, LAST_MS } from "./scene.ts";

/** A program that runs a script. */
function program(rig: Rig, name: string, script: string, options = "", kind = "program"): string {
  const path = rig.write(`${name}.sh`, `${script}\n`);
  return `[${kind}:${name}]\ncommand=/bin/sh ${path}\n${options}\n`;
}

/** The same ones, for so long. */
function flood(name: string, sections: (rig: Rig) => string): Attack {
  return {
    name,
    sections,
    async attack({ count }) {
      count(4);
      await during(LAST_MS);
    },
  };
}

function several(count: number, make: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => make(n)).join("");
}

export const PROGRAM_ATTACKS: readonly Attack[] = [
  flood("titles that never end", (rig) =>
    [
      program(rig, "f0", "printf '\\033]0;'; exec tr '\\000' x </dev/zero", "strip_ansi=true"),
      program(rig, "f1", "exec tr '\\000' '\\033' </dev/zero", "strip_ansi=true"),
    ].join(""),
  ),
  flood("listeners that babble", (rig) =>
    [
      program(rig, "l0", "exec yes 'RESULT 99999999999'", "events=EVENT", "eventlistener"),
      program(rig, "l1", "exec yes READY", "events=EVENT", "eventlistener"),
      program(rig, "l2", "exec tr '\\000' '\\033' </dev/zero", "events=EVENT", "eventlistener"),
    ].join(""),
  ),
  flood("programs that die at once", (rig) =>
    several(20, (n) => program(rig, `f${n}`, "exit 1", "startsecs=0\nautorestart=true")),
  ),
  flood("forks that are orphans", (rig) =>
    program(rig, "f0", "while :; do (sleep 0.2 &); done", "stopasgroup=true"),
  ),
];
