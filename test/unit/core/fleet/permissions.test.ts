import assert from "node:assert/strict";
import { test } from "node:test";
import {
  devicePermissions,
  hubPermissions,
  invitationPermissions,
  operatorPermissions,
  type SubjectPermissions,
} from "../../../../src/core/fleet/subjects.ts";

/** As nats-server matches subjects: `*` is one word, `>` the rest. */
function matches(pattern: string, subject: string): boolean {
  const words = subject.split(".");
  const parts = pattern.split(".");
  for (const [at, part] of parts.entries()) {
    if (part === ">") return words.length > at;
    if (words[at] === undefined || (part !== "*" && part !== words[at])) return false;
  }
  return parts.length === words.length;
}

const may = (patterns: readonly string[], subject: string): boolean =>
  patterns.some((pattern) => matches(pattern, subject));

const MEMBERS: Readonly<Record<string, SubjectPermissions>> = {
  read: operatorPermissions("ann", "read"),
  operate: operatorPermissions("ann", "operate"),
  admin: operatorPermissions("ann", "admin"),
  hub: hubPermissions("hub"),
  invitation: invitationPermissions("web1"),
  device: devicePermissions("web1"),
};

const PUBLISH: readonly [subject: string, members: string][] = [
  ["tsv.call.web1.read.ann.7", "read operate admin"],
  ["tsv.call.web1.operate.ann.7", "operate admin"],
  ["tsv.call.web1.admin.ann.7", "admin"],
  ["tsv.call.web1.read.bob.7", ""],
  ["tsv.call.web1.admin.bob.7", ""],
  ["$KV.tsv_desired.web1", "admin hub"],
  ["$KV.tsv_rollouts.r1", "admin hub"],
  ["$KV.tsv_reported.web1", "hub device"],
  ["$KV.tsv_reported.web2", "hub"],
  ["tsv.event.web1", "device"],
  ["tsv.event.web2", ""],
  ["tsv.answer.ann.web1.7", "device"],
  ["tsv.answer.ann.web2.7", ""],
  ["tsv.join", "invitation"],
  ["$JS.API.STREAM.INFO.KV_tsv_desired", "read operate admin hub"],
  ["$JS.API.DIRECT.GET.KV_tsv_desired.$KV.tsv_desired.web1", "read operate admin hub device"],
  ["$JS.API.DIRECT.GET.KV_tsv_desired.$KV.tsv_desired.web2", "read operate admin hub"],
  ["$JS.API.DIRECT.GET.TSV_EVENTS", "read operate admin hub"],
  ["$JS.API.CONSUMER.CREATE.TSV_EVENTS", "hub"],
  ["$JS.API.CONSUMER.CREATE.KV_tsv_desired.x.y", "hub"],
  ["$JS.API.STREAM.CREATE.X", "hub"],
  ["$JS.API.STREAM.DELETE.TSV_EVENTS", "hub"],
  ["$JS.API.STREAM.PURGE.KV_tsv_desired", "hub"],
  ["$JS.API.STREAM.MSG.DELETE.TSV_EVENTS", "hub"],
  ["$SYS.REQ.SERVER.PING", ""],
  ["_INBOX_ann.x", ""],
  ["_INBOX_web1.x", ""],
];

const SUBSCRIBE: readonly [subject: string, members: string][] = [
  ["tsv.event.web1", "read operate admin hub"],
  ["$KV.tsv_reported.web1", "read operate admin hub"],
  ["$KV.tsv_desired.web1", "read operate admin hub device"],
  ["$KV.tsv_desired.web2", "read operate admin hub"],
  ["tsv.call.web1.admin.ann.7", "device"],
  ["tsv.call.web2.admin.ann.7", ""],
  ["tsv.answer.ann.web1.7", "read operate admin"],
  ["tsv.answer.bob.web1.7", ""],
  ["tsv.join", "hub"],
  ["_INBOX_ann.x", "read operate admin"],
  ["_INBOX_web1.x", "invitation device"],
  ["_INBOX_hub.x", "hub"],
  ["_INBOX_bob.x", ""],
  ["_INBOX.x", ""],
  ["$SYS.ACCOUNT.x", ""],
];

for (const [what, rows] of [
  ["publish", PUBLISH],
  ["subscribe", SUBSCRIBE],
] as const) {
  test(`members may ${what} what they need, and nothing else`, () => {
    for (const [subject, expected] of rows) {
      const found = Object.keys(MEMBERS).filter((name) =>
        may(MEMBERS[name]?.[what] ?? [], subject),
      );
      assert.equal(found.join(" "), expected, subject);
    }
  });
}

test("only the hub answers requests", () => {
  const answering = Object.keys(MEMBERS).filter((name) => MEMBERS[name]?.answers === true);
  assert.deepEqual(answering, ["hub"]);
});
