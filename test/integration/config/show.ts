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

/** What tsv does on purpose where Supervisor keeps silent: equal names once, equal warnings once. */
export function alike(answer: Answer): Answer {
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
