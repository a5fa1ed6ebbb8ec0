// A roll-out of a configuration to devices, wave by wave. Pure: `advance` takes what happened and the time; what is to be done follows from
// the state (`jobsOf`), so that a hub that starts again does what is still to be done. The state is data with a text of its own.

import type { ConfigurationReport } from "./desired.ts";

/** What an operator asks for: written once, then never changed. */
export interface RolloutSpec {
  /** The operator, and the time in UTC by its clock: only for display. */
  readonly by: string;
  readonly at: string;
  /** One text for all, null to remove it; or the revision of its key that each device returns to, 0 for none. */
  readonly content:
    | { readonly text: string | null }
    | { readonly revisions: Readonly<Record<string, number>> };
  /** In the order in which they get it. */
  readonly devices: readonly string[];
  /** Devices that have it after each wave; the last one is all of them. */
  readonly waves: readonly number[];
  readonly maxFailures: number;
  /** Milliseconds in which the devices of a wave must answer. */
  readonly limitMs: number;
  /** A device that does not answer in time has failed. */
  readonly requireAll: boolean;
  readonly settleMs: number;
}

/**
 * `sending`: its key is being written. `failing`, `undoing`: its key is being returned to the revision before, which `failed` and `undone`
 * have. `away`: did not answer in time, and gets it when it comes back. `superseded`: its key has a newer revision of something else.
 */
export const PROGRESS = [
  ...(["pending", "sending", "sent", "applied", "away"] as const),
  ...(["failing", "failed", "undoing", "undone", "superseded"] as const),
] as const;
export type Progress = (typeof PROGRESS)[number];

export interface RolloutDevice {
  readonly progress: Progress;
  /** Revisions of its key: before the roll-out, 0 for none, and of the roll-out; 0 while it has none. */
  readonly before: number;
  readonly revision: number;
  /** A clause; empty if there is nothing to say. */
  readonly why: string;
}

/** `waiting`: for a roll-out with the same devices. The last two are ends, as is `done`. */
export const PHASES = ["waiting", "running", "stopping", "done", "stopped"] as const;
export type Phase = (typeof PHASES)[number];

export interface RolloutState {
  readonly phase: Phase;
  /** Why it stops or has stopped; empty if it does not. */
  readonly why: string;
  /** From 0. */
  readonly wave: number;
  /** As `RolloutSpec.devices`. */
  readonly devices: readonly RolloutDevice[];
  /** Monotonic milliseconds; null until the next `advance`. Not kept: a hub that starts again gives the wave its time anew. */
  readonly deadline: number | null;
}

export type RolloutInput =
  /** No other roll-out has these devices. */
  | { readonly kind: "start" }
  /** Its key is written. `report`: the last that the device sent, which may be about this revision already. */
  | {
      readonly kind: "sent";
      readonly device: string;
      readonly before: number;
      readonly revision: number;
      readonly report: ConfigurationReport | null;
    }
  /** Its key cannot be written. */
  | { readonly kind: "unsent"; readonly device: string; readonly why: string }
  | { readonly kind: "report"; readonly device: string; readonly report: ConfigurationReport }
  /** Its key has the revision before again. */
  | { readonly kind: "returned"; readonly device: string }
  | { readonly kind: "superseded"; readonly device: string }
  | { readonly kind: "abort"; readonly by: string };

/** What is to be done for a device. */
export interface RolloutJob {
  readonly device: string;
  readonly kind: "send" | "return";
}

/** Have answered, or are not waited for. */
const SETTLED: ReadonlySet<Progress> = new Set(["applied", "away", "failed", "superseded"]);
/** Have the new text, or may get it. */
const REACHED: ReadonlySet<Progress> = new Set(["sending", "sent", "applied", "away"]);

export function newRollout(spec: RolloutSpec): RolloutState {
  const device: RolloutDevice = { progress: "pending", before: 0, revision: 0, why: "" };
  return {
    ...{ phase: "waiting", why: "", wave: 0, deadline: null },
    devices: spec.devices.map(() => device),
  };
}

export function isOver({ phase }: RolloutState): boolean {
  return phase === "done" || phase === "stopped";
}

