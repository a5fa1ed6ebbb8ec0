// The page of one program: its state and the reason, recent runs and what happened between them, dependencies, the ends of its
// logs, its configuration; and the stream `/events/program` that keeps it up to date. Nothing runs for a page that is closed.

import { withoutOthers } from "../../core/access/other-programs.ts";
import { may } from "../../core/access/permissions.ts";
import type { Client } from "../../core/access/principal.ts";
import { displayName, type ProcessKey, parseNamespec } from "../../core/base/ids.ts";
import { epochSeconds, SECOND } from "../../core/base/time.ts";
import { processOf } from "../../core/event-log/event-log.ts";
import { type LocalTime, localMs, localTime } from "../../core/logs/calendar.ts";
import { configView } from "../../core/web/config-view.ts";
import { dependencyView, isInTree } from "../../core/web/dependency-view.ts";
import { filesView } from "../../core/web/files-view.ts";
import { programView, type TimeView } from "../../core/web/program-view.ts";
import { usageTexts } from "../../core/web/status-view.ts";
import { endOfLog, endText, TailEvents } from "../../core/web/tail.ts";
import { notesOf } from "../../core/web/timeline.ts";
import { faultText } from "../../core/xmlrpc/faults.ts";
import type { HttpReply } from "../../ports/http-server.ts";
import type { ChannelName } from "../logs/api.ts";
import { followLog, type Stream, Streams } from "../streams/api.ts";
import type { ProcessView } from "../supervisor/api.ts";
import { explainProcess, whyCommand } from "../why/api.ts";
import type { LogEnd, WebDeps } from "./deps.ts";
import { allPrograms, factsOf } from "./facts.ts";
import {
  eventBytes,
  htmlReply,
  onceATurn,
  streamHeaders,
  textReply,
  tooManyReply,
} from "./replies.ts";
import type { Templates } from "./templates.ts";

/** Bytes of each log that the page shows at first; the stream begins with as many. */
export const END_OF_LOG = 16 * 1024;
const MOST_NAME = 200;
const MOST_MEMBERS = 50;

/** The signals that a person sends most. */
const SIGNALS = ["HUP", "INT", "TERM", "QUIT", "USR1", "USR2", "WINCH", "CONT", "STOP", "KILL"];

/** More than the event log keeps. */
const ALL_EVENTS = 100_000;

const CHARTS = [
  { id: "cpu", title: "CPU" },
  { id: "memory", title: "Memory" },
  { id: "starts", title: "Starts" },
];

type PageDeps = Pick<
  WebDeps,
  "supervisor" | "logs" | "usage" | "eventLog" | "localTime" | "history" | "asked"
>;

interface ProgramPage {
  /** As the request wrote it; null for none. */
  readonly name: string | null;
  readonly client: Client;
  /** Read the files of the configuration, and compare them with what runs. */
  readonly withFiles: boolean;
  readonly logEnd: LogEnd;
  /** What the template needs besides. */
  readonly common: object;
}

