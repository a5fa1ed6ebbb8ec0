// The page that lists all programs, and the stream `/events/status` that keeps it up to date: rows are sent as the HTML of
// the page itself, so that there is one way to render a program. Nothing runs while no page is open.

import { displayKey, type ProcessKey } from "../../core/base/ids.ts";
import { Written } from "../../core/base/template.ts";
import { epochSeconds } from "../../core/base/time.ts";
import { processOf } from "../../core/event-log/event-log.ts";
import {
  countViews,
  rowView,
  sectionViews,
  summaryText,
  usageTexts,
} from "../../core/web/status-view.ts";
import type { HttpReply, HttpRequest } from "../../ports/http-server.ts";
import { type Stream, Streams } from "../streams/api.ts";
import type { Usages } from "../usage/api.ts";
import type { WebDeps } from "./deps.ts";
import { allFacts, allPrograms, allStates, factsOf } from "./facts.ts";
import {
  eventBytes,
  htmlReply,
  onceATurn,
  streamHeaders,
  textReply,
  tooManyReply,
  type Whole,
} from "./replies.ts";
import type { Columns, Templates } from "./templates.ts";

type PageDeps = Pick<
  WebDeps,
  "supervisor" | "logs" | "usage" | "history" | "eventLog" | "now" | "turns"
>;

/** Programs of a page that needs no slot for large work: about 64 KB. */
const FEW_PROGRAMS = 50;
/** Rows of a body of the table: a browser lays out only bodies that are in view. As in `scripts/list.js`. */
const BODY_ROWS = 20;

/** Answers `/`. @param mayControl for a client that may start and stop programs @param common what the template needs besides */
export async function statusPage(
  request: Pick<HttpRequest, "enter">,
  deps: PageDeps,
  templates: Templates,
  mayControl: boolean,
  common: object,
): Promise<Whole> {
  if (allPrograms(deps).length > FEW_PROGRAMS && !(await request.enter())) {
    return textReply("Other requests with large answers are in work: try again.\n", 503);
  }
  // What happens while the page is made is newer than it: its rows are sent to it.
  const version = deps.eventLog.end().seq;
  const programs = allFacts(deps, (await deps.usage.look()) ?? new Map());
  const columns: Columns = { mayControl, hasTrends: deps.history !== null };
  const sections: object[] = [];
  for (const section of sectionViews(programs)) {
    const bodies: { isMore: boolean; rows: Written[] }[] = [];
    for (const [at, row] of section.rows.entries()) {
      if (at % BODY_ROWS === 0) bodies.push({ isMore: at > 0, rows: [] });
      // Most of the work of a page: a thousand rows take a tenth of a second.
      bodies.at(-1)?.rows.push(new Written(templates.row({ ...row, ...columns })));
      const pause = deps.turns.pause();
      if (pause !== null) await pause;
    }
    const isHidden = section.rows.length === 0 && section.spec === "";
    sections.push({ ...section, bodies, isGroup: section.group !== null, isHidden });
  }
  const page = {
    ...common,
    ...columns,
    sections,
    hasPrograms: sections.length > 0,
    counts: countViews(programs),
    summary: summaryText(programs),
    stateVersion: version,
    now: epochSeconds(deps.now().wall),
  };
  return htmlReply(templates.render("status", page));
}

/** A change of more rows than this is fetched as a page, which has no limit on what a slow reader leaves waiting. */
const MOST_ROWS = 100;

type LiveDeps = Pick<
  WebDeps,
  "supervisor" | "logs" | "eventLog" | "usage" | "history" | "defer" | "secrets" | "now"
>;

/** The open status pages. */
export class Live {
  readonly #deps: LiveDeps;
  readonly #templates: Templates;
  readonly #streams = new Streams();
  /** With whether its reader may start and stop programs, and so has buttons. */
  readonly #watchers = new Map<Stream, boolean>();
  readonly #flushSoon: () => void;
  #changed: Set<ProcessKey> = new Set();
  #groupsChanged = false;
  /** What the pages show of CPU and memory, by the name of the program. */
  #told: Told = new Map();
  #unwatch: readonly (() => void)[] = [];

