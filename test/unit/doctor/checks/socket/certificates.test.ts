// Certificates and keys of servers that speak TLS.

import { NOW } from "../../../../fakes/doctor-files.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { type Facts, rows } from "../rows.ts";

const CERT = "-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----\n";
const KEY = "-----BEGIN PRIVATE KEY-----\nTUlJ\n-----END PRIVATE KEY-----\n";
const OTHER = KEY.replace("TUlJ", "SUlN");
const TEXT =
  "[supervisord]\n[inet_http_server]\nport=127.0.0.1:9001\nssl_cert=/etc/tsv/c.pem\nssl_key=/etc/tsv/k.pem\n";
const DAY = 86_400_000;

/** A server with these files; null for a missing one. */
function host({
  cert = CERT,
  key = KEY,
  mode = 0o600,
  days = 60,
  from = -1,
}: {
  cert?: string | null;
  key?: string | null;
  mode?: number;
  days?: number;
  from?: number;
}): Facts {
  const on = new DoctorHost();
  on.certificates.set(CERT, { fromMs: NOW + from * DAY, untilMs: NOW + days * DAY, key: KEY });
  if (cert !== null) on.file("/etc/tsv/c.pem", cert);
  if (key !== null) on.file("/etc/tsv/k.pem", key, { mode });
  return { on, text: TEXT, nowMs: NOW };
}

rows("SOCK-016", [
  ["sound files", host({}), null],
  ["a server without TLS", { text: TEXT.replace(/^ssl_.*\n/gm, "") }, null],
  [
    "no certificate",
    host({ cert: null }),
    { severity: "error", symptom: "/etc/tsv/c.pem does not exist", line: 4, class: "C" },
  ],
  ["no key", host({ key: null }), { symptom: "/etc/tsv/k.pem does not exist", line: 5 }],
  ["a text that is no key", host({ key: "x" }), { symptom: /no private key in PEM form/, line: 5 }],
  [
    "a key with a passphrase",
    host({ key: KEY.replaceAll("PRIVATE", "ENCRYPTED PRIVATE") }),
    { symptom: /k\.pem has a passphrase/, hides: /TUlJ/ },
  ],
  ["the key of another certificate", host({ key: OTHER }), { symptom: /is not that of/ }],
]);

rows("SOCK-017", [
  ["60 days", host({}), null],
  ["15 days", host({ days: 15 }), null],
  [
    "13 days",
    host({ days: 13 }),
    { severity: "warning", symptom: "the certificate expires in 13 days", class: "C", line: 4 },
  ],
  [
    "yesterday",
    host({ days: -1, from: -90 }),
    { severity: "error", symptom: "the certificate has expired" },
  ],
  [
    "tomorrow",
    host({ from: 1 }),
    { severity: "error", symptom: "the certificate is not valid yet", commands: ["date"] },
  ],
  ["no certificate is told elsewhere", host({ cert: "x" }), null],
]);

rows("SEC-010", [
  ["a key of its owner alone", host({}), null],
  ["a key for a group", host({ mode: 0o640 }), null],
  [
    "a key for all",
    host({ mode: 0o644 }),
    { severity: "warning", class: "B", line: 5, fixed: true, hides: /TUlJ/ },
  ],
]);