/** Answers `/program.html`: 404 for a program that is not there. */
export async function programPage(
  deps: PageDeps,
  templates: Templates,
  { name, client, withFiles, logEnd, common }: ProgramPage,
): Promise<HttpReply> {
  const process = findProcess(deps, name);
  // What happens while logs are read is newer than this page: it is fetched again.
  const version = deps.eventLog.end().seq;
  const files = process !== null && withFiles ? await filesOf(deps, process) : null;
  const usages = (await deps.usage.look()) ?? new Map();
  const logs = process === null ? [] : await logViews(deps, process, logEnd);
  const facts = process === null ? null : factsOf(deps, process, usages);
  const why = process === null ? null : await explainProcess(deps, process);
  if (process === null || facts === null || why === null) {
    return missingPage(deps, templates, common, name);
  }
  const showTime = (seconds: number) => timeView(seconds, deps.localTime);
  const { events } = deps.eventLog.after(null, ALL_EVENTS);
  const asked = may(client, "configure") ? deps.asked() : [];
  const notes = notesOf(process.key, events, asked);
  const view = programView(facts, why.history, notes, why.clue, showTime);
  const seen = allPrograms(deps);
  const page = {
    ...common,
    ...view,
    hasRuns: view.runs.length > 0,
    hasBeats: view.beats.length > 0,
    moreCount: view.moreRuns.length,
    stateVersion: version,
    now: facts.now,
    hasHistory: deps.history !== null,
    charts: CHARTS,
    eventsSince: epochSeconds(events[0]?.at ?? 0),
    zoneMinutes: zoneMinutes(facts.now * SECOND, deps.localTime),
    dependencies: dependencyView(process, seen, client.programs === null),
    signals: SIGNALS,
    logs: logs.map((log) => ({ ...log, hasLog: log.none === "" })),
    config: configOf(deps, { ...process, config: withoutOthers(process.config, seen) }),
    mayConfigure: may(client, "configure"),
    files,
    whyCommand: whyCommand(deps.supervisor, process),
  };
  return htmlReply(templates.render("program", page));
}

/** The one process that a name means; null for none. */
export function findProcess(
  { supervisor }: Pick<WebDeps, "supervisor">,
  name: string | null,
): ProcessView | null {
  const spec = name === null ? null : parseNamespec(name);
  if (spec === null || spec.process === null) return null;
  return supervisor.process(spec.group, spec.process);
}

/** The page for a name that is not a program's: status 404. It may be that of a group. */
export function missingPage(
  { supervisor }: Pick<WebDeps, "supervisor">,
  templates: Templates,
  common: object,
  name: string | null,
): HttpReply {
  const group = supervisor.group((name ?? "").replace(/:\*?$/, ""));
  const members = (group?.processes ?? []).slice(0, MOST_MEMBERS).map((process) => {
    const label = displayName(process.group, process.config.name);
    return { label, quoted: encodeURIComponent(label) };
  });
  const title = "No such program";
  const shown = (name ?? "").slice(0, MOST_NAME);
  const text =
    name === null
      ? "The address needs the name of a program (processname=)."
      : `The daemon has no program ${shown}. It may have been removed or renamed.`;
  const isGroup = members.length > 0;
  const what = isGroup
    ? { heading: `${shown} is a group`, isGroup, members }
    : { heading: title, text };
  const view = { ...common, title, ...what, home: "All programs" };
  return htmlReply(templates.render("notice", view), 404);
}

/** The ends of both logs, or why one cannot be read. */
async function logViews({ logs }: PageDeps, { key, config }: ProcessView, logEnd: LogEnd) {
  /** `none`: why there is no log; empty where there is one. */
  const read = async (channel: ChannelName) => {
    const path = logs.path(key, channel);
    if (path === null) return { channel, path: "", text: "", none: noLog(channel, config) };
    const outcome = await logEnd({ kind: "channel", key, channel }, END_OF_LOG + 1);
    if (outcome.ok) return { channel, path, text: endText(outcome.value, END_OF_LOG), none: "" };
    // Of a program that was never started.
    const none =
      outcome.error.name === "NO_FILE" ? "" : `The log cannot be read: ${outcome.error.name}`;
    return { channel, path, text: "", none };
  };
  return await Promise.all([read("stdout"), read("stderr")]);
}

function noLog(channel: ChannelName, config: ProcessView["config"]): string {
  if (channel === "stderr" && config.redirectStderr) {
    return "Goes to stdout (redirect_stderr=true).";
  }
  return `Not kept (${channel}_logfile).`;
}

function configOf({ supervisor }: PageDeps, { group, config }: ProcessView): object {
  const view = configView(config, supervisor.group(group)?.config);
  return { ...view, setCount: view.set.length, defaultCount: view.defaults.length };
}

