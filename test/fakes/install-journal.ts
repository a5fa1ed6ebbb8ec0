// The journal of an installation, in memory.

import { err, ok, type Result } from "../../src/core/base/result.ts";
import type { Undo } from "../../src/install/plan/steps.ts";
import type { Discard, InstallJournal, Unfinished } from "../../src/install/transaction.ts";

/** A journal in memory; `crashed` is what an installer that is killed now would leave. */
export class MemoryJournal implements InstallJournal {
  crashed: Unfinished | null = null;
  failAt: number | null = null;
  #records = 0;

  unfinished(): Result<Unfinished | null, string> {
    return ok(this.crashed);
  }

  record(undos: readonly Undo[]): Result<true, string> {
    if (this.#records++ === this.failAt) return err("the journal is full");
    this.crashed = { undos: [...(this.crashed?.undos ?? []), ...undos], discards: null };
    return ok(true);
  }

  commit(discards: readonly Discard[]): Result<true, string> {
    this.crashed = { undos: [], discards };
    return ok(true);
  }

  close(): void {
    this.crashed = null;
  }
}
