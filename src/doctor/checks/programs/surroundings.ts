// What a program runs in: its working directory (PROG-005), its user (PROG-006), HOME (PROG-014) and files of variables (PROG-028).

import { printable } from "../../../core/base/printable.ts";
import { remembered } from "../../../core/base/remembered.ts";
import {
  type Account,
  describePathProblem,
  isDenied,
  type PathProblem,
  realPathProblem,
  userName,
} from "../../facts/access.ts";
import { hasGluedComment, isQuoted } from "../../facts/config-facts.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import { type Supervised, supervisedPrograms } from "../../facts/supervised.ts";
import type { Finding, Repair } from "../../model.ts";
import { shellWord } from "../../repairs/commands.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding, unknown } from "../check.ts";
import { adviceOf, problemFinding, problemsOf } from "../config/problems.ts";
import { makeDirectories, missingParts } from "../missing-directories.ts";
import {
  atNextStart,
  behindLink,
  describeStatus,
  type ExaminedProgram,
  letIn,
  programCheck,
  programFinding,
} from "./program.ts";

export const DIRECTORY = programCheck("PROG-005", (facts) => {
  const problemsOf = remembered((account: Account) =>
    remembered((base: string) => searchPathProblem(base, account, facts)),
  );
  return (program) => {
    const { config, base, account, isUp } = program;
    if (config.directory === null || base === null) return null;
    // Errors in the value are reported by CONF-007 and CONF-008; creating a directory with that name would be wrong.
    if (isQuoted(config.directory) || hasGluedComment(config.directory, facts.probe)) return null;
    const pathProblem = problemsOf(account)(base);
    if (pathProblem === null) return null;
    const isHidden = pathProblem.errno === "EACCES" && pathProblem.seen === null;
    if (isHidden && facts.caller.uid !== account.uid) {
      return unknown(`the directory of ${program.label} (needs root)`);
    }
    // A running program has entered its directory, regardless of owners and modes.
    if (isUp && pathProblem.errno === "EACCES") return null;
    return atNextStart(program, closed(program, base, pathProblem, facts));
  };
});

function searchPathProblem(base: string, account: Account, facts: DoctorFacts): PathProblem | null {
  const pathProblem = realPathProblem(base, "search", account, facts.probe);
  const isGuess = pathProblem?.errno === "EACCES" && pathProblem.seen !== null;
  return isGuess && !isDenied(base, account, facts) ? null : pathProblem;
}

function closed(
  program: ExaminedProgram,
  base: string,
  pathProblem: PathProblem,
  facts: DoctorFacts,
): Finding {
  const { probe } = facts;
  const { account, config } = program;
  const { errno } = pathProblem;
  const user = userName(account.uid, probe);
  const causes: Partial<Readonly<Record<PathProblem["errno"], string>>> = {
    ENOENT: "The directory does not exist.",
    EACCES: `The program runs as ${user}, which has no permission to enter it.`,
    ENOTDIR: "A component of the path is not a directory.",
  };
  return programFinding("error", program, facts, "directory", {
    symptom: `couldn't chdir to ${printable(config.directory ?? "")}: ${errno}`,
    cause: causes[errno] ?? "The directory cannot be entered.",
    evidence: [describePathProblem(pathProblem, account.uid, probe), describeStatus(program)],
    repair: behindLink(base, facts) ?? opening(base, account, pathProblem, facts),
  });
}

function opening(base: string, account: Account, problem: PathProblem, facts: DoctorFacts): Repair {
  const { errno, path, seen } = problem;
  const { probe } = facts;
  if (errno === "ENOENT") return makeDirectory(base, account, facts);
  if (errno !== "EACCES" || seen === null) return byHand("Correct directory=");
  const isHome = path === "/root" || path === probe.user(0)?.home;
  const user = userName(account.uid, probe);
  return (
    (isHome ? null : letIn(path, seen, account, probe)) ??
    byHand(`Give ${user} permission to enter ${printable(path)}, or choose another directory`, [
      `setfacl -m u:${shellWord(user)}:x ${shellWord(path)}`,
    ])
  );
}