/** What the files say of a program now; `problem` is why they cannot be read. */
async function filesOf({ supervisor }: PageDeps, process: ProcessView): Promise<object> {
  const plan = await supervisor.plan([process.key]);
  if (!plan.ok) return { problem: faultText(plan.error) };
  const options = await supervisor.options(process.config.origin.section);
  if (!options.ok) return { problem: faultText(options.error) };
  return { problem: "", ...filesView(plan.value, options.value) };
}

/** How many minutes local time is ahead of UTC. */
function zoneMinutes(wallMs: number, toLocal: (wallMs: number) => LocalTime): number {
  const asUtc = localMs(toLocal(wallMs), () => 0) ?? wallMs;
  return Math.round((asUtc - wallMs) / (60 * SECOND));
}

function timeView(seconds: number, toLocal: (wallMs: number) => LocalTime): TimeView {
  return {
    text: dateText(toLocal(seconds * 1000), " "),
    iso: `${dateText(localTime(seconds * 1000, 0), "T")}Z`,
  };
}

function dateText({ year, month, day, hour, minute, second }: LocalTime, between: string): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${year}-${two(month)}-${two(day)}${between}${two(hour)}:${two(minute)}:${two(second)}`;
}

type StreamDeps = Pick<WebDeps, "supervisor" | "logs" | "eventLog" | "usage" | "defer">;

/** The open pages of programs. */
export class ProgramStreams {
  readonly #deps: StreamDeps;
  readonly #bootId: () => string;
  readonly #streams = new Streams();

  constructor(deps: StreamDeps, bootId: () => string) {
    this.#deps = deps;
    this.#bootId = bootId;
  }

  /** @param name as the request wrote it */
  answer(name: string | null): HttpReply {
    const process = findProcess(this.#deps, name);
    if (process === null) return textReply("There is no such program.\n", 404);
    const stream = this.#streams.open();
    if (stream === null) return tooManyReply("pages of programs are open");
    const version = this.#deps.eventLog.end().seq;
    stream.write(eventBytes("hello", { boot: this.#bootId(), version }));
    this.#sendChanges(stream, process);
    for (const channel of ["stdout", "stderr"] as const) {
      const ref = { kind: "channel", key: process.key, channel } as const;
      void followLog(this.#deps, ref, stream, {
        back: () => END_OF_LOG + 1,
        after: null,
        begin(_log, bytes) {
          const events = new TailEvents(null, channel);
          stream.write(eventBytes(`${channel}-start`, {}));
          stream.write(...events.take(endOfLog(bytes, END_OF_LOG)));
          return (appended) => stream.write(...events.take(appended));
        },
      });
    }
    return stream.reply(streamHeaders("text/event-stream"));
  }

  /** Says whether the page shows the state of a process: its own, or that of a dependency. */
  #shown({ key, group, config }: ProcessView): (key: ProcessKey) => boolean {
    const { supervisor } = this.#deps;
    const namesOf = (own: ProcessView) => dependencyView(own, allPrograms(this.#deps), true).names;
    let known: { config: ProcessView["config"]; names: ReadonlySet<string> } | null = null;
    return (changed) => {
      if (changed === key) return true;
      const own = supervisor.process(group, config.name);
      const of = parseNamespec(changed);
      const other = supervisor.process(of.group, of.process ?? "");
      if (own === null || other === null) return false;
      if (known?.config !== own.config) known = { config: own.config, names: namesOf(own) };
      return isInTree(other, own, known.names);
    };
  }

  #sendChanges(stream: Stream, process: ProcessView): void {
    const { key } = process;
    const { eventLog, usage, defer } = this.#deps;
    const isShown = this.#shown(process);
    const changed = onceATurn(defer, () => {
      stream.write(eventBytes("changed", { version: eventLog.end().seq }));
    });
    const unwatch = eventLog.watch((event) => {
      const of = processOf(event);
      if (of === null || isShown(of)) changed();
    });
    stream.onClose(unwatch);
    const unwatchUsage = usage.watch((usages) => {
      const mine = usages?.get(key);
      stream.write(eventBytes("usage", mine === undefined ? [] : usageTexts(mine)));
    });
    stream.onClose(unwatchUsage);
  }
}
