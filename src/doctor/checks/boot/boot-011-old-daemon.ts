// BOOT-011: the daemon that runs is not the executable that is installed.

import { serviceCommand } from "../../facts/service-command.ts";
import type { RunningDaemon, Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { byHand, repairStep } from "../../repairs/repairs.ts";
import { shellLine } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";

export const OLD_DAEMON = defineCheck({
  code: "BOOT-011",
  area: "binary",
  title: "running executable is not the installed one",
  page: {
    symptom:
      "A bug that a new version has mended is still there, an option is unknown to the daemon that `tsv help conf` explains, or `tsv version` says another version than the daemon's log.",
    cause:
      "The executable was replaced or removed while the daemon ran. A process keeps the executable that it was started from, also when its file is gone, until it is started again.",
    repair:
      "`tsv upgrade` has the daemon replace itself by the installed executable, with its programs running on; doctor does that after a yes. A daemon that is too old to know how has to be restarted, and its programs with it.",
  },
  look(situation, probe) {
    const { daemon, service } = situation;
    if (daemon?.kind !== "tsv" || !daemon.exeDeleted || daemon.exe === null) return [];
    const isReplaced = probe.look(daemon.exe).ok;
    const ofService = serviceCommand(service, probe)?.executable ?? null;
    // On hosts where tsv is a script, the executable is that of Node.
    const isScript = /\/node(?:js)?$/.test(daemon.exe);
    // A service may name what is gone, which is BOOT-002's.
    const isThere = ofService !== null && probe.look(ofService).ok;
    const program = isThere ? ofService : isScript ? "tsv" : daemon.exe;
    return [finding(daemon, { isReplaced, program }, situation)];
  },
});

interface About {
  readonly isReplaced: boolean;
  /** What to call tsv by. */
  readonly program: string;
}

function finding(daemon: RunningDaemon, about: About, situation: Situation): Finding {
  const { pid, exe } = daemon;
  return {
    severity: "warning",
    subject: "the running daemon",
    symptom: "the daemon does not know what the installed version knows",
    cause: about.isReplaced
      ? "The executable was replaced, and the daemon still runs the one that it was started from."
      : "The executable was removed, and the daemon runs on without its file: it cannot be started again.",
    evidence: [
      `pid ${pid} runs ${exe}, which was ${about.isReplaced ? "replaced" : "removed"} since`,
    ],
    place: null,
    repair: about.isReplaced ? replacing(daemon, about, situation) : missing(),
  };
}

function replacing({ pid }: RunningDaemon, { program }: About, situation: Situation): Repair {
  const { servers, config, service } = situation;
  const answer = servers.find((server) => server.daemon?.pid === pid)?.daemon;
  if (answer?.methods.includes("tsv.upgrade") === true) {
    const argv = [program, "upgrade", ...(config.path === null ? [] : ["-c", config.path])];
    const what = "replace the daemon by what is installed, with its programs running on";
    return {
      class: "B",
      advice: "Replace the daemon in place; its programs run on",
      commands: [shellLine(argv)],
      steps: [repairStep({ kind: "command", argv, undo: null, what }, "", what)],
    };
  }
  const restart = service.commands?.restart;
  return byHand("Restart the daemon, and its programs with it, when that suits you", [
    restart === undefined ? "tsv shutdown   # then start it again" : shellLine(restart),
  ]);
}

function missing(): Repair {
  return byHand("Install tsv again; the daemon that runs is not touched by that", [
    "tsv install --boot   # from where the executable is now",
  ]);
}
