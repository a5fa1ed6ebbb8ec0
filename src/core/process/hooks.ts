// Hooks: commands that run when a program starts, stops and fails, at most one of a process at a time. pre_start is a part of
// the start itself; the others run beside the phases:
//
//   RUNNING            post_start     a stop or an exit ends it
//   STOPPING           pre_stop       then stop_command, or the stop signal
//                      stop_command   the program gets the signal only if it fails; SIGKILL after stopwaitsecs
//   after each run     post_stop      the next start waits for it, and everything that waits until the process is down
//   FATAL              on_fatal       likewise, after post_stop
//
// Whether one succeeds changes nothing but that: a hook that fails is reported.

import { SECOND } from "../base/time.ts";
import type { ProcessConfig } from "../config/model.ts";
import type { ProcessDraft } from "./draft.ts";
import { type HookName, type ProcessState, pidOf } from "./model.ts";
import type { RunLog } from "./runs.ts";
import { signalName } from "./signals.ts";

/** All hooks of a program, with that of its starts. */
export type ProgramHook = HookName | "pre_start";

const FIELDS = {
  pre_start: "preStart",
  post_start: "postStart",
  pre_stop: "preStop",
  stop_command: "stopCommand",
  post_stop: "postStop",
  on_fatal: "onFatal",
} as const satisfies Readonly<Record<ProgramHook, keyof ProcessConfig>>;

/** Their options. */
export const HOOK_OPTIONS: readonly string[] = Object.keys(FIELDS);

/** The commands of a program that are hooks. */
type HookCommands = Pick<ProcessConfig, (typeof FIELDS)[ProgramHook]>;

/** null without one. */
export function hookCommand(program: HookCommands, name: ProgramHook): string | null {
  return program[FIELDS[name]];
}

/** All hooks of a program, by the names of their options; null for one that it does not have. */
export function hookCommands(program: HookCommands): readonly (readonly [string, string | null])[] {
  return Object.entries(FIELDS).map(([name, field]) => [name, program[field]] as const);
}

/** From the end of a hook at its limit to that of waiting for its result, in milliseconds. */
const RESERVE_MS = SECOND;

/** The longest time until the result of a hook, in milliseconds. */
export function hookLimitMs({ hookTimeout }: Pick<ProcessConfig, "hookTimeout">): number {
  return hookTimeout * SECOND + RESERVE_MS;
}

/** Begins a hook in place of the one in progress. @returns false if the program does not have it */
export function beginHook(draft: ProcessDraft, name: HookName): boolean {
  const { program, now } = draft;
  if (hookCommand(program, name) === null) return false;
  cancelHook(draft);
  draft.hook = { name, until: now.mono + hookLimitMs(program), next: null };
  draft.effects.push({ kind: "hook", name });
  return true;
}

/** Ends the hook in progress. */
export function cancelHook(draft: ProcessDraft): void {
  if (draft.hook === null) return;
  draft.hook = null;
  draft.effects.push({ kind: "cancel-hook" });
}

/** The seconds that hooks may add to a stop: stop_command may end after its program. */
export function hookStopSeconds(
  program: Pick<ProcessConfig, "preStop" | "stopCommand" | "postStop" | "hookTimeout">,
): number {
  const { preStop, stopCommand, postStop } = program;
  const commands = [preStop, stopCommand, postStop].filter((command) => command !== null);
  return (commands.length * hookLimitMs(program)) / SECOND;
}

interface Hooked {
  readonly group: string;
  readonly config: Pick<ProcessConfig, "name">;
  readonly state: ProcessState;
  readonly runs: RunLog;
}

/** What a hook is told in its environment, besides the variables of its program. */
export function hookVariables(
  { group, config, state, runs }: Hooked,
  name: ProgramHook,
): Readonly<Record<string, string>> {
  const last = name === "post_stop" || name === "on_fatal" ? runs.ended.at(-1) : undefined;
  const pid = pidOf(state) || (last?.pid ?? 0);
  const { exitCode = null, signal = null } = last?.outcome ?? {};
  return {
    TSV_HOOK: name,
    TSV_PROCESS: config.name,
    TSV_GROUP: group,
    ...(pid === 0 ? {} : { TSV_PID: String(pid) }),
    ...(exitCode === null ? {} : { TSV_EXIT_STATUS: String(exitCode) }),
    ...(signal === null ? {} : { TSV_EXIT_SIGNAL: signalName(signal) }),
    TSV_REASON: reasonOf(name, state, runs),
  };
}

function reasonOf(name: ProgramHook, { phase, history }: ProcessState, runs: RunLog): string {
  switch (name) {
    case "pre_start":
    case "post_start":
      return runs.cause ?? "";
    case "pre_stop":
    case "stop_command": {
      const again = phase.kind === "STOPPING" ? phase.again : null;
      if (again === null) return "stop";
      return history.reason?.by === again ? history.reason.text : again;
    }
    case "post_stop":
      return runs.ended.at(-1)?.ending ?? "";
    case "on_fatal":
      return history.spawnErr;
  }
}
