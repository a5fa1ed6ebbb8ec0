// Attacks by programs: floods of everything that the daemon reads of them.

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

const EVENTS = "stdout_events_enabled=true\nstdout_logfile=NONE\n";
const NEVER_READS = `printf 'READY\\n'; exec sleep 1000000`;

function deafListener(rig: Rig, events: string): string {
  const options = `events=${events}\nbuffer_size=1000000`;
  return program(rig, "deaf", NEVER_READS, options, "eventlistener");
}

export const PROGRAM_ATTACKS: readonly Attack[] = [
  flood("four floods into logs that rotate", (rig) =>
    several(4, (n) => program(rig, `f${n}`, "exec yes", "stdout_logfile_maxbytes=1MB")),
  ),
  flood("line feeds to syslog", (rig) =>
    several(2, (n) => program(rig, `f${n}`, "exec yes ''", "stdout_logfile=syslog")),
  ),
  flood("lines to syslog and to a log", (rig) =>
    several(2, (n) => program(rig, `f${n}`, "exec yes x", "stdout_syslog=true")),
  ),
  flood("bytes that are no text, as events", (rig) =>
    [
      several(2, (n) => program(rig, `f${n}`, "exec tr '\\000' '\\360' </dev/zero", EVENTS)),
      deafListener(rig, "PROCESS_LOG"),
    ].join(""),
  ),
  flood("text as events for who never reads", (rig) =>
    [
      several(2, (n) => program(rig, `f${n}`, "exec yes", EVENTS)),
      deafListener(rig, "PROCESS_LOG"),
    ].join(""),
  ),
  flood("captures that never end", (rig) =>
    several(2, (n) => {
      const script = "printf '<!--XSUPERVISOR:BEGIN-->'; exec yes '<!--XSUPERVISOR:BEGIN--'";
      return program(rig, `f${n}`, script, "stdout_capture_maxbytes=10MB");
    }),
  ),
  flood("captures without number", (rig) =>
    [
      several(2, (n) => {
        const script = "exec yes '<!--XSUPERVISOR:BEGIN-->x<!--XSUPERVISOR:END-->'";
        return program(rig, `f${n}`, script, "stdout_capture_maxbytes=1KB");
      }),
      deafListener(rig, "PROCESS_COMMUNICATION"),
    ].join(""),
  ),
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
