// Lives of simulated devices: configurations of all kinds arrive while the agent, the daemon and the power fail between any two changes of
// files, and the disk is full now and then.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Act,
  type ConfigurationReport,
  type Desired,
  type DesiredFile,
  type DesiredInput,
  type FileChange,
  filesOf,
  fileText,
  MOST_ATTEMPTS,
  NOTHING_DESIRED,
  readNote,
  step,
} from "../../src/core/fleet/desired.ts";
import { Rng } from "./rng.ts";

const SEEDS = Number(process.env["SIM_SEEDS"] ?? 300);
const KINDS = ["good", "syntax", "never-up", "breaks-later", "not-taken", "kills"] as const;
type Kind = (typeof KINDS)[number];

class Device {
  readonly rng: Rng;
  readonly files = new Map<DesiredFile, { readonly text: string }>();
  /** What the daemon runs; null for nothing of the fleet. */
  inForce: string | null = null;
  isFull = false;
  state = NOTHING_DESIRED;
  desired: Desired | null = null;
  readonly reports: ConfigurationReport[] = [];
  /** Times that a revision became the file. */
  readonly installed = new Map<number, number>();
  /** Revisions whose failure the disk knows. */
  readonly failed = new Set<number>();
  hazard = 0;
  deaths = 0;

  constructor(seed: number) {
    this.rng = new Rng(seed);
  }

  kindOf(text: string | null): Kind {
    return KINDS.find((kind) => text?.includes(kind) === true) ?? "good";
  }

  get file(): string | null {
    return this.files.get("file")?.text ?? null;
  }

  take(input: DesiredInput): void {
    const before = this.state.report;
    this.state = step(this.state, input, "2026-01-01T00:00:00Z");
    const { report } = this.state;
    if (report !== null && report !== before) this.reports.push(report);
  }

  start(): void {
    this.state = NOTHING_DESIRED;
    const note = this.files.get("note");
    this.take({ kind: "started", note: note === undefined ? null : readNote(note.text) });
    if (this.desired !== null) this.take({ kind: "desired", desired: this.desired });
  }

  /** The agent dies, or all does; the daemon then starts with what is on the disk. */
  die(): void {
    this.deaths += 1;
    if (this.rng.chance(0.5)) {
      assert.notEqual(this.kindOf(this.file), "syntax", "the daemon cannot start");
      this.inForce = this.file;
    }
    this.start();
  }

  /** @returns false if all died meanwhile */
  perform(act: Act): boolean {
    for (const change of filesOf(act)) {
      if (this.rng.chance(this.hazard)) return false;
      const isWritten = this.change(change);
      if (act.kind === "restore" && act.note.result !== null && !this.isFull)
        this.failed.add(act.note.revision);
      if (!isWritten && !("mayFail" in change)) {
        this.take({ kind: "did", outcome: "failed", why: "no space left" });
        return true;
      }
    }
    if (act.kind === "begin") {
      assert.ok(!this.failed.has(act.note.revision), "a failed revision is not tried again");
      this.installed.set(act.note.revision, (this.installed.get(act.note.revision) ?? 0) + 1);
    }
    if (this.rng.chance(this.hazard)) return false;
    this.take(this.outcome(act));
    return true;
  }

  change(change: FileChange): boolean {
    if (change.op === "write") {
      if (this.isFull) return false;
      this.files.set(change.to, { text: change.text });
      const note = change.to === "note" ? readNote(change.text) : null;
      if (note?.result === "refused" || note?.result === "rolled-back")
        this.failed.add(note.revision);
      return true;
    }
    const from = this.files.get(change.from);
    if (change.op === "remove") this.files.delete(change.from);
    else if (from !== undefined) {
      // rename(2) of two links to one file does nothing.
      const isSame = this.files.get(change.to) === from;
      this.files.set(change.to, from);
      if (change.op === "move" && !isSame) this.files.delete(change.from);
    }
    assert.notEqual(this.kindOf(this.file), "syntax", "no such file is ever on the disk");
    return true;
  }

