// PROG-008: a program exits at once with status 0: it goes into the background, or it is a one-shot job.

import { splitPath } from "../../../core/config/paths.ts";
import { splitCommand } from "../../../core/config/posix-lexer.ts";
import type { ProgramHistory } from "../../../core/why/program-history.ts";
import { type Background, backgroundOf } from "../../facts/daemonizers.ts";
import { describeProcess } from "../../facts/daemons.ts";
import type { Probe, SeenProcess } from "../../facts/probe.ts";
import type { ProgramStatus, Situation } from "../../facts/situation.ts";
import {
  historyTable,
  type Supervised,
  statusesOf,
  statusTable,
  supervisedPrograms,
} from "../../facts/supervised.ts";
import type { Finding, Repair } from "../../model.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check } from "../check.ts";
import {
  isOutdated,
  isUp,
  placeIn,
  programFinding,
  rewrittenCommand,
  setOptions,
} from "./program.ts";

export const GOES_BACKGROUND = check(
  "programs",
  "PROG-008",
  "program runs in the background",
  (situation, probe) => {
    const statuses = statusTable(situation);
    const histories = historyTable(situation);
    return supervisedPrograms(situation, probe).flatMap((program): readonly Finding[] => {
      const own = statusesOf(program, statuses);
      const words = splitCommand(program.config.command);
      const background = words.ok ? backgroundOf(words.value) : null;
      const away =
        background === null ? null : awayCopy(program, own, histories, { situation, probe });
      if (background !== null && away !== null) {
        return [wentAway(program, away, background, { situation, probe })];
      }
      if (isUp(own)) return [];
      const ended = own.find(
        (status) =>
          endedAtOnce(status, histories) && !isOutdated(program, status.start, situation, probe),
      );
      if (ended !== undefined) return [failed(program, ended, background, { situation, probe })];
      const isDown = own.length > 0 && !own.some(({ state }) => state === "EXITED");
      if (background?.isCertain !== true || isDown) return [];
      return [willFail(program, background, { situation, probe })];
    });
  },
);

interface Around {
  readonly situation: Situation;
  readonly probe: Probe;
}

const TOO_QUICK = "Exited too quickly (process log may have details)";

/** With exit status 0, if known; Supervisor does not report it. */
function endedAtOnce(
  { group, name, state, spawnError }: ProgramStatus,
  histories: ReadonlyMap<string, ProgramHistory>,
): boolean {
  if ((state !== "FATAL" && state !== "BACKOFF") || spawnError !== TOO_QUICK) return false;
  const last = histories.get(`${group}:${name}`)?.runs.at(-1);
  return last?.ending === "too-early" && last.exitStatus === 0;
}

function failed(
  program: Supervised,
  { state, start }: ProgramStatus,
  background: Background | null,
  { situation, probe }: Around,
): Finding {
  const copy = leftCopy(program, start, probe);
  const oneShot = byHand(
    "If it is a one-shot job, set startsecs=0 and autorestart=false; if it daemonizes, use its foreground option",
    [`# in the section [${program.section}] write: startsecs=0 and autorestart=false`],
  );
  return programFinding(program, {
    severity: "error",
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
      ...(copy === null ? [] : [describeProcess(copy)]),
    ],
    place: placeIn(situation, program, "command"),
    repair: background === null ? oneShot : stayInFront(program, background, { situation, probe }),
  });
}

/**
 * The background copy of a known daemonizer whose run exited with status 0. Later runs fail because of its port, and count as
 * RUNNING while they retry.
 */
function awayCopy(
  program: Supervised,
  own: readonly ProgramStatus[],
  histories: ReadonlyMap<string, ProgramHistory>,
  { situation, probe }: Around,
): SeenProcess | null {
  const { daemon } = situation;
  const hasLeft = own.some(({ group, name }) =>
    histories.get(`${group}:${name}`)?.runs.some(({ exitStatus }) => exitStatus === 0),
  );
  // The daemon may remember only later, failed runs.
  const isFailing = own.some(({ group, name }) => {
    const { runs = [], total = 0 } = histories.get(`${group}:${name}`) ?? {};
    return total > runs.length && runs.every(({ expected }) => !expected);
  });
  if (daemon === null || (!hasLeft && !isFailing)) return null;
  const copy = leftCopy(program, daemon.startedMs / 1000, probe);
  return copy === null || own.some(({ pid }) => pid === copy.pid) ? null : copy;
}

function wentAway(
  program: Supervised,
  copy: SeenProcess,
  background: Background,
  around: Around,
): Finding {
  const held = around.probe
    .listeners()
    .filter(({ pid, kind }) => kind === "tcp" && pid === copy.pid)
    .map(({ port }) => `pid ${copy.pid} listens on port ${port}`);
  const repair = stayInFront(program, background, around);
  return programFinding(program, {
    severity: "error",
    symptom: `${program.label} is restarted again and again, while an unsupervised copy of it runs`,
    cause: `It went into the background at its first start: ${background.cause}. Each later start fails, because the copy uses its port or files.`,
    evidence: [describeProcess(copy), ...held],
    place: placeIn(around.situation, program, "command"),
    repair: {
      ...repair,
      commands: [...repair.commands, `kill ${copy.pid}   # the copy, then start the program`],
    },
  });
}

function willFail(program: Supervised, background: Background, around: Around): Finding {
  return programFinding(program, {
    severity: "warning",
    symptom: `${TOO_QUICK}, with exit status 0`,
    cause: `As configured, ${background.cause}.`,
    evidence: [],
    place: placeIn(around.situation, program, "command"),
    repair: stayInFront(program, background, around),
  });
}

function stayInFront(
  program: Supervised,
  { advice, append }: Background,
  { situation, probe }: Around,
): Repair {
  const command =
    append === null
      ? null
      : rewrittenCommand(program, situation, (first, rest) => `${first}${rest} ${append}`);
  return command === null
    ? byHand(advice)
    : setOptions(advice, program, { command }, situation, probe);
}

/** A process of the same name, with init as its parent, that started at about that time. */
function leftCopy(program: Supervised, start: number, probe: Probe): SeenProcess | null {
  const words = splitCommand(program.config.command);
  const name = words.ok ? splitPath(words.value[0] ?? "").tail : "";
  if (name === "") return null;
  const copies = probe.processes().filter((process) => {
    const isSame = process.name === name.slice(0, 15);
    const isNew = process.startedMs >= start * 1000 - 2000;
    if (process.state === "Z") return false;
    return isSame && isNew && process.parent === 1 && !process.contained;
  });
  return copies[0] ?? null;
}
