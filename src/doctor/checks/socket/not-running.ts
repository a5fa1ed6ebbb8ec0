// SOCK-001: no daemon runs with this configuration, so ctl cannot connect.

import { printable } from "../../../core/base/printable.ts";
import { socketPathOf } from "../../../core/config/server-address.ts";
import { redactPatterns } from "../../../core/redact/patterns.ts";
import type { PlannedStep } from "../../../install/plan/steps.ts";
import { daemonAccount, firstPathProblem, readConfig } from "../../facts/access.ts";
import { describeDaemon } from "../../facts/daemons.ts";
import type { Probe } from "../../facts/probe.ts";
import { listenersAt } from "../../facts/servers.ts";
import { serviceCommand } from "../../facts/service.ts";
import type {
  RunningDaemon,
  ServerAnswer,
  ServiceState,
  Situation,
} from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { shellLine, shellWord } from "../../repairs/commands.ts";
import { byHand, repairStep } from "../../repairs/repairs.ts";
import { check, finding } from "../check.ts";
import {
  bindTrouble,
  inetHolder,
  inetServers,
  isSure,
  lacksSockets,
  unixHolder,
  unixServers,
} from "./addresses.ts";
import { isMadeByService } from "./bind-repairs.ts";

/** How long a daemon may take to answer after its start. */
const ANSWER_SECONDS = 30;
const TAIL_BYTES = 8192;

export const NOT_RUNNING = check("SOCK-001", "daemon is not running", (situation, probe) => {
  const { config, daemon, servers } = situation;
  if (config.path === null || daemon !== null) return [];
  // A daemon cannot run with a file that is only for inclusion.
  if (config.raw !== null && !config.raw.sections.has("supervisord")) return [];
  // Other checks report a process that answers, and a stale socket.
  if (!servers.every((answer) => isAbsent(answer, probe))) return [];
  if (unixServers(situation).some(({ path }) => listenersAt(path, probe).length > 0)) return [];
  return [notRunning(config.path, situation, probe)];
});

function isAbsent({ kind, url }: ServerAnswer, probe: Probe): boolean {
  if (kind === "missing") return true;
  if (kind !== "refused") return false;
  const path = socketPathOf(url);
  return path === null || !probe.look(path).ok;
}

function notRunning(path: string, situation: Situation, probe: Probe): Finding {
  const { servers, service } = situation;
  const server = servers[0] ?? null;
  const isUnix = server?.url.startsWith("unix://") === true;
  const symptom =
    server === null
      ? "the programs of this configuration are not running"
      : `${server.url} ${isUnix ? "no such file" : "refused connection"}`;
  const isFailed = service.properties["ActiveState"] === "failed";
  const said = wordsOfFailure(service, probe);
  return finding(severityOf(situation), path, {
    symptom,
    cause: isFailed
      ? "The daemon was started and failed."
      : "No daemon runs with this configuration.",
    evidence: [
      `no process of tsv or Supervisor runs with ${path}`,
      ...situation.daemons.map((one) => `another daemon runs: ${describeDaemon(one, probe)}`),
      ...serviceEvidence(situation),
      ...lastErrors(situation, probe),
      ...said,
    ],
    repair: repairOf(path, situation, said.length > 0 && isUnchanged(situation, probe), probe),
  });
}

/** A file that was named explicitly, without a service, may only be examined, not used. */
function severityOf({ config, service }: Situation): Finding["severity"] {
  return config.chosenBy === "option" && service.file === null ? "warning" : "error";
}

function serviceEvidence({ service }: Situation): readonly string[] {
  const { file, name, properties, isEnabled, isActive, init } = service;
  if (file === null) return ["no service of this host starts it"];
  const said = ["ActiveState", "SubState", "Result", "ExecMainStatus"].flatMap((key) => {
    const value = properties[key] ?? "";
    return value === "" ? [] : [`${key}=${value}`];
  });
  const state =
    said.length > 0 ? said.join(" ") : isActive === true ? "reported as running" : "does not run";
  const boot = isEnabled === false ? ", and does not start at boot" : "";
  return [`service ${name} (${init ?? "no init system"}): ${state}${boot}`];
}

