// Which hosts and sites may ask, and what a refused client reads; requests that may change something.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type AdmissionRules,
  admit,
  isClick,
  isForeign,
  isKnownHost,
  rejectionText,
} from "../../../../src/core/web/admission.ts";
import { fc } from "../../../property.ts";

const LOOPBACK: AdmissionRules = {
  section: "inet_http_server",
  kind: "inet",
  address: "127.0.0.1",
  asksForPassword: false,
  ownNames: ["Web1", "web1.example.org"],
  allowedHosts: ["tsv.example.net"],
};
const ANYWHERE: AdmissionRules = { ...LOOPBACK, address: "" };
const GUARDED: AdmissionRules = { ...ANYWHERE, asksForPassword: true };
const UNIX: AdmissionRules = { ...LOOPBACK, kind: "unix", address: "" };

const EVERY_PATH = [
  ...["/", "/index.html", "/index.html?action=stopall", "/tail.html?processname=web", "/ok.html"],
  ...["/events/status", "/events/tail?processname=web", "/logtail/web", "/logtail/web/stderr"],
  ...["/mainlogtail", "/RPC2", "/RPC2/", "/scripts/status.js", "/images/icon.png", "/nope"],
];

type Headers = Readonly<Record<string, string>>;

function ask(rules: AdmissionRules, method: string, target: string, headers: Headers) {
  return admit({ method, target, header: from(headers) }, rules);
}

/** How a page makes a browser send something. */
const WAYS = [
  { mode: "navigate", dest: "document", methods: ["GET", "POST"] },
  { mode: "navigate", dest: "iframe", methods: ["GET", "POST"] },
  { mode: "no-cors", dest: "image", methods: ["GET"] },
  { mode: "no-cors", dest: "script", methods: ["GET"] },
  { mode: "no-cors", dest: "empty", methods: ["GET", "HEAD", "POST"] },
  { mode: "cors", dest: "empty", methods: ["GET", "HEAD", "POST", "PUT", "OPTIONS"] },
] as const;

/** What a browser sends for a page of `page` to `host`: Fetch standard, and its draft of Sec-Fetch-*. */
function browserHeaders(
  page: string,
  host: string,
  how: { readonly mode: string; readonly dest: string; readonly method: string },
): Headers {
  const isSame = page === `http://${host}`;
  const isTrustworthy = /^(?:localhost|127\.0\.0\.1|[\w-]+\.localhost)(?::|$)/.test(host);
  const tellsOrigin =
    (how.method !== "GET" && how.method !== "HEAD") || (how.mode === "cors" && !isSame);
  return {
    host,
    "accept-encoding": "gzip, deflate, br",
    ...(tellsOrigin ? { origin: page } : {}),
    ...(isTrustworthy
      ? {
          "sec-fetch-site": isSame ? "same-origin" : "cross-site",
          "sec-fetch-mode": how.mode,
          "sec-fetch-dest": how.dest,
        }
      : {}),
  };
}

const way = fc.constantFrom(...WAYS).chain(({ mode, dest, methods }) =>
  fc.record({
    mode: fc.constant(mode),
    dest: fc.constant(dest),
    method: fc.constantFrom(...methods),
  }),
);

/** Names that an attacker can own, or answer for in a network. */
const strangeName = fc.constantFrom(
  ...["evil.example", "rebound.example", "evil.local", "evil.lan", "evil.internal", "router"],
  ...[
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "web1",
    "notlocalhost",
    "web1.example.org.evil.example",
  ],
);

test("a page under a rebound name is refused everything", () => {
  const port = fc.constantFrom(":9001", "");
  fc.assert(
    fc.property(
      strangeName,
      port,
      way,
      fc.constantFrom(...EVERY_PATH),
      (name, port, how, target) => {
        fc.pre(name !== "web1");
        const host = name + port;
        const headers = browserHeaders(`http://${host}`, host, how);
        for (const rules of [LOOPBACK, ANYWHERE]) {
          assert.notEqual(ask(rules, how.method, target, headers), "allowed");
        }
      },
    ),
  );
});