/** Devices of a wave, as indexes: from, and up to but not with. */
export function waveRange({ waves }: RolloutSpec, wave: number): readonly [number, number] {
  return [waves[wave - 1] ?? 0, waves[wave] ?? 0];
}

/**
 * Takes inputs, in any order and any number of times each.
 * @param now monotonic milliseconds @returns the same state if nothing changes
 */
export function advance(
  spec: RolloutSpec,
  state: RolloutState,
  inputs: readonly RolloutInput[],
  now: number,
): RolloutState {
  if (isOver(state)) return state;
  const draft = new Draft(spec, state);
  for (const input of inputs) draft.take(input);
  draft.settle(now);
  return draft.result();
}

/** What is to be done now. Each job may be done more than once. */
export function jobsOf(
  { devices: names }: RolloutSpec,
  state: RolloutState,
): readonly RolloutJob[] {
  return state.devices.flatMap(({ progress }, index): readonly RolloutJob[] => {
    const device = names[index] ?? "";
    if (progress === "sending") return [{ device, kind: "send" }];
    return progress === "failing" || progress === "undoing" ? [{ device, kind: "return" }] : [];
  });
}

class Draft {
  readonly #spec: RolloutSpec;
  readonly #before: RolloutState;
  readonly #index: ReadonlyMap<string, number>;
  #state: RolloutState;
  #devices: RolloutDevice[] | null = null;

  constructor(spec: RolloutSpec, state: RolloutState) {
    this.#spec = spec;
    this.#before = state;
    this.#state = state;
    this.#index = indexOf(spec);
  }

  result(): RolloutState {
    const devices = this.#devices ?? this.#before.devices;
    const isSame = this.#devices === null && this.#state === this.#before;
    return isSame ? this.#before : { ...this.#state, devices };
  }

  take(input: RolloutInput): void {
    if (input.kind === "start") {
      if (this.#state.phase === "waiting") this.#beginWave(0);
    } else if (input.kind === "abort") this.#stop(`aborted by ${input.by}`);
    else {
      const index = this.#index.get(input.device);
      const device = index === undefined ? undefined : this.#at(index);
      if (index !== undefined && device !== undefined) this.#takeOf(index, device, input);
    }
  }

  #takeOf(
    index: number,
    device: RolloutDevice,
    input: Exclude<RolloutInput, { readonly kind: "start" | "abort" }>,
  ): void {
    const { progress } = device;
    switch (input.kind) {
      case "sent": {
        const { before, revision, report } = input;
        if (progress === "sending") {
          this.#set(index, { ...device, progress: "sent", before, revision });
          if (report !== null) this.#report(index, report);
        } else if (device.revision === 0) this.#set(index, { ...device, before, revision });
        return;
      }
      case "unsent":
        if (progress === "sending")
          this.#set(index, { ...device, progress: "failed", why: input.why });
        return;
      case "report":
        this.#report(index, input.report);
        return;
      case "returned":
        if (progress === "failing") this.#set(index, { ...device, progress: "failed" });
        if (progress === "undoing") this.#set(index, { ...device, progress: "undone" });
        return;
      case "superseded": {
        // Of one that failed, that is still what counts.
        const isFailed = progress === "failing";
        if (isFailed || progress === "undoing" || REACHED.has(progress))
          this.#set(index, { ...device, progress: isFailed ? "failed" : "superseded" });
        return;
      }
    }
  }

