// Progress for people: the programs that are not done yet, on one line of the terminal that is removed afterwards.

import { displayName } from "../core/base/ids.ts";
import { readProcessRows } from "./answers.ts";
import type { CommandContext } from "./context.ts";

/** A line that is rewritten. */
interface Progress {
  /** Removes the line, before something else is written. */
  clear(): void;
  /** Ends it. */
  end(): void;
}

const NONE: Progress = { clear: () => undefined, end: () => undefined };
const FIRST_MS = 1000;
const INTERVAL_MS = 500;
const MOST_NAMED = 3;

/** States of what is under way. */
const BUSY: readonly string[] = ["STARTING", "BACKOFF", "STOPPING"];

/** Begins to show what the daemon is busy with, where a person sees it. */
export function showProgress(context: CommandContext): Progress {
  const { terminal, report, isOwn } = context;
  const isSeen = terminal.stdoutIsTty && terminal.stderrIsTty && terminal.colours;
  if (!isOwn || report.isData || !isSeen) return NONE;
  let isOver = false;
  let isShown = false;
  let pause = context.startPause(FIRST_MS);
  const { client } = context.fork();
  const clear = (): void => {
    if (isShown) terminal.replaceLine("");
    isShown = false;
  };
  const watch = async (): Promise<void> => {
    for (let waited = FIRST_MS; ; waited += INTERVAL_MS) {
      await pause.over;
      if (isOver) return;
      const answer = await client.call("supervisor.getAllProcessInfo");
      if (isOver || !answer.ok) return;
      const rows = readProcessRows(answer.value).filter(({ stateName }) =>
        BUSY.includes(stateName),
      );
      const names = rows.map(({ group, name }) => displayName(group, name));
      const width = (terminal.size()?.columns ?? 80) - 1;
      if (names.length === 0) clear();
      else {
        terminal.replaceLine(waitingText(names, Math.floor(waited / 1000)).slice(0, width));
        isShown = true;
      }
      pause = context.startPause(INTERVAL_MS);
    }
  };
  // An error of it is no failure of the action.
  watch().catch(() => undefined);
  return {
    clear,
    end: () => {
      isOver = true;
      pause.cancel();
      client.close();
      clear();
    },
  };
}

/** "waiting for slow, bad (2 programs, 6 s)". Pure. */
function waitingText(names: readonly string[], seconds: number): string {
  const rest = names.length > MOST_NAMED ? ", ..." : "";
  const count = names.length === 1 ? "1 program" : `${names.length} programs`;
  return `waiting for ${names.slice(0, MOST_NAMED).join(", ")}${rest} (${count}, ${seconds} s)`;
}
