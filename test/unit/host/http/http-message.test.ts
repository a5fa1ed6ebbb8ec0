// Requests and replies of HTTP, cut anywhere.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  isLastMessage,
  replyReader,
  requestReader,
} from "../../../../src/host/http/http-message.ts";
import { fc } from "../../../property.ts";

const MAX_HEAD_BYTES = 16 * 1024;

function parse(pieces: readonly Uint8Array[]): { log: string[]; whole: boolean } {
  const log: string[] = [];
  let body = "";
  const reader = replyReader(MAX_HEAD_BYTES, {
    head: (head) => {
      const { status, reason } = head.start;
      log.push(`${status} ${reason}${isLastMessage(head) ? " closes" : ""}`);
    },
    body: (bytes) => {
      body += Buffer.from(bytes).toString("latin1");
    },
    end: () => {
      log.push(body);
      body = "";
    },
    broken: ({ text }) => log.push(`broken: ${text}`),
  });
  for (const piece of pieces) reader.push(piece);
  return { log, whole: reader.finish() };
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

describe("a reader of replies", () => {
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

  /** The status of the first head, or the kind of problem; null when there is neither. */
  function statusOf(text: string, size: number): number | string | null {
    let found: number | string | null = null;
    const reader = replyReader(MAX_HEAD_BYTES, {
      head: ({ start }) => {
        found ??= start.status;
      },
      body() {},
      end() {},
      broken: ({ kind }) => {
        found ??= kind;
      },
    });
    const bytes = Buffer.from(text, "latin1");
    for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
    return found;
  }

  for (const [text, expected] of [
    ["HTTP/1.1 200 OK\r\n\r\n", 200],
    ["\r\nHTTP/1.1 200 OK\r\n\r\n", "malformed"],
    ["HTTP/1.0 204 No Content\r\nServer: x\r\n\r\n", 204],
    ["HTTP/1.1 503\nRetry-After: 1\n\n", 503],
    ["HTTP/1.1 200 OK\r\nX-Long: a\r\n b\r\nX-Latin: \xe9\r\n\r\nbody", 200],
    ["HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 500 Oh\r\n\r\n", 500],
    ["HTTP/1.1 101 Switching\r\n\r\n", 101],
    ["HTTP/1.1 200 OK\r\nServer: x\r\n", null],
    ["HTTP/1.1 20", null],
    ["SSH-2.0-OpenSSH_9.2\r\n", "malformed"],
    ["SSH-2.0", "malformed"],
    ["HTTP/2 200\r\n\r\n", "malformed"],
    ["HTTP/1.1 2000 OK\r\n\r\n", "malformed"],
    ["HTTP/1.1 000 OK\r\n\r\n", "malformed"],
    ["HTTP/1.1 OK\r\n\r\n", "malformed"],
    ["HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "malformed"],
    ["\x15\x03\x01\x00\x02\x02", "malformed"],
    [`HTTP/1.1 200 OK\r\nX: ${"x".repeat(16_384)}\r\n\r\n`, "too long"],
    [`HTTP/1.1 200 ${"x".repeat(20_000)}`, "too long"],
    ["HTTP/1.1 100 Continue\r\n\r\n".repeat(1000), "too long"],
    [`HTTP/1.1 200 OK\r\nX: ${"x".repeat(10_000)}\r\n\r\n${"y".repeat(100_000)}`, 200],
  ] as const) {
    it(`finds ${expected} in ${JSON.stringify(text.slice(0, 40))}`, () => {
      for (const size of [1, 2, 7, 200_000]) assert.equal(statusOf(text, size), expected);
    });
  }

  it("says what it stopped at", () => {
    for (const [text, expected] of [
      ["220 smtp\r\n\r\n", /^broken: a reply that starts with "220 smtp"$/],
      [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        /broken: a chunk size of "zz"$/,
      ],
      [`HTTP/1.1 200 OK\r\nX: ${"x".repeat(70000)}`, /does not end$/],
    ] as const) {
      assert.match(whole(text).log.join(), expected);
    }
  });
});

// What is refused is tested on the wire: test/integration/rpc/wire.test.ts.
describe("a reader of requests", () => {
  it("stops at the end of each head and of each message", () => {
    const log: string[] = [];
    const reader = requestReader(MAX_HEAD_BYTES, {
      head: ({ start, fields }) => {
        log.push(`${start.method} ${start.target} ${start.minor} ${fields.get("x")}`);
      },
      body: (bytes) => log.push(Buffer.from(bytes).toString()),
      end: () => log.push("end"),
      broken: ({ text }) => log.push(`broken: ${text}`),
    });
    let rest: Uint8Array = Buffer.from(
      "POST /a?b HTTP/1.1\r\nX: 1\r\nx:2 \r\nContent-Length: 3\r\n\r\nabc\r\nGET / HTTP/1.0\r\n\r\nrest",
    );
    for (const expected of [
      ["POST /a?b 1 1, 2"],
      ["abc", "end"],
      ["GET / 0 undefined", "end"],
      ['broken: a reply that starts with "rest"'],
    ]) {
      rest = rest.subarray(reader.read(rest));
      assert.deepEqual(log.splice(0), expected);
    }
  });
});
