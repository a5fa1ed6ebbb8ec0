// Interface of alerts for the rest of the daemon: types only.

import type { ReceiverState } from "../../core/alerts/model.ts";
import type { Result } from "../../core/base/result.ts";

/** A receiver, without its secrets. */
export interface ReceiverView
  extends Pick<ReceiverState, "name" | "counts" | "last" | "failingSince"> {
  /** Where its messages go: `https://example.com/<redacted>`, `mail to ops@example.com`. */
  readonly target: string;
  /** Incidents that it is still to be told of, or knows. */
  readonly waiting: number;
  readonly lasting: number;
}

export interface AlertsApi {
  /** In the order of the configuration. */
  receivers(): readonly ReceiverView[];
  /**
   * Sends a message, whatever else is to be sent.
   * @returns what came of it; the error is a clause: no such receiver, too many tests
   */
  test(name: string): Promise<Result<{ readonly ok: boolean; readonly text: string }, string>>;
}
