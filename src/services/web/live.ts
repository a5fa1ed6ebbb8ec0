// Live pages: each open page gets every change at once, by server-sent events. Rows are sent as the HTML of the page itself,
// so that there is one way to render a program. Nothing runs while no page is open.

import type { ProcessKey } from "../../core/base/ids.ts";
import { processOf } from "../../core/event-log/event-log.ts";
import { countViews, summaryText } from "../../core/web/state-counts.ts";
import { rowView, usageTexts } from "../../core/web/status-view.ts";
import type { HttpReply, HttpSink } from "../../ports/http-server.ts";
import type { Usages } from "../usage/api.ts";
import type { WebDeps } from "./deps.ts";
import { allPrograms, allStates, factsOf } from "./facts.ts";
import { eventBytes, streamHeaders, textReply } from "./replies.ts";
import type { Templates } from "./templates.ts";

/** Each holds a connection, and up to a megabyte when it does not read. */
const MOST_WATCHERS = 100;
/** A change of more rows than this is fetched as a page, which has no limit on what a slow reader leaves waiting. */
const MOST_ROWS = 100;

type LiveDeps = Pick<
  WebDeps,
  "supervisor" | "logs" | "eventLog" | "usage" | "defer" | "secrets" | "now"
>;

/** All who watch the status page. */
export class Live {
  readonly #deps: LiveDeps;
  readonly #templates: Templates;
  readonly #watchers = new Set<HttpSink>();
  #changed: Set<ProcessKey> = new Set();
  #groupsChanged = false;
  #isFlushDue = false;
  #unwatch: readonly (() => void)[] = [];
  /** Answers that were promised and have not begun count too. */
  #promised = 0;

  constructor(deps: LiveDeps, templates: Templates) {
    this.#deps = deps;
    this.#templates = templates;
  }

  /** Names this run of the daemon: a page from another one has tokens that no longer hold. */
  bootId(): string {
    return this.#deps.secrets.seal("boot").slice(0, 16);
  }

  /** Answers `/events/status`. */
  answer(): HttpReply {
    if (this.#promised >= MOST_WATCHERS) {
      return textReply(
        `${MOST_WATCHERS} pages are being kept up to date, which is the most.\n`,
        503,
      );
    }
    this.#promised++;
    let opened: HttpSink | null = null;
    return {
      kind: "stream",
      headers: streamHeaders("text/event-stream"),
      open: (sink) => {
        opened = sink;
        this.#add(sink);
      },
      closed: () => {
        this.#promised--;
        if (opened !== null) this.#remove(opened);
      },
    };
  }

  #add(sink: HttpSink): void {
    this.#watchers.add(sink);
    const { eventLog, usage } = this.#deps;
    sink.write(eventBytes("hello", { boot: this.bootId(), version: eventLog.end().seq }));
    if (this.#watchers.size > 1) return;
    this.#unwatch = [
      eventLog.watch((happened) => this.#note(processOf(happened))),
      usage.watch((usages) => this.#tellUsage(usages)),
    ];
  }

  #remove(sink: HttpSink): void {
    this.#watchers.delete(sink);
    if (this.#watchers.size > 0) return;
    for (const unwatch of this.#unwatch) unwatch();
    this.#unwatch = [];
  }

  /** The changes of one turn are one event. */
  #note(key: ProcessKey | null): void {
    if (key === null) this.#groupsChanged = true;
    else this.#changed.add(key);
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    this.#deps.defer(() => {
      this.#isFlushDue = false;
      this.#flush();
    });
  }

  #flush(): void {
    const changed = this.#changed;
    const isLarge = this.#groupsChanged || changed.size > MOST_ROWS;
    this.#changed = new Set();
    this.#groupsChanged = false;
    if (this.#watchers.size === 0) return;
    const version = this.#deps.eventLog.end().seq;
    if (isLarge) this.#send(eventBytes("refetch", { version }));
    else this.#send(eventBytes("rows", { version, ...this.#rows(changed) }));
  }

  #rows(changed: ReadonlySet<ProcessKey>): object {
    const usages = this.#deps.usage.latest();
    const rows: Record<string, string> = {};
    const all = allPrograms(this.#deps);
    for (const process of all) {
      if (!changed.has(process.key)) continue;
      const facts = factsOf(this.#deps, process, usages);
      if (facts !== null) rows[process.key] = this.#templates.row(rowView(facts));
    }
    const states = allStates(this.#deps, all, this.#deps.now().wall);
    const counts = this.#templates.render("counts", { counts: countViews(states) });
    return { rows, counts, summary: summaryText(states) };
  }

  /** Empty messages are sent too: they keep connections from looking idle to proxies. */
  #tellUsage(usages: Usages | null): void {
    const values: Record<string, readonly [string, string]> = {};
    for (const [key, usage] of usages ?? []) values[key] = usageTexts(usage);
    this.#send(eventBytes("usage", values));
  }

  #send(bytes: Uint8Array): void {
    for (const sink of this.#watchers) sink.write(bytes);
  }
}
