// The page that shows the end of a log, and the stream that appends to it.

import { parseNamespec } from "../../core/base/ids.ts";
import { parseMark } from "../../core/logs/positions.ts";
import type { Form } from "../../core/web/actions.ts";
import { beginTail, endText, tailLimit } from "../../core/web/tail.ts";
import { FAULT_CODES, faultText } from "../../core/xmlrpc/faults.ts";
import type { HttpReply } from "../../ports/http-server.ts";
import type { ChannelName, LogRef } from "../logs/api.ts";
import { followLog, Streams } from "../streams/api.ts";
import type { LogEnd, WebDeps } from "./deps.ts";
import { missingPage } from "./program-page.ts";
import { htmlReply, streamHeaders, textReply, tooManyReply } from "./replies.ts";
import type { Templates } from "./templates.ts";

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
  readonly #streams = new Streams();

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
      search: `logs.html?name=${quoted}`,
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
    const stream = this.#streams.open();
    if (stream === null) return tooManyReply("logs are being followed");
    const { limit } = wanted(form);
    let after = parseMark(lastId ?? form.get("after") ?? "");
    const log = await followLog(this.#deps, ref, stream, {
      back: () => limit + 1,
      after,
      begin({ mark, missing }, bytes) {
        const start = { mark, missing, after, limit: after === null ? limit : null };
        after = null;
        const { events, first } = beginTail(start, bytes);
        stream.write(first);
        return (appended) => stream.write(...events.take(appended));
      },
    });
    if (log.ok) return stream.reply(streamHeaders("text/event-stream"));
    stream.close();
    return textReply("That log is not written yet.\n", 404);
  }

  #find({ name, isMain, channel }: Wanted): LogRef | null {
    if (isMain) return { kind: "main" };
    const spec = name === null ? null : parseNamespec(name);
    if (spec === null || spec.process === null) return null;
    const process = this.#deps.supervisor.process(spec.group, spec.process);
    return process === null ? null : { kind: "channel", key: process.key, channel };
  }
}

/** The text, or why there is none, in Supervisor's words. */
async function text({ name, limit }: Wanted, ref: LogRef | null, logEnd: LogEnd): Promise<string> {
  if (ref === null) return "No process name found";
  const read = await logEnd(ref, limit + 1);
  if (read.ok) return endText(read.value, limit);
  const { error } = read;
  if (error.name === "NO_FILE") return `No file for ${name ?? "the activity log"}`;
  return `ERROR: unexpected rpc fault [${FAULT_CODES[error.name]}] ${faultText(error)}`;
}
