// `tsv top`: the programs on the whole screen, with keys. Here is what asks the daemon; what a key does and what the screen shows is
// pure, in press.ts and screen.ts.

import { deniedText } from "../../core/access/permissions.ts";
import { shellWord } from "../../core/base/shell-word.ts";
import { decodeHistory } from "../../core/why/program-history.ts";
import { isStruct, type XmlRpcValue } from "../../core/xmlrpc/value.ts";
import type { Terminal } from "../../ports/terminal.ts";
import { type CallResult, type MethodCall, methodCall } from "../client.ts";
import { askStatus } from "../commands/status.ts";
import { findCommand } from "../commands/table.ts";
import { readPrograms } from "../commands/tree.ts";
import { type CommandContext, EXIT, runCommand } from "../context.ts";
import { UnhandledFailure } from "../failure.ts";
import { Feed } from "../live/feed.ts";
import type { Key } from "../live/keys.ts";
import { LivePrograms, type MoreToAsk, shortFailure } from "../live/programs.ts";
import { canDraw, inWindow, USUAL_SIZE, type Window } from "../live/window.ts";
import type { Reporter } from "../report.ts";
import { type Charts, programsOf, readCharts, whyLines } from "./data.ts";
import { LogView } from "./log-view.ts";
import {
  initialState,
  type Request,
  type TextSource,
  type TopAction,
  type TopState,
} from "./model.ts";
import { press } from "./press.ts";
import { screenLines } from "./screen.ts";

/** The history has a value every ten seconds. */
const CHARTS_MS = 10_000;
const CHART_SECONDS = 600;
const CHART_POINTS = 30;

interface TopOptions {
  /** As `tsv status` takes them; none for all programs. */
  readonly names: readonly string[];
  /** The variable TERM. */
  readonly term: string | undefined;
  /** Of charts, from the smallest to the largest value. */
  readonly signs: string;
}

export async function runTop(
  context: CommandContext,
  { names, term, signs }: TopOptions,
): Promise<void> {
  if (!(await canDraw(context, "top", term))) return;
  // Names that do not exist, and a daemon that does not run, are reported as status does.
  const asked = await askStatus(context, names);
  if (asked === null) return;
  if (asked.errors.length > 0) return context.report.items(asked.errors);
  context.exitStatus = EXIT.OK;
  const state = initialState(context.terminal.size() ?? USUAL_SIZE, signs);
  await new Top(context, names, state).run();
}

class Top {
  readonly #outer: CommandContext;
  readonly #context: CommandContext;
  readonly #programs: LivePrograms;
  readonly #feed: Feed;
  #state: TopState;
  #window: Window | null = null;
  #charts: Charts = new Map();
  #chartsAt = Number.NEGATIVE_INFINITY;
  #isPermissionKnown = false;
  #log: LogView | null = null;

  constructor(outer: CommandContext, names: readonly string[], state: TopState) {
    this.#outer = outer;
    this.#context = outer.fork();
    this.#programs = new LivePrograms(this.#context.client, names);
    this.#state = state;
    this.#feed = new Feed(this.#context, (hasNews) => this.#look(hasNews));
  }

