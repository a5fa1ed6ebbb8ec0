// PROG-005: the program's user cannot enter the working directory.

import { printable } from "../../../core/base/printable.ts";
import { dirname } from "../../../core/config/paths.ts";
import {
  describePathProblem,
  firstPathProblem,
  fromRoot,
  isDenied,
  type PathProblem,
  userName,
} from "../../facts/access.ts";
import { hasGluedComment, isQuoted } from "../../facts/config-facts.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import {
  type Supervised,
  statusesOf,
  statusTable,
  supervisedPrograms,
} from "../../facts/supervised.ts";
import type { Finding, Repair, Unknown } from "../../model.ts";
import { shellWord } from "../../repairs/commands.ts";
import { byHand, directoryStep } from "../../repairs/repairs.ts";
import { check, finding, unknown } from "../check.ts";
import { adviceOf, problemFinding, problemsOf } from "../config/problem-finding.ts";
import {
  atNextStart,
  behindLink,
  describeStatus,
  isUp,
  letIn,
  placeIn,
  programFinding,
} from "./program.ts";

export const DIRECTORY = check(
  "programs",
  "PROG-005",
  "working directory missing or not accessible",
  (situation, probe) => {
    const statuses = statusTable(situation);
    const known = new Map<string, PathProblem | null>();
    return supervisedPrograms(situation, probe).flatMap(
      (program): readonly (Finding | Unknown)[] => {
        const { config, base, account } = program;
        if (config.directory === null || base === null) return [];
        // Errors in the value are reported by CONF-007 and CONF-008; creating a directory with that name would be wrong.
        if (isQuoted(config.directory) || hasGluedComment(config.directory, probe)) return [];
        const key = `${account.uid} ${base}`;
        const before = known.get(key);
        const pathProblem =
          before === undefined ? searchPathProblem(base, program, { situation, probe }) : before;
        known.set(key, pathProblem);
        if (pathProblem === null) return [];
        const isHidden = pathProblem.errno === "EACCES" && pathProblem.seen === null;
        if (isHidden && situation.caller.uid !== account.uid) {
          return [unknown(`the directory of ${program.label} (needs root)`)];
        }
        const isRunning = isUp(statusesOf(program, statuses));
        // A running program has entered its directory, regardless of owners and modes.
        if (isRunning && pathProblem.errno === "EACCES") return [];
        return [atNextStart(findingOf(program, pathProblem, { situation, probe }), isRunning)];
      },
    );
  },
);

/** Checks the path as written, and the path with symlinks resolved. */
function searchPathProblem(
  base: string,
  { account }: Supervised,
  { situation, probe }: Around,
): PathProblem | null {
  const written = firstPathProblem(base, "search", account, probe);
  const real = written === null ? probe.realPath(base) : null;
  const pathProblem =
    real === null || real === base ? written : firstPathProblem(real, "search", account, probe);
  const isGuess = pathProblem?.errno === "EACCES" && pathProblem.seen !== null;
  return isGuess && !isDenied(base, account, situation, probe) ? null : pathProblem;
}

interface Around {
  readonly situation: Situation;
  readonly probe: Probe;
}

function findingOf(
  program: Supervised,
  pathProblem: PathProblem,
  { situation, probe }: Around,
): Finding {
  const { account, config } = program;
  const base = program.base ?? "/";
  const { errno } = pathProblem;
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
      describePathProblem(pathProblem, account.uid, probe),
      ...describeStatus(program, situation),
    ],
    place: placeIn(situation, program, "directory"),
    repair: behindLink(base, situation, probe) ?? repairOf(program, pathProblem, probe),
  });
}

