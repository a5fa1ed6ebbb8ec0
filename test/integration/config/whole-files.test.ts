// Whole configurations, read by tsv and by Supervisor's own ServerOptions: same result, or same first error.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import fc from "fast-check";
import { parseCtlArguments, parseDaemonArguments } from "../../../src/core/config/arguments.ts";
import type {
  ChannelConfig,
  Config,
  GroupConfig,
  ProcessConfig,
} from "../../../src/core/config/model.ts";
import { readCtlConfig, readDaemonConfig } from "../../../src/core/config/read.ts";
import type { ConfigWorld } from "../../../src/core/config/world.ts";
import { FILES } from "./generate.ts";
import { type Answer, ask, missingOracle, realWorld } from "./oracle.ts";

const missing = missingOracle();
const skip = missing === null ? false : `compared with nothing: ${missing}`;
const SEED = 20_241_122;
const root = mkdtempSync(join(tmpdir(), "tsv-config-"));
after(() => rmSync(root, { recursive: true, force: true }));

const LEVELS: Readonly<Record<string, number>> = {
  CRIT: 50,
  ERRO: 40,
  WARN: 30,
  INFO: 20,
  DEBG: 10,
  TRAC: 5,
  BLAT: 3,
};

function channel(config: ChannelConfig): unknown[] {
  const { logfile, maxBytes, backups, captureMaxBytes, eventsEnabled, syslog } = config;
  const names = { none: null, auto: "AUTO" };
  const shown = logfile.kind === "file" ? logfile.path : names[logfile.kind];
  return [shown, maxBytes, backups, captureMaxBytes, eventsEnabled, syslog];
}

function showProcess(p: ProcessConfig): unknown {
  return {
    name: p.name,
    uid: p.uid,
    command: p.command,
    directory: p.directory,
    umask: p.umask,
    priority: p.priority,
    autostart: p.autostart,
    startsecs: p.startSecs,
    startretries: p.startRetries,
    stopsignal: p.stopSignal,
    stopwaitsecs: p.stopWaitSecs,
    stopasgroup: p.stopAsGroup,
    killasgroup: p.killAsGroup,
    exitcodes: p.exitCodes,
    redirect_stderr: p.redirectStderr,
    serverurl: p.serverUrl,
    environment: p.environment,
    autorestart: p.autorestart,
    stdout: channel(p.stdout),
    stderr: channel(p.stderr),
  };
}

function showGroup(g: GroupConfig): unknown {
  const base = { name: g.name, priority: g.priority, processes: g.processes.map(showProcess) };
  if (g.kind === "program") return base;
  if (g.kind === "eventlistener")
    return { ...base, events: Array.from(g.events).sort(), buffer: g.bufferSize };
  const { url, mode, owner, backlog } = g.socket;
  const unix = { socket_mode: mode, socket_owner: owner === null ? null : [owner.uid, owner.gid] };
  return { ...base, socket: url, ...(url.startsWith("unix") ? unix : {}), backlog };
}

/** tsv's reading in the oracle's terms. */
function show(config: Config): Record<string, unknown> {
  const d = config.daemon;
  const notices = (level: string): string[] =>
    config.notices.filter((n) => n.level === level).map((n) => n.text);
  return {
    daemon: {
      logfile: d.logfile,
      logfile_maxbytes: d.logfileMaxBytes,
      logfile_backups: d.logfileBackups,
      loglevel: LEVELS[d.logLevel],
      pidfile: d.pidfile,
      umask: d.umask,
      minfds: d.minfds,
      minprocs: d.minprocs,
      childlogdir: d.childLogDir,
      directory: d.directory,
      identifier: d.identifier,
      nodaemon: d.nodaemon,
      silent: d.silent,
      nocleanup: d.nocleanup,
      strip_ansi: d.stripAnsi,
      uid: d.user?.uid ?? null,
    },
    groups: config.groups.map(showGroup),
    servers: config.servers.map((s) => [
      s.section,
      s.kind === "unix" ? s.path : null,
      s.kind === "unix" ? s.mode : null,
      s.kind === "unix" ? [s.owner?.uid ?? -1, s.owner?.gid ?? -1] : null,
      s.kind === "inet" ? s.host : null,
      s.kind === "inet" ? s.port : null,
      s.credentials?.username ?? null,
      s.credentials?.password ?? null,
    ]),
    warnings: notices("WARN"),
    infos: notices("INFO"),
  };
}

/** What tsv does on purpose where Supervisor keeps silent: equal names once, equal warnings once. */
function alike(answer: Answer): Answer {
  // Supervisor puts the last good member's section into the brackets, tsv the group's.
  if ("error" in answer)
    return { error: answer.error.replace(/^\[[^\]]*\](?= names? )/, "[group]") };
  const value = structuredClone(answer.value);
  if (typeof value !== "object" || value === null || !("groups" in value) || !("warnings" in value))
    return answer;
  const groups = new Map<string, unknown>();
  for (const group of Array.isArray(value.groups) ? value.groups : []) {
    const processes = new Map<string, unknown>();
    for (const process of group.processes) processes.set(process.name, process);
    const shown = { ...group, processes: Array.from(processes.values()) };
    if (!groups.has(group.name)) groups.set(group.name, shown);
  }
  const warnings = Array.isArray(value.warnings) ? Array.from(new Set(value.warnings)) : [];
  return { value: { ...value, groups: Array.from(groups.values()), warnings } };
}