  async run(): Promise<void> {
    const pressed = (keys: readonly Key[]): void => {
      for (const key of keys) this.#press(key);
      this.#draw();
    };
    try {
      await inWindow(this.#outer, { pressed, resized: () => this.#draw() }, async (window) => {
        this.#window = window;
        await this.#feed.run();
      });
    } finally {
      this.#feed.end();
      this.#log?.close();
      this.#context.client.close();
    }
  }

  #draw(): void {
    if (this.#window === null) return;
    this.#state = { ...this.#state, size: this.#window.size() };
    this.#window.draw(screenLines(this.#state));
  }

  #change(changes: Partial<TopState>): void {
    this.#state = { ...this.#state, ...changes };
  }

  async #look(hasNews: boolean): Promise<boolean> {
    const isUp = await this.#programs.look(hasNews, this.#more());
    const { rows, known, problem, at } = this.#programs;
    if (isUp) {
      const age = (performance.now() - at) / 1000;
      this.#change({ programs: programsOf(rows, known, this.#charts, age) });
      this.#log?.follow();
    } else this.#isPermissionKnown = false;
    this.#change({ problem });
    this.#draw();
    return isUp;
  }

  /** Charts from time to time; the tree while it is shown; permissions once for each daemon. */
  #more(): MoreToAsk {
    const readers: ((result: CallResult) => void)[] = [];
    return {
      calls: (at) => {
        const calls: MethodCall[] = [];
        const ask = (call: MethodCall, read: (result: CallResult) => void): void => {
          calls.push(call);
          readers.push(read);
        };
        if (at - this.#chartsAt >= CHARTS_MS) {
          const from = Math.floor(Date.now() / 1000) - CHART_SECONDS;
          ask(methodCall("tsv.getHistory", from, 0, CHART_POINTS, ""), (result) => {
            this.#chartsAt = at;
            this.#charts = result.ok ? readCharts(result.value) : new Map();
          });
        }
        if (this.#state.tree !== null)
          ask(methodCall("tsv.getDependencies"), (result) => this.#showTree(result));
        if (!this.#isPermissionKnown)
          ask(methodCall("tsv.getMethods"), (result) => {
            this.#isPermissionKnown = true;
            this.#change({ denied: deniedControl(result) });
          });
        return calls;
      },
      answered: (results) => {
        for (const [index, result] of results.entries()) readers[index]?.(result);
      },
    };
  }

  #showTree(result: CallResult): void {
    // The user may have left the tree meanwhile.
    if (this.#state.tree === null) return;
    if (result.ok) this.#change({ tree: readPrograms(result.value) });
    else this.#change({ tree: null, message: "this daemon does not report dependencies" });
  }

  #press(key: Key): void {
    const { state, request } = press(this.#state, key);
    this.#state = state;
    if (state.text?.source !== this.#log?.source) {
      this.#log?.close();
      this.#log = null;
    }
    if (request !== null) this.#do(request);
  }

  #do(request: Request): void {
    switch (request.kind) {
      case "quit":
        this.#feed.end();
        break;
      case "tree":
        this.#feed.nudge();
        break;
      case "read":
        this.#read(request.source);
        break;
      case "act":
        void this.#act(request.action, request.name);
        break;
    }
  }

  #read(source: TextSource): void {
    const show = (lines: readonly string[]): void => this.#show(source, lines);
    if (source.kind === "why") void this.#explain(source.name).then(show);
    if (source.kind !== "log") return;
    this.#log = new LogView(this.#outer, source, show);
    this.#log.follow();
  }

  /** The user may have left the text meanwhile. */
  #show(source: TextSource, lines: readonly string[]): void {
    const { text } = this.#state;
    if (text?.source !== source) return;
    this.#change({ text: { ...text, lines } });
    this.#draw();
  }

  async #explain(name: string): Promise<readonly string[]> {
    const { client } = this.#outer.fork();
    const result = await client.call("tsv.getProcessHistory", [name]);
    client.close();
    if (!result.ok) return [shortFailure(result.error)];
    const history = decodeHistory(result.value);
    const command = `tsv why ${shellWord(name)}${this.#outer.where?.config ?? ""}`;
    return history === null
      ? ["this daemon does not tell"]
      : whyLines(history, command, this.#state.size.columns);
  }

  /** Does what `tsv start`, `stop` or `restart` does, and shows their lines. */
  async #act(action: TopAction, name: string): Promise<void> {
    const command = findCommand(action);
    const lines: string[] = [];
    const context = this.#outer.fork(captured(this.#outer.terminal, lines));
    try {
      if (command !== null) await runCommand(command, context, name);
    } catch (error) {
      const isFailure = error instanceof UnhandledFailure;
      lines.push(`${name}: ${isFailure ? shortFailure(error.failure) : String(error)}`);
    }
    context.client.close();
    this.#change({ message: lines.join("; ") });
    this.#draw();
    this.#feed.nudge();
  }
}

/** Parts of a context whose output becomes lines. */
function captured(terminal: Terminal, lines: string[]) {
  const none = (): void => undefined;
  const report: Reporter = {
    isData: false,
    items: (items) => void lines.push(...items.map(({ line }) => line)),
    item: ({ line }) => void lines.push(line),
    error: (line) => void lines.push(line),
    complain: ({ message }) => void lines.push(message),
    notice: (line) => void lines.push(line),
    ...{ hint: none, usage: none, chunk: none, finish: none },
  };
  const silent = { stdinIsTty: false, stdoutIsTty: false, stderrIsTty: false };
  return {
    report,
    terminal: { ...terminal, ...silent, write: none, writeError: none, replaceLine: none },
  };
}

/** Why this user may not control programs, from the answer of tsv.getMethods; null if it may. */
function deniedControl(result: CallResult): string | null {
  const rows = result.ok && Array.isArray(result.value) ? result.value : [];
  const isDenied = (rows as readonly XmlRpcValue[]).some((row) => {
    return isStruct(row) && row["name"] === "supervisor.startProcess" && row["permitted"] === false;
  });
  return isDenied ? deniedText("control") : null;
}
