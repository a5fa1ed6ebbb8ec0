// Output that was in the memory of a daemon that dies is counted.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { until } from "../rig/wait.ts";
import type { Daemon } from "./rig/daemon.ts";
import { e2e, type Rig } from "./rig/rig.ts";

const DEATHS = 6;
/** A count may contain one batch that was written. */
const BATCH = 256 * 1024;

/** Writes numbered lines of 100 bytes: 500 a second, or as many as possible. */
const WRITER = `import os, sys, time
number = 0
while True:
    number += 1
    os.write(1, b"line %-93d.\\n" % number)
    if sys.argv[1] == "slow": time.sleep(0.002)
`;
const LINE_BYTES = 100;

const KINDS = {
  waiting: "stdout_logfile_flush_interval=5\nlog_format=json\n",
  prefixed: "log_format=prefix\nlog_timestamp=iso\n",
  flooding: "log_format=prefix\nlog_timestamp=iso\nstdout_logfile_maxbytes=0\n",
  terminal: "tty=true\n",
};
type Kind = keyof typeof KINDS;

function sections(rig: Rig): string {
  const writer = rig.write("writer.py", WRITER);
  return Object.entries(KINDS)
    .map(
      ([kind, options]) =>
        `[program:${kind}]\ncommand=python3 ${writer} ${kind === "flooding" ? "fast" : "slow"}\n` +
        `stdout_logfile=${rig.path(`${kind}.out`)}\n${options}`,
    )
    .join("");
}

e2e("what a daemon that dies has not written is counted for each program", async (rig, t) => {
  const daemon = await rig.startWith(sections(rig), { env: { TSV_DEATHS: "500" } });
  await daemon.logged(/success: waiting entered RUNNING/);
  for (let death = 0; death < DEATHS; death += 1) {
    const last = newest(rig, "prefixed");
    await until(() => newest(rig, "prefixed") > last + 100 || undefined, { what: "more lines" });
    const victim = daemon.process;
    process.kill(victim, "SIGKILL");
    await daemon.logged(/CRIT the daemon was killed by SIGKILL/, death + 1);
    await daemon.ask("getState");
  }
  await daemon.ask("stopAllProcesses");
  for (const kind of Object.keys(KINDS) as Kind[]) {
    const [missing, counted] = [missingIn(rig, kind), countedFor(daemon, kind)];
    t.diagnostic(`${kind}: ${missing} bytes are missing, ${counted} counted`);
    // Of a line whose beginning was lost, the rest is there.
    const cut = Math.min(counted, DEATHS * LINE_BYTES);
    assert.ok(missing <= counted + cut, `${kind}: ${missing} are missing, ${counted} counted`);
    assert.ok(counted <= missing + DEATHS * BATCH, `${kind}: ${missing}, but ${counted} counted`);
  }
  assert.ok(missingIn(rig, "waiting") > 0);
  const shown = await rig.verb("logs", "waiting", "--grep", "at most");
  assert.match(shown.stdout, /tsv: at most \d+ bytes of output were lost with the daemon/);
  assert.equal(missingIn(rig, "terminal"), 0);
});

/** Output that has no log, and what of it waits in the daemon for its end, in bytes. */
const WAITING = {
  captured: {
    options: "stdout_capture_maxbytes=1MB\n",
    text: `<!--XSUPERVISOR:BEGIN-->${"x".repeat(1000)}`,
    bytes: 1000,
  },
  evented: { options: "stdout_events_enabled=true\n", text: "eur \\342\\202", bytes: 2 },
  sysloged: { options: "stdout_syslog=true\n", text: "line", bytes: 4 },
  journaled: { options: "stdout_logfile=@journal\n", text: "line", bytes: 4 },
};

e2e("output that waits for its end in a daemon that dies is counted", async (rig) => {
  const programs = Object.entries(WAITING).map(
    ([name, { options, text }]) =>
      `[program:${name}]\ncommand=sh -c 'printf "${text}"; exec sleep 1000'\n` +
      `stdout_logfile=NONE\n${options}`.replace(/stdout_logfile=NONE\n(?=stdout_logfile)/, ""),
  );
  const daemon = await rig.startWith(programs.join(""), { args: ["-e", "debug"] });
  for (const name of Object.keys(WAITING))
    await daemon.logged(new RegExp(`'${name}' stdout output:`));
  process.kill(daemon.process, "SIGKILL");
  await daemon.logged(/CRIT the daemon was killed by SIGKILL/);
  for (const [name, { bytes }] of Object.entries(WAITING)) {
    const [, counted] = await daemon.logged(
      new RegExp(`WARN ${name} \\(stdout\\): at most (\\d+) bytes of output`),
    );
    assert.ok(Number(counted) >= bytes, `${name}: ${counted} of ${bytes}`);
    assert.ok(Number(counted) < bytes + 100, `${name}: ${counted} of ${bytes}`);
  }
});

e2e("output that was handed on by a daemon that dies is not counted", async (rig) => {
  const programs = Object.entries(WAITING).map(
    ([name, { options, text }]) =>
      `[program:${name}]\ncommand=sh -c 'printf "${text}"; echo "<!--XSUPERVISOR:END-->"; exec sleep 1000'\n` +
      `stdout_logfile=NONE\n${options}`.replace(/stdout_logfile=NONE\n(?=stdout_logfile)/, ""),
  );
  const daemon = await rig.startWith(programs.join(""), { args: ["-e", "debug"] });
  for (const name of Object.keys(WAITING))
    await daemon.logged(new RegExp(`'${name}' stdout output:`));
  await daemon.logged(/'captured' stdout emitted a comm event/);
  await daemon.logged(/XSUPERVISOR:END/, 3);
  process.kill(daemon.process, "SIGKILL");
  await daemon.logged(/CRIT the daemon was killed by SIGKILL/);
  await daemon.ask("getState");
  assert.doesNotMatch(readFileSync(daemon.log, "utf8"), /bytes of output were lost/);
});

function numbers(rig: Rig, kind: Kind): readonly number[] {
  const text = readFileSync(rig.path(`${kind}.out`), "utf8");
  return Array.from(text.matchAll(/line (\d+) *\./g), ([, number]) => Number(number));
}

function newest(rig: Rig, kind: Kind): number {
  return numbers(rig, kind).at(-1) ?? 0;
}

/** Bytes of lines that are missing before the newest one. */
function missingIn(rig: Rig, kind: Kind): number {
  const found = numbers(rig, kind);
  return ((found.at(-1) ?? 0) - new Set(found).size) * LINE_BYTES;
}

function countedFor(daemon: Daemon, kind: Kind): number {
  const pattern = new RegExp(`${kind} \\(stdout\\): at most (\\d+) bytes of output`, "g");
  const lines = readFileSync(daemon.log, "utf8").matchAll(pattern);
  return Array.from(lines, ([, bytes]) => Number(bytes)).reduce((sum, bytes) => sum + bytes, 0);
}
