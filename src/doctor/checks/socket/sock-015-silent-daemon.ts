// SOCK-015: a daemon accepts connections but does not answer.

import { describeDaemon } from "../../facts/describe-process.ts";
import type { Probe } from "../../facts/probe.ts";
import type { RunningDaemon, ServerAnswer, Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { byHand, repairStep } from "../../repairs/repairs.ts";
import { shellLine } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";

const ANSWER_SECONDS = 10;

export const SILENT_DAEMON = defineCheck({
  code: "SOCK-015",
  area: "socket",
  title: "daemon does not answer",
  repairs: ["B", "C"],
  page: {
    symptom:
      "`tsv status` or `supervisorctl status` hangs: the socket accepts the connection, but no answer arrives.",
    cause:
      "The daemon was stopped by a signal (state T, for example by Ctrl-Z in its terminal or by `kill -STOP`), it waits for a disk or a network file system that does not respond (state D), or it is overloaded. Doctor waits two seconds, because a busy host may be slow. Then it checks the state of the process in `/proc` and what it waits for in the kernel. Programs keep running meanwhile, but are not restarted if they exit.",
    repair:
      "After you confirm, doctor resumes a stopped daemon with SIGCONT. For any other cause it prints what you can do: check the disk that the daemon waits for, then restart the service, which restarts its programs. Use `kill -9` only as a last resort: the programs of a killed daemon keep running without supervision unless the init system stops them.",
  },
  look(situation, probe) {
    const { daemon, servers } = situation;
    const silent = servers.filter(({ kind }) => kind === "silent");
    const [first] = silent;
    if (daemon === null || first === undefined) return [];
    if (servers.some((one) => one.daemon?.pid === daemon.pid)) return [];
    return [silentFinding(daemon, first, situation, probe)];
  },
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
  return {
    severity: "error",
    subject: `pid ${pid}`,
    symptom: `${url} accepts connections but does not answer`,
    cause: causeOf(state),
    evidence: [
      describeDaemon(daemon, probe),
      `${detail}; state ${state}${isKnown ? `, waiting in the kernel at ${where}` : ""}`,
    ],
    place: null,
    repair: repairOf(daemon, url, situation),
  };
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

function repairOf(daemon: RunningDaemon, url: string, { service }: Situation): Repair {
  const { pid, state, startTicks } = daemon;
  if (state === "T") {
    const what = "resume the daemon";
    const signal = { kind: "signal", pid, startTicks, signal: "SIGCONT", what } as const;
    const wait = { kind: "answer", server: url, timeoutSeconds: ANSWER_SECONDS } as const;
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
