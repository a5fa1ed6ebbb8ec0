// SEC-007: everybody may connect to the control socket.

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
  title: "control socket is open to everybody",
  page: {
    symptom: "`ls -l` of the socket shows `srwxrwxrwx`, and every user of the machine can use ctl.",
    cause:
      "`chmod=0777` in [unix_http_server], or a `chmod 777` by hand, is what many answers on the web give for `Permission denied`. Whoever can connect can stop every program and start it again as root. A socket with a password, or in a directory that others may not enter, is not reported.",
    repair:
      "Doctor writes `chmod=0770` and `chown=` with the group of tsv into the configuration after a yes, and does the same to the socket that is there. Without such a group it is the daemon's user alone. Add people with `usermod -aG tsv NAME`; they need to log in anew.",
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
  // A socket that nobody listens on any more is removed by SOCK-003, and lets nobody in.
  const isDead =
    answerOf(server, situation)?.kind === "refused" && listenersAt(path, probe).length === 0;
  const isSocket = found.ok && found.kind === "socket" && !isDead;
  const isOpen = isSocket && (found.mode & OTHERS) !== 0;
  const willBeOpen = (mode & OTHERS) !== 0;
  if (!isOpen && !willBeOpen) return [];
  const obstacle = firstObstacle(path, "connect", STRANGER, probe);
  // The socket itself may be missing or closed now; a directory on the way that is closed counts for ever.
  if (obstacle !== null && obstacle.path !== path) return [];
  const user = userName(daemonAccount(situation, probe).uid, probe);
  return [
    {
      severity: "warning",
      subject: path,
      symptom: `every user of this machine can control the programs through ${path}`,
      cause: willBeOpen
        ? `chmod=${octalMode(mode)} lets everybody connect, and the daemon acts as ${user}.`
        : `The socket was opened to everybody by hand, and the daemon acts as ${user}.`,
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
  // Only root gives a file to a group that it is not in.
  const mayGive = ofService !== null && (account.uid === 0 || account.gids.includes(ofService));
  const gid = given ?? (mayGive ? ofService : null);
  const isWritten = (mode & OTHERS) !== 0;
  // What was opened by hand goes back to what the configuration says, where that lets a group in.
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
        ? "Let only the daemon's user connect"
        : `Let only the group ${names?.split(":")[1]} connect`,
    commands: [
      ...describeChanges(situation.config, changes),
      ...live.flatMap(({ step }) => (step.kind === "command" ? [shellLine(step.argv)] : [])),
    ],
    steps,
  };
}

/** A socket cannot be opened to change it through a descriptor: the tools do it by its name. */
function liveSteps(
  path: string,
  seen: Seen,
  { closed, names }: { readonly closed: number; readonly names: string | null },
): readonly PlannedStep[] {
  const step = (argv: readonly string[], undo: readonly string[], will: string): PlannedStep =>
    repairStep(
      { kind: "command", argv, undo, what: `close ${path} to others` },
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