  constructor(deps: LiveDeps, templates: Templates) {
    this.#deps = deps;
    this.#templates = templates;
    this.#flushSoon = onceATurn(deps.defer, () => this.#flush());
  }

  /** Names this run of the daemon: a page from another one has tokens that are no longer valid. */
  bootId(): string {
    return this.#deps.secrets.seal("boot").slice(0, 16);
  }

  /** Answers `/events/status`. @param mayControl as of `statusPage` */
  answer(mayControl: boolean): HttpReply {
    const stream = this.#streams.open();
    if (stream === null) return tooManyReply("pages are being kept up to date");
    this.#add(stream, mayControl);
    stream.onClose(() => this.#remove(stream));
    return stream.reply(streamHeaders("text/event-stream"));
  }

  #add(stream: Stream, mayControl: boolean): void {
    const { eventLog, usage } = this.#deps;
    this.#watchers.set(stream, mayControl);
    stream.write(eventBytes("hello", { boot: this.bootId(), version: eventLog.end().seq }));
    if (this.#watchers.size > 1) {
      stream.write(eventBytes("usage", Object.fromEntries(this.#told)));
      return;
    }
    this.#told = new Map();
    this.#unwatch = [
      eventLog.watch((event) => this.#note(processOf(event))),
      usage.watch((usages) => this.#sendUsage(usages)),
    ];
  }

  #remove(stream: Stream): void {
    this.#watchers.delete(stream);
    if (this.#watchers.size > 0) return;
    for (const unwatch of this.#unwatch) unwatch();
    this.#unwatch = [];
  }

  #note(key: ProcessKey | null): void {
    if (key === null) this.#groupsChanged = true;
    else this.#changed.add(key);
    this.#flushSoon();
  }

  #flush(): void {
    const changed = this.#changed;
    const isLarge = this.#groupsChanged || changed.size > MOST_ROWS;
    this.#changed = new Set();
    this.#groupsChanged = false;
    if (this.#watchers.size === 0) return;
    const version = this.#deps.eventLog.end().seq;
    for (const mayControl of new Set(this.#watchers.values())) {
      const bytes = isLarge
        ? eventBytes("refetch", { version })
        : eventBytes("rows", { version, ...this.#rows(changed, mayControl) });
      for (const [stream, may] of this.#watchers) if (may === mayControl) stream.write(bytes);
    }
  }

  #rows(changed: ReadonlySet<ProcessKey>, mayControl: boolean): object {
    const usages = this.#deps.usage.latest();
    const columns: Columns = { mayControl, hasTrends: this.#deps.history !== null };
    const rows = new Map<string, string>();
    const all = allPrograms(this.#deps);
    for (const process of all) {
      if (!changed.has(process.key)) continue;
      const facts = factsOf(this.#deps, process, usages);
      if (facts === null) continue;
      rows.set(displayKey(process.key), this.#templates.row({ ...rowView(facts), ...columns }));
    }
    const states = allStates(this.#deps, all, this.#deps.now().wall);
    const counts = this.#templates.render("counts", { counts: countViews(states) });
    return { rows: Object.fromEntries(rows), counts, summary: summaryText(states) };
  }

  /** Tells what has changed. Empty messages are sent too: they keep connections from looking idle to proxies. */
  #sendUsage(usages: Usages | null): void {
    const before = this.#told;
    const texts = Array.from(usages ?? [], ([key, usage]) => {
      return [displayKey(key), usageTexts(usage)] as const;
    });
    this.#told = new Map(texts);
    const changed = texts.filter(([label, text]) => before.get(label)?.join() !== text.join());
    const bytes = eventBytes("usage", Object.fromEntries(changed));
    for (const stream of this.#watchers.keys()) stream.write(bytes);
  }
}

/** By the name of the program. */
type Told = ReadonlyMap<string, readonly [cpu: string, memory: string]>;
