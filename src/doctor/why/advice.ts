// What to do about a program, from what was found out: the surest thing first.

import type { Situation } from "../facts/situation.ts";
import { shellLine } from "../repairs/shell-quoting.ts";
import { tsvCommand } from "../repairs/tsv-command.ts";
import type { Advice, Explanation } from "./model.ts";

type Known = Pick<Explanation, "state" | "history" | "clue" | "kill" | "findings" | "output"> & {
  readonly label: string;
};

/** Says that it crashes again and again: what to do about that is what follows from its crashes. */
const FLAPPING = "PROG-010";
/** Says that what kept it from starting is gone: there is nothing to do but to start it. */
const GIVEN_UP = "PROG-019";

/** In the order in which to try it; empty where all is well. */
export function adviceFor(known: Known, situation: Situation): readonly Advice[] {
  const { state, history, findings, label } = known;
  const isFree = findings.some(({ code }) => code === GIVEN_UP);
  const causes = findings.filter(({ severity, code }) => severity === "error" && code !== GIVEN_UP);
  const others = findings.filter(({ severity, code }) => severity !== "error" && code !== FLAPPING);
  const advice = causes.map((finding) => adviceOf(finding, situation));
  if (situation.programs === null) advice.unshift(...toAsk(label, situation));
  if (hasFailed(known) && !isFree) advice.push(...afterCrash(known, advice.length > 0, situation));
  const isDown = state !== null && !["RUNNING", "STARTING", "STOPPING", "BACKOFF"].includes(state);
  if (isDown && (history === null || history.nextStartMs === null)) {
    const text = advice.length > 0 ? "Then start it" : "Start it";
    advice.push({ text, commands: [tsvCommand(["start", label], situation)] });
  }
  return [...advice, ...others.map((finding) => adviceOf(finding, situation))];
}

/** The daemon did not answer: nothing is known before it does. */
function toAsk(label: string, situation: Situation): readonly Advice[] {
  const isDenied = situation.servers.some(({ kind }) => kind === "denied");
  if (isDenied && situation.caller.uid !== 0) {
    const line = tsvCommand(["why", label], situation);
    return [{ text: "Ask as somebody who may talk to the daemon", commands: [`sudo ${line}`] }];
  }
  const commands = [tsvCommand(["doctor", "boot", "socket"], situation)];
  return [{ text: "See why no daemon answers", commands }, ...toStart(situation)];
}

/** Where none runs, what starts it; the service does, when it is the one of this configuration. */
function toStart({ daemon, config, service, executable }: Situation): readonly Advice[] {
  if (daemon !== null || config.path === null || config.daemon?.ok !== true) return [];
  const ofService = service.manifest?.config ?? service.layout.config;
  const isService = service.file !== null && config.path === ofService;
  const start = isService ? service.commands?.startByHand : undefined;
  const words = start ?? [executable.path, "daemon", "-c", config.path];
  return [{ text: "Start the daemon", commands: [shellLine(words)] }];
}

function adviceOf({ code, repair }: Known["findings"][number], situation: Situation): Advice {
  const commands =
    repair.steps.length > 0 ? [tsvCommand(["doctor", "--fix", code], situation)] : repair.commands;
  return { text: `${repair.advice} (${code})`, commands };
}

function hasFailed({ state, history, findings }: Known): boolean {
  if (state === "FATAL" || state === "BACKOFF") return true;
  if (findings.some(({ code }) => code === FLAPPING)) return true;
  return state === "EXITED" && history?.runs.at(-1)?.expected === false;
}

function afterCrash(
  { history, clue, kill, label, output }: Known,
  isExplained: boolean,
  situation: Situation,
): readonly Advice[] {
  const last = history?.runs.at(-1);
  const advice: Advice[] = clue === null ? [] : [{ text: clue.advice, commands: [] }];
  if (kill !== null && kill.by !== "unknown") {
    const text =
      "Give the program more memory, or set a lower limit of its own; MemoryMax= of the service limits all programs together";
    advice.push({ text, commands: [] });
  }
  if (last?.core === true) {
    const text = "It left a core dump: a debugger shows where it crashed";
    advice.push({ text, commands: ["coredumpctl list"] });
  }
  if (!isExplained && advice.length === 0) {
    const words = output?.channel === "stderr" ? ["tail", label, "stderr"] : ["tail", label];
    const isSilent = output === null || output.lines?.length === 0;
    advice.push(
      isSilent
        ? {
            text: "It wrote nothing: run its command by hand, as its user and in its directory",
            commands: [],
          }
        : { text: "See what it wrote before it ended", commands: [tsvCommand(words, situation)] },
    );
  }
  return advice;
}
