// What a device does with its desired configuration. Pure: `step` takes what happened and returns what to do, one act at a time; the note on
// the disk says what was begun, so that an agent that starts after any death either completes the change or undoes it. Only revisions are
// compared, never a clock.

/** A revision of the key of a device. */
export interface Desired {
  /** Sequence of the message in the bucket. */
  readonly revision: number;
  /** Roll-out that has written it; empty for none. A hub that has lost its streams counts revisions from 1 again. */
  readonly rollout: string;
  /** null: no configuration, the file is removed. */
  readonly text: string | null;
  /** Milliseconds for which programs must stay up after they came up. */
  readonly settleMs: number;
}

export const DESIRED_RESULTS = ["applied", "refused", "rolled-back"] as const;
export type DesiredResult = (typeof DESIRED_RESULTS)[number];

/** Member `configuration` of the reported state of a device. */
export interface ConfigurationReport {
  readonly revision: number;
  readonly rollout: string;
  readonly result: DesiredResult;
  /** A clause; empty for `applied`. */
  readonly why: string;
  /** Time of the result in UTC by the clock of the device, which may be wrong: only for display. */
  readonly at: string;
}

/** What the disk knows of the last revision. */
export interface Note {
  readonly revision: number;
  readonly rollout: string;
  /** `begun`: the file may be the new one. `restoring`: the file before is put back. `done`: the file is as the result says. */
  readonly phase: "begun" | "restoring" | "done";
  /** Times that this revision was begun. */
  readonly attempts: number;
  /** Programs and groups of the text before and of this one. */
  readonly names: readonly string[];
  /** Whether there was a file before. */
  readonly hadFile: boolean;
  /** null while it is not known, or after an interruption that allows another attempt. */
  readonly result: DesiredResult | null;
  readonly why: string;
  readonly at: string;
}

/** Interruptions (the agent or the daemon died, power was lost) after which the revision counts as failed. */
export const MOST_ATTEMPTS = 2;
/** Milliseconds between calls to a daemon that does not answer, or a disk that takes nothing. */
export const PAUSE_MS = 5000;
/** Characters of a reason. */
const LONGEST_WHY = 500;

export type Act =
  /** Is this text a configuration that the daemon can start with? */
  | { readonly kind: "check"; readonly desired: Desired }
  /** Brings note and file to the disk: see `filesOf`. */
  | { readonly kind: "begin"; readonly note: Note; readonly desired: Desired }
  /** Lets the daemon apply these programs and groups, and waits until they are up. */
  | { readonly kind: "apply"; readonly names: readonly string[] }
  /** Waits, and looks whether what came up is still up. */
  | { readonly kind: "settle"; readonly names: readonly string[]; readonly ms: number }
  | { readonly kind: "restore"; readonly note: Note }
  /** Like `apply`, of the file before. */
  | { readonly kind: "reapply"; readonly names: readonly string[] }
  | { readonly kind: "pause"; readonly ms: number }
  | { readonly kind: "finish"; readonly note: Note };

export type DesiredInput =
  /** The agent has started. Once, first; a note that is unreadable is null. */
  | { readonly kind: "started"; readonly note: Note | null }
  /** The newest revision of the key. */
  | { readonly kind: "desired"; readonly desired: Desired }
  /** Of a check: what is wrong, or what the change would touch. */
  | { readonly kind: "checked"; readonly problem: string }
  | {
      readonly kind: "checked";
      readonly problem: null;
      readonly names: readonly string[];
      readonly hadFile: boolean;
    }
  /** Of the other acts. `refused`: the daemon does not take the configuration. `lost`: it does not answer. */
  | { readonly kind: "did"; readonly outcome: "ok" }
  | { readonly kind: "did"; readonly outcome: "failed" | "refused" | "lost"; readonly why: string };

export interface DesiredState {
  readonly note: Note | null;
  readonly desired: Desired | null;
  /** The act that runs; null if there is nothing to do. */
  readonly act: Act | null;
  /** What comes after a pause. */
  readonly after: Act | null;
  readonly report: ConfigurationReport | null;
}

export const NOTHING_DESIRED: DesiredState = {
  note: null,
  desired: null,
  act: null,
  after: null,
  report: null,
};

/**
 * Takes one input. The caller performs `act` if it is another one than before, and passes its outcome, unless the act is another one by
 * then; it sends `report` if it is another one than before.
 * @param at the time in UTC, for the report
 */
