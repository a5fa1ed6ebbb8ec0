// The command lines that both ctl programs get, and the programs they act on.

import { execFileSync } from "node:child_process";
import { appendFileSync, chmodSync, writeFileSync } from "node:fs";
import type { Daemon } from "./debian-rig.ts";

/** Programs that show every outcome. */
export function programs(directory: string): string {
  const plain = `${directory}/plain.txt`;
  writeFileSync(plain, "not a program\n");
  chmodSync(plain, 0o644);
  execFileSync("mkfifo", [`${directory}/gate`]);
  const common = "autostart=false\nstartsecs=0\nautorestart=false\nstopwaitsecs=2\n";
  return `
[program:web]
command=/bin/sh -c 'echo "h\u00e9llo w\u00f6rld"; echo oops >&2; exec sleep 1000'
${common}
[program:workers]
command=/bin/sleep 1000
process_name=w_%(process_num)d
numprocs=2
${common}
[program:quick]
command=/bin/sh -c 'read line <${directory}/gate; exit 3'
${common}
[program:fatal]
command=/bin/sh -c 'exit 1'
autostart=false
startsecs=60
startretries=0
[program:nofile]
command=/nonexistent/program
${common}
[program:noexec]
command=${plain}
${common}
[program:silent]
command=/bin/sleep 1000
stdout_logfile=NONE
stderr_logfile=NONE
priority=5
${common}
[program:a_program_with_a_very_long_name_indeed]
command=/bin/cat
${common}
`;
}

/** One command line. */
export interface Row {
  readonly argv: readonly string[];
  readonly input?: string;
  /** The first line alone is compared: what follows is help in tsv's own words. */
  readonly firstLine?: true;
  /** Lines come in the order in which processes happen to finish; which of several failures sets the status, too. */
  readonly unordered?: true;
  /** What tsv does otherwise on purpose, and why. */
  readonly differs?: { readonly why: string; readonly stdout: string; readonly status: number };
  /** Lets `quick` end after the row, not sooner: a daemon that is slow to look would answer something else. */
  readonly opensGate?: true;
  /** Log lines of the daemons to wait for after the row. */
  readonly until?: RegExp;
  /** What to wait for after the row in the logs of programs, by program and channel. */
  readonly prints?: Readonly<Record<string, RegExp>>;
  /** Done to each daemon's directory before the row. */
  readonly prepare?: (daemon: Daemon) => void;
}

function row(words: string, more: Omit<Row, "argv"> = {}): Row {
  return { argv: words === "" ? [] : words.split(" "), ...more };
}

const helpFollows = { firstLine: true } as const;

/** Every action, in an order that brings the programs through their states. */
export const ROWS: readonly Row[] = [
  row("status"),
  row("status web"),
  row("status nope"),
  row("status nope: web nope:x web"),
  row("status workers:*"),
  row("status all nope"),
  row("status-x"),
  row("avail"),
  row("version"),
  row("pid"),
  row("pid web"),
  row("pid all"),
  row("pid nope web"),
  row("start", helpFollows),
  row("stop", helpFollows),
  row("restart", helpFollows),
  row("clear", helpFollows),
  row("signal", helpFollows),
  row("signal HUP", helpFollows),
  row("tail", helpFollows),
  row("tail a b c d", helpFollows),
  row("tail -f"),
  row("tail -100"),
  row("tail web nochannel"),
  row("tail -x web"),
  row("tail web"),
  row("tail silent"),
  row("tail nope"),
  row("tail workers:*"),
  row("maintail a", helpFollows),
  row("maintail a b", helpFollows),
  row("maintail -x"),
  row("avail x", helpFollows),
  row("reread x", helpFollows),
  row("version x", helpFollows),
  row("shutdown x", helpFollows),
  row("reload x", helpFollows),
  row("fg", helpFollows),
  row("fg a b"),
  row("fg nope"),
  row("fg web"),
  row("nonsense"),
  row("nonsense with words"),
  row("!ls"),
  row("-- -x"),
  row("help"),
  row("help nope"),
  row("? nope"),
  row("exit"),
  row("quit"),
  row("EOF"),
  { argv: ["  "] },
  row("open ftp://x"),
  row("start web", { prints: { "web-stdout": /w\u00f6rld\n/, "web-stderr": /oops\n/ } }),
  row("start web"),
  row("start web nope"),
  row("start nope nope:* workers:*"),
  row("start nofile"),
  row("start noexec"),
  row("start fatal", { until: /gave up: fatal/ }),
  row("start fatal nope"),
  row("start nope fatal"),
  row("start quick", { opensGate: true, until: /exited: quick/ }),
  row("status"),
  row("status nope quick"),
  row("status fatal"),
  row("status web workers:"),
  row("pid web"),
  row("pid web quick"),
  row("pid all"),
  row("tail web"),
  row("tail -5 web"),
  row("tail -0 web"),
  row("tail -+7 web"),
  row("tail --3 web"),
  row("tail -99999999999 web"),
  row("tail web stderr"),
  row("tail web STDERR"),
  row("tail -3 web stderr"),
  row("tail workers:w_1"),
  { argv: ["tail -4", "web"] },
  row("signal HUP quick"),
  row("signal FOO web"),
  row("signal FOO nope nope:*"),
  row("signal CONT web workers:*"),
  { argv: ["signal USR2", "silent"] },
  row("signal 18 web"),
  row("signal CONT all"),
  row("signal FOO all"),
  row("clear web"),
  row("clear web nope"),
  row("clear nope"),
  row("clear workers:*", {
    differs: {
      why: "Supervisor answers `workers:None: ERROR (no such process)`; a group is a fair thing to clear",
      stdout: "workers:w_0: cleared\nworkers:w_1: cleared\n",
      status: 0,
    },
  }),
  row("clear all"),
  row("tail web"),
  row("stop web"),
  row("stop web nope"),
  row("stop nope:* workers:*", { unordered: true }),
  row("stop workers:*"),
  row("restart web"),
  row("restart web workers:w_1"),
  row("restart nope nope:"),
  row("restart fatal"),
  row("start all", {
    opensGate: true,
    until: /exited: quick[\s\S]*exited: quick/,
    unordered: true,
  }),
  row("add web"),
  row("add nope web"),
  row("add"),
  row("remove web"),
  row("remove nope"),
  row("remove quick"),
  row("status quick"),
  row("add quick"),
  row("reread"),
  row("update"),
  row("update nope"),
  row("reread", {
    prepare: (d) => appendFileSync(d.config, "[program:extra]\ncommand=/bin/cat\n"),
  }),
  row("avail"),
  row("update nope extra"),
  row("update", { prepare: (d) => appendFileSync(d.config, "priority=7\n") }),
  row("reread", {
    prepare: (d) => appendFileSync(d.config, "[program:more]\ncommand=/bin/cat\npriority=high\n"),
  }),
  row("update", {
    differs: {
      why: "Supervisor prints the raw fault with a Python class, file and line; `reread` has better words",
      stdout: "<as reread>",
      status: 1,
    },
  }),
  row("reread", { prepare: (d) => appendFileSync(d.config, "priority=3\n") }),
  row("update all"),
  row("stop all", { unordered: true }),
  row("stop all"),
  row("", { input: "status web\nhelp\nnonsense\n\nversion\nstart nope\nexit\n" }),
  row("", { input: "pid web" }),
  row("-i status web"),
  row("-i shutdown", { input: "n\n" }),
  row("-i reload", { input: "\n" }),
];

/** What ends the daemons. */
export const SHUTDOWN_ROWS: readonly Row[] = [row("shutdown")];
