// PROG-009: a program exits early: explains its exit status and its last output.

import { displayName } from "../../../core/base/ids.ts";
import { printable } from "../../../core/base/printable.ts";
import { dirname } from "../../../core/config/paths.ts";
import { splitCommand } from "../../../core/config/posix-lexer.ts";
import { clueIn } from "../../../core/why/clues.ts";
import { describeExit } from "../../../core/why/exit-status.ts";
import type { ProgramHistory, ProgramRun } from "../../../core/why/program-history.ts";
import { firstPathProblem, readConfig } from "../../facts/access.ts";
import { changedOptions } from "../../facts/config-facts.ts";
import { lastLines } from "../../facts/logs.ts";
import type { Probe } from "../../facts/probe.ts";
import type { ProgramStatus, Situation } from "../../facts/situation.ts";
import {
  historyTable,
  type Supervised,
  statusesOf,
  statusTable,
  supervisedPrograms,
} from "../../facts/supervised.ts";
import type { Finding, Repair } from "../../model.ts";
import { tsvCommand } from "../../repairs/commands.ts";
import { byHand, repairStep } from "../../repairs/repairs.ts";
import { check } from "../check.ts";
import { COMMAND_NOT_FOUND, NOT_EXECUTABLE } from "./command.ts";
import { placeIn, programFinding, unexecutablePrograms } from "./program.ts";
import { MISSING_INTERPRETER, NO_SHEBANG } from "./scripts.ts";
import { DIRECTORY, PROGRAM_USER } from "./surroundings.ts";

export const PROGRAM_ERROR = check(
  "programs",
  "PROG-009",
  "program exits early",
  (situation, probe) => {
    const statuses = statusTable(situation);
    const histories = historyTable(situation);
    let explained: ReadonlySet<string> | null = null;
    return supervisedPrograms(situation, probe).flatMap((program): readonly Finding[] => {
      const failed = statusesOf(program, statuses).find(isFailed);
      if (failed === undefined) return [];
      const history = histories.get(`${failed.group}:${failed.name}`) ?? null;
      const last = history?.runs.at(-1);
      // Exit status 0 is reported by PROG-008, and failures to execute by the checks before.
      if (last !== undefined && (last.ending !== "too-early" || last.exitStatus === 0)) return [];
      // Supervisor does not report the status; it is 127 if the child could not execute the command.
      if (last === undefined || last.exitStatus === 127) {
        explained ??= new Set(
          unexecutablePrograms(situation, probe).map((one) => one.program.label),
        );
        if (explained.has(program.label) || !hasDirectory(program, probe)) return [];
      }
      return [findingOf(program, failed, history, { situation, probe })];
    });
  },
);

function isFailed({ state, spawnError }: ProgramStatus): boolean {
  const isDown = state === "FATAL" || state === "BACKOFF";
  return isDown && spawnError.startsWith("Exited too quickly");
}

function hasDirectory({ config, base, account }: Supervised, probe: Probe): boolean {
  if (config.directory === null || base === null) return true;
  return firstPathProblem(base, "search", account, probe) === null;
}

function findingOf(
  program: Supervised,
  { state, spawnError, stderrLog, stdoutLog, name, group, start }: ProgramStatus,
  history: ProgramHistory | null,
  { situation, probe }: { readonly situation: Situation; readonly probe: Probe },
): Finding {
  const log = stderrLog === "" ? stdoutLog : stderrLog;
  const lines = lastLines(log, 5, probe);
  const clue = clueIn(lines ?? []);
  const last = history?.runs.at(-1);
  const isAtBoot = start * 1000 - situation.host.bootedMs < 120_000;
  const where = displayName(group, name);
  return programFinding(program, {
    severity: "error",
    symptom: `${state} ${printable(spawnError)}`,
    cause:
      clue === null
        ? "The program exits before startsecs have elapsed."
        : `The program exits early: ${clue.meaning}.`,
    evidence: [
      ...(last === undefined
        ? []
        : [`${describeExit(last)} after ${(last.upMs / 1000).toFixed(1)} s`]),
      ...logEvidence(log, lines ?? []),
      ...(lines === null && log !== "" ? [`${log} cannot be read`] : []),
      ...(isAtBoot ? ["the last attempt was within two minutes after the boot"] : []),
    ],
    place: placeIn(situation, program, "command"),
    repair: byHand(
      clue?.advice ??
        (isAtBoot
          ? "Find out which dependency was not ready, then start it again"
          : "Read its log, then start it again"),
      [tsvCommand(["why", where], situation), tsvCommand(["start", where], situation)],
    ),
  });
}

