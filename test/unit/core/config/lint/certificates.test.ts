// Certificates of servers that speak TLS.

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConfig, refusedConfig } from "../../../../../src/core/config/lint/check.ts";
import { fakeWorld } from "../fake-world.ts";

const DAY = 86_400_000;
const NOW = 1_700_000_000_000;
const CERT = "-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----\n";
const KEY = "-----BEGIN PRIVATE KEY-----\nTUlJ\n-----END PRIVATE KEY-----\n";

interface Case {
  readonly cert?: string | null;
  readonly key?: string | null;
  readonly from?: number;
  readonly days?: number;
  readonly isOwn?: boolean;
  readonly uid?: number;
  readonly user?: string;
  readonly more?: string;
}

/** @param from days from now */
function worldOf({
  cert = CERT,
  key = KEY,
  from = -1,
  days = 60,
  isOwn = true,
  uid = 0,
  user = "root",
  more = "",
}: Case) {
  const text =
    `[supervisord]\nuser=${user}\n[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n` +
    `[inet_http_server]\nport=127.0.0.1:9001\nssl_cert=/c.pem\nssl_key=/k.pem\n${more}`;
  const read = (_: string, with_: string | null) => ({
    ...{ fromMs: NOW + from * DAY, untilMs: NOW + days * DAY },
    isKeyItsOwn: with_ === null ? null : isOwn,
  });
  const files = { "/etc/s.conf": text, "/c.pem": cert, "/k.pem": key };
  const isMissing = (path: string) => !Object.hasOwn(files, path);
  return fakeWorld(files, { uid, isMissing, certificates: { read, nowMs: NOW } });
}

function found(one: Case): readonly string[] {
  return checkConfig("/etc/s.conf", worldOf(one)).map(
    ({ severity, rule, code, line, message }) => `${line} ${severity} ${rule} ${code}: ${message}`,
  );
}

const FILE = "error certificate-file SOCK-016";
const UNSEEN = "note certificate-unseen SOCK-016";
const TIME = "warning certificate-time SOCK-017";

const ROWS: readonly (readonly [name: string, of: Case, problems: readonly string[]])[] = [
  ["sound files", {}, []],
  ["a text that is none", { cert: "x" }, [`7 ${FILE}: /c.pem has no certificate in PEM form`]],
  ["the key is no key", { key: "x" }, [`8 ${FILE}: /k.pem has no private key in PEM form`]],
  [
    "another key",
    { isOwn: false },
    [`8 ${FILE}: the key in /k.pem is not that of the certificate in /c.pem`],
  ],
  [
    "no file of authorities",
    { more: "ssl_client_ca=/ca.pem\n" },
    ["9 warning missing-certificate SOCK-016: /ca.pem does not exist"],
  ],
  ["root cannot read it", { key: null }, [`8 ${FILE}: /k.pem cannot be read: EACCES`]],
  [
    "another user cannot read it",
    { key: null, uid: 1000 },
    [`8 ${UNSEEN}: /k.pem: could not look: this user has no permission to read it`],
  ],
  [
    "a daemon of another user",
    { user: "web" },
    [`8 ${UNSEEN}: /k.pem: whether the daemon's user may read it is not known`],
  ],
  ["15 days", { days: 15 }, []],
  ["13 days", { days: 13 }, [`7 ${TIME}: /c.pem: the certificate expires in 13 days`]],
  ["one day", { days: 0.5 }, [`7 ${TIME}: /c.pem: the certificate expires in 1 day`]],
  ["expired", { days: -1, from: -90 }, [`7 ${TIME}: /c.pem: the certificate has expired`]],
  ["too early", { from: 1 }, [`7 ${TIME}: /c.pem: the certificate is not valid yet`]],
  [
    "both",
    { isOwn: false, days: -1, from: -90 },
    [
      `7 ${TIME}: /c.pem: the certificate has expired`,
      `8 ${FILE}: the key in /k.pem is not that of the certificate in /c.pem`,
    ],
  ],
];

for (const [name, of, problems] of ROWS) {
  test(`certificates of servers: ${name}`, () => {
    assert.deepEqual(found(of), problems);
  });
}

test("certificates are examined only where the world reads them", () => {
  const { certificates: _, ...world } = worldOf({ cert: "x" });
  assert.deepEqual(checkConfig("/etc/s.conf", world), []);
  assert.equal(refusedConfig("/etc/s.conf", world), null);
});
