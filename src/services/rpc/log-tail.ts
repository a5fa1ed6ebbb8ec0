// /logtail/<name>[/<channel>] and /mainlogtail: the end of a log and everything appended to it, for as long as the
// client listens. With ?until=exit, of which Supervisor takes no notice, only as long as the process runs.

import type { HttpReply, HttpRequest, HttpSink } from "../../ports/http-server.ts";
import type { LogRef, LogsApi } from "../logs/api.ts";
import type { SupervisorApi } from "../supervisor/api.ts";
import { resolveProcess } from "./namespec.ts";
import { errorPage } from "./pages.ts";

/** How much of what is there already is sent first. */
const BACK_BYTES = 1024;

const UNTIL_EXIT = /\?(?:.*&)?until=exit(?:&|$)/;

const MEDIA_TYPE = ["Content-Type", "text/plain;charset=utf-8"] as const;
/** Tells nginx to hand bytes on as they come. */
const NO_BUFFERING = ["X-Accel-Buffering", "no"] as const;

/** Answers requests for `/logtail…`. */
export async function answerLogTail(
  request: HttpRequest,
  supervisor: SupervisorApi,
  logs: LogsApi,
): Promise<HttpReply> {
  if (request.method !== "GET") return errorPage(400);
  const ref = parseTarget(request.target, supervisor);
  if (ref === null) return errorPage(404);
  const headers = [MEDIA_TYPE, NO_BUFFERING];
  if (ref.kind === "main" || !UNTIL_EXIT.test(request.target)) {
    return stream((take) => logs.follow(ref, BACK_BYTES, take), headers);
  }
  const reply = await stream(async (take) => {
    const screen =
      ref.channel === "stdout" ? await logs.followScreen(ref.key, BACK_BYTES, take) : null;
    return screen?.ok === true ? screen : logs.follow(ref, BACK_BYTES, take);
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
  return stream((take) => logs.follow({ kind: "main" }, BACK_BYTES, take), [MEDIA_TYPE]);
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
  return {
    kind: "stream",
    headers,
    open(opened) {
      for (const bytes of early.splice(0)) opened.write(bytes);
      sink = opened;
    },
    closed: () => follower.value.close(),
  };
}

/** The log that a path names; null for every name that is wrong. */
function parseTarget(target: string, supervisor: SupervisorApi): LogRef | null {
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
