// The page that shows the end of a log, and the stream that appends to it.

import { parseNamespec } from "../../core/base/ids.ts";
import { parseMark } from "../../core/logs/positions.ts";
import type { Form } from "../../core/web/form.ts";
import { beginTail, joined } from "../../core/web/tail-events.ts";
import { endText, tailLimit } from "../../core/web/tail-view.ts";
import { FAULT_CODES, faultText } from "../../core/xmlrpc/faults.ts";
import type { HttpReply } from "../../ports/http-server.ts";
import type { ChannelName, LogRef } from "../logs/api.ts";
import type { LogEnd, WebDeps } from "./deps.ts";
import { missingPage } from "./program-page.ts";
import { htmlReply, streamHeaders, textReply } from "./replies.ts";
import type { Templates } from "./templates.ts";

/** Each holds a connection, and up to a megabyte when it does not read. */
const MOST_READERS = 100;

interface Wanted {
  /** As the request wrote it; null for none. */
  readonly name: string | null;
  readonly isMain: boolean;
  readonly channel: ChannelName;
  readonly limit: number;
}

type TailDeps = Pick<WebDeps, "logs" | "supervisor" | "eventLog">;

function wanted(form: Form): Wanted {
  return {
    name: form.get("processname") ?? null,
    isMain: form.get("log") === "main",
    channel: form.get("channel") === "stderr" ? "stderr" : "stdout",
    limit: tailLimit(form.get("limit")),
  };
}

export class Tail {
  readonly #deps: TailDeps;
  readonly #templates: Templates;
  #readers = 0;

  constructor(deps: TailDeps, templates: Templates) {
    this.#deps = deps;
    this.#templates = templates;
  }

  /** Answers `/tail.html`: 404 for a program that is not there. @param page what the template needs beside the log */
  async page(form: Form, logEnd: LogEnd, page: object): Promise<HttpReply> {
    const { name, isMain, channel, limit } = wanted(form);
    const quoted = encodeURIComponent(name ?? "");
    const which = isMain ? "log=main" : `processname=${quoted}&channel=${channel}`;
    const ref = this.#find(wanted(form));
    if (ref === null && name !== null) {
      return missingPage(this.#deps, this.#templates, page, name);
    }
    const html = this.#templates.render("tail", {
      ...page,
      title: isMain
        ? "Supervisor tail of its own log"
        : `Supervisor tail of process ${name ?? "None"}`,
      heading: isMain ? "activity log" : (name ?? "No program"),
      text: await text(wanted(form), ref, logEnd),
      isMain,
      isProgram: !isMain && ref !== null,
      canRefresh: isMain || name !== null,
      name: name ?? "",
      channels: (["stdout", "stderr"] as const).map((each) => ({
        channel: each,
        isCurrent: each === channel,
        address: `tail.html?processname=${quoted}&channel=${each}&limit=${limit}`,
      })),
      stream: ref === null ? "" : `events/tail?${which}&limit=${limit}`,
      raw: isMain ? "mainlogtail" : `logtail/${quoted}/${channel}`,
      refresh: `tail.html?${which}&limit=${limit}`,
      program: `program.html?processname=${quoted}`,
      more: `tail.html?${which}&limit=${limit * 8}`,
    });
    return htmlReply(html);
  }

  /**
   * Answers `/events/tail`: what the page shows, and whatever is appended, as server-sent events.
   * @param lastId the id of the last event that the reader has, when it connects again; else `after` may hold it
   */
  async stream(form: Form, lastId: string | null): Promise<HttpReply> {
    const ref = this.#find(wanted(form));
    if (ref === null) return textReply("There is no such log.\n", 404);
    if (this.#readers >= MOST_READERS) {
      return textReply(`${MOST_READERS} logs are being followed, which is the most.\n`, 503);
    }
    this.#readers++;
    const after = parseMark(lastId ?? form.get("after") ?? "");
    // What is there already may come before the reply has begun.
    const early: Uint8Array[] = [];
    let take = (bytes: Uint8Array): void => void early.push(bytes);
    const { limit } = wanted(form);
    const place = this.#place(ref);
    const follower = await this.#deps.logs.follow(ref, limit + 1, (bytes) => take(bytes), after);
    if (!follower.ok) {
      this.#readers--;
      return textReply("That log is not written yet.\n", 404);
    }
    const { mark, missing, close } = follower.value;
    let unwatch = (): void => {};
    return {
      kind: "stream",
      headers: streamHeaders("text/event-stream"),
      open: (sink) => {
        const there = joined(early.splice(0));
        const start = { mark, missing, after, limit: after === null ? limit : null };
        const { events, first } = beginTail(start, there);
        sink.write(first);
        take = (bytes) => sink.write(events.take(bytes));
        // A program that was replaced may log elsewhere. The reader connects again and gets that log.
        unwatch = this.#deps.eventLog.watch(() => {
          if (this.#place(ref) !== place) sink.end();
        });
      },
      closed: () => {
        this.#readers--;
        unwatch();
        close();
      },
    };
  }

  #find({ name, isMain, channel }: Wanted): LogRef | null {
    if (isMain) return { kind: "main" };
    const spec = name === null ? null : parseNamespec(name);
    if (spec === null || spec.process === null) return null;
    const process = this.#deps.supervisor.process(spec.group, spec.process);
    return process === null ? null : { kind: "channel", key: process.key, channel };
  }

  /** Where a log of a program is; null for none. */
  #place(ref: LogRef): string | null {
    return ref.kind === "main" ? "" : this.#deps.logs.path(ref.key, ref.channel);
  }
}

/** The text, or in its place why there is none, in Supervisor's words. */
async function text({ name, limit }: Wanted, ref: LogRef | null, logEnd: LogEnd): Promise<string> {
  if (ref === null) return "No process name found";
  const read = await logEnd(ref, limit + 1);
  if (read.ok) return endText(read.value, limit);
  const { error } = read;
  if (error.name === "NO_FILE") return `No file for ${name ?? "the activity log"}`;
  return `ERROR: unexpected rpc fault [${FAULT_CODES[error.name]}] ${faultText(error)}`;
}
