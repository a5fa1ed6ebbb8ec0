// The page of logs: the lines of several programs and of both channels, merged by time. `/logs.html` is the page, `/events/logs`
// the stream that fills it and keeps it up to date, `/logs.txt` the same lines as text, for browsers without scripts and for
// programs. Its parameters are those of core/web/logs-query.ts.

import { displayName, parseNamespec } from "../../core/base/ids.ts";
import { Places } from "../../core/base/places.ts";
import type { OffsetMinutes } from "../../core/logs/calendar.ts";
import { shownName } from "../../core/logs/line-format.ts";
import { LEVELS } from "../../core/logs/line-level.ts";
import type { LogMark } from "../../core/logs/positions.ts";
import {
  isWanted,
  LogLines,
  lineView,
  mergeLines,
  offsetOf,
  type ShownLine,
} from "../../core/web/log-lines.ts";
import {
  type LogsQuery,
  MOST_LINES,
  MOST_PROGRAMS,
  queryText,
  readLogsQuery,
} from "../../core/web/logs-query.ts";
import { plainText } from "../../core/web/tail.ts";
import type { HttpReply } from "../../ports/http-server.ts";
import type { ChannelName, ChannelRef } from "../logs/api.ts";
import { followLog, type Stream, Streams } from "../streams/api.ts";
import type { ProcessView } from "../supervisor/api.ts";
import type { WebDeps } from "./deps.ts";
import { allPrograms } from "./facts.ts";
import { type History, readHistory } from "./log-history.ts";
import { eventBytes, htmlReply, streamHeaders, textReply, tooManyReply } from "./replies.ts";
import type { Templates } from "./templates.ts";

/** Bytes that a view reads of all its logs, decompressed ones. */
const MOST_READ = 64 * 1024 * 1024;
/** Characters of all lines that a view begins with, and of those of each log at least. */
const MOST_TEXT = 512 * 1024;
const LEAST_TEXT = 64 * 1024;
/** Logs that are read at the same time for all views. */
const MOST_READERS = 8;
/** Programs that can be chosen on the page. */
const MOST_CHOICES = 200;
/** How much of a log that is made meanwhile is shown; of one that replaces another, nothing. */
const NEW_BYTES = 64 * 1024;

/** Classes of the names of programs: see core/web/coloured-text.ts. Red is for errors. */
const NAME_COLOURS = ["c6", "c3", "c2", "c5", "c4"];

/** A log of a view. */
interface ViewedLog {
  /** The program, as users see it. */
  readonly label: string;
  /** The program, as the daemon writes it into lines. */
  readonly name: string;
  readonly ref: ChannelRef;
}

interface View {
  readonly query: LogsQuery;
  readonly programs: readonly ProcessView[];
  readonly logs: readonly ViewedLog[];
  /** What a reader must know: sentences. */
  readonly notes: readonly string[];
  /** Which programs are left out, as a sentence; empty for none. */
  readonly limited: string;
}

/** The lines that exist already. */
interface Collected {
  readonly merged: ReturnType<typeof mergeLines>;
  readonly histories: readonly History[];
  readonly notes: readonly string[];
}

export class LogsView {
  readonly #deps: WebDeps;
  readonly #templates: Templates;
  readonly #offset: OffsetMinutes;
  readonly #streams = new Streams();
  /** A file system that does not answer holds a share of them. */
  readonly #places = new Places(MOST_READERS);

  constructor(deps: WebDeps, templates: Templates) {
    this.#deps = deps;
    this.#templates = templates;
    this.#offset = offsetOf(deps.localTime);
  }