export function step(state: DesiredState, input: DesiredInput, at: string): DesiredState {
  switch (input.kind) {
    case "started":
      return next({ ...state, note: input.note, report: reportOf(input.note) });
    case "desired": {
      const known = { ...state, desired: input.desired };
      const { note, act } = state;
      const isTrial = act?.kind === "apply" || act?.kind === "settle";
      // Programs that never come up must not keep the next configuration waiting.
      if (isTrial && note !== null && !isOf(note, input.desired)) {
        const why = `revision ${input.desired.revision} came before it was up`;
        return restoring(known, { ...note, result: "rolled-back", why });
      }
      return act === null ? next(known) : known;
    }
    case "checked":
      return checked(state, input, at);
    case "did":
      return did(state, input, at);
  }
}

/** Whether the note is about this revision. */
function isOf(note: Note | null, desired: Desired | null): boolean {
  return note?.revision === desired?.revision && note?.rollout === desired?.rollout;
}

/** What to do when no act runs. */
function next(state: DesiredState): DesiredState {
  const { note, desired } = state;
  if (note !== null && note.phase !== "done") return restoring(state, note);
  const isTried = isOf(note, desired) && note?.result !== null;
  if (desired === null || isTried) return { ...state, act: null };
  return { ...state, act: { kind: "check", desired } };
}

function restoring(state: DesiredState, note: Note): DesiredState {
  const why = note.why || "it was interrupted";
  const isLast = note.result === null && note.attempts >= MOST_ATTEMPTS;
  const result = isLast ? "rolled-back" : note.result;
  const undone: Note = { ...note, phase: "restoring", result, why };
  return { ...state, note: undone, act: { kind: "restore", note: undone } };
}

function checked(
  state: DesiredState,
  input: DesiredInput & { readonly kind: "checked" },
  at: string,
): DesiredState {
  if (state.act?.kind !== "check") return state;
  const { desired } = state.act;
  const { note: last } = state;
  const { revision, rollout } = desired;
  const attempts = last !== null && isOf(last, desired) ? last.attempts : 0;
  const fresh = {
    ...{ revision, rollout, attempts: attempts + 1, at },
    ...{ names: [], hadFile: false, result: null, why: "" },
  };
  if (input.problem !== null)
    return finishing(state, { ...fresh, phase: "begun" }, "refused", input.problem, at);
  const { names, hadFile } = input;
  const note: Note = { ...fresh, phase: "begun", names, hadFile };
  return { ...state, act: { kind: "begin", note, desired } };
}

function finishing(
  state: DesiredState,
  note: Note,
  result: DesiredResult | null,
  why: string,
  at: string,
): DesiredState {
  const done: Note = { ...note, phase: "done", result, why: why.slice(0, LONGEST_WHY), at };
  return { ...state, act: { kind: "finish", note: done } };
}

function did(
  state: DesiredState,
  input: DesiredInput & { readonly kind: "did" },
  at: string,
): DesiredState {
  const { act } = state;
  const why = input.outcome === "ok" ? null : input.why;
  switch (act?.kind) {
    case "begin":
      // Nothing has changed if it failed: the file is replaced last.
      if (why !== null) return finishing(state, act.note, "refused", why, at);
      return { ...state, note: act.note, act: { kind: "apply", names: act.note.names } };
    case "apply":
    case "settle": {
      const { note, desired } = state;
      if (note === null) return next(state);
      if (input.outcome !== "ok") {
        const results = { failed: "rolled-back", refused: "refused", lost: null } as const;
        return restoring(state, { ...note, result: results[input.outcome], why: input.why });
      }
      const ms = isOf(note, desired) ? (desired?.settleMs ?? 0) : 0;
      if (act.kind === "settle" || ms <= 0) return finishing(state, note, "applied", "", at);
      return { ...state, act: { kind: "settle", names: act.names, ms } };
    }
    case "restore":
      if (why !== null) return later(state, act, `${act.note.why}; not restored: ${why}`, at);
      return { ...state, act: { kind: "reapply", names: act.note.names } };
    case "reapply": {
      const { note } = state;
      if (note === null) return next(state);
      if (input.outcome === "lost") return later(state, act, `${note.why}; then ${why}`, at);
      const both = why === null ? note.why : `${note.why}; before that: ${why}`;
      return finishing(state, note, note.result, both, at);
    }
    case "finish": {
      // A change whose success cannot be noted would be undone by the next agent: better at once.
      const { note } = act;
      if (why !== null && note.result === "applied")
        return restoring(state, { ...note, phase: "begun", result: "rolled-back", why });
      return next({ ...state, note, report: reportOf(note) ?? state.report });
    }
    case "pause":
      return { ...state, act: state.after, after: null };
    default:
      return state;
  }
}