test("a page of another site is refused, unless a person goes to a page, or a form asks for one", () => {
  const host = fc.constantFrom("127.0.0.1:9001", "localhost:9001", "192.168.1.7:9001", "web1:9001");
  fc.assert(
    fc.property(strangeName, host, way, fc.constantFrom(...EVERY_PATH), (name, to, how, target) => {
      const headers = browserHeaders(`http://${name}`, to, how);
      for (const rules of [LOOPBACK, ANYWHERE, GUARDED, UNIX]) {
        const isAllowed = ask(rules, how.method, target, headers) === "allowed";
        const saysSite = "sec-fetch-site" in headers;
        const isReadable = how.mode === "cors";
        if (target.startsWith("/RPC2") && how.method !== "GET" && how.method !== "HEAD") {
          assert.ok(!isAllowed);
        }
        // Of what it cannot read and cannot change, only a browser that says nothing gets an answer.
        if (isReadable && how.method !== "POST") assert.ok(!isAllowed);
        if (saysSite && (how.mode !== "navigate" || how.dest !== "document")) assert.ok(!isAllowed);
      }
    }),
  );
});

test("our own pages, people and programs are let in", () => {
  const own: readonly (readonly [AdmissionRules, string])[] = [
    [LOOPBACK, "localhost:9001"],
    [LOOPBACK, "127.0.0.1:9001"],
    [LOOPBACK, "web1:9001"],
    [LOOPBACK, "tsv.example.net"],
    [ANYWHERE, "192.168.1.7:9001"],
    [GUARDED, "whatever.example"],
    [UNIX, "proxied.example"],
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...own),
      way,
      fc.constantFrom(...EVERY_PATH),
      ([rules, host], how, target) => {
        const headers = browserHeaders(`http://${host}`, host, how);
        assert.equal(ask(rules, how.method, target, headers), "allowed");
      },
    ),
  );
  const strange = { host: "balancer.example:9001" };
  assert.equal(ask(ANYWHERE, "POST", "/RPC2", strange), "allowed");
  assert.equal(ask(LOOPBACK, "POST", "/RPC2", {}), "allowed");
  for (const path of ["/logtail/web", "/mainlogtail"]) {
    assert.equal(
      ask(ANYWHERE, "GET", path, { ...strange, "accept-encoding": "chunked" }),
      "allowed",
    );
    assert.equal(ask(ANYWHERE, "GET", path, strange), "unknown-host");
    assert.equal(ask(ANYWHERE, "GET", path, {}), "allowed");
  }
  assert.equal(
    ask(ANYWHERE, "GET", "/", { ...strange, "accept-encoding": "chunked" }),
    "unknown-host",
  );
});

test("names of loopback, addresses and known names are distinguished from all others", () => {
  const both = [
    null,
    "localhost",
    "LOCALHOST:9001",
    "app.localhost",
    "127.1.2.3:80",
    "[::1]:9001",
    "WEB1.example.org.:1",
  ];
  for (const host of both) {
    for (const rules of [LOOPBACK, ANYWHERE])
      assert.equal(isKnownHost(host, rules), true, `${host}`);
  }
  for (const host of ["192.168.1.7", "10.0.0.1:9001", "[fe80::1]:9001", "[2001:db8::1]"]) {
    assert.equal(isKnownHost(host, LOOPBACK), false, host);
    assert.equal(isKnownHost(host, ANYWHERE), true, host);
    assert.equal(isKnownHost(host, { ...LOOPBACK, address: "10.0.0.1" }), true, host);
  }
  for (const host of ["web1.local", "WEB1.local.:9001"]) {
    assert.equal(isKnownHost(host, LOOPBACK), false, host);
    assert.equal(isKnownHost(host, ANYWHERE), true, host);
  }
  const none = [
    "",
    ":9001",
    "evil.example",
    "nas.local",
    "x.lan",
    "x.internal",
    "box.home.arpa",
    "single",
    "web1.evil.example",
  ];
  for (const host of [
    ...none,
    "1.2.3.4.example",
    "127.0.0.1@evil",
    "127.0.0.1.",
    "localhost..",
    "[::1].evil",
  ]) {
    const isLoopbackForm = host === "127.0.0.1.";
    assert.equal(isKnownHost(host, ANYWHERE), isLoopbackForm, host);
  }
});

