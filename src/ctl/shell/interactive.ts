// The interactive shell: line editing, completion and history on a terminal, plain lines without one. Loaded for the shell only.

import { isPrintable } from "../../core/base/printable.ts";
import { err } from "../../core/base/result.ts";
import { signalNames } from "../../core/process/signals.ts";
import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import { createHistoryFile, type History } from "../../host/terminal/history-file.ts";
import type { Pause, StartPause } from "../../ports/clock.ts";
import type { LineEditor, Terminal } from "../../ports/terminal.ts";
import { readConfigRows, readProcessRows } from "../answers.ts";
import type { CallResult, CtlClient } from "../client.ts";
import type { Session } from "../session.ts";
import { completeLine, type Known, type ProcessName } from "./completion.ts";

interface InteractiveParts {
  readonly terminal: Terminal;
  readonly session: Session;
  readonly startPause: StartPause;
  /** Shown with `> ` behind it. */
  readonly prompt: string;
  readonly historyFile: string | null;
  /** The names of all actions, for completion. */
  readonly actions: readonly string[];
}

const HISTORY_LINES = 1000;
/** A daemon that hangs must not hang the Tab key. */
const COMPLETION_MS = 2000;

/** Runs the shell to its end. @returns its exit status, which is always 0 */
export async function runInteractive(parts: InteractiveParts): Promise<number> {
  const { terminal, historyFile } = parts;
  if (!terminal.stdinIsTty || !terminal.stdoutIsTty) return runShell(parts, terminal.readLine);
  const names = createNames(parts);
  const history = historyFile === null ? null : createHistoryFile(historyFile, HISTORY_LINES);
  const editor = await terminal.openEditor({
    history: loaded(history, terminal),
    historySize: HISTORY_LINES,
    complete: (before) => completeLine(before, names.known),
  });
  const end = (): void => {
    keep(history, editor, terminal);
    editor.close();
  };
  const forgetHangup = terminal.onHangup(end);
  const exitStatus = await runShell(parts, (prompt) => {
    names.forget();
    return editor.readLine(prompt);
  });
  forgetHangup();
  end();
  return exitStatus;
}

/** @returns none after an error, which is reported: a user who set a file expects it to work */
function loaded(history: History | null, terminal: Terminal): readonly string[] {
  const lines = history?.load();
  if (lines === undefined) return [];
  if (!lines.ok) terminal.writeError(`Warning: ${lines.error}.\n`);
  return lines.ok ? lines.value : [];
}

function keep(history: History | null, editor: LineEditor, terminal: Terminal): void {
  const saved = history?.save(editor.typed());
  if (saved?.ok === false) terminal.writeError(`Warning: ${saved.error}.\n`);
}

/** The names of the daemon, asked for once between two actions. */
function createNames({ session, actions, startPause }: InteractiveParts): {
  readonly known: Known;
  readonly forget: () => void;
} {
  const answers = new Map<string, Promise<XmlRpcValue>>();
  const ask = (method: string): Promise<XmlRpcValue> => {
    const answer =
      answers.get(method) ??
      session
        .ask((client) => answerInTime(client, method, startPause(COMPLETION_MS)))
        .then((result) => (result.ok ? result.value : []));
    answers.set(method, answer);
    return answer;
  };
  /** An answer of another shape completes nothing; the next action reports it. */
  const named = async <T extends ProcessName>(
    method: string,
    read: (answer: XmlRpcValue) => readonly T[],
  ): Promise<readonly T[]> => {
    try {
      return read(await ask(method)).filter(isTypable);
    } catch {
      return [];
    }
  };
  return {
    known: {
      actions,
      signals: signalNames(),
      get serverUrl() {
        return session.serverUrl;
      },
      processes: () => named("supervisor.getAllProcessInfo", readProcessRows),
      newGroups: async () => {
        const rows = await named("supervisor.getAllConfigInfo", readConfigRows);
        return rows.flatMap(({ group, inUse }) => (inUse ? [] : [group]));
      },
    },
    forget: () => answers.clear(),
  };
}

/** Whether a name can be offered: it is written on the terminal. */
function isTypable({ group, name }: ProcessName): boolean {
  return isPrintable(group) && isPrintable(name);
}

/** @returns a failure when there is no answer before the pause is over */
async function answerInTime(client: CtlClient, method: string, pause: Pause): Promise<CallResult> {
  const late = pause.over.then(() => TOO_LATE);
  const answer = await Promise.race([client.call(method), late]);
  pause.cancel();
  return answer;
}

const TOO_LATE: CallResult = err({ kind: "other", exception: "TimeoutError", text: "timed out" });

const INTERRUPTED: unique symbol = Symbol("interrupted");

/**
 * Reads lines and runs them, until the end of input, `exit` or Ctrl-C. Begins with `status`. Without a terminal prompts are written
 * too, as scripts that drive Supervisor's shell expect.
 * @param readLine reads a line after showing the prompt; null at the end of input
 * @returns the exit status, which is always 0
 */
async function runShell(
  { terminal, session, prompt }: InteractiveParts,
  readLine: (prompt: string) => Promise<string | null>,
): Promise<number> {
  let forget: () => void = () => undefined;
  const interrupted = new Promise<typeof INTERRUPTED>((resolve) => {
    forget = terminal.onInterrupt(() => resolve(INTERRUPTED));
  });
  let line = "status";
  for (;;) {
    const outcome = await Promise.race([session.runLine(line), interrupted]);
    if (outcome !== INTERRUPTED && outcome.leaves) break;
    const next = outcome === INTERRUPTED ? interrupted : readLine(`${prompt}> `);
    const read = await Promise.race([next, interrupted]);
    if (read === INTERRUPTED) {
      terminal.write("\n");
      break;
    }
    line = read ?? "EOF";
  }
  forget();
  return 0;
}
