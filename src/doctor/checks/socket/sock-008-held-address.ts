// SOCK-008: another process listens at an address of the configuration.

import type { ServerConfig } from "../../../core/config/model.ts";
import type { Probe } from "../../facts/probe.ts";
import { isSamePath } from "../../facts/same-path.ts";
import type { RunningDaemon, Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { optionPlace } from "../../repairs/option-edits.ts";
import { byHand } from "../../repairs/repairs.ts";
import { shellWord } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { inetHolder, unixHolder } from "./binding.ts";
import {
  addressKey,
  addressOf,
  answerOf,
  type Holder,
  inetServers,
  unixServers,
} from "./control-sockets.ts";

const SYMPTOM =
  "Another program is already listening on a port that one of our HTTP servers is configured to use.  Shut this program down first before starting supervisord.";

export const HELD_ADDRESS = defineCheck({
  code: "SOCK-008",
  area: "socket",
  title: "address already in use",
  repairs: ["C"],
  page: {
    symptom:
      "`Another program is already listening on a port that one of our HTTP servers is configured to use.  Shut this program down first before starting supervisord.`",
    cause:
      "A second daemon, a Supervisor that the distribution starts in addition to tsv, or another program listens on the port or the socket of this configuration. Doctor names its process, its user and, if known, its configuration. It reads the kernel's list of listening sockets, so it does not confuse a left-over socket file with a program; for that, see SOCK-003.",
    repair:
      "Doctor never stops the other program: you may need it, and stopping a supervisor stops its programs. Doctor prints the commands that stop it, and, for a supervisor, those that control it. Alternatively, use another port or path in the section of the server and in `serverurl` of `[supervisorctl]`. Do not delete the socket of a running daemon: it keeps running its programs, but cannot be reached.",
  },
  look(situation, probe) {
    return [
      ...unixServers(situation).flatMap((server) =>
        heldBy(server, unixHolder(server, situation, probe), situation, probe),
      ),
      ...inetServers(situation).flatMap((server) =>
        heldBy(server, inetHolder(server, situation, probe), situation, probe),
      ),
    ];
  },
});

function heldBy(
  server: ServerConfig,
  holder: Holder | null,
  situation: Situation,
  probe: Probe,
): readonly Finding[] {
  if (holder === null) return [];
  const address = addressOf(server);
  const answer = answerOf(server, situation);
  const said =
    answer?.kind === "answers" && answer.daemon !== null
      ? [`it answers as ${answer.daemon.isTsv ? "tsv" : `Supervisor ${answer.daemon.version}`}`]
      : [];
  const isRunning = situation.daemon !== null && situation.daemon.pid !== holder.pid;
  return [
    {
      severity: "error",
      subject: address,
      symptom: SYMPTOM,
      cause: `${nameOf(holder)} listens on ${address}${isRunning ? ", so this daemon cannot be restarted" : ""}.`,
      evidence: [holder.text, ...said],
      place: optionPlace(situation.config, server.section, addressKey(server)),
      repair: repairOf(server, holder, situation, probe),
    },
  ];
}

function nameOf({ daemon }: Holder): string {
  if (daemon === null) return "Another program";
  return daemon.kind === "tsv" ? "Another tsv daemon" : "Supervisor's supervisord";
}

function repairOf(
  server: ServerConfig,
  { pid, daemon }: Holder,
  situation: Situation,
  probe: Probe,
): Repair {
  const other = `give this server another ${server.kind === "unix" ? "path" : "port"}`;
  if (pid === null) {
    const filter = server.kind === "inet" ? `-tlnp 'sport = :${server.port}'` : "-xlp";
    const commands = [`sudo ss ${filter}`];
    return byHand(`Find the process, then stop it or ${other}`, commands);
  }
  if (daemon === null) {
    const commands = [`ps -fp ${pid}`, `kill ${pid}`];
    return byHand(`Stop process ${pid}, or ${other}`, commands);
  }
  // It may be the right daemon, started by an unexpected user: no command to stop it is suggested.
  if (isOfExamined(daemon, situation, probe)) {
    return byHand(`Check who started it, since it uses this configuration, or ${other}`, [
      `ps -o user,pid,lstart,args -p ${pid}`,
      `tsv status -c ${shellWord(situation.config.path ?? "")}`,
    ]);
  }
  const service = serviceOf(pid, situation, probe);
  const status = daemon.config === null ? [] : [`tsv status -c ${shellWord(daemon.config)}`];
  const stop =
    service === null ? `kill ${pid}` : `systemctl disable --now ${shellWord(service)}.service`;
  return byHand(
    `Check what that daemon runs, then stop it (this stops its programs), or ${other}`,
    [...status, stop],
  );
}

function isOfExamined({ config }: RunningDaemon, situation: Situation, probe: Probe): boolean {
  const { path } = situation.config;
  return config !== null && path !== null && isSamePath(config, path, probe);
}

/** Supervisor's own service, if it started that process. */
function serviceOf(pid: number, { service }: Situation, probe: Probe): string | null {
  const running = service.supervisors.services.filter(({ isRunning }) => isRunning);
  const isSystemd = service.init === "systemd" && probe.process(pid)?.parent === 1;
  const [first] = running;
  return isSystemd && running.length === 1 && first !== undefined ? first.name : null;
}
