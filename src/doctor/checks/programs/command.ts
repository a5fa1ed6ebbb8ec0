// Files of commands: not found (PROG-001), not executable (PROG-002), without their interpreter or loader, or for another processor
// (PROG-003), or of a format that the kernel does not recognize (PROG-004).

import { closest } from "../../../core/base/edit-distance.ts";
import { octalMode } from "../../../core/base/permission-words.ts";
import { printable } from "../../../core/base/printable.ts";
import { remembered } from "../../../core/base/remembered.ts";
import { dirname, joinPath, splitPath } from "../../../core/config/paths.ts";
import { redactPatterns } from "../../../core/redact/patterns.ts";
import { type ExecError, isInPath, type Launch } from "../../exec/exec-error.ts";
import {
  type Account,
  describePathProblem,
  firstPathProblem,
  isDenied,
  ownership,
  type PathProblem,
  realPathProblem,
} from "../../facts/access.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import { repairablePath } from "../../facts/path-trust.ts";
import type { Probe } from "../../facts/probe.ts";
import { absoluteFile, programFinder, type Supervised } from "../../facts/supervised.ts";
import type { Finding, Repair } from "../../model.ts";
import { shellWord } from "../../repairs/commands.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand, ownerOf, preconditionOf, repairStep } from "../../repairs/repairs.ts";
import { type Check, setOptions, unknown } from "../check.ts";
import {
  atNextStart,
  behindLink,
  describeStatus,
  launchExaminer,
  letIn,
  programCheck,
  programFinding,
  rewrittenCommand,
  wordsOf,
} from "./program.ts";

export const COMMAND_NOT_FOUND = programCheck("PROG-001", (facts) => {
  const find = programFinder(facts);
  return (program) => {
    const { found, isBlind, silent } = find(program);
    if (silent !== null) return atNextStart(program, onSilentMount(program, silent, facts));
    if (found.ok || found.error.kind !== "not-found") return null;
    if (isBlind) return unknown(`whether the command of ${program.label} exists`);
    return atNextStart(program, missing(program, found.error.text, facts));
  };
});

/** A start waits for it, whether the command is there or in a later directory of PATH. */
function onSilentMount(program: Supervised, path: string, facts: DoctorFacts): Finding {
  const mount = facts.probe.silentMount(path) ?? path;
  return programFinding("error", program, facts, "command", {
    symptom: `${redactPatterns(printable(path))}: its file system does not answer`,
    cause: `The file system ${printable(mount)} does not answer, so that no start finds the command.`,
    evidence: [],
    repair: byHand("Make its server answer, or unmount it", [`umount -l ${shellWord(mount)}`]),
  });
}

