// SOCK-002: the daemon lives, and the file of its socket is gone or replaced.

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
  title: "living daemon without its socket",
  page: {
    symptom:
      "`unix:///tmp/supervisor.sock no such file` or `refused connection`, while the daemon and its programs run. A second daemon that is started then runs every program twice.",
    cause:
      "Somebody removed or replaced the file of the socket: a cleaner of temporary files, a service that empties `/run`, or a person who followed the advice to delete the socket. The kernel still lists a socket of that path (of Supervisor one of `path.PID`, which is why cleaners take its file for a dead one), and it belongs to the daemon.",
    repair:
      "With --fix doctor tells a daemon of tsv to make its socket anew, by SIGUSR2; programs notice nothing. It makes the directory again where that is gone too. Supervisor cannot do that: it has to be restarted, which restarts its programs, or be reached through its `[inet_http_server]` until then. A file with content that stands in the way is left to you.",
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
  // In a container, or where several listen and none can be told apart, nothing is sure.
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
      cause: `The daemon runs, and somebody ${gone ? "removed" : "replaced"} the file of its socket.`,
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
        "Restart Supervisor, which restarts its programs: only then it makes its socket anew. tsv does it without",
      commands: [`kill -HUP ${daemon.pid}`],
      steps: [],
    };
  }
  const advice = "Tell the daemon to make its socket anew";
  const signal = repairStep(
    {
      kind: "signal",
      pid: daemon.pid,
      startTicks: daemon.startTicks,
      signal: "SIGUSR2",
      what: "make its socket anew",
    },
    "no socket",
    "a socket, made anew",
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
      const first = `Move away what stands at ${path}, then tell the daemon to make its socket anew`;
      return byHand(first, [moving, kill]);
    }
    const remove = { kind: "remove", path, what: "empty file" } as const;
    const steps = [repairStep(remove, "an empty file", "removed"), signal, wait];
    return { class: "B", advice, commands: [`rm ${shellWord(path)}`, kill], steps };
  }
  const made = directorySteps(path, daemon, probe);
  if (made === null) {
    const first = `Make the directory ${dirname(path)} again, then tell the daemon to make its socket anew`;
    return byHand(first, [`mkdir -p ${shellWord(dirname(path))}`, kill]);
  }
  const isOwn = made.length === 0 || dirname(path) === situation.service.layout.runDirectory;
  const commands = [...(made.length === 0 ? [] : [`mkdir ${shellWord(dirname(path))}`]), kill];
  return { class: isOwn ? "A" : "B", advice, commands, steps: [...made, signal, wait] };
}

/** null: more is missing than the directory itself. */
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
