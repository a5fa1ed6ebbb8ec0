// SOCK-007: the daemon cannot create its socket at the configured path.

import { printable } from "../../../core/base/printable.ts";
import type { ServerConfig } from "../../../core/config/model.ts";
import { daemonAccount, describePathProblem, ownership, userName } from "../../facts/access.ts";
import type { Probe } from "../../facts/probe.ts";
import { isSamePath } from "../../facts/probe.ts";
import { listenersAt } from "../../facts/servers.ts";
import type { RunningDaemon, Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { shellWord } from "../../repairs/commands.ts";
import { optionPlace } from "../../repairs/config-edits.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding } from "../check.ts";
import {
  addressKey,
  addressOf,
  answerOf,
  type BindTrouble,
  bindTrouble,
  type Holder,
  inetHolder,
  inetServers,
  type UnixServer,
  unixHolder,
  unixServers,
} from "./addresses.ts";
import { bindRepair, isMadeByService, isMadeForRoot } from "./bind-repairs.ts";

export const UNUSABLE_PATH = check("SOCK-007", "socket cannot be created", (situation, probe) => {
  return [
    ...unixServers(situation).flatMap((server) => unixFinding(server, situation, probe)),
    ...inetServers(situation).flatMap(({ section, port }) =>
      lowPort(section, port, situation, probe),
    ),
  ];
});

function unixFinding(server: UnixServer, situation: Situation, probe: Probe): readonly Finding[] {
  const { path, section } = server;
  const kind = answerOf(server, situation)?.kind;
  // If a server answers, the socket is bound. SOCK-002 reports the lost socket of a running daemon.
  const isThere = ["answers", "unauthorized", "silent", "denied"];
  if (kind !== undefined && isThere.includes(kind)) return [];
  if (listenersAt(path, probe).length > 0) return [];
  const trouble = bindTrouble(server, situation, probe);
  if (trouble === null || isMadeByService(trouble, situation, probe)) return [];
  // A stale socket of another user is reported as SOCK-003.
  if (trouble.kind === "theirs" && trouble.path === path) return [];
  return [
    finding("error", path, {
      ...describe(trouble, situation, probe),
      place: optionPlace(situation.config, section, "file"),
      repair: bindRepair(trouble, server, situation, probe),
    }),
  ];
}

const LOCK_CAUSES = {
  left: "The lock file of the socket belongs to another user; often the daemon once ran as root.",
  locked: "The lock file of the socket belongs to another user, and a process has locked it.",
  content:
    "The path of the socket's lock file is occupied by another user's file that is not a lock file.",
} as const;

function describe(
  trouble: BindTrouble,
  situation: Situation,
  probe: Probe,
): Pick<Finding, "symptom" | "cause" | "evidence"> {
  const opening = "Cannot open an HTTP server: socket.error reported";
  switch (trouble.kind) {
    case "too-long":
      return {
        symptom: `${opening} AF_UNIX path too long`,
        cause: "The path of the socket is longer than the kernel allows.",
        evidence: [`it has ${trouble.bytes} bytes; the maximum is ${trouble.most}`],
      };
    case "occupied":
      return {
        symptom: `${opening} errno.EEXIST (17)`,
        cause: `The path of the socket is occupied by something that is not a socket. tsv does not remove it, because it may contain data.`,
        evidence: [printable(`${trouble.path} is ${trouble.what}${owned(trouble.path, probe)}`)],
      };
    case "theirs":
      return {
        symptom: `${opening} errno.EACCES (13)`,
        cause: LOCK_CAUSES[trouble.whyKept ?? "left"],
        evidence: [
          `${trouble.path} is a file${owned(trouble.path, probe)}; the daemon runs as ${daemonName(situation, probe)}`,
        ],
      };
    case "directory": {
      const { pathProblem } = trouble;
      const { uid } = daemonAccount(situation, probe);
      const number = { ENOENT: 2, EACCES: 13, ENOTDIR: 20, EROFS: 30 } as const;
      const known: Readonly<Record<string, number | undefined>> = number;
      const errno = known[pathProblem.errno];
      return {
        symptom: `${opening} errno.${pathProblem.errno}${errno === undefined ? "" : ` (${errno})`}`,
        cause: `The daemon runs as ${daemonName(situation, probe)} and cannot create a file in the directory of its socket.`,
        evidence: [
          describePathProblem(pathProblem, uid, probe),
          ...(isMadeForRoot(pathProblem.path, situation, probe)
            ? [`the service creates ${pathProblem.path} for root at each start`]
            : []),
        ],
      };
    }
  }
}

function owned(path: string, probe: Probe): string {
  const seen = probe.look(path);
  return seen.ok ? `, ${ownership(seen, probe)}` : "";
}

function daemonName(situation: Situation, probe: Probe): string {
  return userName(daemonAccount(situation, probe).uid, probe);
}

function lowPort(
  section: string,
  port: number,
  situation: Situation,
  probe: Probe,
): readonly Finding[] {
  const account = daemonAccount(situation, probe);
  const answer = situation.servers.find((one) => one.section === section);
  if (port >= 1024 || account.uid === 0 || answer?.kind !== "refused") return [];
  if (situation.service.file?.text.includes("CAP_NET_BIND_SERVICE") === true) return [];
  const least = probe.readText("/proc/sys/net/ipv4/ip_unprivileged_port_start");
  if (least !== null && port >= Number(least.trim())) return [];
  return [
    finding("error", `port ${port}`, {
      symptom: "Cannot open an HTTP server: socket.error reported errno.EACCES (13)",
      cause: "Only root is allowed to listen on ports below 1024.",
      evidence: [`the daemon runs as ${userName(account.uid, probe)}, and the port is ${port}`],
      place: optionPlace(situation.config, section, "port"),
      repair: byHand("Choose a port of 1024 or above, also in serverurl of [supervisorctl]"),
    }),
  ];
}

// SOCK-008: another process listens at an address of the configuration.

const SYMPTOM =
  "Another program is already listening on a port that one of our HTTP servers is configured to use.  Shut this program down first before starting supervisord.";

export const HELD_ADDRESS = check("SOCK-008", "address already in use", (situation, probe) => {
  return [
    ...unixServers(situation).flatMap((server) =>
      heldBy(server, unixHolder(server, situation, probe), situation, probe),
    ),
    ...inetServers(situation).flatMap((server) =>
      heldBy(server, inetHolder(server, situation, probe), situation, probe),
    ),
  ];
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
    finding("error", address, {
      symptom: SYMPTOM,
      cause: `${nameOf(holder)} listens on ${address}${isRunning ? ", so this daemon cannot be restarted" : ""}.`,
      evidence: [holder.text, ...said],
      place: optionPlace(situation.config, server.section, addressKey(server)),
      repair: repairOf(server, holder, situation, probe),
    }),
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
