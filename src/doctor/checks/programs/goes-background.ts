// PROG-008: a program exits at once with status 0: it goes into the background, or it is a one-shot job.

import { splitPath } from "../../../core/config/paths.ts";
import { splitCommand } from "../../../core/config/posix-lexer.ts";
import { type Background, backgroundOf } from "../../facts/daemonizers.ts";
import { describeProcess } from "../../facts/daemons.ts";
import type { DoctorFacts, ProgramStatus } from "../../facts/doctor-facts.ts";
import type { Probe, SeenProcess } from "../../facts/probe.ts";
import type { Supervised } from "../../facts/supervised.ts";
import type { Finding, Repair } from "../../model.ts";
import { byHand } from "../../repairs/repairs.ts";
import {
  type ExaminedProgram,
  historyOf,
  isOutdated,
  programCheck,
  programFinding,
  rewrittenCommand,
  setOptions,
} from "./program.ts";

const TOO_QUICK = "Exited too quickly (process log may have details)";

export const GOES_BACKGROUND = programCheck(
  "PROG-008",
  "program runs in the background",
  (facts) => (program) => {
    const words = splitCommand(program.config.command);
    const background = words.ok ? backgroundOf(words.value) : null;
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
  },
);

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
  program: Supervised,
  copy: SeenProcess,
  background: Background,
  facts: DoctorFacts,
): Finding {
  const ports = facts.probe
    .listeners()
    .filter(({ pid, kind }) => kind === "tcp" && pid === copy.pid);
  const repair = stayInFront(program, background, facts);
  return programFinding("error", program, facts, "command", {
    symptom: `${program.label} is restarted again and again, while an unsupervised copy of it runs`,
    cause: `It went into the background at its first start: ${background.cause}. Each later start fails, because the copy uses its port or files.`,
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
  return command === null ? byHand(advice) : setOptions(advice, program, { command }, facts);
}

/** A process of the same name, with init as its parent, that started at about that time. */
function leftCopy(program: Supervised, start: number, probe: Probe): SeenProcess | null {
  const words = splitCommand(program.config.command);
  const name = words.ok ? splitPath(words.value[0] ?? "").tail : "";
  if (name === "") return null;
  const copy = probe.processes().find((process) => {
    const isSame = process.name === name.slice(0, 15) && process.state !== "Z";
    const isNew = process.startedMs >= start * 1000 - 2000;
    return isSame && isNew && process.parent === 1 && !process.contained;
  });
  return copy ?? null;
}
