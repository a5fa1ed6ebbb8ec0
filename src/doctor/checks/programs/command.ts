// PROG-001: the file of a command is not found.

import { closest } from "../../../core/base/edit-distance.ts";
import { octalMode } from "../../../core/base/permission-words.ts";
import { printable } from "../../../core/base/printable.ts";
import { dirname, joinPath, splitPath } from "../../../core/config/paths.ts";
import { splitCommand } from "../../../core/config/posix-lexer.ts";
import { executePathProblem } from "../../exec/exec-error.ts";
import {
  type Account,
  describePathProblem,
  firstPathProblem,
  isDenied,
  ownership,
  type PathProblem,
} from "../../facts/access.ts";
import { steadyPath } from "../../facts/path-trust.ts";
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
import type { Finding, Repair, Unknown } from "../../model.ts";
import { shellWord } from "../../repairs/commands.ts";
import { byHand, ownStep } from "../../repairs/repairs.ts";
import { check, unknown } from "../check.ts";
import {
  atNextStart,
  behindLink,
  isUp,
  letIn,
  placeIn,
  programFinding,
  rewrittenCommand,
  setOptions,
} from "./program.ts";

export const COMMAND_NOT_FOUND = check(
  "programs",
  "PROG-001",
  "command not found",
  (situation, probe) => {
    const find = programFinder(situation, probe);
    const statuses = statusTable(situation);
    return supervisedPrograms(situation, probe).flatMap(
      (program): readonly (Finding | Unknown)[] => {
        const { found, isBlind } = find(program);
        if (found.ok || found.error.kind !== "not-found") return [];
        if (isBlind) return [unknown(`whether the command of ${program.label} exists`)];
        const isRunning = isUp(statusesOf(program, statuses));
        return [atNextStart(missing(program, found.error.text, situation, probe), isRunning)];
      },
    );
  },
);

function missing(program: Supervised, text: string, situation: Situation, probe: Probe): Finding {
  const words = splitCommand(program.config.command);
  const name = words.ok ? (words.value[0] ?? "") : "";
  const meant = name.includes("/")
    ? nearPath(absoluteFile(name, program) ?? name, probe)
    : elsewhere(name, program, situation, probe);
  const similar = name.includes("/") || meant !== null ? null : nearName(name, program, probe);
  const broken = brokenLink(absoluteFile(name, program), probe);
  const path = program.environment["PATH"];
  const searched = name.includes("/")
    ? `${printable(absoluteFile(name, program) ?? name)} does not exist`
    : `PATH of the service: ${path === undefined ? "not set" : printable(path)}`;
  return programFinding(program, {
    severity: "error",
    symptom: text,
    cause: name.includes("/")
      ? "The path in command= does not exist."
      : "The command is in none of the directories of the service's PATH.",
    evidence: [
      searched,
      ...(broken === null ? [] : [broken]),
      ...(meant === null ? [] : [`${printable(meant)} exists`]),
      ...(similar === null ? [] : [`did you mean ${similar}?`]),
    ],
    place: placeIn(situation, program, "command"),
    repair: repairOf(program, meant, situation, probe),
  });
}

