// Carries out roll-outs: a part of the hub's program. What is decided is kept in the bucket before it is done, so that a hub that starts
// again goes on.

import { err, ok, type Result } from "../../core/base/result.ts";
import type { ConfigurationReport } from "../../core/fleet/desired.ts";
import { configurationOf, readReport } from "../../core/fleet/reported.ts";
import {
  advance,
  isOver,
  jobsOf,
  newRollout,
  type RolloutInput,
  type RolloutJob,
  type RolloutSpec,
  type RolloutState,
} from "../../core/fleet/rollout.ts";
import {
  DESIRED_HEADERS,
  readRolloutKey,
  readSpec,
  readState,
  rolloutIds,
  rolloutKey,
  stateText,
} from "../../core/fleet/rollout-text.ts";
import { keySubject } from "../../core/fleet/subjects.ts";
import { monotonic } from "../../host/time/clock.ts";
import { startPause } from "../../host/time/pause.ts";
import type { Pause } from "../../ports/clock.ts";
import type { HubPart } from "../hub/part.ts";
import {
  entryAt,
  hubFailure,
  keyOf,
  keysOf,
  lastEntry,
  type PutFailure,
  purgeKey,
  putEntry,
  textOf,
} from "../nats/buckets.ts";
import type { Session } from "../nats/connection.ts";

/** Jobs at once of one roll-out. */
const PARALLEL = 32;
/** After a job that failed, if the connection lasts. */
const RETRY_MS = 2000;
/** Roll-outs that are kept when they are over. */
const KEPT = 50;

export function createRollouts(log: (line: string) => void): HubPart {
  return {
    connected(session) {
      const walk = new Walk(session, log);
      void walk.run().catch((error: unknown) => session.giveUp(String(error)));
    },
    changed: () => undefined,
  };
}

/** All roll-outs, for the time of one connection. */
class Walk {
  readonly #session: Session;
  readonly #log: (line: string) => void;
  readonly #active = new Map<string, Rollout>();
  /** The last reports of devices since the connection began. */
  readonly #reports = new Map<string, ConfigurationReport>();
  readonly #over = new Set<string>();
  isEnded = false;

  constructor(session: Session, log: (line: string) => void) {
    this.#session = session;
    this.#log = log;
    void session.ended.then(() => {
      this.isEnded = true;
      for (const each of this.#active.values()) each.end();
    });
  }

  async run(): Promise<void> {
    const session = this.#session;
    session.subscribe(keySubject("reported", "*"), (message) => {
      const device = keyOf("reported", message);
      const report = configurationOf(readReport(textOf(message)));
      if (report === null) return;
      this.#reports.set(device, report);
      this.#active.get(report.rollout)?.take({ kind: "report", device, report });
    });
    session.subscribe(keySubject("rollouts", "*"), (message) => {
      const key = readRolloutKey(keyOf("rollouts", message));
      if (key !== null && key.part !== "state") void this.#load(key.id);
    });
    const keys = await keysOf(session, "rollouts");
    if (!keys.ok) throw new Error(hubFailure(keys.error));
    for (const id of rolloutIds(keys.value)) await this.#load(id);
  }

  /** Reads a roll-out, or that it is aborted. Called again for one that is known. */
  async #load(id: string, attempt = 0): Promise<void> {
    if (this.isEnded || this.#over.has(id)) return;
    const session = this.#session;
    const spec = await lastEntry(session, "rollouts", rolloutKey(id, "spec"));
    const state = await lastEntry(session, "rollouts", rolloutKey(id, "state"));
    const abort = await lastEntry(session, "rollouts", rolloutKey(id, "abort"));
    if (!spec.ok || !state.ok || !abort.ok) {
      await startPause(RETRY_MS).over;
      return await this.#load(id);
    }
    const known = this.#active.get(id);
    if (spec.value === null || (known !== undefined && abort.value === null)) {
      // The stream has a message a moment after subscribers have it.
      if (attempt > 4) return;
      await startPause(50 * 2 ** attempt).over;
      return await this.#load(id, attempt + 1);
    }
    const rollout = known ?? this.#open(id, spec.value.text, state.value?.text ?? null);
    if (rollout === null) return;
    if (abort.value !== null) rollout.take({ kind: "abort", by: abort.value.text ?? "" });
    this.#begin();
  }

  #open(id: string, text: string | null, kept: string | null): Rollout | null {
    if (text === null) return null;
    const spec = readSpec(text);
    if (spec === null) {
      this.#log(`roll-out ${id} cannot be read, and is not carried out`);
      this.#over.add(id);
      return null;
    }
    const state = kept === null ? newRollout(spec) : readState(kept, spec);
    if (state === null) {
      this.#log(`the state of roll-out ${id} cannot be read, and it does not go on`);
      this.#over.add(id);
      return null;
    }
    if (isOver(state)) {
      this.#over.add(id);
      void this.#prune();
      return null;
    }
    const rollout = new Rollout(id, spec, state, this.#session, this.#reports, (line) => {
      this.#log(line);
      if (!isOver(rollout.state)) return;
      this.#active.delete(id);
      this.#over.add(id);
      this.#begin();
      void this.#prune();
    });
    this.#active.set(id, rollout);
    rollout.goOn();
    return rollout;
  }

  /** Starts those whose devices are in none that runs, nor in an earlier one that waits. */
  #begin(): void {
    const all = [...this.#active].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
    const isWaiting = ({ state }: Rollout): boolean => state.phase === "waiting";
    const running = all.filter((each) => !isWaiting(each));
    const taken = new Set(running.flatMap(({ spec }) => spec.devices));
    for (const rollout of all.filter(isWaiting)) {
      const { devices } = rollout.spec;
      if (!devices.some((each) => taken.has(each))) rollout.take({ kind: "start" });
      for (const device of devices) taken.add(device);
    }
  }

  /** Forgets the oldest that are over. */
  async #prune(): Promise<void> {
    const old = [...this.#over].sort().slice(0, -KEPT);
    for (const id of old) {
      this.#over.delete(id);
      for (const part of ["abort", "state", "spec"] as const)
        purgeKey(this.#session, "rollouts", rolloutKey(id, part));
    }
  }
}