/** The last errors in the activity log. */
function lastErrors(situation: Situation, probe: Probe): readonly string[] {
  const logfile = readConfig(situation)?.daemon.logfile ?? "syslog";
  const tail = logfile === "syslog" ? null : probe.readTail(logfile, TAIL_BYTES);
  if (tail === null) return [];
  const lines = new TextDecoder().decode(tail).split("\n").slice(1);
  const bad = lines.filter((line) => /^[\d-]+ [\d:,]+ (?:CRIT|ERRO) /.test(line));
  return bad
    .filter((line) => !/without any HTTP authentication|running as root/.test(line))
    .slice(-2)
    .map((line) => printable(`${logfile}: ${line.slice(0, 200)}`));
}

/** @param isHopeless it would fail again for the quoted reason */
function repairOf(path: string, situation: Situation, isHopeless: boolean, probe: Probe): Repair {
  const { config, service } = situation;
  const { commands, file } = service;
  if (config.daemon?.ok === false) {
    const check = `tsv check ${shellWord(path)}`;
    const advice = "Fix the configuration, then start the daemon";
    return byHand(advice, [check]);
  }
  if (file === null || commands === null) {
    const words = [
      "install",
      "--boot",
      ...(path === service.layout.config ? [] : ["--config", path]),
    ];
    // The default service name is in use: this would be a second service.
    const name = service.isOther === true ? ["--name", "NAME"] : [];
    return byHand("Start the daemon, or install it as a service", [
      ...startCommands(situation),
      shellLine(["tsv", ...words, ...name]),
    ]);
  }
  const command = shellLine(commands.startByHand);
  if (service.isMasked) {
    const advice = `Unmask the service ${service.name}, then start it`;
    return byHand(advice, [...unmask(service), command]);
  }
  const steps = !isHopeless && isFree(situation, probe) ? startSteps(situation) : [];
  const advice = `Start the service ${service.name}`;
  const lost = forgetting(service).map(shellLine);
  if (steps.length > 0) {
    return { class: "A", advice, commands: [...lost, command, ...itsWords(service)], steps };
  }
  const later = `${advice} after you have fixed the reason why it does not start`;
  return byHand(later, [...lost, command]);
}

/**
 * OpenRC considers a service started whose processes were killed, or that its supervise-daemon starts again and again, and
 * starts it only after the supervise-daemon was stopped and its state reset.
 */
function forgetting({
  init,
  isActive,
  name,
}: Situation["service"]): readonly (readonly string[])[] {
  if (init !== "openrc" || isActive !== true) return [];
  return ["stop", "zap"].map((action) => ["rc-service", name, action]);
}

/** The command that shows its messages when it failed, which systemd keeps. */
function itsWords({ name, scope, properties }: Situation["service"]): readonly string[] {
  if (properties["ActiveState"] !== "failed") return [];
  const user = scope === "user" ? ["--user"] : [];
  return [
    `${shellLine(["journalctl", ...user, "-u", `${name}.service`, "-n", "20"])}   # why it failed`,
  ];
}

function unmask({ init, name, scope, properties }: Situation["service"]): readonly string[] {
  if (init !== "systemd") return [];
  const user = scope === "user" ? ["--user"] : [];
  const runtime = properties["UnitFileState"] === "masked-runtime" ? ["--runtime"] : [];
  return [shellLine(["systemctl", ...user, "unmask", ...runtime, `${name}.service`])];
}

/** Doctor knows no reason why the daemon would exit at once. */
function isFree(situation: Situation, probe: Probe): boolean {
  const logfile = readConfig(situation)?.daemon.logfile ?? "syslog";
  const account = daemonAccount(situation, probe);
  const closed = logfile === "syslog" ? null : firstPathProblem(logfile, "write", account, probe);
  const hasLog = closed === null || !isSure(closed);
  const isUnixFree = unixServers(situation).every((server) => {
    const trouble = bindTrouble(server, situation, probe);
    const isMade = trouble !== null && isMadeByService(trouble, situation, probe);
    const isPossible = (trouble === null || isMade) && !lacksSockets(server.path, probe);
    return isPossible && unixHolder(server, situation, probe) === null;
  });
  const isInetFree = inetServers(situation).every(
    (server) => inetHolder(server, situation, probe) === null,
  );
  return hasLog && isUnixFree && isInetFree;
}