  /** Answers `/logs.html`. It reads no log. @param common what the template needs besides */
  page(target: string, common: object): HttpReply {
    const { query, programs, logs, notes, limited } = this.#view(target);
    const chosen = new Set(programs.map(({ key }) => key));
    const all = allPrograms(this.#deps);
    const choices = [...programs, ...all.filter(({ key }) => !chosen.has(key))];
    const text = queryText(query);
    const address = (changes: Partial<LogsQuery>) =>
      `logs.html?${queryText({ ...query, ...changes })}`;
    const page = {
      ...common,
      programs: choices.slice(0, MOST_CHOICES).map(({ key, group, config }) => ({
        label: displayName(group, config.name),
        isChosen: query.names.length > 0 && chosen.has(key),
      })),
      others: Math.max(0, choices.length - MOST_CHOICES),
      hasOthers: choices.length > MOST_CHOICES,
      chosen: chosenText(query, programs, all.length),
      channels: options(["stdout", "stderr"], query.channel),
      levels: options(LEVELS, query.level),
      since: query.sinceText,
      search: query.search,
      isWrapped: query.isWrapped,
      ...{ notes, limited },
      hasLogs: logs.length > 0,
      canShowMore: query.lines < MOST_LINES,
      more: address({ lines: MOST_LINES }),
      stream: logs.length === 0 ? "" : `events/logs?${text}`,
      text: `logs.txt?${text}`,
      downloads: logs.map(({ label, ref: { channel } }) => ({
        label,
        channel,
        address: `download?name=${encodeURIComponent(label)}&channel=${channel}`,
      })),
    };
    return htmlReply(this.#templates.render("logs", page));
  }

  /** Answers `/logs.txt`: the lines that exist, each after its time and its program, `!` for standard error. */
  async text(target: string): Promise<HttpReply> {
    const view = this.#view(target);
    const { merged, notes } = await this.#collect(view, null);
    const heads = view.logs.map(({ label, ref }) => `${label} ${markOf(ref.channel)} `);
    const lines = merged.map(({ log, line }) => {
      const [, time] = lineView(log, line, this.#offset);
      return `${time === "" ? "" : `${time} `}${heads[log]}${plainText(line.text)}\n`;
    });
    return textReply([...notes.map((note) => `==> ${note} <==\n`), ...lines].join(""));
  }

  /**
   * Answers `/events/logs`. `start` tells which logs there are, and that no line is shown; `lines` has lines as `lineView` makes
   * them; `note` is a sentence.
   */
  stream(target: string): HttpReply {
    const view = this.#view(target);
    if (view.logs.length === 0) return textReply("There are no such logs.\n", 404);
    const stream = this.#streams.open();
    if (stream === null) return tooManyReply("pages of logs are open");
    void this.#fill(view, stream);
    return stream.reply(streamHeaders("text/event-stream"));
  }

  async #fill(view: View, stream: Stream): Promise<void> {
    let isOver = false;
    stream.onClose(() => {
      isOver = true;
    });
    const { merged, histories, notes } = await this.#collect(view, () => isOver);
    if (isOver) return;
    const labels = [...new Set(view.logs.map(({ label }) => label))].sort();
    const logs = view.logs.map(({ label, ref: { channel } }) => ({
      label,
      channel,
      colour: NAME_COLOURS[labels.indexOf(label) % NAME_COLOURS.length],
    }));
    stream.write(eventBytes("start", { logs, notes }));
    const lines = merged.map(({ log, line }) => lineView(log, line, this.#offset));
    stream.write(eventBytes("lines", lines));
    for (const [index, log] of view.logs.entries()) {
      const { end = null, isFormatted = false } = histories[index] ?? {};
      this.#follow(view.query, log, index, { end, isFormatted }, stream);
    }
  }

  /** Sends what is added to a log. @param end where the lines that were sent end */
  #follow(
    query: LogsQuery,
    { label, name, ref }: ViewedLog,
    index: number,
    { end, isFormatted }: { readonly end: LogMark | null; readonly isFormatted: boolean },
    stream: Stream,
  ): void {
    const { turns, now } = this.#deps;
    void followLog(this.#deps, { ...ref, isStored: true }, stream, {
      back: (log) => (log === "new" ? NEW_BYTES : 0),
      after: end,
      begin: ({ missing }, bytes) => {
        if (missing > 0) {
          const text = `${missing} bytes are missing: the log was cleared or grew too fast`;
          stream.write(eventBytes("note", `${label} (${ref.channel}): ${text}`));
        }
        const log = new LogLines({ name, isFormatted }, this.#offset);
        const show = (added: Uint8Array): void => {
          const lines = log
            .push(added, now().wall, true)
            .filter((line) => isWanted(line, query))
            .map((line) => lineView(index, line, this.#offset));
          if (lines.length > 0) stream.write(eventBytes("lines", lines));
        };
        show(bytes);
        return (added) => {
          const pause = turns.pause();
          return pause === null ? show(added) : pause.then(() => show(added));
        };
      },
    });
  }

  /** @param isOver whether the client is gone; null for one that does not follow the logs */
  async #collect(view: View, isOver: (() => boolean) | null): Promise<Collected> {
    const { query, logs, notes, limited } = view;
    const choice = {
      ...query,
      mostBytes: Math.ceil(MOST_READ / Math.max(1, logs.length)),
      mostCharacters: Math.max(LEAST_TEXT, Math.ceil(MOST_TEXT / Math.max(1, logs.length))),
      isFollowed: isOver !== null,
      isOver: isOver ?? (() => false),
    };
    const deps = { ...this.#deps, offset: this.#offset, now: () => this.#deps.now().wall };
    const histories = await Promise.all(
      logs.map(({ label, name, ref }) =>
        this.#inPlace(label, () => readHistory(deps, ref, name, choice)),
      ),
    );
    const lines = histories.map((history): readonly ShownLine[] => history.lines);
    const noted = histories.flatMap((history, index) => {
      const { label, ref } = logs[index] ?? {};
      return history.notes.map((note) => `${label} (${ref?.channel}): ${note}`);
    });
    const merged = mergeLines(lines, query.lines, MOST_TEXT);
    return {
      merged,
      histories,
      notes: [...notes, limited, ...noted].filter((note) => note !== ""),
    };
  }

  async #inPlace<T>(program: string, read: () => Promise<T>): Promise<T> {
    const claim = { program, uid: null, isSuspect: false };
    if (!this.#places.take(claim)) {
      await new Promise<void>((enter) => void this.#places.wait(claim, enter));
    }
    try {
      return await read();
    } finally {
      this.#places.leave(claim);
    }
  }

  #view(target: string): View {
    const query = readLogsQuery(target, this.#deps.now().wall, this.#offset);
    const { found, unknown } = this.#find(query.names);
    const programs = found.slice(0, MOST_PROGRAMS);
    const notes = unknown.map((name) => `There is no program ${name}.`);
    if (query.problem !== null) notes.push(query.problem);
    const limited =
      found.length > programs.length
        ? `The first ${programs.length} of ${found.length} programs are shown.`
        : "";
    const channels: readonly ChannelName[] =
      query.channel === null ? ["stdout", "stderr"] : [query.channel];
    const logs = programs.flatMap(({ key, group, config: { name } }) =>
      channels
        .filter((channel) => this.#deps.logs.path(key, channel) !== null)
        .map((channel) => ({
          label: displayName(group, name),
          name: shownName(group, name),
          ref: { kind: "channel" as const, key, channel },
        })),
    );
    if (logs.length === 0 && programs.length > 0) notes.push("These programs keep no such logs.");
    return { query, programs, logs, notes, limited };
  }

  /** Programs by their names; a group is all of its programs. Without names, all programs. */
  #find(names: readonly string[]) {
    const all = allPrograms(this.#deps);
    const found = new Map(names.length === 0 ? all.map((each) => [each.key, each]) : []);
    const unknown: string[] = [];
    for (const name of names) {
      const { group, process } = parseNamespec(name);
      const one = process === null ? null : this.#deps.supervisor.process(group, process);
      const isGroup = one === null && (process === null || !name.includes(":"));
      const members = isGroup ? (this.#deps.supervisor.group(group)?.processes ?? []) : [];
      for (const each of one === null ? members : [one]) found.set(each.key, each);
      if (one === null && members.length === 0) unknown.push(name);
    }
    return { found: [...found.values()], unknown };
  }
}

function labelOf({ group, config }: ProcessView): string {
  return displayName(group, config.name);
}

function markOf(channel: ChannelName): string {
  return channel === "stderr" ? "!" : "|";
}

function options(values: readonly string[], chosen: string | null): readonly object[] {
  return values.map((value) => ({ value, isChosen: value === chosen }));
}

function chosenText(query: LogsQuery, programs: readonly ProcessView[], all: number): string {
  if (query.names.length === 0) return all === programs.length ? "All programs" : "Programs";
  const [first] = programs;
  if (programs.length === 1 && first !== undefined) return labelOf(first);
  return `${programs.length} programs`;
}
