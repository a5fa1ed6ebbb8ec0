// What follows a hook, and which hooks follow a change of a process.

import type { ProcessDraft } from "./draft.ts";
import { beginHook, cancelHook, hookCommand } from "./hooks.ts";
import { messages } from "./messages.ts";
import type { HookName, HookRun, ProcessInput, ProcessState } from "./model.ts";
import { continueStop, signalStop } from "./stopping.ts";

export function hookEnded(
  draft: ProcessDraft,
  { name, ok, text }: Extract<ProcessInput, { kind: "hook-ended" }>,
): void {
  const { hook } = draft;
  // The result of a hook that was ended.
  if (hook?.name !== name) return;
  cancelHook(draft);
  if (!ok) fail(draft, name, text);
  proceed(draft, hook, ok);
}

/** Ends a hook without a result. */
export function hookLate(draft: ProcessDraft, hook: HookRun): void {
  cancelHook(draft);
  fail(draft, hook.name, messages.hookLate);
  proceed(draft, hook, false);
}

function fail(draft: ProcessDraft, name: HookName, text: string): void {
  draft.log("WARN", messages.hookFailed(draft.program.name, name, text));
  draft.notice({ about: "HOOK", details: { hook: name, result: "failed" }, text });
}

function proceed(draft: ProcessDraft, hook: HookRun, ok: boolean): void {
  const { phase } = draft;
  if (phase.kind === "STOPPING") {
    if (hook.name === "pre_stop") continueStop(draft, phase.pid);
    else if (hook.name === "stop_command" && !ok) signalStop(draft, phase.pid);
    return;
  }
  const isFollowed = hook.next !== null && beginHook(draft, hook.next);
  if (!isFollowed && phase.kind === "WAITING")
    draft.effects.push({ kind: "start-again", by: phase.by });
}

/** Begins the hooks of what `input` has changed. */
export function followHooks(draft: ProcessDraft, before: ProcessState, input: ProcessInput): void {
  const [was, is] = [before.phase.kind, draft.phase.kind];
  if (input.kind === "exited") afterRun(draft, input.isLast === true);
  if (is === "RUNNING" && was !== "RUNNING") beginHook(draft, "post_start");
  // At a shutdown, BACKOFF ends as FATAL.
  if (is === "FATAL" && was !== "FATAL" && input.kind !== "give-up") follow(draft, "on_fatal");
}

/** A stop_command may end after its program, and is not disturbed. */
function afterRun(draft: ProcessDraft, isLast: boolean): void {
  if (isLast || draft.hook?.name !== "stop_command") cancelHook(draft);
  if (!isLast) follow(draft, "post_stop");
}

function follow(draft: ProcessDraft, name: HookName): void {
  if (draft.hook === null) beginHook(draft, name);
  else if (hookCommand(draft.program, name) !== null) draft.hook = { ...draft.hook, next: name };
}
