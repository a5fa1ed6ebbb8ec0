// PROG-005: the program's user cannot enter the working directory.

import { printable } from "../../../core/base/printable.ts";
import { dirname } from "../../../core/config/paths.ts";
import {
  describeObstacle,
  firstObstacle,
  fromRoot,
  isDenied,
  type Obstacle,
} from "../../facts/access.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import {
  type Supervised,
  statusesOf,
  statusTable,
  supervisedPrograms,
} from "../../facts/supervised.ts";
import { hasGluedComment, isQuoted } from "../../facts/written-values.ts";
import type { Finding, Repair, Unknown } from "../../model.ts";
import { userName } from "../../repairs/ownership.ts";
import { byHand, directoryStep } from "../../repairs/repairs.ts";
import { shellWord } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { describeStatus } from "./describe-status.ts";
import { atNextStart, isUp, placeIn, programFinding } from "./program-finding.ts";
import { behindLink, letIn } from "./program-repairs.ts";

export const DIRECTORY = defineCheck({
  code: "PROG-005",
  area: "programs",
  title: "working directory missing or not accessible",
  repairs: ["B", "C"],
  page: {
    symptom:
      "`couldn't chdir to /srv/app: ENOENT` (or `EACCES`); under Supervisor the program exits with status 127 right after it was started.",
    cause:
      "The directory in `directory=` does not exist or is not a directory, or the user that the program runs as has no permission to enter it. The process changes its user first and its directory second, so the permissions of root do not apply. Doctor checks the path and names the first component that denies access.",
    repair:
      "After you confirm, doctor creates a missing directory for the program's user, or gives the program's group access to a directory that only root could enter. It does not change a directory of another user; it prints the command for the owner.",
  },
  look(situation, probe) {
    const statuses = statusTable(situation);
    const known = new Map<string, Obstacle | null>();
    return supervisedPrograms(situation, probe).flatMap(
      (program): readonly (Finding | Unknown)[] => {
        const { config, base, account } = program;
        if (config.directory === null || base === null) return [];
        // Errors in the value are reported by CONF-007 and CONF-008; creating a directory with that name would be wrong.
        if (isQuoted(config.directory) || hasGluedComment(config.directory, probe)) return [];
        const key = `${account.uid} ${base}`;
        const before = known.get(key);
        const obstacle =
          before === undefined ? searchObstacle(base, program, { situation, probe }) : before;
        known.set(key, obstacle);
        if (obstacle === null) return [];
        const isHidden = obstacle.errno === "EACCES" && obstacle.seen === null;
        if (isHidden && situation.caller.uid !== account.uid) {
          return [{ unknown: `the directory of ${program.label} (needs root)` }];
        }
        const isRunning = isUp(statusesOf(program, statuses));
        // A running program has entered its directory, regardless of owners and modes.
        if (isRunning && obstacle.errno === "EACCES") return [];
        return [atNextStart(findingOf(program, obstacle, { situation, probe }), isRunning)];
      },
    );
  },
});

/** Checks the path as written, and the path with symlinks resolved. */
function searchObstacle(
  base: string,
  { account }: Supervised,
  { situation, probe }: Around,
): Obstacle | null {
  const written = firstObstacle(base, "search", account, probe);
  const real = written === null ? probe.realPath(base) : null;
  const obstacle =
    real === null || real === base ? written : firstObstacle(real, "search", account, probe);
  const isGuess = obstacle?.errno === "EACCES" && obstacle.seen !== null;
  return isGuess && !isDenied(base, account, situation, probe) ? null : obstacle;
}

interface Around {
  readonly situation: Situation;
  readonly probe: Probe;
}

function findingOf(program: Supervised, obstacle: Obstacle, { situation, probe }: Around): Finding {
  const { account, config } = program;
  const base = program.base ?? "/";
  const { errno } = obstacle;
  const user = userName(account.uid, probe);
  const causes = {
    ENOENT: "The directory does not exist.",
    EACCES: `The program runs as ${user}, which has no permission to enter it.`,
    ENOTDIR: "A component of the path is not a directory.",
  };
  return programFinding(program, {
    severity: "error",
    symptom: `couldn't chdir to ${printable(config.directory ?? "")}: ${errno}`,
    cause:
      errno === "ENOENT" || errno === "EACCES" || errno === "ENOTDIR"
        ? causes[errno]
        : "The directory cannot be entered.",
    evidence: [
      describeObstacle(obstacle, account.uid, probe),
      ...describeStatus(program, situation),
    ],
    place: placeIn(situation, program, "directory"),
    repair: behindLink(base, situation, probe) ?? repairOf(program, obstacle, probe),
  });
}

function repairOf(program: Supervised, obstacle: Obstacle, probe: Probe): Repair {
  const { account, base } = program;
  const path = base ?? "/";
  if (obstacle.errno === "ENOENT") return makeDirectory(path, program, probe);
  if (obstacle.errno !== "EACCES" || obstacle.seen === null) {
    return byHand("Correct directory=");
  }
  const { path: at, seen } = obstacle;
  const isHome = at === "/root" || at === probe.user(0)?.home;
  const byGroup = isHome ? null : letIn(at, seen, account, 5, probe);
  if (byGroup !== null) return byGroup;
  const user = userName(account.uid, probe);
  return byHand(`Give ${user} permission to enter ${printable(at)}, or choose another directory`, [
    `setfacl -m u:${shellWord(user)}:x ${shellWord(at)}`,
  ]);
}

/** If more components are missing, the path is probably wrong. */
const MOST_MISSING = 2;

function makeDirectory(path: string, { account }: Supervised, probe: Probe): Repair {
  const missing = fromRoot(path).filter((one) => !probe.look(one).ok);
  const advice = "Create the directory, or correct directory=";
  const user = userName(account.uid, probe);
  const commands = [`install -d -o ${shellWord(user)} ${shellWord(path)}`];
  const [top] = missing;
  const isBroken = missing.some((one) => probe.linkTarget(one) !== null);
  if (
    top === undefined ||
    missing.length > MOST_MISSING ||
    isBroken ||
    !probe.look(dirname(top)).ok
  ) {
    return byHand(advice, commands);
  }
  const access = { uid: account.uid, gid: account.gids[0] ?? 0, mode: 0o755 };
  const steps = missing.map((one) =>
    directoryStep(one, one === path ? access : { uid: 0, gid: 0, mode: 0o755 }, probe),
  );
  return { class: "B", advice, commands, steps };
}
