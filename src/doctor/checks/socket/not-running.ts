// SOCK-001: no daemon runs with this configuration, so ctl cannot connect.

import { printable } from "../../../core/base/printable.ts";
import { socketPathOf } from "../../../core/config/server-address.ts";
import { redactPatterns } from "../../../core/redact/patterns.ts";
import { longestStopSeconds } from "../../../core/supervisor/shutdown.ts";
import { command, type PlannedStep, plannedCommand } from "../../../install/plan/steps.ts";
import { daemonAccount, firstPathProblem, readConfig } from "../../facts/access.ts";
import { describeDaemon, isDown, isOnlyNamed } from "../../facts/daemons.ts";
import type {
  DoctorFacts,
  RunningDaemon,
  ServerAnswer,
  ServiceState,
} from "../../facts/doctor-facts.ts";
import { listSome } from "../../facts/logs.ts";
import type { Probe } from "../../facts/probe.ts";
import { listenersAt, listenersOf, ownAnswers } from "../../facts/servers.ts";
import { refusedDaemonOptions } from "../../facts/service.ts";
import type { Fix, Repair } from "../../model.ts";
import { shellLine, shellWord } from "../../repairs/commands.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand, repairStep } from "../../repairs/repairs.ts";
import { check, finding } from "../check.ts";
import { problemsOf } from "../config/problems.ts";
import {
  hostProblem,
  inetHolder,
  inetServers,
  lacksSockets,
  unixHolder,
  unixServers,
} from "./addresses.ts";
import { bindProblem, isMadeByService, isSure } from "./binding.ts";

/** How long a daemon may take to answer after its start, and after a signal. */
const START_SECONDS = 30;
const SIGNAL_SECONDS = 10;
const TAIL_BYTES = 65_536;

export const NOT_RUNNING = check("SOCK-001", (facts) => {
  const { config, daemons, service, probe } = facts;
  const { path } = config;
  if (path === null || !isDown(facts)) return null;
  const servers = ownAnswers(facts);
  // Other checks report a process that listens, and a stale socket.
  if (servers.some((answer) => isTaken(answer, probe))) return null;
  return finding(isOnlyNamed(facts) ? "warning" : "error", path, {
    symptom: symptomOf(servers[0]),
    cause:
      service.properties["ActiveState"] === "failed"
        ? "The daemon was started and failed."
        : "No daemon runs with this configuration.",
    evidence: [
      `no process of tsv or Supervisor runs with ${path}`,
      ...daemons.map((one) => `another daemon runs: ${describeDaemon(one, probe)}`),
      serviceEvidence(facts),
      lastEnd(facts),
      ...failureOutput(service, probe),
    ],
    repair: repairOf(path, facts),
  });
});

function symptomOf(answer: ServerAnswer | undefined): string {
  if (answer === undefined) return "the programs of this configuration are not running";
  const { kind, url, detail } = answer;
  if (kind === "missing" || kind === "refused" || detail === "") {
    return `${url} ${url.startsWith("unix://") ? "no such file" : "refused connection"}`;
  }
  return printable(`${url} ${detail}`);
}

/** Whether something listens at the address, or a socket is left there. */
function isTaken({ kind, url }: ServerAnswer, probe: Probe): boolean {
  const path = socketPathOf(url);
  if (path === null) {
    return kind !== "refused" && kind !== "failed" && listenersOf(url, probe).length > 0;
  }
  const isThere = kind === "refused" && probe.look(path).ok;
  return isThere || kind === "silent" || kind === "foreign" || listenersAt(path, probe).length > 0;
}

function serviceEvidence({ service }: DoctorFacts): string {
  const { file, name, properties, isEnabled, isActive, init } = service;
  if (file === null) return "no service of this host starts it";
  const known = ["ActiveState", "SubState", "Result", "ExecMainStatus"].flatMap((key) => {
    const value = properties[key] ?? "";
    return value === "" ? [] : [`${key}=${value}`];
  });
  const state =
    known.length > 0 ? known.join(" ") : isActive === true ? "reported as running" : "does not run";
  const boot = isEnabled === false ? ", and does not start at boot" : "";
  return `service ${name} (${init ?? "no init system"}): ${state}${boot}`;
}