test("a refusal names the option that allows the name, in lines of at most 80 columns", () => {
  for (const host of [
    "evil.example:9001",
    `${"a".repeat(60)}.${"b".repeat(200)}`,
    "\x1b]0;x\x07",
    null,
  ]) {
    for (const section of ["inet_http_server", `inet_http_server:${"x".repeat(100)}`]) {
      const text = rejectionText("unknown-host", { section }, host);
      for (const line of text.split("\n")) assert.ok(line.length <= 80, line);
      assert.match(text, /allowed_hosts=/);
      assert.match(text, /set username and password/);
      assert.match(text, /^ {4}\[inet_http_server/m);
      assert.doesNotMatch(text, /(?!\n)\p{Cc}/u);
    }
  }
  assert.match(
    rejectionText("unknown-host", LOOPBACK, "evil.example:9001"),
    /allowed_hosts=evil\.example\n/,
  );
  for (const line of rejectionText("foreign", LOOPBACK, null).split("\n"))
    assert.ok(line.length <= 80);
});

function from(headers: Readonly<Record<string, string>>) {
  return (name: string) => headers[name] ?? null;
}

const HOST = { host: "sup.example:9001" };
const ROWS: readonly (readonly [string, Readonly<Record<string, string>>, boolean])[] = [
  ["curl, which says nothing", HOST, false],
  ["a form of ours", { ...HOST, origin: "http://sup.example:9001" }, false],
  ["capitals are the same", { ...HOST, origin: "http://SUP.example:9001" }, false],
  ["a form of another site", { ...HOST, origin: "http://evil.example" }, true],
  ["another port is another site", { ...HOST, origin: "http://sup.example:8000" }, true],
  ["a page without an origin, such as a sandboxed one", { ...HOST, origin: "null" }, true],
  ["what is no origin", { ...HOST, origin: "sup.example:9001" }, true],
  ["a name before an at sign", { ...HOST, origin: "http://sup.example:9001@evil" }, true],
  ["an origin and no host", { origin: "http://sup.example" }, true],
  [
    "a proxy that rewrites Host and says so",
    { host: "127.0.0.1:9001", "x-forwarded-host": "sup.example", origin: "https://sup.example" },
    false,
  ],
  [
    "a proxy that rewrites Host, and a browser's own word",
    { host: "127.0.0.1:9001", origin: "https://sup.example", "sec-fetch-site": "same-origin" },
    false,
  ],
  ["an address typed by hand", { ...HOST, "sec-fetch-site": "none" }, false],
  ["another site by the browser's word", { ...HOST, "sec-fetch-site": "cross-site" }, true],
  ["a neighbour under the same domain", { ...HOST, "sec-fetch-site": "same-site" }, true],
];

for (const [title, headers, expected] of ROWS) {
  void test(`${title}: ${expected ? "refused" : "let in"}`, () => {
    assert.equal(isForeign(from(headers)), expected);
  });
}

void test("a click is distinguished from an image, a script and a frame", () => {
  const click = {
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
    "sec-fetch-user": "?1",
  };
  assert.equal(isClick(from(click)), true);
  assert.equal(isClick(from({ ...click, "sec-fetch-dest": "iframe" })), false);
  assert.equal(isClick(from({ "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" })), false);
  assert.equal(
    isClick(from({ "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" })),
    false,
  );
  assert.equal(isClick(from({})), false);
});