/** If more components are missing, the path is probably wrong. */
const MOST_MISSING = 2;

function makeDirectory(path: string, account: Account, facts: DoctorFacts): Repair {
  const { probe } = facts;
  const missing = missingParts(path, probe);
  const isBroken = missing.some((one) => probe.linkTarget(one) !== null);
  if (missing.length <= MOST_MISSING && !isBroken) return makeDirectories([path], account, facts);
  return byHand("Create the directory, or correct directory=", [
    `install -d -o ${shellWord(userName(account.uid, probe))} ${shellWord(path)}`,
  ]);
}

/** Its user is unknown, has no account, or differs from that of a daemon that is not root. */
export const PROGRAM_USER = check("PROG-006", (facts) => [
  unknownUsers(facts),
  supervisedPrograms(facts).map((program) => impossibleUser(program, facts)),
]);

function unknownUsers({ config }: DoctorFacts): readonly (Finding | null)[] {
  return config.problems.map(({ rule, message, section, key, file, line }) => {
    const name = /^Invalid user (?:name|id) (.+?)(?: in section .*)?$/.exec(message)?.[1];
    const isProgram = /^(?:program|fcgi-program|eventlistener):/.test(section ?? "");
    if (rule !== "unknown-user" || name === undefined || !isProgram) return null;
    const isName = /^[a-z_][a-z0-9_-]*\$?$/.test(name);
    const commands = isName ? [`useradd --system --no-create-home ${shellWord(name)}`] : [];
    return finding("error", (section ?? "").replace(/^[\w-]+:/, ""), {
      symptom: printable(message),
      cause: `This host has no user ${printable(name)}.`,
      evidence: ["no such user name or uid"],
      place: { file, line, section, key },
      repair: byHand(`Add the user ${printable(name)}, or use another one in user=`, commands),
    });
  });
}

function impossibleUser(program: Supervised, facts: DoctorFacts): Finding | null {
  const { probe } = facts;
  const { config, daemon } = program;
  const { uid, user } = config;
  if (uid === null || uid === daemon.uid) return null;
  if (daemon.uid !== 0) {
    return programFinding("error", program, facts, "user", {
      symptom: `couldn't setuid to ${uid}: Can't drop privilege as nonroot user`,
      cause: `The daemon runs as ${userName(daemon.uid, probe)}, and only root can start a program as another user.`,
      evidence: [`the program is configured to run as ${userName(uid, probe)}`],
      repair: byHand("Remove user= from the program, or run the daemon as root"),
    });
  }
  if (probe.user(uid) !== null) return null;
  return programFinding("error", program, facts, "user", {
    symptom: `couldn't setuid to ${uid}: Can't find uid ${uid}`,
    cause: "No account has this uid, so its groups are unknown.",
    evidence: [`user=${printable(user ?? String(uid))}`],
    repair: byHand("Add an account with this uid, or use another user in user="),
  });
}

/** A program runs as one user with the environment of another. */
export const HOME = programCheck("PROG-014", (facts) => (program) => {
  const { uid, userEnv } = program.config;
  const { name, home } =
    (uid === null || uid === program.daemon.uid ? null : facts.probe.user(uid)) ?? {};
  const has = program.environment["HOME"];
  if (userEnv || home === undefined || has === home) return null;
  return programFinding("info", program, facts, "environment", {
    symptom: `${program.label} runs as ${name}, with HOME ${has === undefined ? "not set" : printable(has)}`,
    cause: "user= does not change the environment.",
    evidence: [`the home directory of ${name} is ${printable(home)}`],
    repair: byHand("If the program uses its home directory, set the variables of its user", [
      `# in the section [${program.section}] write: user_env=true`,
    ]),
  });
});

export const ENV_FILE = check("PROG-028", (facts) =>
  problemsOf(facts, "PROG-028")
    // What could not be examined is no finding.
    .filter(({ severity }) => severity !== "note")
    .map((problem) =>
      problemFinding(problem, facts, {
        cause: "The program gets its variables from this file, and is not started without them.",
        repair: byHand(adviceOf(problem, "Correct the file, then start the program")),
      }),
    ),
);
