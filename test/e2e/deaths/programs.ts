// Programs that show whether they noticed the death of their daemon: their logs, their runs, their sockets.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import type { NetConnectOpts } from "node:net";
import { gunzipSync } from "node:zlib";
import { compiled } from "../../rig/compiled.ts";
import type { Daemon } from "../rig/daemon.ts";
import { FCGI_CHILD, request } from "../rig/fcgi.ts";
import { call } from "../rig/http.ts";
import type { Rig } from "../rig/rig.ts";
import { textOf } from "../rig/watch.ts";

/** Between two lines of a writer: 500 lines a second. */
const PAUSE_US = 2000;
const BACKUPS = "stdout_logfile_maxbytes=10KB\nstdout_logfile_backups=10000\n";

/** Options of writers, by kind. Only output that passes through the daemon's memory may be lost. */
const KINDS: Readonly<Record<string, { readonly options: string; readonly isExact: boolean }>> = {
  raw: { options: "stdout_logfile=%(here)s/%(program_name)s.out\n", isExact: true },
  auto: { options: "stdout_logfile=AUTO\nstdout_logfile_maxbytes=0\n", isExact: true },
  rotated: { options: `stdout_logfile=%(here)s/%(program_name)s.out\n${BACKUPS}`, isExact: true },
  zipped: {
    options: `stdout_logfile=%(here)s/%(program_name)s.out\n${BACKUPS}log_compress=gzip\n`,
    isExact: true,
  },
  terminal: { options: "stdout_logfile=%(here)s/%(program_name)s.out\ntty=true\n", isExact: false },
  prefix: {
    options:
      "stdout_logfile=%(here)s/%(program_name)s.out\nlog_format=prefix\nlog_timestamp=unix\n",
    isExact: false,
  },
};

/** Writers of numbered lines. */
export class Writers {
  readonly names: readonly string[];

  /** @param each so many of each kind */
  constructor(each: number, kinds: readonly string[] = Object.keys(KINDS)) {
    this.names = kinds.flatMap((kind) => Array.from({ length: each }, (_, at) => `${kind}${at}`));
  }

  get sections(): string {
    const command = `${compiled("test/e2e/deaths/writer.c")} ${PAUSE_US}`;
    return this.names
      .map((name) => {
        const { options } = kindOf(name);
        return `[program:${name}]\ncommand=${command}\nredirect_stderr=true\n${options}`;
      })
      .join("");
  }

  /** No line of an exact log is missing or there twice; others miss at most one piece for each death, and no line comes twice. */
  assertLogs(rig: Rig, deaths: number): void {
    for (const name of this.names) {
      if (kindOf(name).isExact) assertExact(rig, name);
      else assertWhole(rig, name, deaths);
    }
  }
}

function kindOf(name: string): { readonly options: string; readonly isExact: boolean } {
  const kind = KINDS[name.replace(/\d+$/, "")];
  assert.ok(kind !== undefined);
  return kind;
}