function startSteps({ service, servers }: Situation): readonly PlannedStep[] {
  const { commands, name } = service;
  if (commands === null) return [];
  const start = {
    kind: "command",
    argv: commands.start,
    undo: null,
    what: `start ${name}`,
  } as const;
  const server = servers.find(({ section }) => section !== "supervisorctl")?.url;
  const wait = { kind: "answer", timeoutSeconds: ANSWER_SECONDS } as const;
  const what = `reset the state of ${name}`;
  // The stop fails if nothing is left to stop.
  const forgets = forgetting(service).map((argv) => ({
    ...repairStep({ kind: "command", argv, undo: null, what }, "", ""),
    mayFail: true,
  }));
  return [
    ...forgets,
    repairStep(start, "does not run", "runs"),
    ...(server === undefined ? [] : [repairStep({ ...wait, server }, "no answer", "answers")]),
  ];
}

// Why a systemd service failed to start: its journal, and whether anything has changed since.

/** The exit status of a daemon that rejects its command line or its configuration. */
const REFUSED = "2";
const LINES = "4";

/** The last lines of the failed start; none if systemd does not know them. */
function wordsOfFailure(
  { properties, name, scope }: ServiceState,
  probe: Probe,
): readonly string[] {
  const id = properties["InvocationID"] ?? "";
  if (properties["ActiveState"] !== "failed" || id === "") return [];
  const fields = [`_SYSTEMD_INVOCATION_ID=${id}`, `_SYSTEMD_UNIT=${name}.service`];
  const unit = scope === "user" ? ["--user", ...fields.slice(0, 1)] : fields;
  const words = ["journalctl", "-q", "--no-pager", "-o", "cat", "-n", LINES, ...unit];
  const { status, output } = probe.ask(words);
  if (status !== 0) return [];
  return output
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^(?:For help, use | {2}Show all errors: )/.test(line))
    .map((line) => `its output: ${redactPatterns(printable(line)).slice(0, 300)}`);
}

/** Whether the daemon would fail to start again: none of its files was changed, and nothing was repaired. */
function isUnchanged(situation: Situation, probe: Probe): boolean {
  const { service, host, config, repaired = 0 } = situation;
  const { properties, file, layout } = service;
  if (properties["Result"] !== "exit-code" || properties["ExecMainStatus"] !== REFUSED)
    return false;
  const microseconds = Number(properties["ExecMainExitTimestampMonotonic"] ?? "0");
  if (repaired > 0 || !(microseconds > 0)) return false;
  const endedMs = host.bootedMs + microseconds / 1000;
  const files = [
    ...config.files,
    file?.path,
    layout.environmentFile,
    serviceCommand(service, probe)?.executable,
    ...(properties["DropInPaths"] ?? "").split(" "),
  ];
  return files.every((path) => {
    const found = path === null || path === undefined || path === "" ? null : probe.look(path);
    return found?.ok !== true || found.modifiedMs <= endedMs;
  });
}

// The commands that start the daemon of the examined configuration: its service, if it has one.

/** One line to paste; none without a configuration. */
export function startCommands({ config, service, executable }: Situation): readonly string[] {
  if (config.path === null) return [];
  const { file, commands } = service;
  const words =
    file !== null && commands !== null
      ? commands.startByHand
      : [executable.path, "daemon", "-c", config.path];
  return [shellLine(words)];
}

// SOCK-009: the daemon is shutting down and still holds its address.

/** In addition to the stop times of programs. */
const MARGIN_SECONDS = 10;
const LONGEST_SECONDS = 120;
const MOST_NAMES = 5;

export const SHUTTING_DOWN = check("SOCK-009", "daemon is shutting down", (situation) => {
  const { daemon, servers } = situation;
  const own = servers.find((one) => daemon !== null && one.daemon?.pid === daemon.pid);
  if (daemon === null || own?.daemon?.stateName !== "SHUTDOWN") return [];
  return [shuttingDown(daemon, situation)];
});

