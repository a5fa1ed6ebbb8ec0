// SOCK-011: a control socket on a file system that does not support sockets.

import { dirname } from "../../../core/config/paths.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import { listenersAt } from "../../facts/unix-listeners.ts";
import type { Finding } from "../../model.ts";
import { optionPlace } from "../../repairs/option-edits.ts";
import { defineCheck } from "../check.ts";
import { lacksSockets } from "./binding.ts";
import { answerOf, type UnixServer, unixServers } from "./control-sockets.ts";
import { moveRepair } from "./move-socket.ts";

const NETWORK = ["nfs", "nfs4"];

export const NO_SOCKET_FILE_SYSTEM = defineCheck({
  code: "SOCK-011",
  area: "socket",
  title: "file system does not support sockets",
  repairs: ["B"],
  page: {
    symptom:
      "`Cannot open an HTTP server: socket.error reported errno.EPERM (1)`, `errno.EOPNOTSUPP (95)` or `errno.EPROTO (71)`; Supervisor repeats `Unlinking stale socket` endlessly.",
    cause:
      "The directory of the socket is on a file system that does not support sockets: a folder shared with a host (VirtualBox, VMware, WSL, Docker Desktop), a Windows share, or a memory card with FAT. On NFS, a socket can be created, but works only on the machine that created it.",
    repair:
      "After you confirm, doctor moves the socket to tsv's runtime directory in the configuration, in the server's section and in `[supervisorctl]`.",
  },
  look(situation, probe) {
    return unixServers(situation).flatMap((server) => unsupported(server, situation, probe));
  },
});

function unsupported(server: UnixServer, situation: Situation, probe: Probe): readonly Finding[] {
  const { path, section } = server;
  const system = probe.fileSystem(dirname(path));
  if (system === null) return [];
  const answer = answerOf(server, situation)?.kind;
  const isBound = answer === "answers" || listenersAt(path, probe).length > 0;
  const isLacking = lacksSockets(path, probe) && !isBound;
  if (!isLacking && !NETWORK.includes(system.type)) return [];
  const where = `${system.mountPoint} is of type ${system.type}`;
  return [
    {
      severity: isLacking ? "error" : "info",
      subject: path,
      symptom: isLacking
        ? "Cannot open an HTTP server: socket.error reported errno.EPERM (1)"
        : `unix://${path} refused connection, from other machines`,
      cause: isLacking
        ? "The path of the socket is on a file system that does not support sockets."
        : "The socket is on a network file system and works only on one machine.",
      evidence: [where],
      place: optionPlace(situation.config, section, "file"),
      repair: moveRepair(server, situation, probe),
    },
  ];
}
