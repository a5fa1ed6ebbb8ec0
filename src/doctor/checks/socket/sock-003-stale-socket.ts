// SOCK-003: the file of a socket that nobody listens on.

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
  page: {
    symptom:
      "`unix:///run/tsv/tsv.sock refused connection`, and no daemon runs. Where the daemon may not remove the file, for example another user's in `/tmp`, it does not start either: `Cannot open an HTTP server: socket.error reported errno.EACCES`. Supervisor repeats `Unlinking stale socket` for ever there.",
    cause:
      "The daemon ended without removing its socket: it was killed, or the machine lost power. Doctor believes the kernel, not pid files: the kernel refuses a connection, and its list has no socket that is bound to the path, nor to `path.PID`, which is how Supervisor binds. A pid file that names a living process proves nothing, because the number may be another process's by now.",
    repair:
      "With --fix doctor removes the file, once it has seen that it is a socket, that nobody listens on it and that no daemon of this configuration runs; it asks the kernel again at that moment. A tsv daemon also does that itself when it starts, if it may. Never remove a socket that a daemon listens on: the daemon lives on, and nobody can reach it (SOCK-002).",
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
      cause: `A daemon ended without removing its socket, and nothing listens on it.${isInTheWay ? ` The daemon runs as ${who}, who may not remove it, so that it cannot start.` : ""}`,
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
          repairStep({ kind: "remove-stale", path }, "a socket that nobody listens on", "removed"),
        ],
      },
    },
  ];
}
