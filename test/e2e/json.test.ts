// Every verb with --json prints one document of one form, also when it fails.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { VERBS } from "../../src/core/base/verbs.ts";
import { HUB_VERBS } from "../../src/fleet/hub/table.ts";
import { ROLLOUT_VERBS } from "../../src/fleet/rollouts/table.ts";
import { startHub, TestDevice, withoutFleet } from "./rig/fleet.ts";
import { ROOT, withoutRoot } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";

const skip = withoutRoot();

/** Verbs that have no answer for programs: they attach, print a file, or are another program. */
const WITHOUT = [
  "fg",
  "top",
  "sample-conf",
  "daemon",
  "run",
  "mcp",
  "ctl",
  "completion",
  "pidproxy",
  "help",
];

interface Document {
  readonly format: number;
  readonly verb: string;
  readonly exitStatus: number;
  readonly results: readonly Record<string, unknown>[];
  readonly errors: readonly { kind: string; message: string; steps: readonly unknown[] }[];
  readonly hints: readonly { text: string; steps: readonly unknown[] }[];
  readonly [member: string]: unknown;
}

async function documentOf(rig: Rig, ...words: readonly string[]): Promise<Document> {
  const { stdout, stderr, status } = await rig.tsv(...words, "--json");
  const [line = "", ...more] = stdout.split("\n");
  const shown = `${words.join(" ")}: ${stdout}${stderr}`;
  assert.deepEqual([more, stderr], [[""], ""], shown);
  const document = JSON.parse(line) as Document;
  assert.deepEqual([document.format, document.verb, document.exitStatus], [1, words[0], status]);
  const members = ["format", "verb", "exitStatus", "results", "errors", "hints"];
  assert.deepEqual(Object.keys(document).slice(0, members.length), members);
  for (const list of [document.results, document.errors, document.hints])
    assert.ok(Array.isArray(list));
  for (const { kind, message, steps } of document.errors) {
    assert.match(kind, /^[a-z]+(?:-[a-z]+)*$/);
    assert.doesNotMatch(message, /^Error|\n/, shown);
    for (const step of steps) assert.deepEqual(Object.keys(step as object), ["text", "command"]);
  }
  return document;
}

for (const { name } of VERBS.filter((verb) => !WITHOUT.includes(verb.name))) {
  e2e(`tsv ${name} --json answers a wrong option with one document`, skip, async (rig) => {
    const { exitStatus, errors, results } = await documentOf(rig, name, "--nosuch");
    assert.deepEqual([exitStatus, errors.length, results], [2, 1, []]);
    assert.equal(errors[0]?.kind, "usage");
  });
}

const PAGE = readFileSync(`${ROOT}/docs/json.md`, "utf8");

/** What docs/json.md says about the results of a verb. */
function rowOf(verb: string): string {
  const rows = PAGE.split("\n").filter((line) => line.startsWith("| "));
  return rows.find((line) => line.split("|")[1]?.includes(`\`${verb}\``)) ?? "";
}

e2e("verbs answer with results that have the members of docs/json.md", skip, async (rig) => {
  await rig.startWith("[program:up]\ncommand=sh -c 'echo out; exec sleep 1000'\nstartsecs=0\n");
  const conf = ["-c", rig.path("d.conf")];
  for (const [words, member] of [
    [["status"], "state"],
    [["avail"], "inUse"],
    [["pid", "up"], "pid"],
    [["tail", "up"], "text"],
    [["restart", "up"], "ok"],
    [["signal", "CONT", "up"], "ok"],
    [["why", "up"], "state"],
    [["upgrade"], "result"],
    [["clear", "up"], "ok"],
    [["stop", "up"], "ok"],
    [["remove", "up"], "result"],
    [["add", "up"], "result"],
    [["update"], null],
    [["reread"], null],
    [["maintail"], "text"],
    [["start", "nosuch"], "error"],
    [["shutdown"], "result"],
  ] as const) {
    const [verb, ...names] = words;
    const { results, errors } = await documentOf(rig, verb, ...names, ...conf);
    assert.deepEqual(errors, [], verb);
    if (member !== null) assert.ok(results[0] !== undefined && member in results[0], verb);
    for (const each of results.flatMap((result) => Object.keys(result))) {
      assert.ok(rowOf(verb).includes(`\`${each}\``), `${verb}: ${each}`);
    }
  }
  const kinds = readFileSync(`${ROOT}/src/core/base/complaint.ts`, "utf8");
  for (const [, kind] of kinds.matchAll(/^ {2}\| "([a-z-]+)"/gm)) {
    assert.ok(PAGE.includes(`| \`${kind}\` |`), kind);
  }
});

for (const [action] of [...HUB_VERBS, ...ROLLOUT_VERBS]) {
  e2e(`tsv fleet ${action} --json answers a wrong option with one document`, skip, async (rig) => {
    const { errors, action: said } = await documentOf(rig, "fleet", action, "--nosuch");
    assert.deepEqual([errors[0]?.kind, said], ["usage", action]);
  });
}

