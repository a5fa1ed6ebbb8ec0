// PROG-002: the file of a command exists, but is not executable.

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
  title: "command is not executable",
  repairs: ["B", "C"],
  page: {
    symptom:
      "`command at '/opt/app/run.sh' is not executable`, `command at '/opt/app' is a directory`, `no permission to run command '/opt/app/run'`, or for a program with `user=` `couldn't exec /root/app: EACCES` (under Supervisor it exits with status 127).",
    cause:
      "The file lacks the x bit, as is common for scripts copied from another system; the path names a directory; the file system is mounted noexec; or the user that the program runs as has no permission to enter a directory of the path. Doctor checks owners and modes, for the daemon and for the user of the program, and names the first component that denies access.",
    repair:
      "After you confirm, doctor makes the file executable (`chmod +x`), or gives the program's group access to a file that only root could use. It never opens a directory of another user to everyone; for that it prints the commands. It also never changes the target of a symlink that another user can change. A program that was stopped, or was refused when you started it, stays stopped after the repair: doctor prints `tsv start NAME`. It does not change mounts: if the file system is mounted noexec, move the program, or mount it with exec.",
  },
  look(situation, probe) {
    const find = programFinder(situation, probe);
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
      repair: byHand("Write the path of the program into command=, not that of its directory"),
    });
  }
  if ((found.mode & 0o111) === 0) {
    return programFinding(program, {
      ...shared,
      cause: "The file has no x bit.",
      evidence: seen,
      repair: behindLink(file, situation, probe) ?? makeExecutable(file, situation, probe),
    });
  }
  const system = probe.fileSystem(file);
  if (system?.options.includes("noexec") === true) {
    return programFinding(program, {
      ...shared,
      cause: "The file is on a file system that is mounted noexec.",
      evidence: [...seen, `${system.mountPoint} (${system.type}) has the option noexec`],
      repair: byHand("Move the program to another file system, or mount this one with exec", [
        `mount -o remount,exec ${shellWord(system.mountPoint)}`,
      ]),
    });
  }
  const obstacle = firstObstacle(file, "execute", program.daemon, probe);
  return programFinding(program, {
    ...shared,
    cause: "The daemon's user has no permission to execute it.",
    evidence: [
      ...seen,
      ...(obstacle === null ? [] : [describeObstacle(obstacle, program.daemon.uid, probe)]),
    ],
    repair: byHand(
      "Give the daemon's user the permission, or run the daemon as a user that has it",
    ),
  });
}

/** The daemon finds the file, but the user of the program cannot execute it, which fails only after the fork. */
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
      cause: `The program runs as ${userOf(program, probe)}, which has no permission to execute it.`,
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
  return byHand(
    `Move the program to a directory that ${user} can enter, or give ${user} search permission`,
    [`setfacl -m u:${shellWord(user)}:x ${shellWord(path)}`],
  );
}

/** A repair never opens files in a home directory, such as that of root. */
function isHome(path: string, probe: Probe): boolean {
  return path === probe.user(0)?.home || path === "/root";
}

function makeExecutable(file: string, { caller }: Situation, probe: Probe): Repair {
  const advice = "Make the file executable";
  const real = caller.uid === 0 ? steadyPath(file, probe) : (probe.realPath(file) ?? file);
  const found = probe.look(real);
  const commands = [`chmod +x ${shellWord(real)}`];
  // The file may have been replaced since it was examined.
  if (!found.ok || found.kind !== "file" || (found.mode & 0o111) !== 0) {
    return byHand(advice, commands);
  }
  // As chmod +x: users with read permission get execute permission; at least the owner does.
  const mode = found.mode | 0o100 | ((found.mode & 0o444) >> 2);
  const steps = [ownStep(real, found, { uid: found.uid, gid: found.gid, mode }, probe)];
  return { class: "B", advice: `${advice} (mode ${octalMode(mode)})`, commands, steps };
}
