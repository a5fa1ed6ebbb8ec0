// A reading of tsv in the terms in which the oracle answers.

import type {
  ChannelConfig,
  Config,
  GroupConfig,
  ProcessConfig,
} from "../../../src/core/config/model.ts";
import type { Answer } from "./oracle.ts";

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
  const own = { stdout: "@stdout", stderr: "@stderr", journal: "@journal" };
  const names = { none: null, auto: "AUTO", ...own };
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
export function show(config: Config): Record<string, unknown> {
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

/** Errors that tsv words differently on purpose, in Supervisor's words or both without them. */
function alikeError(text: string): string {
  return (
    text
      // Supervisor puts the last good member's section into the brackets, tsv the group's.
      .replace(/^\[[^\]]*\](?= names? )/, "[group]")
      // Supervisor shows a Python tuple.
      .replace(/^\('Bad socket format %s', ([\s\S]*)\)(?= in \[)/, "Bad socket format $1")
      .replace(
        /^\('Unix socket path %s is not an absolute path', ([\s\S]*)\)(?= in \[)/,
        "Unix socket path $1 is not an absolute path",
      )
      // password-not-shown
      .replace(
        /^Format string [\s\S]*(?= for '(?:(?:[^']*\.)?password|environment)' )/,
        "Format string (not shown)",
      )
      .replace(
        /^Unexpected end of key\/value pairs in value '[\s\S]*'(?= in section |$)/,
        "Unexpected end of key/value pairs in value (not shown)",
      )
  );
}

/** What tsv does on purpose where Supervisor keeps silent: equal names once, equal warnings once, and one of its own. */
export function alike(answer: Answer): Answer {
  if ("error" in answer) return { error: alikeError(answer.error) };
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
  const all: unknown[] = Array.isArray(value.warnings) ? value.warnings : [];
  const warnings = Array.from(new Set(all)).filter((text) => !/ was skipped: /.test(String(text)));
  return { value: { ...value, groups: Array.from(groups.values()), warnings } };
}
