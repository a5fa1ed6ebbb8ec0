// /logtail/<name>[/<channel>] and /mainlogtail: the end of a log and everything appended to it, as long as the client is
// connected. With ?until=exit, which Supervisor ignores, only as long as the process runs. A header gives the place of the
// first byte in the log; with ?after=PLACE a later stream resumes there. With ?source=file it is the file of the log, even if
// that does not hold what the program wrote, or is not made yet.

import {
  LOG_MISSING_HEADER,
  LOG_PLACE_HEADER,
  type LogMark,
  markText,
  parseMark,
} from "../../core/logs/positions.ts";
import type { HttpReply, HttpRequest, HttpSink } from "../../ports/http-server.ts";
import type { EventReader } from "../event-log/api.ts";
import type { LogRef, LogsApi } from "../logs/api.ts";
import type { SupervisorApi } from "../supervisor/api.ts";
import { followProgram } from "./follow-program.ts";
import { resolveProcess } from "./namespec.ts";
import { errorPage } from "./pages.ts";

/** How much of what is there already is sent first. */
const BACK_BYTES = 1024;

const AFTER = /[?&]after=([^&]*)/;
const SOURCE_FILE = /\?(?:.*&)?source=file(?:&|$)/;
const UNTIL_EXIT = /\?(?:.*&)?until=exit(?:&|$)/;

const MEDIA_TYPE = ["Content-Type", "text/plain;charset=utf-8"] as const;
/** Tells nginx to hand bytes on as they come. */
const NO_BUFFERING = ["X-Accel-Buffering", "no"] as const;

/** Answers requests for `/logtail…`. */
export async function answerLogTail(
  request: HttpRequest,
  supervisor: SupervisorApi,
  programs: { readonly logs: LogsApi; readonly eventLog: EventReader },
): Promise<HttpReply> {
  const { logs } = programs;
  if (request.method !== "GET") return errorPage(400);
  const ref = parseTarget(request.target, supervisor);
  if (ref === null) return errorPage(404);
  const headers = [MEDIA_TYPE, NO_BUFFERING];
  const after = placeIn(request.target);
  if (!UNTIL_EXIT.test(request.target)) {
    const isStored = SOURCE_FILE.test(request.target);
    const place = { ref: { ...ref, isStored }, back: BACK_BYTES, after };
    return stream((take) => followProgram(programs, place, take), headers);
  }
  const reply = await stream(async (take) => {
    const screen =
      ref.channel === "stdout" ? await logs.followScreen(ref.key, BACK_BYTES, take, after) : null;
    return screen?.ok === true ? screen : logs.follow(ref, BACK_BYTES, take, after);
  }, headers);
  return untilExit(reply, (ended) =>
    supervisor.whenRunEnds(ref.key, () => {
      // Its last output is on its way to the log: reading the log waits for that.
      void logs.tail(ref, 0, 0).then(ended);
    }),
  );
}

/** Ends a stream when `whenEnds` calls back. */
function untilExit(reply: HttpReply, whenEnds: (ended: () => void) => () => void): HttpReply {
  if (reply.kind !== "stream") return reply;
  let forget: () => void = () => {};
  return {
    ...reply,
    open(sink) {
      reply.open(sink);
      forget = whenEnds(() => sink.end());
    },
    closed() {
      forget();
      reply.closed();
    },
  };
}

/** Answers requests for `/mainlogtail…`. */
export async function answerMainLogTail(request: HttpRequest, logs: LogsApi): Promise<HttpReply> {
  if (request.method !== "GET") return errorPage(400);
  const after = placeIn(request.target);
  return stream((take) => logs.follow({ kind: "main" }, BACK_BYTES, take, after), [MEDIA_TYPE]);
}

/** Where the client's last stream ended; null for a client that does not say, or cannot know. */
function placeIn(target: string): LogMark | null {
  return parseMark(AFTER.exec(target)?.[1] ?? "");
}

function placeHeaders(mark: LogMark, missing: number): readonly (readonly [string, string])[] {
  const place = [LOG_PLACE_HEADER, markText(mark)] as const;
  return missing === 0 ? [place] : [place, [LOG_MISSING_HEADER, String(missing)]];
}

type Follow = (take: (bytes: Uint8Array) => void) => ReturnType<LogsApi["follow"]>;

async function stream(
  follow: Follow,
  headers: readonly (readonly [string, string])[],
): Promise<HttpReply> {
  // What is there already may come before the reply has begun.
  const early: Uint8Array[] = [];
  let sink: HttpSink | null = null;
  const follower = await follow((bytes) => {
    if (sink === null) early.push(bytes);
    else sink.write(bytes);
  });
  if (!follower.ok) return errorPage(404);
  const { mark, missing } = follower.value;
  return {
    kind: "stream",
    headers: mark === null ? headers : [...headers, ...placeHeaders(mark, missing)],
    open(opened) {
      for (const bytes of early.splice(0)) opened.write(bytes);
      sink = opened;
    },
    closed: () => follower.value.close(),
  };
}

/** The log that a path names; null for every name that is wrong. */
function parseTarget(
  target: string,
  supervisor: SupervisorApi,
): (LogRef & { readonly kind: "channel" }) | null {
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
