// Writes the reported state of this device, for all parts of the agent: when a part has changed, and at each connection; at most so
// often. A report is written after exactly the one before it: what the kernel still delivers for a lost connection replaces no newer one.

import { type Report, type ReportPart, readReport } from "../../core/fleet/reported.ts";
import { keySubject, lastOfKey } from "../../core/fleet/subjects.ts";
import { startPause } from "../../host/time/pause.ts";
import type { Session } from "../nats/connection.ts";
import { publishStored, readLast } from "../nats/last.ts";

export interface Reporter {
  /** Reports a part from now on, in place of what it was. @param value JSON */
  set(part: ReportPart, value: unknown): void;
  /** Uses a session, until it ends. */
  use(session: Session): void;
}

/** Milliseconds between two reports, and before one that failed is sent again. */
const LEAST_MS = 5000;
const AGAIN_MS = 30_000;

export function createReporter(device: string): Reporter {
  let report: Report = {};
  let session: Session | null = null;
  let isWriting = false;
  /** The last report that the hub has, its sequence, and whether a later one is on its way. */
  let [written, after, isSending] = ["", 0, false];
  const key = keySubject("reported", device);
  const write = async (): Promise<void> => {
    if (isWriting) return;
    isWriting = true;
    for (let current = session; current !== null; current = session) {
      const text = JSON.stringify(report);
      if (text === written || Object.keys(report).length === 0) break;
      isSending = true;
      const stored = await publishStored(current, key, text, after);
      const isLate = !stored.ok && stored.error.kind === "wrong-sequence";
      if (stored.ok) [written, after, isSending] = [text, stored.value, false];
      else if (isLate) {
        const last = await readLast(current, lastOfKey("reported", device));
        if (last.ok) after = last.value?.sequence ?? 0;
      }
      const pause = startPause(stored.ok || isLate ? LEAST_MS : AGAIN_MS);
      void current.ended.then(pause.cancel);
      await pause.over;
    }
    isWriting = false;
  };
  return {
    set(part, value) {
      report = { ...report, [part]: value };
      void write();
    },
    use(made) {
      void readLast(made, lastOfKey("reported", device)).then((last) => {
        // What another part has said before this process stays until that part says something else.
        const before = last.ok ? last.value : null;
        report = { ...readReport(before?.text ?? ""), ...report };
        written = isSending ? "" : (before?.text ?? "");
        after = before?.sequence ?? 0;
        session = made;
        void made.ended.then(() => {
          if (session === made) session = null;
        });
        void write();
      });
    },
  };
}
