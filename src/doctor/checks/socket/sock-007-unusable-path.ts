// SOCK-007: the daemon cannot make its socket where the configuration wants it.

import { printable } from "../../../core/base/printable.ts";
import { dirname } from "../../../core/config/paths.ts";
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

export const UNUSABLE_PATH = defineCheck({
  code: "SOCK-007",
  area: "socket",
  title: "socket that cannot be made",
  page: {
    symptom:
      "The daemon does not start: `Cannot open an HTTP server: socket.error reported errno.ENOENT (2)`, `errno.EACCES (13)`, `errno.EEXIST (17)` or `AF_UNIX path too long`.",
    cause:
      "The directory of the socket is missing or closed to the daemon's user, the path has more than the 107 bytes that the kernel takes, a file or directory that is no socket stands there (often one that somebody made with `touch`), a lock file beside it belongs to another user because the daemon once ran as root, or a port below 1024 is wanted by a daemon that is not root. Doctor walks the path as the daemon's user and names the first component that is in the way.",
    repair:
      "With --fix doctor makes its own runtime directory, and removes a lock file there that nobody holds. After a yes it removes such a lock file elsewhere, makes or opens another directory that the configuration names, removes an empty file that stands in the way, or moves the socket to the runtime directory in the configuration, in the server's and in ctl's section. A file with content other than a pid, one that somebody has locked, or a directory it leaves to you.",
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
  // Whoever answers has bound it. What a living daemon lost is another code's.
  const isThere = ["answers", "unauthorized", "silent", "denied"];
  if (kind !== undefined && isThere.includes(kind)) return [];
  if (listenersAt(path, probe).length > 0) return [];
  const trouble = bindTrouble(server, situation, probe);
  if (trouble === null || isMadeByService(trouble, situation, probe)) return [];
  // A dead socket of another user is told as what it is: stale.
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

/** The unit or script makes the runtime directory whenever it starts the daemon. */
function isMadeByService(trouble: BindTrouble, { service }: Situation, probe: Probe): boolean {
  if (trouble.kind !== "directory" || trouble.obstacle.errno !== "ENOENT") return false;
  const { runDirectory } = service.layout;
  const isMissing = trouble.obstacle.path === runDirectory;
  return isMissing && service.file !== null && probe.look(dirname(runDirectory)).ok;
}

const LOCK_CAUSES = {
  left: "The lock file of the socket was left by another user, often by a daemon that once ran as root.",
  locked: "The lock file of the socket is another user's, and somebody has it locked.",
  content: "Where the lock file of the socket belongs is a file of another user that is none.",
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
        cause: "The path of the socket is longer than the kernel takes.",
        evidence: [`it has ${trouble.bytes} bytes; ${trouble.most} are the most`],
      };
    case "occupied":
      return {
        symptom: `${opening} errno.EEXIST (17)`,
        cause: `Something that is no socket stands where the socket belongs, and tsv does not remove it: it may be somebody's data.`,
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
        cause: `The daemon, which runs as ${daemonName(situation, probe)}, cannot make a file in the directory of its socket.`,
        evidence: [describeObstacle(obstacle, uid, probe)],
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
      cause: "Only root may listen on ports below 1024.",
      evidence: [`the daemon runs as ${userName(account.uid, probe)}, and the port is ${port}`],
      place: optionPlace(situation.config, section, "port"),
      repair: byHand("Choose a port from 1024 on, and change serverurl in [supervisorctl] with it"),
    },
  ];
}
