// SOCK-007: the daemon cannot create its socket at the configured path.

import { printable } from "../../../core/base/printable.ts";
import { describeObstacle } from "../../facts/access.ts";
import { daemonAccount } from "../../facts/daemon-account.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import { listenersAt } from "../../facts/unix-listeners.ts";
import type { Finding } from "../../model.ts";
import { optionPlace } from "../../repairs/option-edits.ts";
import { ownership, userName } from "../../repairs/ownership.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";
import { bindRepair } from "./bind-repair.ts";
import { type BindTrouble, bindTrouble } from "./binding.ts";
import { answerOf, inetServers, type UnixServer, unixServers } from "./control-sockets.ts";
import { isMadeByService, isMadeForRoot } from "./run-directory.ts";

export const UNUSABLE_PATH = defineCheck({
  code: "SOCK-007",
  area: "socket",
  title: "socket cannot be created",
  repairs: ["A", "B", "C"],
  page: {
    symptom:
      "The daemon does not start: `Cannot open an HTTP server: socket.error reported errno.ENOENT (2)`, `errno.EACCES (13)`, `errno.EEXIST (17)` or `AF_UNIX path too long`.",
    cause:
      "There are several possible causes. The directory of the socket is missing, or the daemon's user has no access to it. The path is longer than the 107 bytes that the kernel allows. A file or directory is at the path of the socket (often created with `touch`). A lock file beside it belongs to another user because the daemon once ran as root. Or a daemon that is not root uses a port below 1024. Doctor checks the path as the daemon's user and names the first component that denies access.",
    repair:
      "With --fix, doctor creates its own runtime directory, and removes a lock file there that no process holds. If `user=` of `[supervisord]` names another user than root, the runtime directory stays that of root, because the service creates it at each start: after you confirm, doctor moves socket and pid file to `/var/lib/tsv/run`, a directory of that user. After you confirm, it also removes such a lock file elsewhere, creates or opens another directory that the configuration names, removes an empty file at the path, or moves the socket to the runtime directory in the configuration, for the server and for ctl. It does not change directories, locked files, or files that contain anything but a pid.",
  },
  look(situation, probe) {
    return [
      ...unixServers(situation).flatMap((server) => unixFinding(server, situation, probe)),
      ...inetServers(situation).flatMap(({ section, port }) =>
        lowPort(section, port, situation, probe),
      ),
    ];
  },
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
    {
      severity: "error",
      subject: path,
      ...describe(trouble, situation, probe),
      place: optionPlace(situation.config, section, "file"),
      repair: bindRepair(trouble, server, situation, probe),
    },
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
      const { obstacle } = trouble;
      const { uid } = daemonAccount(situation, probe);
      const number = { ENOENT: 2, EACCES: 13, ENOTDIR: 20, EROFS: 30 } as const;
      const known: Readonly<Record<string, number | undefined>> = number;
      const errno = known[obstacle.errno];
      return {
        symptom: `${opening} errno.${obstacle.errno}${errno === undefined ? "" : ` (${errno})`}`,
        cause: `The daemon runs as ${daemonName(situation, probe)} and cannot create a file in the directory of its socket.`,
        evidence: [
          describeObstacle(obstacle, uid, probe),
          ...(isMadeForRoot(obstacle.path, situation, probe)
            ? [`the service creates ${obstacle.path} for root at each start`]
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
    {
      severity: "error",
      subject: `port ${port}`,
      symptom: "Cannot open an HTTP server: socket.error reported errno.EACCES (13)",
      cause: "Only root is allowed to listen on ports below 1024.",
      evidence: [`the daemon runs as ${userName(account.uid, probe)}, and the port is ${port}`],
      place: optionPlace(situation.config, section, "port"),
      repair: byHand("Choose a port of 1024 or above, also in serverurl of [supervisorctl]"),
    },
  ];
}
