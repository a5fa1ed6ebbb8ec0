// SOCK-015: a daemon that takes connections and answers nothing.

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
  title: "daemon that does not answer",
  page: {
    symptom:
      "`tsv status` or `supervisorctl status` hangs: the socket takes the connection, and no answer comes.",
    cause:
      "The daemon was stopped by a signal (state T, for example by Ctrl-Z in its terminal or by `kill -STOP`), it waits for a disk or a network file system that does not answer (state D), or it is so busy that it gets to nothing. Doctor waits five seconds, because a busy host may be slow, then looks at the state of the process in `/proc` and at what it waits for in the kernel. Programs go on meanwhile, and those that die are not started again.",
    repair:
      "After a yes doctor lets a stopped daemon go on, by SIGCONT. For any other reason it prints what you can do: look at the disk it waits for, then restart the service, which restarts its programs. `kill -9` comes last: programs of a killed daemon run on without supervision unless the init system ends them.",
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
    symptom: `${url} takes connections and does not answer`,
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
      return "A debugger holds the daemon.";
    case "D":
      return "The daemon waits for a disk or a network file system that does not answer.";
    case "R":
      return "The daemon is busy and gets to no request.";
    default:
      return "The daemon waits for something and gets to no request.";
  }
}

function repairOf(daemon: RunningDaemon, url: string, { service }: Situation): Repair {
  const { pid, state, startTicks } = daemon;
  if (state === "T") {
    const what = "let the daemon go on";
    const signal = { kind: "signal", pid, startTicks, signal: "SIGCONT", what } as const;
    const wait = { kind: "answer", server: url, timeoutSeconds: ANSWER_SECONDS } as const;
    return {
      class: "B",
      advice: "Let the daemon go on",
      commands: [`kill -CONT ${pid}`],
      steps: [
        repairStep(signal, "stopped by a signal", "goes on"),
        repairStep(wait, "no answer", "answers"),
      ],
    };
  }
  const restart =
    service.file === null || service.commands === null ? [] : [shellLine(service.commands.restart)];
  const look = state === "D" ? ["dmesg | tail -n 20", "df -h"] : [`cat /proc/${pid}/stack`];
  return byHand("See what it waits for, then restart it, which restarts its programs", [
    ...look,
    ...restart,
    `kill -9 ${pid}   # last of all: its programs lose their supervisor`,
  ]);
}
