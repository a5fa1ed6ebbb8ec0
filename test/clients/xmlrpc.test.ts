// XML-RPC clients in eight languages, unchanged, make the same calls to Debian's supervisord and to tsv.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { run } from "../e2e/rig/command.ts";
import { ROOT, withoutSupervisor, withoutTsv } from "../e2e/rig/places.ts";
import { waitForText } from "../e2e/rig/watch.ts";
import { CALLS, CLIENTS_CONFIG, PASSWORD, PRINTED, USER } from "./calls.ts";
import {
  type ClientDifference,
  compareSides,
  rowsOf,
  type Side,
  type Sides,
  startSides,
} from "./run-client.ts";

const HERE = join(ROOT, "test/clients");
const NPM_MODULES = join(ROOT, "build/clients/node_modules");
const GO_PATH = "/usr/share/gocode";

interface Client {
  readonly name: string;
  /** Files without which it cannot run. */
  readonly needs: readonly string[];
  /** Builds it into a directory; the command that does. */
  readonly build?: (directory: string) => readonly string[];
  readonly argv: (address: readonly string[], directory: string) => readonly string[];
  /** Rows that differ, beyond those that do for everybody. */
  readonly differs?: readonly ClientDifference[];
  /** What it shows for the API's version. */
  readonly version?: RegExp;
}

const go = (mode: string): Client => ({
  name: `Go, ${mode}`,
  needs: [
    "/usr/bin/go",
    `${GO_PATH}/src/github.com/kolo/xmlrpc`,
    `${GO_PATH}/src/github.com/mattn/go-xmlrpc`,
  ],
  build: (directory) => [
    "/usr/bin/go",
    "build",
    "-o",
    `${directory}/go-client`,
    `${HERE}/go/client.go`,
  ],
  argv: (address, directory) => [`${directory}/go-client`, mode, ...address],
});

const node = (mode: string): Client => ({
  name: `npm ${mode}`,
  needs: [`${NPM_MODULES}/${mode}`],
  argv: (address) => [process.execPath, `${HERE}/node/client.mjs`, NPM_MODULES, mode, ...address],
});

const CLIENTS: readonly Client[] = [
  ...["http", "socket"].map(
    (mode): Client => ({
      name: `Python's xmlrpc.client, ${mode}`,
      needs: ["/usr/bin/python3"],
      argv: (address) => ["/usr/bin/python3", `${HERE}/python/client.py`, mode, ...address],
    }),
  ),
  {
    name: "Perl's RPC::XML",
    needs: ["/usr/share/perl5/RPC/XML/Client.pm"],
    argv: (address) => ["/usr/bin/perl", `${HERE}/perl/client.pl`, "rpc-xml", ...address],
  },
  {
    name: "Perl's Frontier",
    needs: ["/usr/share/perl5/Frontier/Client.pm"],
    argv: (address) => ["/usr/bin/perl", `${HERE}/perl/client.pl`, "frontier", ...address],
  },
  {
    name: "Ruby's XMLRPC",
    needs: ["/usr/bin/ruby", "/usr/share/rubygems-integration/all/gems"],
    argv: (address) => ["/usr/bin/ruby", `${HERE}/ruby/client.rb`, ...address],
  },
  ...["curl", "hand"].map(
    (mode): Client => ({
      name: `PHP by ${mode}`,
      needs: ["/usr/bin/php"],
      argv: (address) => ["/usr/bin/php", `${HERE}/php/client.php`, mode, ...address],
    }),
  ),
  go("kolo"),
  go("mattn"),
  {
    name: "C, xmlrpc-c",
    needs: ["/usr/include/xmlrpc-c/client.h"],
    build: (directory) => [
      "cc",
      "-o",
      `${directory}/c-client`,
      `${HERE}/c/client.c`,
      "-lxmlrpc_client",
      "-lxmlrpc",
      "-lxmlrpc_util",
    ],
    argv: (address, directory) => [`${directory}/c-client`, ...address],
  },
  node("xmlrpc"),
  node("supervisord"),
];

/** What a client shows that got no answer. */
const FAILED = /^(?:error|http 500|fault -)/;

/** tsv lists methods of its own after Supervisor's. */
const LISTED: readonly ClientDifference[] = [
  { id: "tsv-methods", row: /listMethods\.length$/, supervisor: /\b41$/, tsv: /\b\d+$/ },
  { id: "tsv-methods", row: /listMethods\[\d+\]$/, supervisor: null, tsv: /\btsv\.\w+/ },
];

/** Logs that Supervisor cannot put into an answer. */
const UNREADABLE: readonly ClientDifference[] = (
  [
    ["log-not-utf8", "bytes", FAILED],
    // Lenient readers show the characters that XML forbids; strict ones fail.
    ["xml-characters", "controls", /./],
  ] as const
).flatMap(([id, program, supervisor]) => {
  const row = (tail: string) => new RegExp(`StdoutLog s:${program} i:0 i:${tail}$`);
  return [
    { id, row: row("0"), supervisor, tsv: /\ufffd/ },
    { id, row: row("100"), supervisor: FAILED, tsv: null },
    { id, row: row("100\\S+"), supervisor: null, tsv: /./ },
    { id, row: row("100\\[0\\]"), supervisor, tsv: /\ufffd/ },
    // One reader takes what it cannot read for an empty array.
    { id, row: row("100\\.length"), supervisor: /\b0$/, tsv: /\b3$/ },
  ];
});

function absence({ needs }: Client): string | false {
  const missing = needs.filter((path) => !existsSync(path));
  return missing.length === 0 ? false : `${missing.join(", ")} missing; run make test-host`;
}

describe("XML-RPC clients", { skip: withoutTsv() || withoutSupervisor() }, () => {
  let sides: Sides;
  let directory = "";
  before(async () => {
    directory = mkdtempSync("/tmp/tsv-clients-");
    sides = await startSides(CLIENTS_CONFIG);
    for (const { rig, daemon } of [sides.supervisor, sides.tsv]) {
      await daemon.logged(/entered RUNNING state/, 4);
      for (const [file, text] of PRINTED) await waitForText(rig.path(file), text);
      await daemon.logged(/gave up: naïve entered FATAL state/);
    }
  });
  after(() => {
    sides.supervisor.dispose();
    sides.tsv.dispose();
    rmSync(directory, { recursive: true, force: true });
  });

  for (const client of CLIENTS) {
    it(`${client.name} gets the same answers`, { skip: absence(client) }, async (t) => {
      const env = {
        PATH: process.env["PATH"],
        LC_ALL: "C.UTF-8",
        GOPATH: GO_PATH,
        GO111MODULE: "off",
        GOFLAGS: "",
        GOCACHE: join(directory, "go-cache"),
      };
      if (client.build !== undefined) {
        const built = await run(client.build(directory), { env, timeoutMs: 400_000 });
        assert.equal(built.status, 0, built.stderr);
      }
      const ask = async ({ rig }: Side) => {
        const address = ["127.0.0.1", String(rig.port), USER, PASSWORD, rig.path("d.sock")];
        const input = `${CALLS.join("\n")}\n`;
        const ran = await run(client.argv(address, directory), { env, input, timeoutMs: 180_000 });
        assert.equal(ran.status, 0, ran.stderr);
        return rowsOf(ran.stdout);
      };
      const known = [...LISTED, ...UNREADABLE, ...(client.differs ?? [])];
      const rows = await compareSides(t, client.name, sides, ask, known);
      assert.match(rows.get("supervisor.getAPIVersion") ?? "", /\b3\.0\b/);
    });
  }
});
