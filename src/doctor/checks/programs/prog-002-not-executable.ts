// PROG-002: the file that a command names is there, and may not be executed.

import { octalMode } from "../../../core/base/file-mode.ts";
import { printable } from "../../../core/base/printable.ts";
import { executeObstacle } from "../../exec/exec-error.ts";
import {
  type Account,
  describeObstacle,
  firstObstacle,
  isDenied,
  type Obstacle,
  steadyPath,
} from "../../facts/access.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import {
  absoluteFile,
  programFinder,
  type Supervised,
  statusesOf,
  statusTable,
  supervisedPrograms,
} from "../../facts/supervised.ts";
import type { Finding, Repair } from "../../model.ts";
import { ownership } from "../../repairs/ownership.ts";
import { byHand, ownStep } from "../../repairs/repairs.ts";
import { shellWord } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { atNextStart, isUp, placeIn, programFinding } from "./program-finding.ts";
import { behindLink, letIn } from "./program-repairs.ts";

export const NOT_EXECUTABLE = defineCheck({
  code: "PROG-002",
  area: "programs",
  title: "command may not be executed",
  page: {
    symptom:
      "`command at '/opt/app/run.sh' is not executable`, `command at '/opt/app' is a directory`, `no permission to run command '/opt/app/run'`, or for a program with `user=` `couldn't exec /root/app: EACCES` (under Supervisor it exits with status 127).",
    cause:
      "The file lacks the x bit, as scripts do that were copied from another system; the path names a directory; the file system is mounted noexec; or the user that the program runs as may not enter a directory on the way to it. Doctor judges by owners and modes, for the daemon and for the program's own user, and names the first component that is in the way.",
    repair:
      "With a yes, doctor gives the file its x bits (`chmod +x`), or lets the program's group use what was root's alone. It never opens a directory of somebody's to everybody: for that it prints the commands. Nor does root change what a link leads to that others can change. A file system that is mounted noexec stays so; move the program, or mount it with exec.",
  },
  look(situation, probe) {
    const find = programFinder(probe);
    const statuses = statusTable(situation);
    const known = new Map<string, Obstacle | null>();
    const really = (file: string, account: Account): Obstacle | null => {
      const obstacle = executeObstacle(file, account, probe);
      return obstacle === null || isDenied(file, account, situation, probe) ? obstacle : null;
    };
    const obstacleTo = (file: string, account: Account): Obstacle | null => {
      const key = `${account.uid} ${file}`;
      const before = known.get(key);
      const obstacle = before === undefined ? really(file, account) : before;
      known.set(key, obstacle);
      return obstacle;
    };
    return supervisedPrograms(situation, probe).flatMap((program): readonly Finding[] => {
      const { found, unusable } = find(program);
      const isRunning = isUp(statusesOf(program, statuses));
      if (found.ok) {
        const { account, daemon } = program;
        const file = absoluteFile(found.value.file, program);
        if (file === null || account.uid === daemon.uid || isRunning) return [];
        return ofAccount(program, file, obstacleTo(file, account), { situation, probe });
      }
      if (found.error.kind !== "not-executable" || unusable === null) return [];
      const finding = ofDaemon(program, unusable, found.error.text, { situation, probe });
      return [atNextStart(finding, isRunning)];
    });
  },
});

function ofDaemon(
  program: Supervised,
  file: string,
  text: string,
  { situation, probe }: { readonly situation: Situation; readonly probe: Probe },
): Finding {
  const place = placeIn(situation, program, "command");
  const found = probe.look(file);
  const shared = { severity: "error", symptom: text, place } as const;
  const seen = found.ok
    ? [`${printable(file)} is a ${found.kind}, ${ownership(found, probe)}`]
    : [];
  if (!found.ok || found.kind === "directory") {
    return programFinding(program, {
      ...shared,
      cause: "The path names a directory.",
      evidence: seen,
      repair: byHand("Name the program in command=, not the directory that it is in"),
    });
  }
  if ((found.mode & 0o111) === 0) {
    return programFinding(program, {
      ...shared,
      cause: "Nobody may execute the file: it has no x bit.",
      evidence: seen,
      repair: behindLink(file, situation, probe) ?? makeExecutable(file, situation, probe),
    });
  }
  const system = probe.fileSystem(file);
  if (system?.options.includes("noexec") === true) {
    return programFinding(program, {
      ...shared,
      cause: "The file system that holds it is mounted noexec: nothing on it is executed.",
      evidence: [...seen, `${system.mountPoint} (${system.type}) has the option noexec`],
      repair: byHand("Move the program to another file system, or allow programs on this one", [
        `mount -o remount,exec ${shellWord(system.mountPoint)}`,
      ]),
    });
  }
  const obstacle = firstObstacle(file, "execute", program.daemon, probe);
  return programFinding(program, {
    ...shared,
    cause: "The daemon's user may not execute it.",
    evidence: [
      ...seen,
      ...(obstacle === null ? [] : [describeObstacle(obstacle, program.daemon.uid, probe)]),
    ],
    repair: byHand("Run the daemon as a user that may, or give that user the permission"),
  });
}

/** The daemon finds it, and the user that it is to run as may not run it: that shows only after the fork. */
function ofAccount(
  program: Supervised,
  file: string,
  obstacle: Obstacle | null,
  { situation, probe }: { readonly situation: Situation; readonly probe: Probe },
): readonly Finding[] {
  const { account } = program;
  if (obstacle === null || (obstacle.seen === null && obstacle.errno === "EACCES")) return [];
  return [
    programFinding(program, {
      severity: "error",
      symptom: `couldn't exec ${printable(file)}: ${obstacle.errno}`,
      cause: `The program runs as ${userOf(program, probe)}, who may not execute it.`,
      evidence: [describeObstacle(obstacle, account.uid, probe)],
      place: placeIn(situation, program, "user"),
      repair: behindLink(file, situation, probe) ?? letThrough(obstacle, program, probe),
    }),
  ];
}

function userOf({ account, config }: Supervised, probe: Probe): string {
  return probe.user(account.uid)?.name ?? config.user ?? `uid ${account.uid}`;
}

function letThrough(obstacle: Obstacle, program: Supervised, probe: Probe): Repair {
  const { path, seen } = obstacle;
  const byGroup =
    seen === null || isHome(path, probe) ? null : letIn(path, seen, program.account, 5, probe);
  if (byGroup !== null) return byGroup;
  const user = userOf(program, probe);
  return byHand(`Put the program where ${user} may run it, or let ${user} pass`, [
    `setfacl -m u:${shellWord(user)}:x ${shellWord(path)}`,
  ]);
}

/** What is in somebody's home, such as root's, is not opened by a repair. */
function isHome(path: string, probe: Probe): boolean {
  return path === probe.user(0)?.home || path === "/root";
}

function makeExecutable(file: string, { caller }: Situation, probe: Probe): Repair {
  const advice = "Make the file executable";
  const real = caller.uid === 0 ? steadyPath(file, probe) : (probe.realPath(file) ?? file);
  const found = probe.look(real);
  const commands = [`chmod +x ${shellWord(real)}`];
  // It may be another one since the first look.
  if (!found.ok || found.kind !== "file" || (found.mode & 0o111) !== 0) {
    return byHand(advice, commands);
  }
  // As chmod +x: whoever may read it may execute it; the owner at least.
  const mode = found.mode | 0o100 | ((found.mode & 0o444) >> 2);
  const steps = [ownStep(real, found, { uid: found.uid, gid: found.gid, mode }, probe)];
  return { class: "B", advice: `${advice} (mode ${octalMode(mode)})`, commands, steps };
}