function repairOf(
  program: Supervised,
  meant: string | null,
  situation: Situation,
  probe: Probe,
): Repair {
  const command =
    meant === null || /[\s"'%;#\\]/.test(meant)
      ? null
      : rewrittenCommand(program, situation, (_first, rest) => `${meant}${rest}`);
  if (command === null) {
    const { command: written } = program.config;
    return byHand(
      written.trim().startsWith("/")
        ? "Install the program, or correct its path in command="
        : "Install the program, or write its absolute path into command=",
    );
  }
  return setOptions("Write the absolute path", program, { command }, situation, probe);
}

/** In the caller's PATH, usually that of the shell in which the command works, or in the home directory of the user. */
function elsewhere(
  name: string,
  { account }: Supervised,
  { caller }: Situation,
  probe: Probe,
): string | null {
  const home = probe.user(account.uid)?.home;
  const own = home === undefined ? [] : [`${home}/.local/bin`, `${home}/bin`];
  const places = [...(caller.environment["PATH"] ?? "").split(":"), ...USUAL, ...own];
  const paths = places.filter((at) => at.startsWith("/")).map((at) => joinPath(at, name));
  return paths.find((path) => isProgram(path, probe)) ?? null;
}

const USUAL = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** A command with a similar name in the PATH of the service; only a hint, because many names are similar. */
function nearName(name: string, { environment }: Supervised, probe: Probe): string | null {
  if (name.length < 4) return null;
  const places = (environment["PATH"] ?? "").split(":").filter((at) => at.startsWith("/"));
  const near = closest(
    name,
    places.flatMap((at) => probe.list(at) ?? []),
  );
  if (near === null) return null;
  return places.map((at) => joinPath(at, near)).find((path) => isProgram(path, probe)) ?? null;
}

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

// PROG-002: the file of a command exists, but is not executable.

export const NOT_EXECUTABLE = check(
  "programs",
  "PROG-002",
  "command is not executable",
  (situation, probe) => {
    const find = programFinder(situation, probe);
    const statuses = statusTable(situation);
    const known = new Map<string, PathProblem | null>();
    const really = (file: string, account: Account): PathProblem | null => {
      const pathProblem = executePathProblem(file, account, probe);
      return pathProblem === null || isDenied(file, account, situation, probe) ? pathProblem : null;
    };
    const pathProblemOf = (file: string, account: Account): PathProblem | null => {
      const key = `${account.uid} ${file}`;
      const before = known.get(key);
      const pathProblem = before === undefined ? really(file, account) : before;
      known.set(key, pathProblem);
      return pathProblem;
    };
    return supervisedPrograms(situation, probe).flatMap((program): readonly Finding[] => {
      const { found, unusable } = find(program);
      const isRunning = isUp(statusesOf(program, statuses));
      if (found.ok) {
        const { account, daemon } = program;
        const file = absoluteFile(found.value.file, program);
        if (file === null || account.uid === daemon.uid || isRunning) return [];
        return ofAccount(program, file, pathProblemOf(file, account), { situation, probe });
      }
      if (found.error.kind !== "not-executable" || unusable === null) return [];
      const finding = ofDaemon(program, unusable, found.error.text, { situation, probe });
      return [atNextStart(finding, isRunning)];
    });
  },
);

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
  const pathProblem = firstPathProblem(file, "execute", program.daemon, probe);
  return programFinding(program, {
    ...shared,
    cause: "The daemon's user has no permission to execute it.",
    evidence: [
      ...seen,
      ...(pathProblem === null
        ? []
        : [describePathProblem(pathProblem, program.daemon.uid, probe)]),
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
  pathProblem: PathProblem | null,
  { situation, probe }: { readonly situation: Situation; readonly probe: Probe },
): readonly Finding[] {
  const { account } = program;
  if (pathProblem === null || (pathProblem.seen === null && pathProblem.errno === "EACCES"))
    return [];
  return [
    programFinding(program, {
      severity: "error",
      symptom: `couldn't exec ${printable(file)}: ${pathProblem.errno}`,
      cause: `The program runs as ${userOf(program, probe)}, which has no permission to execute it.`,
      evidence: [describePathProblem(pathProblem, account.uid, probe)],
      place: placeIn(situation, program, "user"),
      repair: behindLink(file, situation, probe) ?? letThrough(pathProblem, program, probe),
    }),
  ];
}

function userOf({ account, config }: Supervised, probe: Probe): string {
  return probe.user(account.uid)?.name ?? config.user ?? `uid ${account.uid}`;
}

function letThrough(pathProblem: PathProblem, program: Supervised, probe: Probe): Repair {
  const { path, seen } = pathProblem;
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