function missing(program: Supervised, text: string, facts: DoctorFacts): Finding {
  const { probe } = facts;
  const [name = ""] = wordsOf(program);
  const file = absoluteFile(name, program);
  const isPath = name.includes("/");
  const meant = isPath ? nearPath(file ?? name, probe) : elsewhere(name, program, facts);
  const path = program.environment["PATH"];
  const command =
    meant === null || /[\s"'%;#\\]/.test(meant)
      ? null
      : rewrittenCommand(program, facts, (_first, rest) => `${meant}${rest}`);
  return programFinding("error", program, facts, "command", {
    symptom: redactPatterns(text),
    cause: isPath
      ? "The path in command= does not exist."
      : "The command is in none of the directories of the service's PATH.",
    evidence: [
      isPath
        ? redactPatterns(`${printable(file ?? name)} does not exist`)
        : `PATH of the service: ${path === undefined ? "not set" : printable(path)}`,
      brokenLink(file, probe),
      meant === null ? null : `${printable(meant)} exists`,
    ],
    repair:
      command === null
        ? byHand(
            program.config.command.trim().startsWith("/")
              ? "Install the program, or correct its path in command="
              : "Install the program, or write its absolute path into command=",
          )
        : setOptions("Write the absolute path", program.section, { command }, facts),
  });
}

/** In the caller's PATH, usually that of the shell in which the command works, or in the home directory of the user. */
function elsewhere(
  name: string,
  { account }: Supervised,
  { caller, probe }: DoctorFacts,
): string | null {
  const home = probe.user(account.uid)?.home;
  const own = home === undefined ? [] : [`${home}/.local/bin`, `${home}/bin`];
  const places = [...(caller.environment["PATH"] ?? "").split(":"), ...USUAL, ...own];
  const paths = places.filter((at) => at.startsWith("/")).map((at) => joinPath(at, name));
  return paths.find((path) => isProgram(path, probe)) ?? null;
}

const USUAL = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

function isProgram(path: string, probe: Probe): boolean {
  const found = probe.look(path);
  return found.ok && found.kind === "file" && (found.mode & 0o111) !== 0;
}

/** The path with its first missing component replaced by the most similar existing name. */
function nearPath(path: string, probe: Probe): string | null {
  const parts = path.split("/").filter((part) => part !== "");
  let at = "/";
  for (const [index, part] of parts.entries()) {
    const next = joinPath(at, part);
    if (probe.look(next).ok) {
      at = next;
      continue;
    }
    const rest = parts.slice(index + 1);
    const names = (probe.list(at) ?? []).filter((name) =>
      isProgram([at === "/" ? "" : at, name, ...rest].join("/"), probe),
    );
    const near = closest(part, names) ?? onlyVersion(part, names);
    return near === null ? null : [at === "/" ? "" : at, near, ...rest].join("/");
  }
  return null;
}

/** "v18.1.0" is missing and "v20.3.0" exists: versions, similar only in form. */
function onlyVersion(part: string, names: readonly string[]): string | null {
  const version = /^v?\d+(?:\.\d+)+$/;
  const others = names.filter((name) => version.test(name));
  return version.test(part) && others.length === 1 ? (others[0] ?? null) : null;
}

function brokenLink(path: string | null, probe: Probe): string | null {
  for (let at = path; at !== null && at !== "/" && at !== ""; at = dirname(at)) {
    const target = probe.linkTarget(at);
    if (target !== null && !probe.look(at).ok) {
      const where = joinPath(splitPath(at).head, target);
      return `${printable(at)} is a symlink to ${printable(where)}, which does not exist`;
    }
  }
  return null;
}

export const NOT_EXECUTABLE = programCheck("PROG-002", (facts) => {
  const find = programFinder(facts);
  const problemsOf = remembered((account: Account) =>
    remembered((file: string) => {
      const found = realPathProblem(file, "execute", account, facts.probe);
      return found !== null && isDenied(file, account, facts) ? found : null;
    }),
  );
  return (program) => {
    const { found, unusable } = find(program);
    if (found.ok) {
      const { account, daemon, isUp } = program;
      const file = absoluteFile(found.value.file, program);
      if (file === null || account.uid === daemon.uid || isUp) return null;
      return ofAccount(program, file, problemsOf(account)(file), facts);
    }
    if (found.error.kind !== "not-executable" || unusable === null) return null;
    return atNextStart(program, ofDaemon(program, unusable, found.error.text, facts));
  };
});

function ofDaemon(program: Supervised, file: string, symptom: string, facts: DoctorFacts): Finding {
  const { probe } = facts;
  const found = probe.look(file);
  const seen = found.ok
    ? `${printable(file)} is a ${found.kind}, ${ownership(found, probe)}`
    : null;
  const because = (cause: string, evidence: string | null, repair: Repair): Finding =>
    programFinding("error", program, facts, "command", {
      symptom,
      cause,
      evidence: [seen, evidence],
      repair,
    });
  if (!found.ok || found.kind === "directory") {
    const advice = "Write the path of the program into command=, not that of its directory";
    return because("The path names a directory.", null, byHand(advice));
  }
  if ((found.mode & 0o111) === 0) {
    const repair = behindLink(file, facts) ?? makeExecutable(file, facts);
    return because("The file has no x bit.", null, repair);
  }
  const system = probe.fileSystem(file);
  if (system?.options.includes("noexec") === true) {
    return because(
      "The file is on a file system that is mounted noexec.",
      `${system.mountPoint} (${system.type}) has the option noexec`,
      byHand("Move the program to another file system, or mount this one with exec", [
        `mount -o remount,exec ${shellWord(system.mountPoint)}`,
      ]),
    );
  }
  const pathProblem = firstPathProblem(file, "execute", program.daemon, probe);
  return because(
    "The daemon's user has no permission to execute it.",
    pathProblem && describePathProblem(pathProblem, program.daemon.uid, probe),
    byHand("Give the daemon's user the permission, or run the daemon as a user that has it"),
  );
}

/** The daemon finds the file, but the user of the program cannot execute it, which fails only after the fork. */
function ofAccount(
  program: Supervised,
  file: string,
  pathProblem: PathProblem | null,
  facts: DoctorFacts,
): Finding | null {
  const { probe } = facts;
  const { account, config } = program;
  if (pathProblem === null || (pathProblem.seen === null && pathProblem.errno === "EACCES"))
    return null;
  const { path, seen, errno } = pathProblem;
  const user = probe.user(account.uid)?.name ?? config.user ?? `uid ${account.uid}`;
  // A repair never opens files in a home directory, such as that of root.
  const isHome = path === probe.user(0)?.home || path === "/root";
  return programFinding("error", program, facts, "user", {
    symptom: `couldn't exec ${printable(file)}: ${errno}`,
    cause: `The program runs as ${user}, which has no permission to execute it.`,
    evidence: [describePathProblem(pathProblem, account.uid, probe)],
    repair:
      behindLink(file, facts) ??
      (seen === null || isHome ? null : letIn(path, seen, account, probe)) ??
      byHand(
        `Move the program to a directory that ${user} can enter, or give ${user} search permission`,
        [`setfacl -m u:${shellWord(user)}:x ${shellWord(path)}`],
      ),
  });
}

function makeExecutable(file: string, facts: DoctorFacts): Repair {
  const { probe } = facts;
  const advice = "Make the file executable";
  const real = repairablePath(file, facts);
  const found = probe.look(real);
  // The file may have been replaced since it was examined.
  if (!found.ok || found.kind !== "file" || (found.mode & 0o111) !== 0) {
    return byHand(advice, [`chmod +x ${shellWord(real)}`]);
  }
  // As chmod +x: users with read permission get execute permission; at least the owner does.
  const mode = found.mode | 0o100 | ((found.mode & 0o444) >> 2);
  const after = { uid: found.uid, gid: found.gid, mode };
  return repair(`${advice} (mode ${octalMode(mode)})`, fix.access("B", real, found, after, probe));
}

/** A check of programs whose file the kernel does not execute. @param isFormat whether it is about the format of the file itself */
function launchCheck(code: string, isFormat: boolean): Check {
  return programCheck(code, (facts) => {
    const examine = launchExaminer(facts);
    return (program) => {
      const { error = null, launch } = examine(program) ?? {};
      if (error === "unknown") return isFormat ? null : unknown(`what ${program.label} executes`);
      if (launch === undefined || error === null || error === "denied") return null;
      if ((error.format !== undefined) !== isFormat) return null;
      const finding = programFinding("error", program, facts, "command", {
        symptom: error.symptom,
        cause: error.cause,
        evidence: [...error.evidence, describeStatus(program)],
        repair:
          withoutReturns(error, launch.file, facts) ??
          (error.format === "text" ? withInterpreter(program, launch, facts) : null) ??
          byHand(error.advice, error.commands),
      });
      return atNextStart(program, finding);
    };
  });
}

export const MISSING_INTERPRETER = launchCheck("PROG-003", false);
export const NO_SHEBANG = launchCheck("PROG-004", true);

/** Converts the script to Unix line endings, if that fixes it. */
function withoutReturns(
  { returns, advice, commands = [] }: ExecError,
  file: string,
  facts: DoctorFacts,
): Repair | null {
  if (returns === undefined) return null;
  const { script, interpreter } = returns;
  const { probe } = facts;
  const path = repairablePath(script, facts);
  const found = probe.look(path);
  const text = probe.readText(path);
  if (!probe.look(interpreter).ok || !found.ok || text === null) return null;
  const step = {
    kind: "file",
    path,
    text: text.replaceAll("\r\n", "\n").replace(/\r$/, ""),
    mode: found.mode & 0o777,
    owner: ownerOf(found, probe),
    what: "script",
    // Owner and text are read separately: both must belong to the file that is replaced.
    replaces: { seen: preconditionOf(found), text },
  } as const;
  const now = "Windows line endings";
  const planned = repairStep(step, now, "Unix line endings", { path, text });
  return behindLink(file, facts) ?? repair(advice, fix.steps("B", commands, [planned]));
}

const INTERPRETERS: ReadonlyMap<string, string> = new Map([
  ["sh", "sh"],
  ["bash", "bash"],
  ["py", "python3"],
  ["pl", "perl"],
  ["rb", "ruby"],
  ["js", "node"],
  ["php", "php"],
]);

function withInterpreter(program: Supervised, launch: Launch, facts: DoctorFacts): Repair | null {
  const { tail } = splitPath(launch.file);
  const extension = /\.(\w+)$/.exec(tail)?.[1] ?? "";
  const interpreter = INTERPRETERS.get(extension);
  if (interpreter === undefined || !isInPath(interpreter, launch, facts.probe)) return null;
  // An interpreter does not search PATH for its script.
  const command = rewrittenCommand(program, facts, (first, rest) =>
    first.includes("/") ? `${interpreter} ${first}${rest}` : `${interpreter} ${launch.file}${rest}`,
  );
  if (command === null) return null;
  const advice = `Run it with ${interpreter}`;
  return setOptions(advice, program.section, { command }, facts);
}
