// Replies of the pages over all hosts. The server adds headers that keep other sites out (host/http/http-message.ts).

import type { HttpHeaders, HttpReply, HttpSink } from "../../ports/http-server.ts";

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const ENCODER = new TextEncoder();

export function wholeReply(type: string, body: string, status = 200): HttpReply {
  const headers: HttpHeaders = [
    ["Content-Type", `${type};charset=utf-8`],
    ["Content-Security-Policy", POLICY],
    ["Cache-Control", "no-store"],
  ];
  return { kind: "whole", status, headers, body };
}

export function textReply(body: string, status: number): HttpReply {
  return wholeReply("text/plain", body, status);
}

/** @param address relative: it leads back to where the browser came from, also behind a proxy */
export function seeOther(address: string, headers: HttpHeaders = []): HttpReply {
  return { kind: "whole", status: 303, headers: [["Location", address], ...headers], body: "" };
}

/** Sends server-sent events. @param start is called when the reader is there @returns what ends the source */
export function eventsReply(
  start: (send: (name: string, data: unknown) => void) => () => void,
): HttpReply {
  let end = (): void => undefined;
  let isOver = false;
  const open = (sink: HttpSink): void => {
    const stop = start((name, data) => {
      sink.write(ENCODER.encode(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`));
    });
    if (isOver) stop();
    else end = stop;
  };
  return {
    kind: "stream",
    // The last one makes nginx pass bytes on as they come.
    headers: [
      ["Content-Type", "text/event-stream"],
      ["Cache-Control", "no-store"],
      ["X-Accel-Buffering", "no"],
    ],
    open,
    closed: () => {
      isOver = true;
      end();
    },
  };
}
