// Advice for a program, from findings and history: the most certain first.

import type { ProcessConfig } from "../../core/config/model.ts";
import { splitPath } from "../../core/config/paths.ts";
import { splitCommand } from "../../core/config/posix-lexer.ts";
import { durationText } from "../../core/config/quantities.ts";
import type { CheckTarget } from "../../core/config/value-types.ts";
import { redactPatterns } from "../../core/redact/patterns.ts";
import type { Clue } from "../../core/why/clues.ts";
import { hasNextRun } from "../../core/why/describe-state.ts";
import type { WaitedFor } from "../../core/why/waiting-chain.ts";
import { startCommands } from "../checks/socket/not-running.ts";
import type { DoctorFacts } from "../facts/doctor-facts.ts";
import type { Probe } from "../facts/probe.ts";
import { shellLine, shellWord, tsvCommand } from "../repairs/commands.ts";
import { checkAdvice } from "./check-advice.ts";
import { type Advice, advise, type Explanation } from "./model.ts";

type Known = Pick<
  Explanation,
  "state" | "history" | "clue" | "kill" | "findings" | "output" | "waitsFor"
> & {
  readonly label: string;
  /** From the configuration; null if unknown. */
  readonly written: ProcessConfig | null;
};

/** It crashes again and again: the advice follows from its crashes. */
const FLAPPING = "PROG-010";
/** The reason why it did not start is fixed: only a start is needed. */
const GIVEN_UP = "PROG-019";
/** Another process holds its address. */
const TAKEN = "PROG-012";
/** Its health_check fails: `checkSteps` says more. */
const UNHEALTHY = "PROG-024";

/** In the order to try; empty if everything is in order. */
export function adviceFor(known: Known, facts: DoctorFacts): readonly Advice[] {
  const { state, history, label, waitsFor } = known;
  const checks = checkSteps(known, facts);
  const findings = known.findings.filter(({ code }) => code !== UNHEALTHY || checks.length === 0);
  const isFree = findings.some(({ code }) => code === GIVEN_UP);
  // An error in the configuration keeps the daemon from reading it anew, and explains no program that it knows.
  const isOther = ({ severity, area }: Known["findings"][number]): boolean =>
    severity !== "error" || area === "config";
  const causes = findings.filter((one) => !isOther(one) && one.code !== GIVEN_UP);
  const others = findings.filter((one) => isOther(one) && one.code !== FLAPPING);
  const advice = causes.map((finding) => adviceOf(finding, facts));
  if (facts.programs === null) advice.unshift(...toAsk(label, facts));
  const blockedBy = history?.blockedBy ?? "";
  if (waitsFor.length > 0) {
    advice.push(...waitsFor.flatMap((one) => (one.isWaiting ? [] : rootAdvice(one, facts))));
  } else if (checks.length > 0) {
    if (hasFailed(known)) advice.push(...clueAdvice(known, facts));
    advice.push(...checks);
  } else if (blockedBy !== "") {
    const why = tsvCommand(["why", blockedBy], facts);
    advice.push(advise(`Find out why ${blockedBy} is down`, why));
  } else if (hasFailed(known) && !isFree && !wasEndedByDaemon(known)) {
    advice.push(...afterCrash(known, advice.length > 0, facts));
  }
  const isDown = state !== null && !["RUNNING", "STARTING", "STOPPING", "BACKOFF"].includes(state);
  const isScheduled = history !== null && state !== "FATAL" && hasNextRun(history);
  // It has done what its configuration says, and stays down.
  const isDone = state === "EXITED" && history?.runs.at(-1)?.expected === true;
  const isForUser = !isScheduled && !isDone && (history === null || history.nextStart === null);
  if (isDown && isForUser) {
    if (causes.some(isOfConfiguration)) {
      const text = "If you edited the configuration, apply the change";
      advice.push(advise(text, tsvCommand(["update"], facts)));
    }
    if ((history?.disabled ?? "") !== "") {
      const enable = tsvCommand(["enable", known.written?.programName ?? label], facts);
      advice.push(advise("Let it start again by itself", enable));
    }
    const text = advice.length > 0 ? "Then start it" : "Start it";
    advice.push(advise(text, tsvCommand(["start", label], facts)));
  }
  return [...advice, ...others.map((finding) => adviceOf(finding, facts))];
}

