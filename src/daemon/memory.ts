// What outlives a daemon that dies: a snapshot and the journal behind it, in memory that the keeper holds. A decision is written
// before its effects; the rest of the snapshot is renewed when it has changed, at most once a second.

import type { Instant } from "../core/base/time.ts";
import type { Config } from "../core/config/model.ts";
import type { EventsInput } from "../core/events/model.ts";
import { isStoppable } from "../core/process/model.ts";
import type { AutoLog, Journal } from "../core/snapshot/journal.ts";
import {
  autoLine,
  COMPLETE,
  calledLine,
  type Decision,
  descriptorLine,
  entryLine,
  eventLine,
} from "../core/snapshot/journal.ts";
import { beginJournal, type Snapshot } from "../core/snapshot/snapshot.ts";
import { append, type Keeper } from "../host/keeper/keeper.ts";
import type { DescriptorEntry, DescriptorTable } from "../ports/descriptors.ts";
import type { Calling } from "./upgrade.ts";

const LEAST_MS = 1000;
/** A journal shorter than this is not worth a new snapshot. */
const SHORT_BYTES = 512 * 1024;

export class DaemonMemory {
  readonly #keeper: Keeper;
  readonly #calling: Calling;
  #descriptors: DescriptorTable = new Map();
  readonly #now: () => number;
  #snapshot: (() => Snapshot) | null = null;
  #journal: Journal | null = null;
  #fd = -1;
  #length = 0;
  /** Lines about descriptors that the keeper is about to drop. */
  #waiting = "";
  #limit = SHORT_BYTES;
  #writtenAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;

  /** @param now monotonic milliseconds */
  constructor(keeper: Keeper, calling: Calling, now: () => number) {
    this.#keeper = keeper;
    this.#calling = calling;
    this.#now = now;
    keeper.onReap = () => this.#writeWaiting();
    keeper.programs.onEntry = (entry, key) => this.#write(entryLine(entry, key));
  }

  /** From now on, this is what is kept. @param snapshot is called outside of any turn */
  begin(snapshot: () => Snapshot): void {
    this.#snapshot = snapshot;
    this.#renew();
  }

