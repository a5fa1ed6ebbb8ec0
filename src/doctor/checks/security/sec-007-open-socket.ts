// SEC-007: every user can connect to the control socket.

import { octalMode } from "../../../core/base/file-mode.ts";
import type { ServerConfig } from "../../../core/config/model.ts";
import type { PlannedStep } from "../../../install/plan/steps.ts";
import { firstObstacle } from "../../facts/access.ts";
import { daemonAccount, readConfig, STRANGER } from "../../facts/daemon-account.ts";
import type { Probe, Seen } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import { listenersAt } from "../../facts/unix-listeners.ts";
import type { Finding, Repair } from "../../model.ts";
import {
  changeOptions,
  describeChanges,
  type OptionChange,
  optionPlace,
} from "../../repairs/option-edits.ts";
import { ownership, userName } from "../../repairs/ownership.ts";
import { repairStep } from "../../repairs/repairs.ts";
import { shellLine } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { answerOf } from "../socket/control-sockets.ts";

export const OPEN_SOCKET = defineCheck({
  code: "SEC-007",
  area: "security",
  title: "control socket open to all users",
  repairs: ["B"],
  page: {
    symptom:
      "`ls -l` shows `srwxrwxrwx` for the socket, and every user of the machine can use ctl.",
    cause:
      "`chmod=0777` in [unix_http_server], or a manual `chmod 777`, is a common but unsafe answer to `Permission denied`. Anyone who can connect can stop every program and start it again as root. A socket with a password, or in a directory that others have no permission to enter, is not reported.",
    repair:
      "After you confirm, doctor writes `chmod=0770` and `chown=` with the tsv group into the configuration, and changes the existing socket in the same way. If there is no such group, only the daemon's user gets access. Add users with `usermod -aG tsv NAME`; they have to log in again.",
  },
  look(situation, probe) {
    return (readConfig(situation)?.servers ?? []).flatMap((server) =>
      server.kind === "unix" && server.credentials === null
        ? openSocket(server, situation, probe)
        : [],
    );
  },
});

type UnixServer = ServerConfig & { readonly kind: "unix" };

const OTHERS = 0o002;

function openSocket(server: UnixServer, situation: Situation, probe: Probe): readonly Finding[] {
  const { path, mode, section } = server;
  const found = probe.look(path);
  // A stale socket accepts no connections; SOCK-003 removes it.
  const isDead =
    answerOf(server, situation)?.kind === "refused" && listenersAt(path, probe).length === 0;
  const isSocket = found.ok && found.kind === "socket" && !isDead;
  const isOpen = isSocket && (found.mode & OTHERS) !== 0;
  const willBeOpen = (mode & OTHERS) !== 0;
  if (!isOpen && !willBeOpen) return [];
  const obstacle = firstObstacle(path, "connect", STRANGER, probe);
  // The socket may be missing or restricted now; a restricted directory in its path is permanent.
  if (obstacle !== null && obstacle.path !== path) return [];
  const user = userName(daemonAccount(situation, probe).uid, probe);
  return [
    {
      severity: "warning",
      subject: path,
      symptom: `every user of this machine can control the programs through ${path}`,
      cause: willBeOpen
        ? `chmod=${octalMode(mode)} lets every user connect, and the daemon runs as ${user}.`
        : `The socket was opened to all users by hand, and the daemon runs as ${user}.`,
      evidence: [
        ...(isSocket ? [`${path} is ${ownership(found, probe)}`] : []),
        ...(willBeOpen ? [`[${section}] chmod=${octalMode(mode)}`] : []),
      ],
      place: optionPlace(situation.config, section, "chmod"),
      repair: closeSocket(server, isSocket ? found : null, situation, probe),
    },
  ];
}

/** @param found the living socket, if there is one */
function closeSocket(
  server: UnixServer,
  found: Seen | null,
  situation: Situation,
  probe: Probe,
): Repair {
  const { path, section, owner, mode } = server;
  const account = daemonAccount(situation, probe);
  const uid = owner !== null && owner.uid >= 0 ? owner.uid : account.uid;
  const given = owner !== null && owner.gid > 0 ? owner.gid : null;
  const ofService = probe.group(situation.service.name)?.gid ?? null;
  // Only root can give a file to a group that it is not a member of.
  const mayGive = ofService !== null && (account.uid === 0 || account.gids.includes(ofService));
  const gid = given ?? (mayGive ? ofService : null);
  const isWritten = (mode & OTHERS) !== 0;
  // A manual change is reverted to the configuration, if that gives a group access.
  const open = !isWritten && given !== null ? mode : 0o770;
  const closed = gid === null ? 0o700 : open;
  const names = gid === null ? null : probe.ownerName(uid, gid);
  const changes: readonly OptionChange[] = isWritten
    ? [
        { section, key: "chmod", value: octalMode(closed) },
        ...(names === null || given !== null ? [] : [{ section, key: "chown", value: names }]),
      ]
    : [];
  const edits = changeOptions(situation.config, changes, probe);
  const isThere = found !== null && probe.linkTarget(path) === null;
  const live = isThere ? liveSteps(path, found, { closed, names }) : [];
  const steps = edits === null ? [] : [...edits, ...live];
  return {
    class: steps.length === 0 ? "C" : "B",
    advice:
      gid === null
        ? "Restrict the socket to the daemon's user"
        : `Restrict the socket to the group ${names?.split(":")[1]}`,
    commands: [
      ...describeChanges(situation.config, changes),
      ...live.flatMap(({ step }) => (step.kind === "command" ? [shellLine(step.argv)] : [])),
    ],
    steps,
  };
}

/** A socket cannot be changed through a descriptor, because it cannot be opened; the commands use its path. */
function liveSteps(
  path: string,
  seen: Seen,
  { closed, names }: { readonly closed: number; readonly names: string | null },
): readonly PlannedStep[] {
  const step = (argv: readonly string[], undo: readonly string[], will: string): PlannedStep =>
    repairStep(
      { kind: "command", argv, undo, what: `remove the access of others to ${path}` },
      octalMode(seen.mode),
      will,
    );
  return [
    ...(names === null
      ? []
      : [
          step(
            ["chown", "-h", names, path],
            ["chown", "-h", `${seen.uid}:${seen.gid}`, path],
            names,
          ),
        ]),
    step(
      ["chmod", octalMode(closed), path],
      ["chmod", octalMode(seen.mode), path],
      octalMode(closed),
    ),
  ];
}
