// SOCK-001: no daemon runs with this configuration, so ctl cannot connect.

import { printable } from "../../../core/base/printable.ts";
import { socketPathOf } from "../../../core/config/server-url.ts";
import type { PlannedStep } from "../../../install/plan/steps.ts";
import { firstObstacle } from "../../facts/access.ts";
import { daemonAccount, readConfig } from "../../facts/daemon-account.ts";
import { describeDaemon } from "../../facts/describe-process.ts";
import type { Probe } from "../../facts/probe.ts";
import type { ServerAnswer, Situation } from "../../facts/situation.ts";
import { listenersAt } from "../../facts/unix-listeners.ts";
import type { Finding, Repair } from "../../model.ts";
import { byHand, repairStep } from "../../repairs/repairs.ts";
import { shellLine, shellWord } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { bindTrouble, inetHolder, isSure, lacksSockets, unixHolder } from "./binding.ts";
import { inetServers, unixServers } from "./control-sockets.ts";
import { isMadeByService } from "./run-directory.ts";
import { startCommands } from "./start-commands.ts";
import { isUnchanged, wordsOfFailure } from "./start-failure.ts";

/** How long a daemon may take to answer after its start. */
const ANSWER_SECONDS = 30;
const TAIL_BYTES = 8192;

export const NOT_RUNNING = defineCheck({
  code: "SOCK-001",
  area: "socket",
  title: "daemon is not running",
  repairs: ["A", "C"],
  page: {
    symptom:
      "`unix:///run/tsv/tsv.sock no such file`, or `http://localhost:9001 refused connection`, and no daemon runs with this configuration.",
    cause:
      "The daemon was never started, has exited, or failed at boot. Doctor checks the processes of the host, not the pid file. It asks the init system how the service ended, and reads the last errors in the activity log. Creating the socket with `touch` and `chmod 777`, a common advice on the web, does not help: the daemon creates its socket, and a file at that path prevents it from starting.",
    repair:
      "With --fix, doctor starts the service if one is installed, its configuration is valid, and doctor knows no other reason why it would fail. Without a service, `tsv install --boot` installs one, and `tsv daemon -c FILE` starts the daemon once. If the daemon runs and only its socket is missing, see SOCK-002. If ctl uses another address than the daemon, see SOCK-005.",
  },
  look(situation, probe) {
    const { config, daemon, servers } = situation;
    if (config.path === null || daemon !== null) return [];
    // A daemon cannot run with a file that is only for inclusion.
    if (config.raw !== null && !config.raw.sections.has("supervisord")) return [];
    // Other checks report a process that answers, and a stale socket.
    if (!servers.every((answer) => isAbsent(answer, probe))) return [];
    if (unixServers(situation).some(({ path }) => listenersAt(path, probe).length > 0)) return [];
    return [notRunning(config.path, situation, probe)];
  },
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
  return {
    severity: severityOf(situation),
    subject: path,
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
    place: null,
    repair: repairOf(path, situation, said.length > 0 && isUnchanged(situation, probe), probe),
  };
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
  const closed = logfile === "syslog" ? null : firstObstacle(logfile, "write", account, probe);
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
