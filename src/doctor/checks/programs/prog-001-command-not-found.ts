// PROG-001: the file of a command is not found.

import { closest } from "../../../core/base/edit-distance.ts";
import { printable } from "../../../core/base/printable.ts";
import { dirname, joinPath, splitPath } from "../../../core/config/paths.ts";
import { splitCommand } from "../../../core/config/posix-lexer.ts";
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
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";
import { atNextStart, isUp, placeIn, programFinding } from "./program-finding.ts";
import { rewrittenCommand, setOptions } from "./program-repairs.ts";

export const COMMAND_NOT_FOUND = defineCheck({
  code: "PROG-001",
  area: "programs",
  title: "command not found",
  repairs: ["B", "C"],
  page: {
    symptom:
      "`spawnerr: can't find command 'node'`, or `web: ERROR (no such file)` from `start`. The same command works in a shell.",
    cause:
      "The PATH of a service differs from that of a login shell: it lacks what nvm, pyenv, a virtual environment or `.bashrc` add. Or the path is wrong: a misspelt name, a version that was removed, or a symlink whose target is missing. Doctor searches for the command as the daemon does: in the PATH of the service, changed by `environment=` of the program, from the program's `directory=`.",
    repair:
      "Write the absolute path of the program into `command=`. If doctor finds the program in your own PATH, or exactly one file that a misspelt path can mean, --fix offers to write it. For a misspelt name, doctor shows the most similar one. The user that the program runs as needs permission to read paths in your home directory.",
  },
  look(situation, probe) {
    const find = programFinder(situation, probe);
    const statuses = statusTable(situation);
    return supervisedPrograms(situation, probe).flatMap(
      (program): readonly (Finding | Unknown)[] => {
        const { found, isBlind } = find(program);
        if (found.ok || found.error.kind !== "not-found") return [];
        if (isBlind) return [{ unknown: `whether the command of ${program.label} exists` }];
        const isRunning = isUp(statusesOf(program, statuses));
        return [atNextStart(missing(program, found.error.text, situation, probe), isRunning)];
      },
    );
  },
});

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
