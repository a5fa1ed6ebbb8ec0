// Programs that exit: at once with status 0 (PROG-008), early (PROG-009), again and again (PROG-010), because their command cannot
// be read (PROG-007), and those that the daemon has given up although the cause is fixed (PROG-019).

import { displayName } from "../../../core/base/ids.ts";
import { printable } from "../../../core/base/printable.ts";
import { splitCommand } from "../../../core/config/posix-lexer.ts";
import { crashesOf, isFlapping } from "../../../core/why/crashes.ts";
import { describeExit } from "../../../core/why/exit-status.ts";
import { lastClue, shownOutput } from "../../../core/why/last-output.ts";
import type { ProgramHistory, ProgramRun } from "../../../core/why/program-history.ts";
import { firstPathProblem } from "../../facts/access.ts";
import { changedOptions } from "../../facts/config-facts.ts";
import { type Background, backgroundOf } from "../../facts/daemonizers.ts";
import { describeProcess } from "../../facts/daemons.ts";
import type { DoctorFacts, ProgramStatus } from "../../facts/doctor-facts.ts";
import { lastOutputs } from "../../facts/last-output.ts";
import type { Probe, SeenProcess } from "../../facts/probe.ts";
import type { Supervised } from "../../facts/supervised.ts";
import type { Finding, Repair } from "../../model.ts";
import { tsvCommand } from "../../repairs/commands.ts";
import { repair } from "../../repairs/fix.ts";
import { byHand } from "../../repairs/repairs.ts";
import { type Check, setOptions } from "../check.ts";
import { logProblems } from "../logs/log-access.ts";
import { COMMAND_NOT_FOUND, MISSING_INTERPRETER, NO_SHEBANG, NOT_EXECUTABLE } from "./command.ts";
import {
  commandName,
  ctlFix,
  type ExaminedProgram,
  historyOf,
  isOutdated,
  launchExaminer,
  programCheck,
  programFinding,
  rewrittenCommand,
  wordsOf,
} from "./program.ts";
import { DIRECTORY, PROGRAM_USER } from "./surroundings.ts";

/** What they report keeps a program from being started. */
export const START_CHECKS: readonly Check[] = [
  COMMAND_NOT_FOUND,
  NOT_EXECUTABLE,
  MISSING_INTERPRETER,
  NO_SHEBANG,
  DIRECTORY,
  PROGRAM_USER,
];

export const PROGRAM_ERROR = programCheck("PROG-009", (facts) => {
  const examine = launchExaminer(facts);
  return (program) => {
    const failed = program.statuses.find(isFailed);
    if (failed === undefined) return null;
    const history = historyOf(failed, program);
    const last = history?.runs.at(-1);
    // Exit status 0 before startsecs is reported by PROG-008, and failures to execute by the checks before.
    if (last !== undefined && !isOfProgram(last)) return null;
    // Supervisor does not report the status; it is 127 if the child could not execute the command.
    const mayBeRejected = last === undefined || last.exitStatus === 127;
    if (mayBeRejected && (examine(program) !== null || !hasDirectory(program, facts.probe)))
      return null;
    return exitsEarly(program, failed, history, facts);
  };
});

function isFailed({ state, spawnError }: ProgramStatus): boolean {
  const isDown = state === "FATAL" || state === "BACKOFF";
  return isDown && (spawnError.startsWith("Exited too quickly") || spawnError.startsWith(BAD_EXIT));
}

/** How a oneshot or scheduled program fails, and one with restart_limit. */
const BAD_EXIT = "Bad exit code ";

function isOfProgram({ ending, exitStatus, expected }: ProgramRun): boolean {
  return ending === "too-early" ? exitStatus !== 0 : ending === "exited" && !expected;
}

function hasDirectory({ config, base, account }: Supervised, probe: Probe): boolean {
  if (config.directory === null || base === null) return true;
  return firstPathProblem(base, "search", account, probe) === null;
}

function exitsEarly(
  program: Supervised,
  status: ProgramStatus,
  history: ProgramHistory | null,
  facts: DoctorFacts,
): Finding {
  const { state, spawnError, name, group, start } = status;
  const last = history?.runs.at(-1);
  const outputs = lastOutputs(null, status, history, facts.probe);
  const { clue = null, output = shownOutput(outputs) } = lastClue(outputs, status, history) ?? {};
  const lines = output?.lines?.slice(-5) ?? [];
  const isAtBoot = start * 1000 - facts.host.bootedMs < 120_000;
  const isBad = spawnError.startsWith(BAD_EXIT);
  const where = displayName(group, name);
  return programFinding("error", program, facts, "command", {
    symptom: `${state} ${printable(spawnError)}`,
    cause:
      clue === null
        ? isBad
          ? "The program exits with a status that is not in exitcodes."
          : "The program exits before startsecs have elapsed."
        : `The program ${isBad ? "fails" : "exits early"}: ${clue.meaning}.`,
    evidence: [
      last === undefined ? null : `${describeExit(last)} after ${(last.upMs / 1000).toFixed(1)} s`,
      lines.length === 0
        ? null
        : `${output?.path} ${output?.isOfLastRun === true ? "has of its last run" : "ends with"}:`,
      ...lines.map((line) => `| ${line}`),
      output?.lines === null ? `${output.path} cannot be read` : null,
      isAtBoot ? "the last attempt was within two minutes after the boot" : null,
      // A board without a battery-backed clock begins in the past until a time server answers.
      facts.nowMs < (facts.executable.builtMs ?? 0)
        ? "the clock of this host is slow, so certificates may not be valid yet"
        : null,
    ],
    repair: byHand(
      clue?.advice ??
        (isAtBoot
          ? "Find out which dependency was not ready, then start it again"
          : "Read its log, then start it again"),
      [tsvCommand(["why", where], facts), tsvCommand(["start", where], facts)],
    ),
  });
}

