// SOCK-002: the daemon runs, but the file of its socket was removed or replaced.

import { printable } from "../../../core/base/printable.ts";
import { dirname } from "../../../core/config/paths.ts";
import type { PlannedStep } from "../../../install/plan/steps.ts";
import { accountOf } from "../../facts/daemon-account.ts";
import { describeDaemon } from "../../facts/describe-process.ts";
import type { Probe } from "../../facts/probe.ts";
import type { RunningDaemon, Situation } from "../../facts/situation.ts";
import { listenersAt } from "../../facts/unix-listeners.ts";
import type { Finding, Repair } from "../../model.ts";
import { optionPlace } from "../../repairs/option-edits.ts";
import { ownership } from "../../repairs/ownership.ts";
import { byHand, directoryStep, repairStep } from "../../repairs/repairs.ts";
import { shellWord } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { answerOf, isPrivateTmp, type UnixServer, unixServers } from "./control-sockets.ts";

const ANSWER_SECONDS = 10;

export const LOST_SOCKET = defineCheck({
  code: "SOCK-002",
  area: "socket",
  title: "daemon runs but its socket is gone",
  repairs: ["A", "B", "C"],
  page: {
    symptom:
      "`unix:///tmp/supervisor.sock no such file` or `refused connection`, while the daemon and its programs run. If a second daemon is started, every program runs twice.",
    cause:
      "The socket file was removed or replaced: by a cleaner of temporary files, a service that empties `/run`, or a user who followed the advice to delete the socket. The kernel still lists a socket with that path, and it belongs to the daemon. (For Supervisor the path is `path.PID`, which is why cleaners consider its file dead.)",
    repair:
      "With --fix, doctor makes a tsv daemon recreate its socket, with SIGUSR2; this does not affect programs. If the directory is missing, doctor creates it. Supervisor cannot recreate its socket: restart it, which restarts its programs, or use its `[inet_http_server]` until then. If a file with content is at the path, doctor does not change it.",
  },
  look(situation, probe) {
    const { daemon } = situation;
    if (daemon === null) return [];
    return unixServers(situation).flatMap((server) => lostAt(server, daemon, situation, probe));
  },
});

function lostAt(
  server: UnixServer,
  daemon: RunningDaemon,
  situation: Situation,
  probe: Probe,
): readonly Finding[] {
  const { path, section } = server;
  const answer = answerOf(server, situation);
  const isOther = answer?.kind === "answers" && answer.daemon?.pid !== daemon.pid;
  const isLost =
    answer?.kind === "missing" ||
    answer?.kind === "refused" ||
    answer?.kind === "failed" ||
    isOther;
  if (!isLost || isPrivateTmp(path, situation)) return [];
  const listeners = listenersAt(path, probe);
  const own = listeners.find(({ pid }) => pid === null || pid === daemon.pid);
  if (own === undefined) return [];
  // In a container, or with several indistinguishable listeners, the result is not certain.
  if (isOther && own.pid === null) return [];
  const found = probe.find(path);
  const seen = probe.look(path);
  const what = seen.ok ? `${path} is a ${seen.kind}, ${ownership(seen, probe)}` : `ENOENT: ${path}`;
  const gone = found.kind === "missing";
  return [
    {
      severity: "error",
      subject: path,
      symptom: `unix://${path} ${gone ? "no such file" : "refused connection"}`,
      cause: `The daemon runs, but the file of its socket was ${gone ? "removed" : "replaced"}.`,
      evidence: [
        describeDaemon(daemon, probe),
        `the kernel still lists its socket, bound to ${printable(own.address)}`,
        what,
      ],
      place: optionPlace(situation.config, section, "file"),
      repair: repairOf(server, daemon, situation, probe),
    },
  ];
}

function repairOf(
  { path }: UnixServer,
  daemon: RunningDaemon,
  situation: Situation,
  probe: Probe,
): Repair {
  const kill = `kill -USR2 ${daemon.pid}`;
  if (daemon.kind === "supervisor") {
    return {
      class: "C",
      advice:
        "Restart Supervisor (this restarts its programs); it creates its socket only at start, unlike tsv",
      commands: [`kill -HUP ${daemon.pid}`],
      steps: [],
    };
  }
  const advice = "Make the daemon recreate its socket";
  const signal = repairStep(
    {
      kind: "signal",
      pid: daemon.pid,
      startTicks: daemon.startTicks,
      signal: "SIGUSR2",
      what: "recreate its socket",
    },
    "no socket",
    "socket recreated",
  );
  const wait = repairStep(
    { kind: "answer", server: `unix://${path}`, timeoutSeconds: ANSWER_SECONDS },
    "no answer",
    "answers",
  );
  const found = probe.find(path);
  const seen = probe.look(path);
  const isSocket = found.kind === "other" && seen.ok && seen.kind === "socket";
  if (found.kind !== "missing" && !isSocket) {
    const isEmpty = found.kind === "file" && seen.ok && seen.bytes === 0;
    const moving = `mv ${shellWord(path)} ${shellWord(`${path}.old`)}`;
    if (!isEmpty) {
      const first = `Move away ${path}, then make the daemon recreate its socket`;
      return byHand(first, [moving, kill]);
    }
    const remove = { kind: "remove", path, what: "empty file" } as const;
    const steps = [repairStep(remove, "an empty file", "removed"), signal, wait];
    return { class: "B", advice, commands: [`rm ${shellWord(path)}`, kill], steps };
  }
  const made = directorySteps(path, daemon, probe);
  if (made === null) {
    const first = `Create the directory ${dirname(path)}, then make the daemon recreate its socket`;
    return byHand(first, [`mkdir -p ${shellWord(dirname(path))}`, kill]);
  }
  const isOwn = made.length === 0 || dirname(path) === situation.service.layout.runDirectory;
  const commands = [...(made.length === 0 ? [] : [`mkdir ${shellWord(dirname(path))}`]), kill];
  return { class: isOwn ? "A" : "B", advice, commands, steps: [...made, signal, wait] };
}

/** null: more than the last directory is missing. */
function directorySteps(
  path: string,
  { uid }: RunningDaemon,
  probe: Probe,
): readonly PlannedStep[] | null {
  const directory = dirname(path);
  if (probe.look(directory).ok) return [];
  if (!probe.look(dirname(directory)).ok) return null;
  const gid = accountOf(uid, probe).gids[0] ?? 0;
  return [directoryStep(directory, { mode: 0o755, uid, gid }, probe)];
}