  #report(index: number, { revision, result, why }: ConfigurationReport): void {
    const device = this.#at(index);
    if (device === undefined || device.revision === 0 || revision !== device.revision) return;
    if (device.progress !== "sent" && device.progress !== "away") return;
    this.#set(
      index,
      result === "applied"
        ? { ...device, progress: "applied" }
        : { ...device, progress: "failing", why: `${result}: ${why}` },
    );
  }

  /** What follows from the states of devices and the time. */
  settle(now: number): void {
    const { limitMs, requireAll, maxFailures, waves } = this.#spec;
    while (this.#state.phase === "running") {
      const range = waveRange(this.#spec, this.#state.wave);
      if (this.#state.deadline === null) this.#state = { ...this.#state, deadline: now + limitMs };
      if (now >= (this.#state.deadline ?? 0)) {
        const late: Pick<RolloutDevice, "progress" | "why"> = {
          ...{ progress: requireAll ? "failing" : "away", why: "no answer within the time limit" },
        };
        this.#each(range, (device) =>
          device.progress === "sent" ? { ...device, ...late } : device,
        );
      }
      const failed = this.#all().filter(({ progress }) => /^fail/.test(progress));
      if (failed.length > maxFailures) {
        const devices = `${failed.length} ${failed.length === 1 ? "device" : "devices"} failed`;
        this.#stop(`${devices}: ${failed[0]?.why ?? ""}`);
      } else if (
        this.#all()
          .slice(...range)
          .every(({ progress }) => SETTLED.has(progress))
      ) {
        const next = this.#state.wave + 1;
        if (next < waves.length) this.#beginWave(next);
        else this.#state = { ...this.#state, phase: "done", deadline: null };
        continue;
      }
      break;
    }
    const isBusy = this.#all().some(
      ({ progress }) => /ing$/.test(progress) && progress !== "pending",
    );
    if (this.#state.phase === "stopping" && !isBusy)
      this.#state = { ...this.#state, phase: "stopped", deadline: null };
  }

  #beginWave(wave: number): void {
    this.#state = { ...this.#state, phase: "running", wave, deadline: null };
    this.#each(waveRange(this.#spec, wave), (device) => ({ ...device, progress: "sending" }));
  }

  /** The wave, and devices that are away, return to the revision before; waves before keep theirs. */
  #stop(why: string): void {
    const { phase, wave } = this.#state;
    if (phase === "stopping") return;
    const [from] = waveRange(this.#spec, wave);
    this.#state = { ...this.#state, phase: "stopping", why, deadline: null };
    if (phase === "waiting") return;
    this.#each([0, this.#spec.devices.length], (device, index) => {
      const isOfWave = index >= from && REACHED.has(device.progress);
      return isOfWave || device.progress === "away" ? { ...device, progress: "undoing" } : device;
    });
  }

  #all(): readonly RolloutDevice[] {
    return this.#devices ?? this.#before.devices;
  }

  #at(index: number): RolloutDevice | undefined {
    return this.#all()[index];
  }

  #set(index: number, device: RolloutDevice): void {
    this.#devices ??= [...this.#before.devices];
    this.#devices[index] = device;
  }

  #each(
    [from, to]: readonly [number, number],
    change: (device: RolloutDevice, index: number) => RolloutDevice,
  ): void {
    for (let index = from; index < to; index += 1) {
      const device = this.#at(index);
      const changed = device === undefined ? undefined : change(device, index);
      if (changed !== undefined && changed !== device) this.#set(index, changed);
    }
  }
}

const INDEXES = new WeakMap<RolloutSpec, ReadonlyMap<string, number>>();

/** Asked for at each input of thousands of devices. */
function indexOf(spec: RolloutSpec): ReadonlyMap<string, number> {
  const known = INDEXES.get(spec);
  if (known !== undefined) return known;
  const made = new Map(spec.devices.map((device, index) => [device, index]));
  INDEXES.set(spec, made);
  return made;
}

/**
 * `1,10%,100%`: devices that have it after each wave; all of them after the last one, also if the words do not say so.
 * @returns a clause for words that are no waves
 */
export function readWaves(words: string, devices: number): readonly number[] | string {
  const counts: number[] = [];
  for (const word of words.split(",").map((each) => each.trim())) {
    const [, digits, percent] = /^(\d{1,7})(%?)$/.exec(word) ?? [];
    const number = Number(digits);
    if (digits === undefined || number === 0 || (percent === "%" && number > 100))
      return `'${word}' is no wave: write numbers of devices or percents, as 1,10%,100%`;
    const count = percent === "%" ? Math.ceil((devices * number) / 100) : number;
    counts.push(Math.min(count, devices));
  }
  const rising = counts.filter((count, index) => count > Math.max(0, ...counts.slice(0, index)));
  return rising.at(-1) === devices ? rising : [...rising, devices];
}