/** A line of the activity log that says why a daemon exits, and one of a start, which makes earlier ones meaningless. */
const ENDS =
  / (?:received SIG\w+ indicating exit request|asked: supervisor\.shutdown\(\)|the daemon exits after its reload)/;
const STARTS = / INFO supervisord started with pid \d+$/;

/** What ended the last daemon, as its activity log says; nothing if it was killed. */
function lastEnd(facts: DoctorFacts): string | null {
  const logfile = readConfig(facts)?.daemon.logfile ?? "syslog";
  const tail = logfile === "syslog" ? null : facts.probe.readTail(logfile, TAIL_BYTES);
  if (tail === null) return null;
  const lines = new TextDecoder().decode(tail).split("\n");
  const line = lines.findLast((each) => ENDS.test(each) || STARTS.test(each));
  if (line === undefined || STARTS.test(line)) return null;
  return printable(`${logfile}: ${line.slice(0, 200)}`);
}

function repairOf(path: string, facts: DoctorFacts): Repair {
  const { config, service } = facts;
  const { commands, file, layout, name, properties } = service;
  if (config.daemon?.ok === false) {
    const advice = "Fix the configuration, then start the daemon";
    return byHand(advice, [`tsv check ${shellWord(path)}`]);
  }
  if (file === null || commands === null) {
    const other = path === layout.config ? [] : ["--config", path];
    // The default service name is in use: this would be a second service.
    const named = service.isOther === true ? ["--name", "NAME"] : [];
    return byHand("Start the daemon, or install it as a service", [
      ...startCommands(facts),
      shellLine(["tsv", "install", "--boot", ...other, ...named]),
    ]);
  }
  const user = service.scope === "user" ? ["--user"] : [];
  const unit = `${name}.service`;
  const start = shellLine(commands.startByHand);
  // BOOT-001 says how.
  if (service.isMasked) return byHand(`Unmask the service ${name}, then start it`, [start]);
  const advice = `Start the service ${name}`;
  if (!isFree(facts)) {
    return byHand(`${advice} after you have fixed the reason why it does not start`, [start]);
  }
  // systemd keeps the messages of a start that failed.
  const journal = ["journalctl", ...user, "-u", unit, "-n", "20"];
  const why =
    properties["ActiveState"] === "failed" ? [`${shellLine(journal)}   # why it failed`] : [];
  const server = facts.servers.find(({ section }) => section !== "supervisorctl")?.url;
  const steps = [
    { ...plannedCommand(command(commands.start, `start ${name}`), "does not run"), will: "runs" },
    ...(server === undefined ? [] : [answerStep(server, START_SECONDS)]),
  ];
  return repair(advice, fix.steps("A", [start, ...why], steps));
}

/** A step that waits until the daemon answers. */
function answerStep(server: string, timeoutSeconds: number): PlannedStep {
  return repairStep({ kind: "answer", server, timeoutSeconds }, "no answer", "answers");
}

/** Sends a signal to the daemon, and waits until it answers. */
export function signalAndWait(
  as: "A" | "B",
  { pid, startTicks }: RunningDaemon,
  signal: "SIGUSR2" | "SIGCONT",
  server: string,
  { what, now, will }: { readonly what: string; readonly now: string; readonly will: string },
): Fix {
  const step = repairStep({ kind: "signal", pid, startTicks, signal, what }, now, will);
  const commands = [`kill -${signal.slice(3)} ${pid}`];
  return fix.steps(as, commands, [step, answerStep(server, SIGNAL_SECONDS)]);
}

/** Doctor knows no reason why the daemon would exit at once. */
function isFree(facts: DoctorFacts): boolean {
  const logfile = readConfig(facts)?.daemon.logfile ?? "syslog";
  const account = daemonAccount(facts);
  const closed =
    logfile === "syslog" ? null : firstPathProblem(logfile, "write", account, facts.probe);
  const hasLog = closed === null || !isSure(closed);
  const isUnixFree = unixServers(facts).every((server) => {
    const problem = bindProblem(server, facts);
    const isMade = problem !== null && isMadeByService(problem, facts);
    const isPossible = (problem === null || isMade) && !lacksSockets(server.path, facts.probe);
    return isPossible && unixHolder(server, facts) === null;
  });
  const isInetFree = inetServers(facts).every(
    (server) => inetHolder(server, facts) === null && hostProblem(server, facts) === null,
  );
  const shared = new Set(problemsOf(facts, "SOCK-007").map(({ section }) => section));
  const isShared = (readConfig(facts)?.servers ?? []).some(({ section }) => shared.has(section));
  const { environmentFile } = facts.service.layout;
  const settings = environmentFile === null ? null : facts.probe.readText(environmentFile);
  const isStartable = settings === null || refusedDaemonOptions(settings) === null;
  return hasLog && isUnixFree && isInetFree && !isShared && isStartable;
}