/** For a program that others wait for, and that waits for none. */
function rootAdvice({ name, state, isUnready, isDisabled }: WaitedFor, facts: DoctorFacts): Advice {
  const why = tsvCommand(["why", name], facts);
  const start = tsvCommand(["start", name], facts);
  if (isUnready) return advise(`Find out why ${name} is not ready`, why);
  switch (state) {
    case "FATAL":
      return advise(`Find out why ${name} is down, then start it`, why, start);
    case "STOPPED":
      if (isDisabled) {
        const enable = tsvCommand(["enable", name], facts);
        return advise(`${name} is disabled: find out why, or enable it`, why, enable);
      }
      return advise(`Start ${name}`, start);
    case "RUNNING":
      return advise(
        `Wait until ${name} completes; this shows its output`,
        tsvCommand(["logs", "-f", name], facts),
      );
    default:
      return advise(`Find out what ${name} does`, why);
  }
}

/** For a program that does not pass its check: where the check looks, and how long the program may take. */
function checkSteps(known: Known, facts: DoctorFacts): readonly Advice[] {
  const { history, written, label, findings } = known;
  if (history === null || written === null) return [];
  const { readyCheck, healthCheck } = written;
  const pid = history.pid;
  const isDown = history.state === "FATAL" || history.state === "BACKOFF";
  const isUnready =
    history.unready !== "" || (isDown && history.runs.at(-1)?.ending === "not-ready");
  if (isUnready && readyCheck !== null) {
    const result = history.unready || (history.runs.at(-1)?.spawnError ?? "");
    const step = stepOf(readyCheck, { label, pid, key: "ready_check", result }, written, facts);
    if (IS_WRONG.test(result)) return [step];
    const limit = `If it only needs longer to start, raise ready_timeout= (now ${durationText(written.readyTimeout)})`;
    return [step, advise(limit)];
  }
  if (healthCheck === null || !findings.some(({ code }) => code === UNHEALTHY)) return [];
  const result = history.health?.lastResult ?? "";
  return [stepOf(healthCheck, { label, pid, key: "health_check", result }, written, facts)];
}

/** Results of a check that no longer start changes: the page, or the command, does not exist. */
const IS_WRONG = /status (?:4\d\d|12[67])\b|can't find command|ENOENT|EACCES/;

function stepOf(
  target: CheckTarget,
  program: Parameters<typeof checkAdvice>[1],
  written: ProcessConfig,
  facts: DoctorFacts,
): Advice {
  const command = target.kind === "exec" ? target.command : null;
  return (
    checkAdvice(target, program, facts) ??
    runByHand(`Run its ${program.key}`, command, written, facts.probe)
  );
}

/** For a daemon that did not answer. */
function toAsk(label: string, facts: DoctorFacts): readonly Advice[] {
  const { daemon, config, servers, caller } = facts;
  if (caller.uid !== 0 && servers.some(({ kind }) => kind === "denied")) {
    const again = `sudo ${tsvCommand(["why", label], facts)}`;
    return [advise("Run this as a user with access to the daemon", again)];
  }
  const why = tsvCommand(["doctor", "boot", "socket"], facts);
  const advice = advise("Find out why no daemon answers", why);
  if (daemon !== null || config.path === null || config.daemon?.ok !== true) return [advice];
  return [advice, advise("Start the daemon", ...startCommands(facts))];
}

function adviceOf({ code, repair }: Known["findings"][number], facts: DoctorFacts): Advice {
  const commands =
    repair.steps.length > 0 ? [tsvCommand(["doctor", "--fix", code], facts)] : repair.commands;
  return { text: `${repair.advice} (${code})`, commands };
}

/** Its advice names an option, as in "correct its path in command=": only `tsv update` applies such an edit. */
function isOfConfiguration({ repair }: Known["findings"][number]): boolean {
  return repair.steps.length === 0 && /[a-z]=/.test(repair.advice);
}

function hasFailed({ state, history, findings }: Known): boolean {
  if (state === "FATAL" || state === "BACKOFF") return true;
  if (findings.some(({ code }) => code === FLAPPING)) return true;
  return state === "EXITED" && history?.runs.at(-1)?.expected === false;
}

/** The daemon ended it for its health, memory or age: its exit and its output explain nothing. */
function wasEndedByDaemon({ history }: Known): boolean {
  return (history?.runs.at(-1)?.reason ?? "") !== "";
}

