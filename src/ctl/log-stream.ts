// Follows a log until its end, Ctrl-C, or until nobody reads the output any more.

import type { StreamEnd } from "../ports/http-client.ts";
import type { CommandContext } from "./context.ts";
import { EXIT } from "./exit-status.ts";
import { streamFailureText, UnhandledFailure } from "./failure.ts";

/**
 * The path of a process's log stream.
 * @remarks The colon of `group:name` stays readable; everything else that a URL gives a meaning to is encoded.
 */
export function logPath(name: string, channel: string): string {
  return `/logtail/${encodeURIComponent(name).replaceAll("%3A", ":")}/${channel}`;
}

/** What to follow, and what to do with it. */
export interface Following {
  readonly path: string;
  /** The path as error messages show it. */
  readonly shownPath: string;
  readonly onBytes: (bytes: Uint8Array) => void;
}

/** Follows one or several logs at once; settles when all have ended or the user has enough. */
export async function followLogs(
  context: CommandContext,
  following: readonly Following[],
): Promise<void> {
  const streams = following.map(({ path, onBytes }) => {
    const stream = context.client.follow(path, onBytes);
    if (!stream.ok) throw new UnhandledFailure(stream.error);
    return stream.value;
  });
  const closeAll = (): void => {
    for (const stream of streams) stream.close();
  };
  const forgetInterrupt = context.terminal.onInterrupt(() => {
    context.report.notice("");
    closeAll();
  });
  const forgetClosed = context.terminal.onOutputClosed(closeAll);
  const ends = await Promise.all(streams.map((stream) => stream.ended));
  forgetInterrupt();
  forgetClosed();
  for (const [index, end] of ends.entries()) {
    const why = failureWords(end);
    if (why === null) continue;
    context.terminal.writeError(
      `${context.serverUrl}${following[index]?.shownPath ?? ""} ${why}\n`,
    );
    // Supervisor exits 0 here, so that a script cannot tell a log from a typing error.
    context.exitStatus = EXIT.GENERIC;
  }
}

function failureWords(end: StreamEnd): string | null {
  switch (end.kind) {
    case "end":
    case "closed":
      return null;
    case "status":
      return `Cannot read, status code ${end.status}`;
    case "failed":
      return `Cannot connect, error: ${streamFailureText(end.failure)}`;
  }
}
