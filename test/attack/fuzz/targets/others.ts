// The documents of an upgrade, replies of HTTP servers to ctl, and input of browsers: forms, origins, credentials.

import assert from "node:assert/strict";
import { printable } from "../../../../src/core/base/printable.ts";
import { decodeSnapshot, encodeSnapshot } from "../../../../src/core/snapshot/snapshot.ts";
import { dryRunLine, readDryRun } from "../../../../src/core/upgrade/dry-run.ts";
import { parseProcessStat } from "../../../../src/core/usage/program-usage.ts";
import { readAction, readForm } from "../../../../src/core/web/actions.ts";
import { isClick, isForeign } from "../../../../src/core/web/admission.ts";
import { tailLimit } from "../../../../src/core/web/tail.ts";
import { replyReader, requestReader } from "../../../../src/host/http/http-message.ts";
import { authenticate } from "../../../../src/services/rpc/auth.ts";
import { pageName } from "../../../../src/services/web/paths.ts";
import { fakeGuard, fakeUser } from "../../../fakes/guard.ts";
import { fc } from "../../../property.ts";
import { snapshot as anySnapshot } from "../../../unit/core/snapshot/arbitrary.ts";
import { cut } from "../mutate.ts";
import { type Target, texts } from "../target.ts";

const JSON_WORDS = [
  '"',
  "{",
  "}",
  "[",
  "]",
  ":",
  ",",
  "null",
  "true",
  "-1",
  "__proto__",
  '"fd":',
  "1e999",
];

const HUGE_NUMBER = /\d[eE]\+?\d{3}|\d{300}/;

const snapshotJson: Target = {
  name: "snapshot",
  seeds: texts(...fc.sample(anySnapshot, { seed: 7, numRuns: 20 }).map(encodeSnapshot)),
  words: JSON_WORDS,
  read(input) {
    const decoded = decodeSnapshot(input.toString());
    if (!decoded.ok) {
      assert.ok(decoded.error.length < 10_000, "the reason is as long as the document");
      return;
    }
    if (HUGE_NUMBER.test(input.toString())) return; // Read as Infinity, which JSON cannot write.
    const back = decodeSnapshot(encodeSnapshot(decoded.value));
    assert.ok(back.ok, "what was written cannot be read");
    assert.equal(encodeSnapshot(back.value), encodeSnapshot(decoded.value));
  },
};

const dryRun: Target = {
  name: "dry run",
  seeds: texts(dryRunLine({ tsv: "1.2.3", problem: null }), '{"tsv":"1","problem":"x"}\n'),
  words: [...JSON_WORDS, '"tsv"', '"problem"'],
  read(input) {
    const answer = readDryRun(input.toString());
    if (answer !== null) assert.deepEqual(readDryRun(dryRunLine(answer)), answer);
  },
};

const HTTP_WORDS = [
  ...["HTTP/1.1 200 OK\r\n", "HTTP/1.0 ", "\r\n", "\r\n\r\n", "\n", "Content-Length: ", "5", "-1"],
  ...[
    "Transfer-Encoding: chunked\r\n",
    "Connection: close\r\n",
    "0\r\n\r\n",
    "ffffffffffffffff",
    "5;x=y\r\n",
  ],
];

/** What was read, in order. Bodies may come in parts of any size. */
function messages(
  makeReader: typeof replyReader | typeof requestReader,
  chunks: readonly Uint8Array[],
): string {
  let found = "";
  const reader = makeReader(16 * 1024, {
    head: ({ start, fields }: { readonly start: object; readonly fields: Iterable<unknown> }) => {
      found += `\nhead ${JSON.stringify([start, ...fields])}\n`;
    },
    body: (bytes) => {
      found += Buffer.from(bytes).toString("latin1");
    },
    end: () => {
      found += "\nend";
    },
    broken: ({ kind }) => {
      found += `\n${kind}`;
    },
  });
  for (const chunk of chunks) reader.push(chunk);
  return `${found}\n${String(reader.finish())}`;
}

const http: Target = {
  name: "HTTP reply",
  seeds: texts(
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "HTTP/1.0 200 OK\r\n\r\nuntil the end",
    "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 503 No\r\nServer: x\r\n\r\n",
    `HTTP/1.0 200 OK\r\nServer: ${"x".repeat(16_350)}\r\n\r\n`,
  ),
  words: HTTP_WORDS,
  read: (input, rng) => readCut(replyReader, input, rng),
};

const httpRequest: Target = {
  name: "HTTP request",
  seeds: texts(
    "POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.0\r\n\r\n",
    "POST /RPC2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
  ),
  words: [...HTTP_WORDS, "GET / HTTP/1.1\r\n", "POST ", "Expect: 100-continue\r\n"],
  read: (input, rng) => readCut(requestReader, input, rng),
};

/** Where the stream is cut does not matter, and what is read is in proportion to it. */
function readCut(
  makeReader: typeof replyReader | typeof requestReader,
  input: Buffer,
  rng: Parameters<typeof cut>[1],
): void {
  const whole = messages(makeReader, [input]);
  assert.ok(whole.length < 100 * input.length + 1000);
  assert.equal(messages(makeReader, cut(input, rng)), whole);
}

const GUARD = fakeGuard({
  credentials: { username: "a", password: "b" },
  users: [fakeUser("c", { password: "d", token: "0123456789abcdef" })],
});
const ENTRANCE = { section: "inet_http_server", guard: GUARD, readers: null };
const PEER = { address: "10.0.0.5", port: 3123, user: null };
const HEADERS = ["host", "origin", "x-forwarded-host", "sec-fetch-site", "sec-fetch-mode"];

const browser: Target = {
  name: "forms, origins, logins",
  seeds: texts(
    "/tail.html?processname=a%3Ab&limit=1024#x",
    "?action=stop&processname=a",
    "http://a.example:9001",
    `Basic ${Buffer.from("a:c").toString("base64")}`,
    "1 (sh (x)) S 1 1 1 0 -1 4194304 1 0 0 0 1 2 0 0 20 0 1 0 5 1 1 1 1",
  ),
  words: [
    "%",
    "%zz",
    "%00",
    "+",
    "&",
    "=",
    "?",
    "#",
    ";",
    "://",
    ":",
    "@",
    "[::1]",
    ".",
    "null",
    "Basic ",
    "\0",
    ") ",
  ],
  read(input) {
    const text = input.toString("latin1");
    pageName(text);
    readAction(readForm(text, text));
    tailLimit(text);
    const parts = text.split(/[?&=]/);
    const origin = (name: string) => parts[HEADERS.indexOf(name)] ?? null;
    isForeign(origin);
    isClick(origin);
    // A rejection that is not handled ends the process.
    void authenticate(ENTRANCE, { peer: PEER, header: () => text }).then(({ role }) =>
      assert.equal(role, "anonymous"),
    );
    parseProcessStat(text);
    assert.equal(printable(printable(text)), printable(text));
  },
};

export const OTHER_TARGETS: readonly Target[] = [snapshotJson, dryRun, http, httpRequest, browser];