function repairOf(program: Supervised, pathProblem: PathProblem, probe: Probe): Repair {
  const { account, base } = program;
  const path = base ?? "/";
  if (pathProblem.errno === "ENOENT") return makeDirectory(path, program, probe);
  if (pathProblem.errno !== "EACCES" || pathProblem.seen === null) {
    return byHand("Correct directory=");
  }
  const { path: at, seen } = pathProblem;
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

// PROG-006: the user of a program does not exist or cannot be used.

export const PROGRAM_USER = check(
  "programs",
  "PROG-006",
  "user of a program",
  (situation, probe) => {
    return [...unknownUsers(situation), ...notRoot(situation, probe)];
  },
);

function unknownUsers({ config }: Situation): readonly Finding[] {
  return config.problems.flatMap(({ rule, message, section, key, file, line }) => {
    const name = /^Invalid user (?:name|id) (.+?)(?: in section .*)?$/.exec(message)?.[1];
    const isProgram = /^(?:program|fcgi-program|eventlistener):/.test(section ?? "");
    if (rule !== "unknown-user" || name === undefined || !isProgram) return [];
    const isName = /^[a-z_][a-z0-9_-]*\$?$/.test(name);
    const commands = isName ? [`useradd --system --no-create-home ${shellWord(name)}`] : [];
    return finding("error", (section ?? "").replace(/^[\w-]+:/, ""), {
      symptom: printable(message),
      cause: `This host has no user ${printable(name)}.`,
      evidence: [`no such user name or uid`],
      place: { file, line, section, key },
      repair: byHand(`Add the user ${printable(name)}, or use another one in user=`, commands),
    });
  });
}

/** The uid of the running daemon, and the uid that the configuration sets for it. */
function notRoot(situation: Situation, probe: Probe): readonly Finding[] {
  return supervisedPrograms(situation, probe).flatMap((program): readonly Finding[] => {
    const { config, daemon } = program;
    const { uid } = config;
    if (uid === null || uid === daemon.uid) return [];
    if (daemon.uid === 0 && probe.user(uid) !== null) return [];
    return [
      daemon.uid === 0
        ? noAccount(program, uid, situation)
        : needsRoot(program, uid, { situation, probe }),
    ];
  });
}

function noAccount(program: Supervised, uid: number, situation: Situation): Finding {
  return programFinding(program, {
    severity: "error",
    symptom: `couldn't setuid to ${uid}: Can't find uid ${uid}`,
    cause: "No account has this uid, so its groups are unknown.",
    evidence: [`user=${printable(program.config.user ?? String(uid))}`],
    place: placeIn(situation, program, "user"),
    repair: byHand("Add an account with this uid, or use another user in user="),
  });
}

function needsRoot(
  program: Supervised,
  uid: number,
  { situation, probe }: { readonly situation: Situation; readonly probe: Probe },
): Finding {
  const own = userName(program.daemon.uid, probe);
  return programFinding(program, {
    severity: "error",
    symptom: `couldn't setuid to ${uid}: Can't drop privilege as nonroot user`,
    cause: `The daemon runs as ${own}, and only root can start a program as another user.`,
    evidence: [`the program is configured to run as ${userName(uid, probe)}`],
    place: placeIn(situation, program, "user"),
    repair: byHand(`Remove user= from the program, or run the daemon as root`),
  });
}

// PROG-014: a program runs as one user with the environment of another.

export const HOME = check("programs", "PROG-014", "HOME of another user", (situation, probe) => {
  return supervisedPrograms(situation, probe).flatMap((program): readonly Finding[] => {
    const { uid } = program.config;
    const user = uid === null || uid === program.daemon.uid ? null : probe.user(uid);
    const home = program.environment["HOME"];
    if (program.config.userEnv) return [];
    if (user === null || user.home === undefined || home === user.home) return [];
    return [homeFinding(program, { ...user, home: user.home }, { situation, probe })];
  });
});

function homeFinding(
  program: Supervised,
  { name, home }: { readonly name: string; readonly home: string },
  { situation }: { readonly situation: Situation; readonly probe: Probe },
): Finding {
  const has = program.environment["HOME"];
  return programFinding(program, {
    severity: "info",
    symptom: `${program.label} runs as ${name}, with HOME ${has === undefined ? "not set" : printable(has)}`,
    cause: "user= does not change the environment.",
    evidence: [`the home directory of ${name} is ${printable(home)}`],
    place: placeIn(situation, program, "environment"),
    repair: byHand("If the program uses its home directory, set the variables of its user", [
      `# in the section [${program.section}] write: user_env=true`,
    ]),
  });
}

// PROG-028: a file of env_file is missing, or has a mistake.

export const ENV_FILE = check(
  "programs",
  "PROG-028",
  "file of variables that cannot be used",
  (situation) => {
    const problems = problemsOf(situation, "PROG-028");
    // What could not be examined is no finding.
    return problems
      .filter(({ severity }) => severity !== "note")
      .map((problem) =>
        problemFinding(problem, situation, {
          cause: "The program gets its variables from this file, and is not started without them.",
          repair: byHand(adviceOf(problem, "Correct the file, then start the program")),
        }),
      );
  },
);