  /** Everything has stopped, and what would be needed to continue is about to be closed. Nothing is kept until `begin`. */
  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = this.#snapshot = this.#journal = null;
    this.#fd = -1;
    // Where the words of the command line begin to count again.
    this.#keeper.changeDirectory(this.#calling.cwd);
    this.#keeper.endState();
  }

  /** Keeps a decision, before it has effects. */
  record(decision: Decision): void {
    for (const [key, process] of decision.patch.processes ?? []) {
      this.#keeper.programs.wants(key, process !== null && isStoppable(process.state));
    }
    this.#keeper.ends(decision.patch.daemonState);
    if (this.#journal === null) return;
    const lines = this.#journal.lines(decision);
    if (lines === "") return;
    this.#write(lines);
    const { input } = decision;
    if (input.kind === "spawned") this.#keeper.programs.recorded(input.key, input.pid);
    if (this.#length > this.#limit) this.touch();
  }

  /** Keeps what happens to events, before it has effects. */
  recordEvent(input: EventsInput, now: Instant): void {
    this.#write(eventLine(input, now));
    if (this.#length > this.#limit) this.touch();
  }

  /** Keeps the configuration that was read last, or that of a restart. */
  recordConfig(config: Config): void {
    if (this.#journal !== null) this.#write(this.#journal.configured(config));
    // A write that fails ends the journal.
    if (this.#journal === null || this.#length > this.#limit) this.touch();
  }

  /** Keeps the name of an AUTO file that was created. */
  recordAuto(...auto: AutoLog): void {
    this.#write(autoLine(auto));
  }

  /** A part of the snapshot has changed that the journal does not have. */
  touch(): void {
    if (this.#timer !== null || this.#snapshot === null) return;
    const wait = Math.max(0, this.#writtenAt + LEAST_MS - this.#now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#renew();
    }, wait).unref();
  }

  /** The last state of a daemon that is suspended and is about to end. @param snapshot encoded */
  complete(snapshot: string): void {
    this.#beginWith(snapshot);
    this.#write(COMPLETE);
  }

  /** A table of descriptors that the keeper has too. Those of programs it has before they run. */
  keeping(table: DescriptorTable): DescriptorTable {
    const kept = new KeptDescriptors(table, this.#keeper, (fd, entry) => {
      const line = descriptorLine(fd, entry);
      if (entry === null && this.#keeper.isReaping) {
        this.#waiting += line;
        return;
      }
      // Its number may be that of one of them.
      this.#writeWaiting();
      this.#write(line);
      if (entry !== null && RENEWING.has(entry.role)) this.touch();
    });
    this.#descriptors = kept;
    return kept;
  }

  #renew(): void {
    const snapshot = this.#snapshot?.();
    if (snapshot === undefined) return;
    try {
      this.#begin(snapshot);
    } catch {
      this.#fd = -1;
      this.touch();
    }
  }

  #begin(snapshot: Snapshot): void {
    const begun = beginJournal(snapshot);
    this.#journal = begun.journal;
    this.#limit = Math.max(SHORT_BYTES, begun.snapshot.length);
    this.#length = 0;
    this.#writtenAt = this.#now();
    this.#beginWith(begun.snapshot);
  }

  #beginWith(snapshot: string): void {
    // Without the snapshot, if it cannot be used, the programs can be supervised still: see rebuilt.ts.
    const lines = [calledLine(this.#calling.cwd, this.#calling.origin)];
    for (const [fd, entry] of this.#descriptors) lines.push(descriptorLine(fd, entry));
    for (const [key, entry] of this.#keeper.programs.entries) lines.push(entryLine(entry, key));
    this.#waiting = "";
    this.#fd = this.#keeper.begin(`${snapshot}\n${lines.join("")}`);
  }

  #writeWaiting(): void {
    if (this.#waiting === "") return;
    this.#write(this.#waiting);
    this.#waiting = "";
  }

  #write(line: string): void {
    if (this.#fd < 0) return;
    try {
      append(this.#fd, line);
      this.#length += line.length;
    } catch {
      // Without memory, supervision goes on; a later snapshot has what this line says.
      this.#fd = -1;
      this.#journal = null;
      this.touch();
    }
  }
}

/** Descriptors that more of the snapshot depends on. */
const RENEWING: ReadonlySet<DescriptorEntry["role"]> = new Set([
  "listener",
  "lock",
  "pidfile",
  "program-socket",
  "ready",
]);

/** They were kept before the program ran. */
const OF_PROGRAMS: ReadonlySet<DescriptorEntry["role"]> = new Set(["stdin", "stdout", "stderr"]);

/** Closing them waits for nothing. */
const IN_MEMORY: ReadonlySet<DescriptorEntry["role"]> = new Set([
  ...(["to-listener", "from-listener", "listener", "program-socket", "history"] as const),
]);

class KeptDescriptors extends Map<number, DescriptorEntry> {
  readonly #keeper: Keeper;
  readonly #changed: (fd: number, entry: DescriptorEntry | null) => void;

  constructor(
    before: DescriptorTable,
    keeper: Keeper,
    changed: (fd: number, entry: DescriptorEntry | null) => void,
  ) {
    super();
    this.#keeper = keeper;
    this.#changed = changed;
    for (const [fd, entry] of before) super.set(fd, entry);
  }

  override set(fd: number, entry: DescriptorEntry): this {
    // Closing a log can wait for ever: see ADR 16.
    if (!OF_PROGRAMS.has(entry.role) && entry.role !== "log") this.#keeper.keep(fd);
    // If it is served already.
    if (entry.role === "listener") this.#keeper.listen(fd);
    this.#changed(fd, entry);
    return super.set(fd, entry);
  }

  override delete(fd: number): boolean {
    if (!this.has(fd)) return false;
    // Before the keeper drops it: a successor must not look for what it has not.
    this.#changed(fd, null);
    const role = this.get(fd)?.role ?? "log";
    if (OF_PROGRAMS.has(role) || IN_MEMORY.has(role)) this.#keeper.drop(fd);
    else if (role !== "log") this.#keeper.dropAside(fd);
    return super.delete(fd);
  }
}