function shuttingDown(daemon: RunningDaemon, situation: Situation): Finding {
  const { pid } = daemon;
  const up = (situation.programs ?? []).filter(({ pid: of }) => of > 0);
  const names = up
    .slice(0, MOST_NAMES)
    .map(({ group, name, pid: of }) => `${group}:${name} (pid ${of})`);
  const more = up.length > MOST_NAMES ? ` and ${up.length - MOST_NAMES} more` : "";
  const waiting = up.length === 0 ? [] : [`it waits for ${names.join(", ")}${more}`];
  const timeoutSeconds = patience(situation);
  return finding("warning", `pid ${pid}`, {
    symptom: "supervisor shutting down: SHUTDOWN_STATE",
    cause: "The daemon is shutting down and waits for its programs to exit.",
    evidence: [`the daemon (pid ${pid}) reports SHUTDOWN`, ...waiting],
    repair: {
      class: "A",
      advice: `Wait until it has exited, at most ${timeoutSeconds} s`,
      commands: [`tail --pid=${pid} -f /dev/null`],
      steps: [repairStep({ kind: "ended", pid, timeoutSeconds }, "is shutting down", "has exited")],
    },
  });
}

/** The maximum stop time of the programs; groups of different priority stop one after another. */
function patience(situation: Situation): number {
  const groups = readConfig(situation)?.groups ?? [];
  const slowest = new Map<number, number>();
  for (const { priority, processes } of groups) {
    const longest = processes.reduce((most, { stopWaitSecs }) => Math.max(most, stopWaitSecs), 0);
    slowest.set(priority, Math.max(slowest.get(priority) ?? 0, longest));
  }
  const sum = Array.from(slowest.values()).reduce((all, one) => all + one, 0);
  return Math.min(Math.ceil(sum) + MARGIN_SECONDS, LONGEST_SECONDS);
}

// SOCK-015: a daemon accepts connections but does not answer.

const RECOVERY_SECONDS = 10;

export const SILENT_DAEMON = check("SOCK-015", "daemon does not answer", (situation, probe) => {
  const { daemon, servers } = situation;
  const silent = servers.filter(({ kind }) => kind === "silent");
  const [first] = silent;
  if (daemon === null || first === undefined) return [];
  if (servers.some((one) => one.daemon?.pid === daemon.pid)) return [];
  return [silentFinding(daemon, first, situation, probe)];
});

function silentFinding(
  daemon: RunningDaemon,
  { url, detail }: ServerAnswer,
  situation: Situation,
  probe: Probe,
): Finding {
  const { pid, state } = daemon;
  const where = probe.readText(`/proc/${pid}/wchan`)?.trim() ?? "";
  const isKnown = where !== "" && where !== "0";
  return finding("error", `pid ${pid}`, {
    symptom: `${url} accepts connections but does not answer`,
    cause: causeOf(state),
    evidence: [
      describeDaemon(daemon, probe),
      `${detail}; state ${state}${isKnown ? `, waiting in the kernel at ${where}` : ""}`,
    ],
    repair: silentRepair(daemon, url, situation),
  });
}

function causeOf(state: string): string {
  switch (state) {
    case "T":
      return "The daemon was stopped by a signal.";
    case "t":
      return "A debugger has stopped the daemon.";
    case "D":
      return "The daemon waits for a disk or a network file system that does not respond.";
    case "R":
      return "The daemon is overloaded and handles no requests.";
    default:
      return "The daemon waits for something and handles no requests.";
  }
}

function silentRepair(daemon: RunningDaemon, url: string, { service }: Situation): Repair {
  const { pid, state, startTicks } = daemon;
  if (state === "T") {
    const what = "resume the daemon";
    const signal = { kind: "signal", pid, startTicks, signal: "SIGCONT", what } as const;
    const wait = { kind: "answer", server: url, timeoutSeconds: RECOVERY_SECONDS } as const;
    return {
      class: "B",
      advice: "Resume the daemon",
      commands: [`kill -CONT ${pid}`],
      steps: [
        repairStep(signal, "stopped by a signal", "resumed"),
        repairStep(wait, "no answer", "answers"),
      ],
    };
  }
  const restart =
    service.file === null || service.commands === null ? [] : [shellLine(service.commands.restart)];
  const look = state === "D" ? ["dmesg | tail -n 20", "df -h"] : [`cat /proc/${pid}/stack`];
  return byHand("Find out what it waits for, then restart it (this restarts its programs)", [
    ...look,
    ...restart,
    `kill -9 ${pid}   # last resort: its programs keep running unsupervised`,
  ]);
}