/** Every attempt writes the same lines; they are shown once. */
function logEvidence(log: string, lines: readonly string[]): readonly string[] {
  const told = lines.filter((line, index) => line !== lines[index - 1]);
  return told.length === 0 ? [] : [`${log} ends with:`, ...told.map((line) => `| ${line}`)];
}

// PROG-010: a program crashes again and again, but late enough to count as started.

const HOUR_S = 3600;
const MOST_CRASHES = 5;
/** Runs shorter than this count as crashes. */
const SHORT_MS = 60_000;

export const FLAPPING = check(
  "programs",
  "PROG-010",
  "program crashes again and again",
  (situation, probe) => {
    const histories = historyTable(situation);
    return supervisedPrograms(situation, probe).flatMap((program): readonly Finding[] => {
      const worst = program.members
        .flatMap((member) => histories.get(member) ?? [])
        .map((history) => ({ history, crashes: crashesOf(history) }))
        .sort((a, b) => b.crashes.length - a.crashes.length)[0];
      const last = worst?.crashes.at(-1);
      if (worst === undefined || last === undefined || worst.crashes.length < MOST_CRASHES)
        return [];
      const { history, crashes } = worst;
      const where = program.label;
      return [
        programFinding(program, {
          severity: "warning",
          symptom: `${where} is restarted again and again: ${history.total} runs have ended`,
          cause: "It exits after startsecs, so it counts as started, and autorestart restarts it.",
          evidence: [
            `${crashes.length} of its last ${history.runs.length} runs ended in this way within an hour`,
            `the last one after ${Math.round(last.upMs / 1000)} s: ${describeExit(last)}`,
          ],
          place: placeIn(situation, program, "command"),
          repair: byHand("Find out why it exits", [tsvCommand(["why", where], situation)]),
        }),
      ];
    });
  },
);

function crashesOf({ runs, now }: ProgramHistory): readonly ProgramRun[] {
  return runs.filter(
    ({ cause, ending, end, expected, upMs }) =>
      // Runs of a schedule follow each other as they should.
      cause !== "schedule" &&
      ending === "exited" &&
      now - end < HOUR_S &&
      (!expected || upMs < SHORT_MS),
  );
}

// PROG-019: a FATAL program that could not be started, and whose cause is fixed now.

export const GIVEN_UP = check(
  "programs",
  "PROG-019",
  "FATAL program whose cause is fixed",
  (situation, probe) => {
    const statuses = statusTable(situation);
    const given = supervisedPrograms(situation, probe).flatMap((program) => {
      const left = statusesOf(program, statuses).filter(isGivenUp);
      return left.length === 0 ? [] : [{ program, left }];
    });
    if (given.length === 0) return [];
    const blocked = blockedPrograms(situation, probe);
    if (blocked === null) return [];
    return given.flatMap(({ program, left }) =>
      blocked.has(program.label) ||
      isOther(program, situation) ||
      isLogBlocked(program, situation, probe)
        ? []
        : [givenUp(program, left, situation)],
    );
  },
);