function afterCrash(known: Known, isExplained: boolean, facts: DoctorFacts): readonly Advice[] {
  const { history, kill } = known;
  const last = history?.runs.at(-1);
  const advice: Advice[] = [...clueAdvice(known, facts)];
  if (kill !== null && kill.by !== "unknown") {
    const more =
      (known.written?.memoryMax ?? -1) < 0
        ? "Give the program more memory"
        : "Raise its memory_max";
    const text = `${more}, or lower the memory limit in its own settings; MemoryMax= of the service limits all programs together`;
    advice.push(advise(text));
  }
  if (last?.core === true) {
    const text = "It left a core dump: a debugger shows where it crashed";
    advice.push(advise(text, "coredumpctl list"));
  }
  if (!isExplained && advice.length === 0) advice.push(toSee(known, facts));
  return advice;
}

/** What the output advises, unless a finding says it with the process that holds the address. */
function clueAdvice({ clue, findings, written }: Known, facts: DoctorFacts): readonly Advice[] {
  const isSaid = clue?.isTaken === true && findings.some(({ code }) => code === TAKEN);
  if (clue === null || isSaid) return [];
  return [advise(clue.advice, ...commandsOf(clue, written, facts.probe))];
}

function commandsOf(
  { command, isLocal, check }: Clue,
  written: ProcessConfig | null,
  probe: Probe,
): readonly string[] {
  if (command === null || !isLocal) return command === null ? [] : [command];
  const [name = ""] = command.split(" ");
  const words = splitCommand(written?.command ?? "");
  const first = words.ok ? splitPath(words.value[0] ?? "").tail : "";
  // With its own options, such as the file of its configuration.
  const isOwn = check !== null && first.startsWith(name);
  return byHand(isOwn ? `${written?.command} ${check}` : command, written, probe);
}

/** What to check if the reason of a failure is unknown. */
function toSee(known: Known, facts: DoctorFacts): Advice {
  const { output, label, history, written } = known;
  const { spawnError = "" } = history?.runs.at(-1) ?? {};
  if (spawnError.startsWith("env_command: ")) {
    return runByHand("Run its env_command", written?.envCommand ?? null, written, facts.probe);
  }
  if (spawnError.startsWith("Could not create socket ")) {
    return advise("Stop the process that has its address, or choose another one");
  }
  const [, file, reason = ""] = /^env_file (.+?)(?::\d+:\d+)?: (.*)/s.exec(spawnError) ?? [];
  if (file !== undefined) {
    const what = reason.startsWith("it does not exist") ? "Create" : "Correct";
    return advise(`${what} its file of variables ${file}`);
  }
  const run = (reason: string): Advice =>
    runByHand(`${reason}: run its command`, written?.command ?? null, written, facts.probe);
  switch (output?.problem) {
    case "unreadable":
      return advise(
        `You are not allowed to read its log ${output.path}`,
        `sudo ${tsvCommand(["why", label], facts)}`,
      );
    case "missing":
      return advise(
        `Its log ${output.path} was removed while the daemon writes to it, so its output is lost. Recreate the log, then start the program`,
        tsvCommand(["doctor", "LOG-008"], facts),
      );
    case null: {
      if (output.lines?.length === 0) return run("It logged nothing");
      const words = output.channel === "stderr" ? ["tail", label, "stderr"] : ["tail", label];
      return advise("Read its output before it exited", tsvCommand(words, facts));
    }
    case undefined:
      return run("Its logs are unknown");
  }
}

/** Advises to run a command of a program. */
function runByHand(
  what: string,
  command: string | null,
  written: ProcessConfig | null,
  probe: Probe,
): Advice {
  const commands = byHand(command, written, probe);
  return advise(`${what} by hand, as its user and in its directory`, ...commands);
}

/** A command as the user and in the directory of a program; none if it may contain a secret. */
function byHand(
  command: string | null,
  written: ProcessConfig | null,
  probe: Probe,
): readonly string[] {
  if (written === null || command === null || redactPatterns(command) !== command) return [];
  const { directory, uid } = written;
  const user = uid === null ? undefined : probe.user(uid)?.name;
  const there = directory === null ? command : `cd ${shellWord(directory)} && ${command}`;
  const asUser = user === undefined ? [] : ["sudo", "-u", user];
  return [shellLine([...asUser, "sh", "-c", there])];
}