/** The lines of a log and its backups, oldest first. */
function linesOf(rig: Rig, name: string): readonly string[] {
  const age = (file: string): number => Number(/\.(\d+)(?:\.gz)?$/.exec(file)?.[1] ?? 0);
  const files = readdirSync(rig.directory)
    .filter((file) => file.startsWith(`${name}.out`) || file.startsWith(`${name}-stdout-`))
    .sort((a, b) => age(b) - age(a));
  const text = files
    .map((file) => {
      const bytes = readFileSync(rig.path(file));
      return (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString();
    })
    .join("");
  return text.split(/\r?\n/).slice(0, -1);
}

function assertExact(rig: Rig, name: string): void {
  const lines = linesOf(rig, name);
  const wrong = lines.findIndex((line, at) => line !== `line ${at + 1}`);
  assert.equal(wrong, -1, `${name}: ${around(lines, wrong)}`);
  assert.ok(lines.length > 100, `${name} has ${lines.length} lines`);
}

/** What the next daemon says of lines that it may have lost. */
const REPORT = / \| tsv: at most (\d+) bytes of output were lost with the daemon$/;

function assertWhole(rig: Rig, name: string, deaths: number): void {
  const lines = linesOf(rig, name);
  let last = 0;
  let gaps = 0;
  let missing = 0;
  let reported = 0;
  for (const [at, line] of lines.entries()) {
    const [, count] = REPORT.exec(line) ?? [];
    reported += Number(count ?? 0);
    if (count !== undefined) continue;
    const number = Number(/^(?:\d+\.\d{3} \S+ \| )?line (\d+)$/.exec(line)?.[1]);
    assert.ok(number > last, `${name}: ${around(lines, at)}`);
    if (number > last + 1) gaps += 1;
    for (let lost = last + 1; lost < number; lost += 1) missing += `line ${lost}\n`.length;
    last = number;
  }
  assert.ok(gaps <= deaths, `${name} has ${gaps} gaps`);
  const isFormatted = name.startsWith("prefix");
  if (isFormatted) assert.ok(missing <= reported, `${name}: ${missing} of ${reported} bytes`);
  assert.ok(lines.length > 100, `${name} has ${lines.length} lines`);
}

function around(lines: readonly string[], at: number): string {
  return lines.slice(Math.max(0, at - 2), at + 3).join(", ");
}

/** Programs that end in many ways, and are restarted for ever. */
export class Mortals {
  readonly #names: readonly string[];

  constructor(count: number) {
    this.#names = Array.from({ length: count }, (_, at) => `mortal${at}`);
  }

  get sections(): string {
    const program = compiled("test/e2e/deaths/mortal.c");
    return this.#names
      .map(
        (name) =>
          `[program:${name}]\ncommand=${program} %(here)s/${name}.runs 300\n` +
          `startsecs=0\nautorestart=true\n`,
      )
      .join("");
  }

  /** Each end was reported as it was, in order, and once; a line about it may be lost with a daemon. */
  assertEnds(rig: Rig, log: string, deaths: number): void {
    for (const name of this.#names) {
      const runs = textOf(rig.path(`${name}.runs`));
      assert.match(runs, /^\.+$/, `${name} ran twice at a time`);
      const pattern = new RegExp(`exited: ${name} \\(([^;]*);`, "g");
      const reported = [...log.matchAll(pattern)].map(([, how]) =>
        how?.replace(" (core dumped)", ""),
      );
      let run = 0;
      for (const how of reported) {
        const before = run;
        do run += 1;
        while (run <= runs.length && endOf(run) !== how);
        const lines = log
          .split("\n")
          .filter((line) => line.includes(name) || line.includes("CRIT"));
        const text = `${name}: ${how} after run ${before}\n${lines.join("\n")}`;
        assert.ok(run <= runs.length, text);
      }
      const missing = runs.length - reported.length;
      assert.ok(missing <= deaths + 1, `${missing} of ${runs.length} ends of ${name} are missing`);
      assert.ok(reported.length > 3, `${name} ended ${reported.length} times`);
    }
  }
}

/** How a run of mortal.c ends. */
function endOf(run: number): string {
  const signals = ["SIGKILL", "SIGTERM", "SIGSEGV", "SIGUSR1", "SIGABRT"];
  return run % 3 === 0 ? `terminated by ${signals[(run / 3) % 5]}` : `exit status ${run % 250}`;
}

/** FastCGI programs whose second process starts later than their socket was opened. */
export function fcgiSections(port: number): string {
  const section = (name: string, socket: string): string =>
    `[fcgi-program:${name}]\ncommand=${FCGI_CHILD} ${name}\nsocket=${socket}\nautostart=false\n` +
    "numprocs=2\nprocess_name=%(program_name)s_%(process_num)d\n";
  return section("unix", "unix://%(here)s/app.sock") + section("tcp", `tcp://127.0.0.1:${port}`);
}

/** Where they answer, by their names. */
export function fcgiSockets(rig: Rig): readonly [string, NetConnectOpts][] {
  return [
    ["unix", { path: rig.path("app.sock") }],
    ["tcp", { port: rig.port, host: "127.0.0.1" }],
  ];
}

/** Connects all the time, to the daemon and to its FastCGI programs. @param answers are as they should be */
export function clients(rig: Rig, daemon: Daemon): { end(): Promise<readonly string[]> } {
  const refused = new Set<string>();
  let isOver = false;
  const forEver = async (step: () => Promise<void>): Promise<void> => {
    while (!isOver) await step();
  };
  const asks = async (): Promise<void> => {
    try {
      await call(daemon.endpoint, "supervisor.getState", []);
    } catch (error) {
      // A connection that a daemon has accepted ends with it; the next one waits for the next daemon.
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ECONNREFUSED" || code === "ENOENT") refused.add(`daemon: ${code}`);
    }
  };
  const requests = (name: string, where: NetConnectOpts) => async (): Promise<void> => {
    const answer = await request(where);
    if (!answer.startsWith(`${name} `)) refused.add(`${name}: ${answer}`);
  };
  const loops = [
    forEver(asks),
    ...fcgiSockets(rig).map(([name, where]) => forEver(requests(name, where))),
  ];
  return {
    async end() {
      isOver = true;
      await Promise.all(loops);
      return [...refused];
    },
  };
}
