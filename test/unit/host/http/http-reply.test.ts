// Replies of HTTP servers, cut anywhere.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ReplyParser } from "../../../../src/host/http/http-reply.ts";
import { fc } from "../../../property.ts";

function parse(pieces: readonly Uint8Array[]): { log: string[]; whole: boolean } {
  const log: string[] = [];
  let body = "";
  const parser = new ReplyParser({
    head: ({ status, reason, closes }) => log.push(`${status} ${reason}${closes ? " closes" : ""}`),
    body: (bytes) => {
      body += Buffer.from(bytes).toString("latin1");
    },
    end: () => {
      log.push(body);
      body = "";
    },
    broken: (what) => log.push(`broken: ${what}`),
  });
  for (const piece of pieces) parser.push(piece);
  return { log, whole: parser.finish() };
}

const whole = (text: string): { log: string[]; whole: boolean } =>
  parse([Buffer.from(text, "latin1")]);

const STREAM =
  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab\r\nc" +
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxyz\r\n2;ext=1\r\n\r\n\r\n0\r\nTrailer: t\r\n\r\n" +
  "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n" +
  "HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n\xff\x00until the end";

const EVENTS = [
  "200 OK",
  "ab\r\nc",
  "200 OK",
  "xyz\r\n",
  "200 OK",
  "",
  "401 Unauthorized closes",
  "\xff\x00until the end",
];

describe("the reply parser", () => {
  it("reads lengths, chunks, trailers and bodies that last until the end", () => {
    assert.deepEqual(whole(STREAM), { log: EVENTS, whole: true });
  });

  it("does not care where the stream is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(STREAM.length), { maxLength: 30 }), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), STREAM.length];
        const pieces = places
          .slice(1)
          .map((end, index) => Buffer.from(STREAM.slice(places[index], end), "latin1"));
        assert.deepEqual(parse(pieces).log, EVENTS);
      }),
    );
  });

  it("knows a reply that was cut off", () => {
    assert.equal(whole("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab").whole, false);
    assert.equal(whole("HTTP/1.1 200 O").whole, false);
  });

  it("stops at input that is not HTTP", () => {
    assert.match(
      whole("220 smtp\r\n\r\n").log.join(),
      /^broken: a reply that starts with "220 smtp"$/,
    );
    assert.match(
      whole("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n").log.join(),
      /broken: a chunk size of "zz"/,
    );
    assert.match(whole(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(70000)}`).log.join(), /does not end/);
  });
});
