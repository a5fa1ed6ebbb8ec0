// BOOT-011: the running daemon is another executable than the installed one.

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
  repairs: ["B", "C"],
  page: {
    symptom:
      "A bug that a new version fixes still occurs, the daemon does not know an option that `tsv help conf` explains, or `tsv version` reports another version than the log of the daemon.",
    cause:
      "The executable was replaced or removed while the daemon ran. A process keeps the executable that it was started from until it is restarted, even if the file was deleted.",
    repair:
      "`tsv upgrade` makes the daemon upgrade to the installed executable while its programs keep running; doctor does this after you confirm. A daemon that is too old to support upgrades has to be restarted, together with its programs.",
  },
  look(situation, probe) {
    const { daemon, service } = situation;
    if (daemon?.kind !== "tsv" || !daemon.exeDeleted || daemon.exe === null) return [];
    const isReplaced = probe.look(daemon.exe).ok;
    const ofService = serviceCommand(service, probe)?.executable ?? null;
    // On hosts where tsv is a script, the executable is that of Node.
    const isScript = /\/node(?:js)?$/.test(daemon.exe);
    // A missing executable is reported as BOOT-002.
    const isThere = ofService !== null && probe.look(ofService).ok;
    const program = isThere ? ofService : isScript ? "tsv" : daemon.exe;
    return [finding(daemon, { isReplaced, program }, situation)];
  },
});

interface About {
  readonly isReplaced: boolean;
  /** The path or name of the executable, for commands. */
  readonly program: string;
}

function finding(daemon: RunningDaemon, about: About, situation: Situation): Finding {
  const { pid, exe } = daemon;
  return {
    severity: "warning",
    subject: "the running daemon",
    symptom: "the daemon lacks features of the installed version",
    cause: about.isReplaced
      ? "The executable was replaced, but the daemon still runs the old one."
      : "The executable was removed. The daemon keeps running, but cannot be restarted.",
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
    const what = "upgrade the daemon to the installed executable while its programs keep running";
    return {
      class: "B",
      advice: "Upgrade the daemon in place; its programs keep running",
      commands: [shellLine(argv)],
      steps: [repairStep({ kind: "command", argv, undo: null, what }, "", what)],
    };
  }
  const restart = service.commands?.restart;
  return byHand("Restart the daemon when possible (this restarts its programs)", [
    restart === undefined ? "tsv shutdown   # then start it again" : shellLine(restart),
  ]);
}

function missing(): Repair {
  return byHand("Install tsv again; this does not affect the running daemon", [
    "tsv install --boot   # with the executable at its new path",
  ]);
}