/** Reasons that the checks of programs and logs would report. Others, such as a full process table, may persist. */
const EXPLAINED =
  /^(?:couldn't exec |couldn't chdir to |can't find command |command at |no permission to run |unknown error making dispatchers )/;

function isGivenUp({ state, spawnError }: ProgramStatus): boolean {
  return state === "FATAL" && EXPLAINED.test(spawnError);
}

/** The daemon would start another configuration than the examined one; CONF-017 reports this. */
function isOther({ config, group }: Supervised, { known }: Situation): boolean {
  const own = known?.find((one) => one["group"] === group && one["name"] === config.name);
  return own !== undefined && changedOptions(own, config).length > 0;
}

/** Labels of programs with other findings; null if not all could be examined. */
function blockedPrograms(situation: Situation, probe: Probe): ReadonlySet<string> | null {
  const checks = [
    COMMAND_NOT_FOUND,
    NOT_EXECUTABLE,
    MISSING_INTERPRETER,
    NO_SHEBANG,
    DIRECTORY,
    PROGRAM_USER,
  ];
  const said = checks.flatMap((check) => check.look(situation, probe));
  const findings = said.flatMap((one) => ("unknown" in one ? [] : [one.subject]));
  return findings.length < said.length ? null : new Set(findings);
}

function isLogBlocked({ config, daemon }: Supervised, situation: Situation, probe: Probe): boolean {
  const automatic = readConfig(situation)?.daemon.childLogDir ?? "/tmp";
  return [config.stdout, config.stderr].some(({ logfile }) => {
    if (logfile.kind !== "file" && logfile.kind !== "auto") return false;
    const path = logfile.kind === "file" ? logfile.path : `${automatic}/new.log`;
    if (path.startsWith("/dev/")) return false;
    return (
      firstPathProblem(path, "write", daemon, probe) !== null ||
      probe.fileSystem(dirname(path))?.options.includes("ro") === true
    );
  });
}

function givenUp(
  program: Supervised,
  left: readonly ProgramStatus[],
  situation: Situation,
): Finding {
  const [first] = left;
  const names = left.map(({ group, name }) => displayName(group, name));
  return programFinding(program, {
    severity: "error",
    symptom: `FATAL ${printable(first?.spawnError ?? "")}`,
    cause: "The daemon gave up because the program could not be started. The cause is fixed now.",
    evidence: [],
    place: placeIn(situation, program, "command"),
    repair: starting(names, situation),
  });
}

function starting(names: readonly string[], situation: Situation): Repair {
  const { executable, config } = situation;
  const file = config.path === null ? [] : ["-c", config.path];
  const argv = [executable.path, "ctl", ...file, "start", ...names];
  const what = `start ${names.join(", ")}`;
  return {
    class: "B",
    advice: "Start it",
    commands: [tsvCommand(["start", ...names], situation)],
    steps: [repairStep({ kind: "command", argv, undo: null, what }, "given up", "started")],
  };
}

// PROG-007: a command that cannot be split into words.

export const COMMAND_QUOTES = check(
  "programs",
  "PROG-007",
  "unclosed quotation in a command",
  (situation, probe) => {
    return supervisedPrograms(situation, probe).flatMap((program): readonly Finding[] => {
      const { command } = program.config;
      const words = splitCommand(command);
      if (words.ok) return [];
      const written = situation.config.raw?.sections.get(program.section)?.options.get("command");
      const isCut = (written?.cuts.length ?? 0) > 0;
      return [
        programFinding(program, {
          severity: "error",
          symptom: `can't parse command: ${words.error}`,
          cause: isCut
            ? "The value was cut off at a semicolon, which began a comment inside the quotation."
            : "A quotation in command= is not closed.",
          // Not the command itself: it may contain a password.
          evidence: (written?.cuts ?? []).map(({ line }) => `line ${line} ends at its semicolon`),
          place: placeIn(situation, program, "command"),
          repair: byHand(
            isCut
              ? "Remove the space before the semicolon, so that it belongs to the command"
              : "Close the quotation, or escape the quote with a backslash",
          ),
        }),
      ];
    });
  },
);
