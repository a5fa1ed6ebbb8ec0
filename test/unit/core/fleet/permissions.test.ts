import assert from "node:assert/strict";
import { test } from "node:test";
import { TAKEN_BY_HUB } from "../../../../src/core/fleet/accounts.ts";
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
  ["$KV.tsv_desired.web1", "hub"],
  ["$KV.tsv_rollouts.r1", "admin hub"],
  ["$KV.tsv_reported.web1", "device"],
  ["$KV.tsv_reported.web2", ""],
  ["tsv.event.web1", "device"],
  ["tsv.event.web2", ""],
  ["tsv.answer.ann.web1.7", "device"],
  ["tsv.answer.ann.web2.7", ""],
  ["tsv.join", "invitation"],
  ["tsv.keys.reported", "read operate admin"],
  ["tsv.keys.rollouts", "admin hub"],
  ["tsv.keys.desired", ""],
  ["$JS.API.DIRECT.GET.KV_tsv_desired", "admin hub"],
  ["$JS.API.DIRECT.GET.KV_tsv_desired.$KV.tsv_desired.web1", "admin hub device"],
  ["$JS.API.DIRECT.GET.KV_tsv_desired.$KV.tsv_desired.web2", "admin hub"],
  ["$JS.API.DIRECT.GET.KV_tsv_rollouts.$KV.tsv_rollouts.r1", "admin hub"],
  ["$JS.API.DIRECT.GET.KV_tsv_reported.$KV.tsv_reported.web1", "read operate admin hub device"],
  ["$JS.API.DIRECT.GET.KV_tsv_reported.$KV.tsv_reported.web2", "read operate admin hub"],
  ["$JS.API.DIRECT.GET.TSV_EVENTS", "read operate admin"],
  ["$JS.API.STREAM.INFO.KV_tsv_desired", "hub"],
  ["$JS.API.STREAM.CREATE.TSV_EVENTS", "hub"],
  ["$JS.API.STREAM.UPDATE.TSV_EVENTS", "hub"],
  ["$JS.API.STREAM.CREATE.X", ""],
  ["$JS.API.STREAM.DELETE.TSV_EVENTS", ""],
  ["$JS.API.STREAM.PURGE.KV_tsv_desired", ""],
  ["$JS.API.STREAM.MSG.DELETE.TSV_EVENTS", ""],
  ["$JS.API.CONSUMER.CREATE.TSV_EVENTS", ""],
  ["$JS.API.CONSUMER.CREATE.KV_tsv_desired.x.y", ""],
  ["$SYS.REQ.SERVER.PING", ""],
  ["_R_.x.y", "hub"],
  ["_INBOX_ann.x", ""],
  ["_INBOX_web1.x", ""],
];

const SUBSCRIBE: readonly [subject: string, members: string][] = [
  ["tsv.event.web1", ""],
  ["$KV.tsv_reported.web1", "hub"],
  ["$KV.tsv_rollouts.r1", "admin hub"],
  ["$KV.tsv_desired.web1", "device"],
  ["$KV.tsv_desired.web2", ""],
  ["tsv.call.web1.admin.ann.7", "device"],
  ["tsv.call.web2.admin.ann.7", ""],
  ["tsv.answer.ann.web1.7", "read operate admin"],
  ["tsv.answer.bob.web1.7", ""],
  ["tsv.join", "hub"],
  ["tsv.keys.reported", ""],
  ["_INBOX_ann.x", "read operate admin"],
  ["_INBOX_web1.x", "invitation device"],
  ["_INBOX_hub.x", "hub"],
  ["_INBOX_bob.x", ""],
  ["_INBOX.x", ""],
  ["_R_.x.y", ""],
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

test("what members publish goes to the hub, unless it is a call or its answer", () => {
  const passes = (subject: string): boolean => may(TAKEN_BY_HUB, subject.replaceAll("*", "x"));
  for (const [name, { publish }] of Object.entries(MEMBERS)) {
    if (name === "hub") continue;
    const kept = publish.filter((subject) => !passes(subject));
    assert.ok(
      kept.every((subject) => /^tsv\.(?:call|answer)\./.test(subject)),
      kept.join(" "),
    );
  }
});
