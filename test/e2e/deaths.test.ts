// A daemon that is killed again and again, while programs write numbered lines, exit, and listen to events, and clients ask.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { until } from "../rig/wait.ts";
import { Rng } from "../sim/rng.ts";
import type { Daemon } from "./rig/daemon.ts";
import { call } from "./rig/http.ts";
import { e2e, type Rig } from "./rig/rig.ts";

/** More, and of more programs, where the machine has time: `deaths.slow.test.ts`. */
const DEATHS = Number(process.env["DEATHS"] ?? 12);
const EACH = Number(process.env["PROGRAMS"] ?? 1);
const SIGNALS = ["SIGKILL", "SIGSEGV", "SIGABRT"] as const;

const KINDS = {
  raw: "",
  rotated: "stdout_logfile_maxbytes=20KB\nstdout_logfile_backups=1000\n",
  zipped: "stdout_logfile_maxbytes=20KB\nstdout_logfile_backups=1000\nlog_compress=gzip\n",
  terminal: "tty=true\n",
};

/** Writes 500 numbered lines a second, each by one write(2). */
const WRITER = `import os, time
number = 0
while True:
    number += 1
    os.write(1, b"line %d\\n" % number)
    time.sleep(0.002)
`;

function sections(rig: Rig): string {
  const writer = rig.write("writer.py", WRITER);
  const writers = Object.entries(KINDS).flatMap(([kind, options]) =>
    Array.from(
      { length: EACH },
      (_, at) =>
        `[program:${kind}${at}]\ncommand=python3 ${writer}\nredirect_stderr=true\n` +
        `stdout_logfile=${rig.path(`${kind}${at}.out`)}\n${options}`,
    ),
  );
  return `${writers.join("")}[program:mortal]
command=/bin/sh -c 'sleep 0.4; exit 3'
startsecs=0
startretries=1000000
[eventlistener:listener]
command=sh -c 'while :; do echo READY; read -r head; len=\${head##*len:}; head -c $len >/dev/null; echo "$head" >>${rig.path("events")}; printf "RESULT 2\\nOK"; done'
events=PROCESS_STATE_EXITED
buffer_size=1000
`;
}

e2e("programs do not notice that their daemon dies", async (rig, t) => {
  const daemon = await rig.startWith(sections(rig), { env: { TSV_DEATHS: "500" } });
  await daemon.logged(/success: listener entered RUNNING/);
  const names = Object.keys(KINDS).flatMap((kind) =>
    Array.from({ length: EACH }, (_, at) => `${kind}${at}`),
  );
  await daemon.logged(/success: terminal0 entered RUNNING/);
  const pids = await pidsOf(daemon, [...names, "listener"]);
  const asking = askAllTheTime(daemon);
  const rng = new Rng(1);
  const pauses: number[] = [];
  for (let death = 0; death < DEATHS; death += 1) {
    const begun = performance.now();
    const victim = await alive(daemon);
    process.kill(victim, rng.pick(SIGNALS));
    if (rng.chance(0.2)) {
      const next = await alive(daemon, victim);
      process.kill(next, "SIGKILL");
    }
    await daemon.ask("getState");
    pauses.push(performance.now() - begun);
    // Some time passes.
    for (let asked = rng.int(0, 60); asked > 0; asked -= 1) await daemon.ask("getState");
  }
  t.diagnostic(`an answer after ${pauses.sort((a, b) => a - b)[DEATHS >> 1]?.toFixed(0)} ms`);
  assert.deepEqual(await asking.end(), [], "no connection was refused");
  assert.deepEqual(await pidsOf(daemon, [...names, "listener"]), pids);
  await eventsArrive(rig);
  const exits = readFileSync(daemon.log, "utf8").match(/exited: mortal .*/g) ?? [];
  assert.ok(exits.length > 0);
  assert.deepEqual([...new Set(exits)], ["exited: mortal (exit status 3; not expected)"]);
  await daemon.shutdown();
  for (const name of names) assertNumbered(rig, name);
});

/** The daemon's own process. @param not one that is to be gone */
async function alive(daemon: Daemon, not = 0): Promise<number> {
  return await until(
    () => {
      const { process: own } = daemon;
      return own === daemon.pid || own === not ? undefined : own;
    },
    { what: "a daemon under the keeper" },
  );
}

async function pidsOf(
  daemon: Daemon,
  names: readonly string[],
): Promise<Readonly<Record<string, unknown>>> {
  const infos = (await daemon.ask("getAllProcessInfo")) as readonly Record<string, unknown>[];
  const known = new Map(infos.map(({ name, pid }) => [name, pid]));
  return Object.fromEntries(names.map((name) => [name, known.get(name)]));
}

/** Asks without a pause. A connection that a daemon has accepted ends with it; the next one waits for the next daemon. */
function askAllTheTime(daemon: Daemon): { end(): Promise<readonly string[]> } {
  const refused: string[] = [];
  let isOver = false;
  const loop = (async () => {
    while (!isOver) {
      try {
        await call(daemon.endpoint, "supervisor.getState", []);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === "ECONNREFUSED" || code === "ENOENT") refused.push(code);
      }
    }
  })();
  return {
    async end() {
      isOver = true;
      await loop;
      return refused;
    },
  };
}

/** The listener gets the events of exits from now on. */
async function eventsArrive(rig: Rig): Promise<void> {
  const count = (): number => readFileSync(rig.path("events"), "utf8").split("\n").length;
  const before = count();
  await until(() => (count() > before + 2 ? true : undefined), {
    what: "events of exits",
    left: () => readFileSync(rig.path("events"), "utf8").slice(-1000),
  });
}

function assertNumbered(rig: Rig, name: string): void {
  const age = (file: string): number => Number(/\.out\.(\d+)/.exec(file)?.[1] ?? 0);
  const files = readdirSync(rig.directory)
    .filter((file) => file.startsWith(`${name}.out`))
    .sort((a, b) => age(b) - age(a));
  const text = files
    .map((file) => {
      const bytes = readFileSync(rig.path(file));
      return (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString();
    })
    .join("");
  const lines = text.split(/\r?\n/).slice(0, -1);
  const wrong = lines.findIndex((line, at) => line !== `line ${at + 1}`);
  assert.equal(wrong, -1, `${name}: ${lines.slice(Math.max(0, wrong - 2), wrong + 3).join(", ")}`);
  assert.ok(lines.length > 100, `${name} has ${lines.length} lines`);
}
