// SOCK-003: a socket file without a listener.

import { daemonAccount } from "../../facts/daemon-account.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import { listenersAt } from "../../facts/unix-listeners.ts";
import type { Finding } from "../../model.ts";
import { optionPlace } from "../../repairs/option-edits.ts";
import { ownership, userName } from "../../repairs/ownership.ts";
import { repairStep } from "../../repairs/repairs.ts";
import { shellWord } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { mayRemove } from "./binding.ts";
import { answerOf, type UnixServer, unixServers } from "./control-sockets.ts";
import { startCommands } from "./start-commands.ts";

export const STALE_SOCKET = defineCheck({
  code: "SOCK-003",
  area: "socket",
  title: "stale socket",
  repairs: ["A"],
  page: {
    symptom:
      "`unix:///run/tsv/tsv.sock refused connection`, and no daemon runs. If the daemon has no permission to remove the file, for example another user's file in `/tmp`, it does not start either: `Cannot open an HTTP server: socket.error reported errno.EACCES`. Supervisor repeats `Unlinking stale socket` endlessly in this case.",
    cause:
      "The daemon exited without removing its socket: it was killed, or the machine lost power. Doctor relies on the kernel, not on pid files: the kernel refuses a connection, and lists no socket that is bound to the path or to `path.PID`, which is how Supervisor binds. A pid file with the pid of a running process proves nothing, because another process may have that pid by now.",
    repair:
      "With --fix, doctor removes the file after it has verified that the file is a socket, that nothing listens on it and that no daemon of this configuration runs. It verifies this again right before the removal. A tsv daemon also removes a stale socket when it starts, if it has permission. Never remove a socket that a daemon listens on: the daemon keeps running, but no client can reach it (SOCK-002).",
  },
  look(situation, probe) {
    if (situation.daemon !== null) return [];
    return unixServers(situation).flatMap((server) => staleAt(server, situation, probe));
  },
});

function staleAt(server: UnixServer, situation: Situation, probe: Probe): readonly Finding[] {
  const { path, section } = server;
  const answer = answerOf(server, situation);
  const isDead = answer?.kind === "refused" || answer?.kind === "denied";
  if (!isDead || probe.find(path).kind !== "other") return [];
  const found = probe.look(path);
  if (!found.ok || found.kind !== "socket") return [];
  if (listenersAt(path, probe).length > 0) return [];
  const account = daemonAccount(situation, probe);
  const isInTheWay = !mayRemove(path, account, probe);
  const who = userName(account.uid, probe);
  const refused = answer?.kind === "refused" ? ["ECONNREFUSED"] : [];
  return [
    {
      severity: "error",
      subject: path,
      symptom: `unix://${path} refused connection`,
      cause: `A daemon exited without removing its socket, and nothing listens on it.${isInTheWay ? ` The daemon runs as ${who}, which has no permission to remove it, so it cannot start.` : ""}`,
      evidence: [
        `${path} is a socket, ${ownership(found, probe)}`,
        ...refused,
        "the kernel's list has no socket of that path, and no daemon runs with this configuration",
      ],
      place: optionPlace(situation.config, section, "file"),
      repair: {
        class: "A",
        advice: "Remove the stale socket",
        commands: [`rm ${shellWord(path)}`, ...startCommands(situation)],
        steps: [
          repairStep({ kind: "remove-stale", path }, "a socket without a listener", "removed"),
        ],
      },
    },
  ];
}