/** Tries again after a pause, and reports until then why it is not done. */
function later(state: DesiredState, act: Act, why: string, at: string): DesiredState {
  const { note } = state;
  const result = note?.result ?? "rolled-back";
  const known = note === null ? null : reportOf({ ...note, phase: "done", result, why, at });
  const isSaid = state.report?.revision === known?.revision && state.report?.why === known?.why;
  const report = isSaid ? state.report : known;
  return { ...state, report, after: act, act: { kind: "pause", ms: PAUSE_MS } };
}

function reportOf(note: Note | null): ConfigurationReport | null {
  if (note === null || note.phase !== "done" || note.result === null) return null;
  const { revision, rollout, result, why, at } = note;
  return { revision, rollout, result, why: why.slice(0, LONGEST_WHY), at };
}

/** The files of a device, all in the directory of the first. */
export const DESIRED_FILES = {
  /** Read by [include]. */
  file: "fleet-desired.conf",
  // Names with a dot in front match no pattern of [include].
  candidate: ".fleet-desired.new",
  before: ".fleet-desired.before",
  note: ".fleet-desired.json",
} as const;
export type DesiredFile = keyof typeof DESIRED_FILES;

/**
 * One change of the directory, atomic and durable. `move`, `link` and `remove` do nothing if there is no such file. The first that fails
 * is the last, unless it may fail.
 */
export type FileChange =
  | {
      readonly op: "write";
      readonly to: DesiredFile;
      readonly text: string;
      readonly mayFail?: true;
    }
  | { readonly op: "link" | "move"; readonly from: DesiredFile; readonly to: DesiredFile }
  | { readonly op: "remove"; readonly from: DesiredFile };

/**
 * The changes of files of an act, in order. After a death between two of them, the note says which file is in force: until the note is
 * written the file is the one before, and afterwards `before` is that file as long as it exists. Restoring needs no room, and so works on a
 * full disk.
 */
export function filesOf(act: Act): readonly FileChange[] {
  switch (act.kind) {
    case "begin": {
      const { text } = act.desired;
      const note: FileChange = { op: "write", to: "note", text: noteText(act.note) };
      const backup: readonly FileChange[] = [
        { op: "remove", from: "before" },
        { op: "link", from: "file", to: "before" },
      ];
      if (text === null) return [...backup, note, { op: "remove", from: "file" }];
      const candidate: FileChange = { op: "write", to: "candidate", text: fileText(text) };
      return [candidate, ...backup, note, { op: "move", from: "candidate", to: "file" }];
    }
    case "restore":
      return [
        // The verdict, so that a death meanwhile does not make an interruption of a failure.
        { op: "write", to: "note", text: noteText(act.note), mayFail: true },
        act.note.hadFile
          ? { op: "move", from: "before", to: "file" }
          : { op: "remove", from: "file" },
      ];
    case "finish":
      return [
        { op: "write", to: "note", text: noteText(act.note) },
        { op: "remove", from: "before" },
        { op: "remove", from: "candidate" },
      ];
    default:
      return [];
  }
}

/** The first line of the file; one without it is not ours. */
const HEAD =
  "; Written by tsv fleet: changes here are lost with the next configuration of the fleet.\n";

/** A desired text as it is in the file. */
export function fileText(text: string): string {
  return `${HEAD}${text}`;
}

/** Whether a file is one that the fleet wrote. */
export function isFileOfFleet(text: string): boolean {
  return text.startsWith(HEAD);
}

export function noteText(note: Note): string {
  return `${JSON.stringify({ format: 1, ...note })}\n`;
}

/** @returns null for a text that is no note */
export function readNote(text: string): Note | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { format, revision, rollout, phase, attempts, names, hadFile, result, why, at } =
    value as Record<string, unknown>;
  const isPhase = phase === "begun" || phase === "restoring" || phase === "done";
  const known = DESIRED_RESULTS.find((each) => each === result) ?? null;
  const isText = (each: unknown): each is string => typeof each === "string";
  if (format !== 1 || !isPhase || typeof revision !== "number" || typeof attempts !== "number")
    return null;
  if (!Array.isArray(names) || !names.every(isText) || typeof hadFile !== "boolean") return null;
  if (!isText(rollout) || !isText(why) || !isText(at) || (result !== null && known === null))
    return null;
  return { revision, rollout, phase, attempts, names, hadFile, result: known, why, at };
}