  outcome(act: Act): DesiredInput {
    const lost = { kind: "did", outcome: "lost", why: "the daemon does not answer" } as const;
    if (act.kind === "check") {
      const isBad = this.kindOf(act.desired.text) === "syntax";
      return isBad
        ? { kind: "checked", problem: "a line has no =" }
        : { kind: "checked", problem: null, names: ["web"], hadFile: this.file !== null };
    }
    if (act.kind === "apply" || act.kind === "reapply") {
      if (this.rng.chance(this.hazard)) return lost;
      const kind = this.kindOf(this.file);
      if (act.kind === "apply" && kind === "kills") return lost;
      if (kind === "not-taken") {
        return { kind: "did", outcome: "refused", why: "not taken" };
      }
      this.inForce = this.file;
      if (kind === "never-up") {
        return { kind: "did", outcome: "failed", why: "web: exited too quickly" };
      }
    }
    if (act.kind === "settle") {
      if (this.rng.chance(this.hazard)) return lost;
      if (this.kindOf(this.file) === "breaks-later") {
        return { kind: "did", outcome: "failed", why: "web: exited" };
      }
    }
    return { kind: "did", outcome: "ok" };
  }

  settle(): void {
    for (let turns = 0; this.state.act !== null; turns += 1) {
      assert.ok(turns < 1000, `it never ends: ${JSON.stringify(this.state)}`);
      if (!this.perform(this.state.act)) this.die();
    }
  }
}

const lives = { deaths: 0, results: new Map<string, number>() };

for (const seed of Array.from({ length: SEEDS }, (_, n) => n)) {
  test(`a device runs what is desired, or what ran before (seed ${seed})`, () => {
    const device = new Device(seed);
    const { rng } = device;
    device.hazard = rng.pick([0, 0.02, 0.2]);
    device.start();
    /** The last that was applied, as it is in the file. */
    let good: string | null = null;
    for (let revision = 1; revision <= 12; revision += rng.int(1, 3)) {
      const kind = rng.pick(KINDS);
      const text = rng.chance(0.15) ? null : `[program:web]\ncommand=${kind} ${revision}\n`;
      const desired = { revision, rollout: "r", text, settleMs: rng.pick([0, 10_000]) };
      device.isFull = rng.chance(0.1);
      device.desired = desired;
      device.take({ kind: "desired", desired });
      device.settle();
      const report = device.reports.at(-1);
      assert.equal(report?.revision, revision);
      lives.results.set(report.result, (lives.results.get(report.result) ?? 0) + 1);
      if (report.result === "applied") good = text === null ? null : fileText(text);
      else assert.notEqual(report.why, "");
      assert.equal(device.file, good, "the file is the last good one");
      if (device.hazard === 0) assert.equal(device.inForce, good, "and the daemon runs it");
      const isSound = text === null || kind === "good";
      if (isSound && device.hazard === 0)
        assert.equal(report.result, device.isFull ? "refused" : "applied");
      const tries = device.installed.get(revision) ?? 0;
      assert.ok(tries <= MOST_ATTEMPTS, `${tries} attempts`);
      // What was decided and could be noted stays decided, whatever starts again.
      const wasFull = device.isFull;
      device.isFull = false;
      device.hazard = 0;
      for (let starts = 0; starts < 3; starts += 1) {
        device.die();
        device.settle();
      }
      const last = device.reports.at(-1);
      if (wasFull && last?.result === "applied") good = text === null ? null : fileText(text);
      assert.equal(device.file, good);
      assert.equal(device.inForce, good);
      if (!wasFull) assert.equal(last?.result, report.result);
      device.hazard = rng.pick([0, 0.02, 0.2]);
    }
    lives.deaths += device.deaths;
  });
}

test("those lives had every result and deaths in them", () => {
  assert.ok(lives.deaths > SEEDS, `${lives.deaths} deaths`);
  assert.deepEqual([...lives.results.keys()].sort(), ["applied", "refused", "rolled-back"]);
});