/** Crashes that come late enough to count as started. */
export const FLAPPING = programCheck("PROG-010", (facts) => (program) => {
  const [worst] = program.histories
    .filter(isFlapping)
    .map((history) => ({ ...history, crashes: crashesOf(history) }))
    .sort((a, b) => b.crashes.length - a.crashes.length);
  const last = worst?.crashes.at(-1);
  if (worst === undefined || last === undefined) return null;
  const { label } = program;
  return programFinding("warning", program, facts, "command", {
    symptom: `${label} is restarted again and again: ${worst.total} runs have ended`,
    cause: "It exits after startsecs, so it counts as started, and autorestart restarts it.",
    evidence: [
      `${worst.crashes.length} of its last ${worst.runs.length} runs ended in this way within an hour`,
      `the last one after ${Math.round(last.upMs / 1000)} s: ${describeExit(last)}`,
    ],
    repair: byHand("Find out why it exits", [tsvCommand(["why", label], facts)]),
  });
});

/** Reasons that the checks of programs and logs would report. Others, such as a full process table, may persist. */
const EXPLAINED =
  /^(?:couldn't exec |couldn't chdir to |can't find command |command at |no permission to run |unknown error making dispatchers )/;

export const GIVEN_UP = programCheck("PROG-019", (facts) => {
  let results: ReturnType<Check["look"]> | null = null;
  return (program) => {
    const left = program.statuses.filter(
      ({ state, spawnError }) => state === "FATAL" && EXPLAINED.test(spawnError),
    );
    if (left.length === 0) return null;
    results ??= START_CHECKS.flatMap((one) => one.look(facts));
    // If not all could be examined, nothing is known about the cause.
    if (results.some((one) => "unknown" in one || one.subject === program.label)) return null;
    if (isOther(program, facts) || isLogBlocked(program, facts)) return null;
    return givenUp(program, left, facts);
  };
});

/** The daemon would start another configuration than the examined one; CONF-017 reports this. */
function isOther({ config, group }: Supervised, { known }: DoctorFacts): boolean {
  const own = known?.find((one) => one["group"] === group && one["name"] === config.name);
  return own !== undefined && changedOptions(own, config).length > 0;
}

function isLogBlocked({ config }: Supervised, facts: DoctorFacts): boolean {
  return logProblems(facts).some(
    ({ kind, uses }) =>
      kind !== "unrotatable" && uses.some(({ process }) => process === config.name),
  );
}

function givenUp(program: Supervised, left: readonly ProgramStatus[], facts: DoctorFacts): Finding {
  const names = left.map(({ group, name }) => displayName(group, name));
  const what = `start ${names.join(", ")}`;
  const shown = { now: "given up", will: "started" };
  return programFinding("error", program, facts, "command", {
    symptom: `FATAL ${printable(left[0]?.spawnError ?? "")}`,
    cause:
      "The daemon gave up because the program could not be started. Nothing that prevents its start is found now.",
    repair: repair("Start it", ctlFix(["start", ...names], what, shown, facts)),
  });
}

export const COMMAND_QUOTES = programCheck("PROG-007", (facts) => (program) => {
  const words = splitCommand(program.config.command);
  if (words.ok) return null;
  const written = facts.config.raw?.sections.get(program.section)?.options.get("command");
  const cuts = written?.cuts ?? [];
  return programFinding("error", program, facts, "command", {
    symptom: `can't parse command: ${words.error}`,
    cause:
      cuts.length > 0
        ? "The value was cut off at a semicolon, which began a comment inside the quotation."
        : "A quotation in command= is not closed.",
    // Not the command itself: it may contain a password.
    evidence: cuts.map(({ line }) => `line ${line} ends at its semicolon`),
    repair: byHand(
      cuts.length > 0
        ? "Remove the space before the semicolon, so that it belongs to the command"
        : "Close the quotation, or escape the quote with a backslash",
    ),
  });
});

const TOO_QUICK = "Exited too quickly (process log may have details)";

export const GOES_BACKGROUND = programCheck("PROG-008", (facts) => (program) => {
  const background = backgroundOf(wordsOf(program));
  const copy = background === null ? null : awayCopy(program, facts);
  if (background !== null && copy !== null) {
    return wentAway(program, copy, background, facts);
  }
  const { statuses, isUp } = program;
  if (isUp) return null;
  const ended = statuses.find(
    (status) => endedAtOnce(status, program) && !isOutdated(program, status.start, facts),
  );
  if (ended !== undefined) return failed(program, ended, background, facts);
  const isDown = statuses.length > 0 && !statuses.some(({ state }) => state === "EXITED");
  if (background?.isCertain !== true || isDown) return null;
  return programFinding("warning", program, facts, "command", {
    symptom: `${TOO_QUICK}, with exit status 0`,
    cause: `As configured, ${background.cause}.`,
    repair: stayInFront(program, background, facts),
  });
});

/** With exit status 0, if known; Supervisor does not report it. */
function endedAtOnce(status: ProgramStatus, program: ExaminedProgram): boolean {
  const { state, spawnError } = status;
  if ((state !== "FATAL" && state !== "BACKOFF") || spawnError !== TOO_QUICK) return false;
  const last = historyOf(status, program)?.runs.at(-1);
  return last?.ending === "too-early" && last.exitStatus === 0;
}

function failed(
  program: Supervised,
  { state, start }: ProgramStatus,
  background: Background | null,
  facts: DoctorFacts,
): Finding {
  const copy = leftCopy(program, start, facts.probe);
  return programFinding("error", program, facts, "command", {
    symptom: `${state} ${TOO_QUICK}`,
    cause:
      background === null
        ? copy === null
          ? "It exited with status 0 before startsecs had elapsed: it is a completed job, or it went into the background."
          : "It went into the background: a copy of it runs unsupervised."
        : `It exited with status 0 before startsecs had elapsed: ${background.cause}.`,
    evidence: [
      "exit status 0",
      `startsecs=${program.config.startSecs}`,
      copy && describeProcess(copy),
    ],
    repair:
      background === null
        ? byHand(
            "If it is a one-shot job, set startsecs=0 and autorestart=false; if it daemonizes, use its foreground option",
            [`# in the section [${program.section}] write: startsecs=0 and autorestart=false`],
          )
        : stayInFront(program, background, facts),
  });
}

/**
 * The background copy of a known daemonizer whose run exited with status 0. Later runs fail because of its port, and count as
 * RUNNING while they retry.
 */
function awayCopy(program: ExaminedProgram, { daemon, probe }: DoctorFacts): SeenProcess | null {
  const { statuses } = program;
  const histories = statuses.map((status) => historyOf(status, program));
  const hasLeft = histories.some((one) => one?.runs.some(({ exitStatus }) => exitStatus === 0));
  // The daemon may remember only later, failed runs.
  const isFailing = histories.some(
    (one) =>
      one !== null && one.total > one.runs.length && one.runs.every(({ expected }) => !expected),
  );
  if (daemon === null || (!hasLeft && !isFailing)) return null;
  const copy = leftCopy(program, daemon.startedMs / 1000, probe);
  return copy === null || statuses.some(({ pid }) => pid === copy.pid) ? null : copy;
}

function wentAway(
  program: ExaminedProgram,
  copy: SeenProcess,
  background: Background,
  facts: DoctorFacts,
): Finding {
  const ports = facts.probe
    .listeners()
    .filter(({ pid, kind }) => kind === "tcp" && pid === copy.pid);
  const repair = stayInFront(program, background, facts);
  const isRepeated = program.histories.some(({ total }) => total > 1);
  return programFinding("error", program, facts, "command", {
    symptom: isRepeated
      ? `${program.label} is restarted again and again, while an unsupervised copy of it runs`
      : `an unsupervised copy of ${program.label} runs`,
    cause: isRepeated
      ? `It went into the background at its first start: ${background.cause}. Each later start fails, because the copy uses its port or files.`
      : `It went into the background: ${background.cause}.`,
    evidence: [
      describeProcess(copy),
      ...ports.map(({ port }) => `pid ${copy.pid} listens on port ${port}`),
    ],
    repair: {
      ...repair,
      commands: [...repair.commands, `kill ${copy.pid}   # the copy, then start the program`],
    },
  });
}

function stayInFront(
  program: Supervised,
  { advice, append }: Background,
  facts: DoctorFacts,
): Repair {
  const command =
    append === null
      ? null
      : rewrittenCommand(program, facts, (first, rest) => `${first}${rest} ${append}`);
  return command === null
    ? byHand(advice)
    : setOptions(advice, program.section, { command }, facts);
}

/** A process of the same name, with init as its parent, that started at about that time. */
function leftCopy(program: Supervised, start: number, probe: Probe): SeenProcess | null {
  const name = commandName(program);
  if (name === "") return null;
  const copy = probe.processes().find((process) => {
    const isSame = process.name === name.slice(0, 15) && process.state !== "Z";
    const isNew = process.startedMs >= start * 1000 - 2000;
    return isSame && isNew && process.parent === 1 && !process.contained;
  });
  return copy ?? null;
}