// Why a systemd service failed to start: its journal.

const LINES = "4";

/** The last lines of the failed start; none if systemd does not know them. */
function failureOutput({ properties, name, scope }: ServiceState, probe: Probe): readonly string[] {
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

// The commands that start the daemon of the examined configuration: its service, if it has one.

/** One line to paste; none without a configuration. */
export function startCommands({ config, service, executable }: DoctorFacts): readonly string[] {
  if (config.path === null) return [];
  const { file, commands } = service;
  const words =
    file !== null && commands !== null
      ? commands.startByHand
      : [executable.path, "daemon", "-c", config.path];
  return [shellLine(words)];
}

/** In addition to the stop times of programs. */
const MARGIN_SECONDS = 10;
const LONGEST_SECONDS = 120;

export const SHUTTING_DOWN = check("SOCK-009", (facts) => {
  const { daemon, servers, programs } = facts;
  if (daemon === null) return null;
  const { pid } = daemon;
  const answer = servers.find((one) => one.daemon?.pid === pid);
  if (answer?.daemon?.stateName !== "SHUTDOWN") return null;
  const up = (programs ?? []).filter((one) => one.pid > 0);
  const names = up.map((one) => `${one.group}:${one.name} (pid ${one.pid})`);
  const slowest = longestStopSeconds(readConfig(facts)?.groups ?? []);
  const timeoutSeconds = Math.min(Math.ceil(slowest) + MARGIN_SECONDS, LONGEST_SECONDS);
  const wait = repairStep({ kind: "ended", pid, timeoutSeconds }, "is shutting down", "has exited");
  return finding("warning", `pid ${pid}`, {
    symptom: "supervisor shutting down: SHUTDOWN_STATE",
    cause: "The daemon is shutting down and waits for its programs to exit.",
    evidence: [
      `the daemon (pid ${pid}) reports SHUTDOWN`,
      up.length === 0 ? null : `it waits for ${listSome(names, 5)}`,
    ],
    repair: repair(
      `Wait until it has exited, at most ${timeoutSeconds} s`,
      fix.steps("A", [`tail --pid=${pid} -f /dev/null`], [wait]),
    ),
  });
});

export const SILENT_DAEMON = check("SOCK-015", (facts) => {
  const { daemon, servers, service, probe } = facts;
  const silent = servers.find(({ kind }) => kind === "silent");
  if (daemon === null || silent === undefined) return null;
  const { pid, state } = daemon;
  if (servers.some((one) => one.daemon?.pid === pid)) return null;
  const { url, detail } = silent;
  const restart =
    service.file === null || service.commands === null ? [] : [shellLine(service.commands.restart)];
  return finding("error", `pid ${pid}`, {
    symptom: `${url} accepts connections but does not answer`,
    cause: CAUSES[state] ?? "The daemon waits for something and handles no requests.",
    evidence: [describeDaemon(daemon, probe), `${detail}; state ${state}`],
    repair:
      state === "T"
        ? repair(
            "Resume the daemon",
            signalAndWait("B", daemon, "SIGCONT", url, {
              what: "resume the daemon",
              now: "stopped by a signal",
              will: "resumed",
            }),
          )
        : byHand("Find out what it waits for, then restart it (this restarts its programs)", [
            ...(state === "D" ? ["dmesg | tail -n 20", "df -h"] : [`cat /proc/${pid}/stack`]),
            ...restart,
            `kill -9 ${pid}   # last resort: its programs keep running unsupervised`,
          ]),
  });
});

const CAUSES: Readonly<Record<string, string>> = {
  T: "The daemon was stopped by a signal.",
  t: "A debugger has stopped the daemon.",
  D: "The daemon waits for a disk or a network file system that does not respond.",
  R: "The daemon is overloaded and handles no requests.",
};