/** One roll-out: takes inputs, keeps each decision, does the jobs that follow. */
class Rollout {
  readonly spec: RolloutSpec;
  state: RolloutState;
  readonly #id: string;
  readonly #session: Session;
  readonly #reports: Map<string, ConfigurationReport>;
  readonly #changed: (line: string) => void;
  #inputs: RolloutInput[] = [];
  #isBusy = false;
  #isEnded = false;
  #alarm: Pause | null = null;

  constructor(
    id: string,
    spec: RolloutSpec,
    state: RolloutState,
    session: Session,
    reports: Map<string, ConfigurationReport>,
    changed: (line: string) => void,
  ) {
    this.spec = spec;
    this.state = state;
    this.#id = id;
    this.#session = session;
    this.#reports = reports;
    this.#changed = changed;
  }

  take(input: RolloutInput): void {
    this.#inputs.push(input);
    if (!this.#isBusy) void this.#work();
  }

  /** Continues after a connection began: reports that came meanwhile are in the bucket. */
  goOn(): void {
    void this.#readReports().then(() => this.#work());
  }

  end(): void {
    this.#isEnded = true;
    this.#alarm?.cancel();
  }

  async #readReports(): Promise<void> {
    const { devices } = this.state;
    const open = this.spec.devices.filter((_, index) => {
      const progress = devices[index]?.progress;
      return progress === "sent" || progress === "away";
    });
    await inParallel(open, async (device) => {
      const entry = await lastEntry(this.#session, "reported", device);
      const report = entry.ok ? configurationOf(readReport(entry.value?.text ?? "")) : null;
      if (report?.rollout === this.#id) this.#inputs.push({ kind: "report", device, report });
    });
  }

  async #work(): Promise<void> {
    if (this.#isBusy || this.#isEnded) return;
    this.#isBusy = true;
    this.#alarm?.cancel();
    let wakeMs: number | null = null;
    for (;;) {
      const inputs = this.#inputs;
      this.#inputs = [];
      const before = this.state;
      const after = advance(this.spec, before, inputs, monotonic());
      if (after !== before && !(await this.#keep(after))) {
        this.#inputs = [...inputs, ...this.#inputs];
        wakeMs = RETRY_MS;
        break;
      }
      this.state = after;
      if (after.phase !== before.phase || after.wave !== before.wave) this.#tell();
      if (isOver(after) || this.#isEnded) break;
      const failed = await this.#do(jobsOf(this.spec, after));
      wakeMs = failed ? RETRY_MS : null;
      if (this.#inputs.length === 0) break;
    }
    this.#isBusy = false;
    const { deadline } = this.state;
    const leftMs = deadline === null ? null : Math.max(1, deadline - monotonic());
    const soonest = [wakeMs, leftMs].flatMap((each) => each ?? []);
    if (this.#isEnded || isOver(this.state)) return;
    if (this.#inputs.length > 0 && wakeMs === null) return void this.#work();
    if (soonest.length > 0) this.#wake(Math.min(...soonest));
  }

  #wake(ms: number): void {
    const alarm = startPause(Math.min(ms, 2 ** 31 - 1));
    this.#alarm = alarm;
    void alarm.over.then(() => {
      if (this.#alarm === alarm) void this.#work();
    });
  }

  #tell(): void {
    const { phase, wave, why } = this.state;
    const at = phase === "running" ? `, wave ${wave + 1} of ${this.spec.waves.length}` : "";
    this.#changed(
      `roll-out ${this.#id} by ${this.spec.by}: ${phase}${at}${why === "" ? "" : `: ${why}`}`,
    );
  }

  async #keep(state: RolloutState): Promise<boolean> {
    const text = stateText(state);
    if (text === stateText(this.state)) return true;
    const key = rolloutKey(this.#id, "state");
    const kept = await putEntry(this.#session, "rollouts", key, text);
    return kept.ok;
  }

  /** @returns whether a job failed, and is to be done again */
  async #do(jobs: readonly RolloutJob[]): Promise<boolean> {
    let failed = false;
    await inParallel(jobs, async ({ device, kind }) => {
      const done = kind === "send" ? await this.#send(device) : await this.#return(device);
      if (done.ok) this.#inputs.push(done.value);
      else failed = true;
    });
    return failed;
  }

  async #send(device: string): Promise<Result<RolloutInput, PutFailure>> {
    const last = await lastEntry(this.#session, "desired", device);
    if (!last.ok) return last;
    const report = (): ConfigurationReport | null => {
      const last = this.#reports.get(device);
      return last?.rollout === this.#id ? last : null;
    };
    if (last.value?.header(DESIRED_HEADERS.rollout) === this.#id) {
      // A hub before this one has sent it.
      const { revision, header } = last.value;
      const before = Number(header(DESIRED_HEADERS.before) ?? 0);
      return ok({ kind: "sent", device, before, revision, report: report() });
    }
    const before = last.value?.revision ?? 0;
    const text = await this.#textFor(device);
    if (!text.ok) return text;
    if (text.value === undefined)
      return ok({ kind: "unsent", device, why: "the hub does not have that revision any more" });
    const headers = {
      [DESIRED_HEADERS.rollout]: this.#id,
      [DESIRED_HEADERS.by]: this.spec.by,
      [DESIRED_HEADERS.before]: `${before}`,
      [DESIRED_HEADERS.settle]: `${this.spec.settleMs}`,
    };
    const put = await putEntry(this.#session, "desired", device, text.value, {
      ...{ expected: before, headers },
    });
    // JetStream has refused it, perhaps because the bucket is full.
    if (!put.ok && typeof put.error === "object")
      return ok({ kind: "unsent", device, why: put.error.text });
    if (!put.ok) return put;
    return ok({ kind: "sent", device, before, revision: put.value, report: report() });
  }

  /** undefined for a revision that is gone. */
  async #textFor(device: string): Promise<Result<string | null | undefined, PutFailure>> {
    const { content } = this.spec;
    if ("text" in content) return ok(content.text);
    const revision = content.revisions[device] ?? 0;
    return await this.#textAt(device, revision);
  }

  async #textAt(
    device: string,
    revision: number,
  ): Promise<Result<string | null | undefined, PutFailure>> {
    if (revision === 0) return ok(null);
    const entry = await entryAt(this.#session, "desired", revision);
    if (!entry.ok) return entry;
    return ok(entry.value?.key === device ? entry.value.text : undefined);
  }

  /** Writes the revision before again, if the last one is that of this roll-out. */
  async #return(device: string): Promise<Result<RolloutInput, PutFailure>> {
    const last = await lastEntry(this.#session, "desired", device);
    if (!last.ok) return last;
    if (last.value?.header(DESIRED_HEADERS.returns) === this.#id)
      return ok({ kind: "returned", device });
    if (last.value?.header(DESIRED_HEADERS.rollout) !== this.#id)
      return ok({ kind: last.value === null ? "returned" : "superseded", device });
    const before = Number(last.value.header(DESIRED_HEADERS.before) ?? 0);
    const text = await this.#textAt(device, before);
    if (!text.ok) return text;
    if (text.value === undefined) return err({ text: `revision ${before} is gone` });
    const headers = {
      [DESIRED_HEADERS.returns]: this.#id,
      [DESIRED_HEADERS.by]: this.spec.by,
    };
    const put = await putEntry(this.#session, "desired", device, text.value, {
      ...{ expected: last.value.revision, headers },
    });
    return put.ok ? ok({ kind: "returned", device }) : put;
  }
}

async function inParallel<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const work = async (): Promise<void> => {
    for (const item of queue) await act(item);
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, items.length) }, work));
}