function ours(args: readonly string[], world: ConfigWorld): Answer {
  const parsed = parseDaemonArguments(["supervisord", ...args], world);
  if (!parsed.ok) return { error: parsed.error };
  if (parsed.value.kind !== "run") return { error: parsed.value.kind };
  const config = readDaemonConfig(parsed.value.args, world);
  return config.ok ? { value: show(config.value) } : { error: config.error.text };
}

function write(files: Readonly<Record<string, string>>, directory: string): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

function isEqual(left: unknown, right: unknown): boolean {
  try {
    assert.deepEqual(left, right);
    return true;
  } catch {
    return false;
  }
}

function compare(what: string, questions: readonly object[], mine: readonly Answer[]): void {
  const theirs = ask(questions);
  const pairs = mine.map(
    (answer, index) => [alike(answer), alike(theirs[index] ?? { error: "" })] as const,
  );
  const different = pairs.filter(([left, right]) => !isEqual(left, right));
  const refused = theirs.filter((answer) => "error" in answer).length;
  console.log(
    `${what}: ${pairs.length} compared (${refused} of them refused), ${pairs.length - different.length} equal`,
  );
  const [first] = different;
  if (first !== undefined) assert.deepEqual(first[0], first[1]);
}

describe("compared with Supervisor", { skip }, () => {
  test("whole configurations give the same groups, servers, notices and first error", () => {
    const documents = fc.sample(FILES, { numRuns: 2500, seed: SEED });
    const questions = documents.map((files, index) => {
      const cwd = join(root, String(index));
      write(files, cwd);
      const config = index % 3 === 0 ? join(cwd, "main.conf") : "main.conf";
      return { op: "whole", cwd, args: ["-c", config] };
    });
    const mine = questions.map(({ cwd, args }) => ours(args, realWorld(cwd)));
    compare("configurations", questions, mine);
  });

  test("command lines set the same options over the file and meet the same errors", () => {
    const cwd = join(root, "arguments");
    write(
      { "main.conf": "[supervisord]\nlogfile=/tmp/f.log\nidentifier=file\nuser=nobody\n" },
      cwd,
    );
    const words = fc.constantFrom(
      "-n",
      "-ns",
      "-u",
      "root",
      "-unobody",
      "-m",
      "077",
      "-m9",
      "-d/tmp",
      "-d",
      "/nosuch",
      "-l/tmp/a.log",
      "-l",
      "-y1MB",
      "-z3",
      "--logfile_backups=x",
      "-edebug",
      "-e",
      "loud",
      "-jx.pid",
      "-ime",
      "-q/tmp",
      "-k",
      "-t",
      "-a100",
      "--minfds",
      "50",
      "--minprocs=7",
      "--nodaemon",
      "--no",
      "--log=1",
      "--child=/tmp",
      "-Q",
      "extra",
      "--silent=1",
      "-i",
      "",
    );
    const lines = fc.sample(fc.array(words, { maxLength: 4 }), { numRuns: 3000, seed: SEED });
    const questions = lines.map((line) => ({
      op: "whole",
      cwd,
      args: ["-c", "main.conf", ...line],
    }));
    const world = realWorld(cwd);
    compare(
      "command lines of supervisord",
      questions,
      questions.map(({ args }) => ours(args, world)),
    );
  });

  test("ctl finds the same server, user and history", () => {
    const values = [
      "serverurl=unix://~/s.sock",
      "serverurl=http://h:1",
      "serverurl=%(here)s",
      "username=u",
      "password=%(here)s",
      "password=%(ENV_COLOUR)s",
      "prompt=me",
      "history_file=~/h",
      "history_file=%(here)s/../h",
      "history_file=",
      "x=1",
    ];
    const options = fc.sample(fc.subarray(values, { maxLength: 4 }), { numRuns: 400, seed: SEED });
    const extra = [
      [],
      ["-s", "http://x"],
      ["-s", "nourl"],
      ["-uu", "-p", "q"],
      ["-i", "status"],
      ["-Z"],
      ["--server", "unix:///x"],
    ];
    const questions = options.map((lines, index) => {
      const cwd = join(root, `ctl${index}`);
      const header = index % 20 === 19 ? "[other]" : "[supervisorctl]";
      write({ "main.conf": `${header}\n${lines.join("\n")}\n` }, cwd);
      return { op: "ctl", cwd, args: ["-c", "main.conf", ...(extra[index % extra.length] ?? [])] };
    });
    const mine = questions.map(({ cwd, args }): Answer => {
      const world = realWorld(cwd);
      const parsed = parseCtlArguments(["supervisorctl", ...args], world);
      if (!parsed.ok) return { error: parsed.error };
      if (parsed.value.kind !== "run") return { error: parsed.value.kind };
      const read = readCtlConfig(parsed.value.args, world);
      if (!read.ok) return { error: read.error.text };
      const { serverUrl, username, password, prompt, historyFile } = read.value;
      return {
        value: { serverurl: serverUrl, username, password, prompt, history_file: historyFile },
      };
    });
    compare("configurations of ctl", questions, mine);
  });
});