e2e("verbs of a hub answer with the members of docs/json.md", withoutFleet(), async (rig) => {
  const hub = await startHub(rig);
  assert.equal((await hub.init("--json")).status, 0);
  const device = new TestDevice(rig, "web1");
  const joined = await device.join(await hub.invite("web1"));
  assert.equal(joined.status, 0, joined.stderr);
  const dir = ["--dir", hub.directory] as const;
  const documents = new Map<string, Document>();
  for (const [action, ...words] of [
    ["invite", "web2"],
    ["operator", "ann", "--role", "operate"],
    ["members"],
    ["revoke", "web2", "ann"],
  ] as const) {
    const document = await documentOf(rig, "fleet", action, ...words, ...dir);
    documents.set(action, document);
    assert.deepEqual([document.errors, document["action"]], [[], action]);
    for (const each of document.results.flatMap((result) => Object.keys(result))) {
      assert.ok(rowOf(`fleet ${action}`).includes(`\`${each}\``), `${action}: ${each}`);
    }
  }
  const rows = documents.get("members")?.results ?? [];
  const kinds = rows.map(({ name, kind }) => `${name} ${kind}`);
  assert.deepEqual(kinds, [
    "hub1 hub",
    "admin operator",
    "web1 device",
    "web2 invitation",
    "ann operator",
  ]);
  assert.deepEqual(rows.map(({ reported }) => reported).slice(2, 4), [null, undefined]);
  assert.equal((await rig.verb("stop", "nats-server")).status, 0);
  const { results, hints, exitStatus } = await documentOf(rig, "fleet", "members", ...dir);
  assert.equal(exitStatus, 0);
  assert.ok(!("reported" in (results.find(({ name }) => name === "web1") ?? {})));
  assert.match(hints[0]?.text ?? "", /when devices have reported is not known: .*ECONNREFUSED/);
});

e2e("verbs without a daemon answer with results", skip, async (rig) => {
  const conf = rig.configure("[program:p]\ncommand=/no/such\nstartsecs=x\n");
  const checked = await documentOf(rig, "check", conf);
  assert.deepEqual([checked.exitStatus, checked.results[0]?.["file"]], [1, conf]);
  const found = await documentOf(rig, "doctor", "config", "-c", conf);
  assert.deepEqual(found.results.map((one) => "code" in one && "severity" in one)[0], true);
  rig.write("etc/passwd", "root:x:0:0::/:/bin/sh\n");
  rig.write("etc/group", "root:x:0:\n");
  const plan = await documentOf(rig, "install", "--dry-run", "--root", rig.directory);
  assert.ok(plan.results.length > 0 && plan.results.every((one) => "kind" in one));
  const status = await documentOf(rig, "install", "--status", "--root", rig.directory);
  assert.deepEqual([status.exitStatus, status.results[0]?.["installed"]], [3, false]);
  const version = await documentOf(rig, "version");
  assert.deepEqual(Object.keys(version.results[0] ?? {}), ["version", "supervisor"]);
});

e2e("errors of verbs without a daemon are in the document", skip, async (rig) => {
  const conf = rig.configure("[program:p]\ncommand=sleep 1\n");
  for (const [words, kind] of [
    [["why", "nosuch", "-c", conf], "unknown-name"],
    [["statsu"], "usage"],
    [["doctor", "nosuch"], "usage"],
    [["doctor", "--list"], "usage"],
    [["install"], "usage"],
    [["uninstall"], "usage"],
    [["check", "--env", "/no/such"], "usage"],
    [["install", "--yes", "--root", "/no/such"], "failed"],
    [["uninstall", "--yes", "--root", "/no/such"], "failed"],
  ] as const) {
    const { errors } = await documentOf(rig, ...words);
    assert.equal(errors[0]?.kind, kind, words.join(" "));
  }
});

e2e("an installation reports its steps", skip, async (rig) => {
  const root = ["--root", rig.directory, "--yes"];
  rig.write("etc/passwd", "root:x:0:0::/:/bin/sh\n");
  rig.write("etc/group", "root:x:0:\n");
  const done = await documentOf(rig, "install", ...root);
  assert.deepEqual([done.exitStatus, done.errors], [0, []]);
  assert.ok(done.results.length > 0);
  for (const { outcome } of done.results) assert.equal(outcome, "done");
  rig.write("etc/tsv/tsv.conf", "; edited\n[supervisord]\n");
  const planned = await documentOf(rig, "uninstall", "--dry-run", "--root", rig.directory);
  assert.deepEqual([planned.exitStatus, planned["dryRun"]], [0, true]);
  assert.ok(planned.results.length > 0);
  for (const one of planned.results) assert.ok("kind" in one && !("outcome" in one));
  const removed = await documentOf(rig, "uninstall", ...root);
  assert.deepEqual([removed.exitStatus, removed.errors], [0, []]);
  const outcomes = new Set(removed.results.map(({ outcome }) => outcome));
  assert.ok(outcomes.has("done"));
  const remarks = removed["remarks"] as readonly string[];
  assert.ok(remarks.some((one) => /^\/etc\/tsv\/tsv\.conf stays: it was edited/.test(one)));
  assert.ok(
    remarks.some((one) => /^\/etc\/tsv stays: .*; delete it with rm -r \S+\/etc\/tsv$/.test(one)),
  );
});

e2e("an installation that would replace an edited file names the file", skip, async (rig) => {
  rig.write("etc/passwd", "root:x:0:0::/:/bin/sh\n");
  rig.write("etc/group", "root:x:0:\n");
  rig.write("etc/systemd/system/tsv.service", "[Service]\nExecStart=/bin/true\n");
  const install = ["install", "--boot", "--init", "systemd", "--root", rig.directory, "--yes"];
  const refused = await documentOf(rig, ...install);
  assert.equal(refused.exitStatus, 1);
  assert.match(refused.errors[0]?.message ?? "", /^\/etc\/systemd\/system\/tsv\.service was /);
  assert.deepEqual(refused.errors[0]?.steps, []);
});
