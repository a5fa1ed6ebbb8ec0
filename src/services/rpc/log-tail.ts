// /logtail/<name>[/<channel>] and /mainlogtail: the end of a log and everything appended to it, as long as the client is
// connected. With ?until=exit, which Supervisor ignores, only as long as the process runs. A header gives the place of the
// first byte in the log; with ?after=PLACE a later stream resumes there. With ?source=file it is the file of the log, even if
// that does not hold what the program wrote, or is not made yet.

import type { Result } from "../../core/base/result.ts";
import {
  LOG_MISSING_HEADER,
  LOG_PLACE_HEADER,
  type LogMark,
  markText,
  parseMark,
} from "../../core/logs/positions.ts";
import type { Fault } from "../../core/xmlrpc/faults.ts";
import type { HttpHeaders, HttpReply, HttpRequest } from "../../ports/http-server.ts";
import type { EventReader } from "../event-log/api.ts";
import type { ChannelRef, LogFollower, LogsApi } from "../logs/api.ts";
import { followLog, Stream } from "../streams/api.ts";
import type { SupervisorApi } from "../supervisor/api.ts";
import { resolveProcess } from "./namespec.ts";
import { errorPage } from "./pages.ts";

/** How much of a log is sent first: of one that is made only when its program is started all, unless that is a lot. */
const BACK_BYTES = { first: 1024, replacement: 0, new: 64 * 1024 };

const AFTER = /[?&]after=([^&]*)/;
const SOURCE_FILE = /\?(?:.*&)?source=file(?:&|$)/;
const UNTIL_EXIT = /\?(?:.*&)?until=exit(?:&|$)/;

const MEDIA_TYPE = ["Content-Type", "text/plain;charset=utf-8"] as const;
/** Makes nginx pass bytes on as they come. */
const NO_BUFFERING = ["X-Accel-Buffering", "no"] as const;

/** Answers requests for `/logtail…`. */
export async function answerLogTail(
  request: HttpRequest,
  supervisor: SupervisorApi,
  programs: { readonly logs: LogsApi; readonly eventLog: EventReader },
): Promise<HttpReply> {
  if (request.method !== "GET") return errorPage(400);
  const { target } = request;
  const ref = parseTarget(target, supervisor);
  if (ref === null) return errorPage(404);
  const after = placeIn(target);
  const stream = new Stream();
  const log = UNTIL_EXIT.test(target)
    ? await followRun(programs.logs, supervisor, ref, after, stream)
    : await followLog(programs, { ...ref, isStored: SOURCE_FILE.test(target) }, stream, {
        back: (log) => BACK_BYTES[log],
        after,
        begin(_log, bytes) {
          stream.write(bytes);
          return (appended) => stream.write(appended);
        },
      });
  return reply(stream, log, [MEDIA_TYPE, NO_BUFFERING]);
}

/** Follows the output of one run of a program, on its terminal if it has one. */
async function followRun(
  logs: LogsApi,
  supervisor: SupervisorApi,
  ref: ChannelRef,
  after: LogMark | null,
  stream: Stream,
): ReturnType<LogsApi["follow"]> {
  const take = (bytes: Uint8Array): void => stream.write(bytes);
  const screen =
    ref.channel === "stdout"
      ? await logs.followScreen(ref.key, BACK_BYTES.first, take, after)
      : null;
  const log = screen?.ok === true ? screen : await logs.follow(ref, BACK_BYTES.first, take, after);
  if (!log.ok) return log;
  stream.onClose(log.value.close);
  const forget = supervisor.whenRunEnds(ref.key, () => {
    // Its last output is on its way to the log: reading the log waits for that.
    void logs.tail(ref, 0, 0).then(() => stream.end());
  });
  stream.onClose(forget);
  return log;
}

/** Answers requests for `/mainlogtail…`. */
export async function answerMainLogTail(request: HttpRequest, logs: LogsApi): Promise<HttpReply> {
  if (request.method !== "GET") return errorPage(400);
  const stream = new Stream();
  const take = (bytes: Uint8Array): void => stream.write(bytes);
  const log = await logs.follow({ kind: "main" }, BACK_BYTES.first, take, placeIn(request.target));
  if (log.ok) stream.onClose(log.value.close);
  return reply(stream, log, [MEDIA_TYPE]);
}

/** Where the client's last stream ended; null for a client that does not name it, or cannot know. */
function placeIn(target: string): LogMark | null {
  return parseMark(AFTER.exec(target)?.[1] ?? "");
}

function reply(stream: Stream, log: Result<LogFollower, Fault>, headers: HttpHeaders): HttpReply {
  if (!log.ok) {
    stream.close();
    return errorPage(404);
  }
  const { mark, missing } = log.value;
  if (mark === null) return stream.reply(headers);
  const place = [LOG_PLACE_HEADER, markText(mark)] as const;
  const gap = missing === 0 ? [] : [[LOG_MISSING_HEADER, String(missing)] as const];
  return stream.reply([...headers, place, ...gap]);
}

/** The log that a path names; null for every name that is wrong. */
function parseTarget(target: string, supervisor: SupervisorApi): ChannelRef | null {
  const path = percentDecode(target.split(/[?;#]/, 1)[0] ?? "");
  const [, name, ...rest] = path.replace(/^\/+/, "").split("/");
  const channel = rest.length === 0 ? "stdout" : rest.join("/");
  if (name === undefined || (channel !== "stdout" && channel !== "stderr")) return null;
  const process = resolveProcess(supervisor, name);
  if (!process.ok) return null;
  return { kind: "channel", key: process.value.key, channel };
}

/** Leaves a `%` that begins no escape as it is, as Python does. */
function percentDecode(path: string): string {
  if (!path.includes("%")) return path;
  const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
  return path.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => {
    const codes = run.slice(1).split("%");
    return utf8.decode(Uint8Array.from(codes, (code) => Number.parseInt(code, 16)));
  });
}
